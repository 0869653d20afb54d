import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { bool } from "../core/dtype.js";
import { TorchError, TorchIndexError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { shareAmongTies } from "./extremum.js";
import type { ValuesAndIndices } from "./named.js";
import { ordered, reducedShape, reduction } from "./reduction.js";
import { type PairOut, pairTo, type PickAttrs, pick, pickOp, rejectBool } from "./sort.js";
import { type Arguments, expectTensor, normalizeDim, scalarTensor, signature } from "./support.js";

/** Elements by rank or by frequency. Special values: reference/ops/sort.ts. */

interface KeepAttrs extends PickAttrs {
  readonly keepdim: boolean;
}
const shape = (x: Tensor, { dim, keepdim }: KeepAttrs): readonly number[] =>
  reducedShape(x.shape, { dims: [dim], keepdim });

/** What the kernel `kthvalue` takes: the given rank, or that of the median. */
const GIVEN = 0;
const MEDIAN = 1;
const NANMEDIAN = 2;

const kthvalueOp = pickOp<KeepAttrs & { readonly k: number }>({
  name: "kthvalue",
  kernel: "kthvalue",
  shape,
  write: (b, { k }) => {
    b.number(GIVEN);
    b.number(k);
  },
  reference: (x, { dim, k, keepdim }) => ref.kthvalue(x, k, dim, keepdim),
});

export interface KthvalueOptions {
  k: number;
  dim?: number;
  keepdim?: boolean;
  out?: PairOut;
}
const readKthvalue = signature<KthvalueOptions>("kthvalue", ["k", "dim", "keepdim"], ["out"]);

/** The `k`-th smallest element along `dim`, k from 1, and where it is. Source: torch.kthvalue. */
export function kthvalue(
  input: Tensor,
  ...args: Arguments<[k: number, dim?: number, keepdim?: boolean], KthvalueOptions>
): ValuesAndIndices {
  const op = "kthvalue";
  expectTensor(op, "input", input);
  const { k = 0, dim = -1, keepdim = false, out } = readKthvalue(args);
  const d = normalizeDim(op, dim, input.shape.length);
  const size = input.shape[d] ?? 1;
  if (!(k >= 1 && k <= size))
    throw new TorchError(op, `selected number k ${k} out of range for dimension ${d} of size ${size}`);
  rejectBool(op, input.dtype);
  return pairTo(out, op, pick(kthvalueOp, input, { dim: d, k, keepdim }));
}

function requireElements(op: string, x: Tensor, dim: number): void {
  if (x.shape[dim] !== 0) return;
  throw new TorchIndexError(op, `Expected reduction dim ${dim} to have non-zero size`, { input: x.shape });
}

export interface RankOptions {
  dim?: number;
  keepdim?: boolean;
  out?: PairOut;
}
export type RankArguments = Arguments<[dim: number, keepdim?: boolean], RankOptions>;

/** NaN, which as an integer is the smallest one. */
function medianOfNothing({ dtype, device }: Tensor): Tensor {
  if (dtype.is_floating_point) return scalarTensor(NaN, dtype, device);
  if (dtype === bool) return scalarTensor(true, dtype, device);
  return scalarTensor(dtype.is_signed ? -(2n ** BigInt(8 * dtype.itemsize - 1)) : 0, dtype, device);
}

/** `median` and `nanmedian`: of all elements, or along a dim. */
function medianFunction(name: "median" | "nanmedian", reference: typeof ref.median) {
  const rank = name === "median" ? MEDIAN : NANMEDIAN;
  const along = pickOp<KeepAttrs>({
    name,
    kernel: "kthvalue",
    shape,
    write: (b) => {
      b.number(rank);
      b.number(0);
    },
    reference: (x, { dim, keepdim }) => reference(x, dim, keepdim),
  });
  const ofAll = reduction({
    name,
    kernel: "median_of_all",
    numbers: () => [rank],
    reference: (x) => reference(x),
    saves: [0, "out0"],
    backward: shareAmongTies,
  });
  const read = signature<RankOptions>(name, ["dim", "keepdim"], ["out"]);
  return (input: Tensor, args: readonly unknown[]): Tensor | ValuesAndIndices => {
    expectTensor(name, "input", input);
    const { dim, keepdim = false, out } = read(args);
    if (dim === undefined) {
      if (input._numel === 0) return medianOfNothing(input);
      rejectBool(name, input.dtype);
      const x = contiguous(to(input, ordered(input.dtype)));
      return to(apply(ofAll, [x], { dims: null, keepdim: false }), input.dtype);
    }
    const d = normalizeDim(name, dim, input.shape.length);
    requireElements(name, input, d);
    rejectBool(name, input.dtype);
    return pairTo(out, name, pick(along, input, { dim: d, keepdim }));
  };
}
const anyMedian = medianFunction("median", ref.median);
const anyNanmedian = medianFunction("nanmedian", ref.nanmedian);

/**
 * The lower of the middle two elements; with `dim` along it, and where it is. NaN if there is one. Elements equal to the
 * median of all share its gradient. Source: torch.median.
 */
export function median(input: Tensor): Tensor;
export function median(input: Tensor, ...args: RankArguments): ValuesAndIndices;
export function median(input: Tensor, ...args: readonly unknown[]): Tensor | ValuesAndIndices {
  return anyMedian(input, args);
}
/** The median of the elements that are not NaN. Source: torch.nanmedian. */
export function nanmedian(input: Tensor): Tensor;
export function nanmedian(input: Tensor, ...args: RankArguments): ValuesAndIndices;
export function nanmedian(input: Tensor, ...args: readonly unknown[]): Tensor | ValuesAndIndices {
  return anyNanmedian(input, args);
}

const modeOp = pickOp<KeepAttrs>({
  name: "mode",
  kernel: "mode",
  shape,
  write: () => {},
  reference: (x, { dim, keepdim }) => ref.mode(x, dim, keepdim),
});
const readMode = signature<RankOptions>("mode", ["dim", "keepdim"], ["out"]);
/** The most frequent element along `dim`, of several the smallest, and its last place. Source: torch.mode. */
export function mode(
  input: Tensor,
  ...args: Arguments<[dim?: number, keepdim?: boolean], RankOptions>
): ValuesAndIndices {
  expectTensor("mode", "input", input);
  const { dim = -1, keepdim = false, out } = readMode(args);
  const d = normalizeDim("mode", dim, input.shape.length);
  requireElements("mode", input, d);
  return pairTo(out, "mode", pick(modeOp, input, { dim: d, keepdim }));
}
