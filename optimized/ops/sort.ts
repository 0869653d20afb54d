import * as ref from "../../reference/ops/index.js";
import type { ValuesAndIndices as ReferencePair } from "../../reference/ops/extremum.js";
import type { NdArray } from "../../reference/array.js";
import { applyMulti } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { bool, type DType, int64 } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { type ValuesAndIndices, valuesAndIndices } from "./named.js";
import { moveAllTo } from "./out.js";
import { placeAlong } from "./placement.js";
import { ordered } from "./reduction.js";
import { writeSlices } from "./slices.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";

/** Sorting and the largest elements. NaN is the largest, equal elements keep their order: reference/ops/sort.ts. */

export interface PickAttrs {
  readonly dim: number;
  /** Whether `dim` stays in the results; by default it does. */
  readonly keepdim?: boolean;
}

/** An op that picks elements along a dim: values and indices. Their gradient goes back to where they were. */
export function pickOp<Attrs extends PickAttrs>(row: {
  readonly name: string;
  readonly kernel: string;
  /** The shape of the results. */
  readonly shape: (x: Tensor, attrs: Attrs) => readonly number[];
  /** What the kernel reads after its input. */
  readonly write: (b: Block, attrs: Attrs) => void;
  readonly reference: (x: NdArray, attrs: Attrs) => ReferencePair;
}): ComputeOp<[x: Tensor], Attrs> {
  return defineOp<[x: Tensor], Attrs>({
    name: row.name,
    kernel: row.kernel,
    infer: ([x], attrs) => {
      const shape = row.shape(x, attrs);
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: int64 },
      ];
    },
    write: (b, [values, indices], [x], attrs) => {
      b.address(values!);
      b.address(indices!);
      b.address(x);
      writeSlices(b, x, attrs.dim);
      row.write(b, attrs);
    },
    reference: ([x], attrs) => {
      const { values, indices } = row.reference(x, attrs);
      return [values, indices];
    },
    saves: [["out1"]],
    backward: [(c) => placeAlong(c.grads[0]!, c.shape(0), c.attrs.dim, c.out(1), c.attrs.keepdim)],
    nonDifferentiable: [1],
  });
}

/** Runs such an op on `input`, in a dtype that kernels order. */
export function pick<Attrs extends PickAttrs>(
  op: ComputeOp<[x: Tensor], Attrs>,
  input: Tensor,
  attrs: NoInfer<Attrs>,
): ValuesAndIndices {
  if (input.dtype.is_complex) throw new DtypeError(op.name, `complex numbers have no order; got ${input.dtype}`);
  const [values, indices] = applyMulti(op, [contiguous(to(input, ordered(input.dtype)))], attrs);
  return valuesAndIndices(to(values!, input.dtype), indices!);
}

export type PairOut = readonly [Tensor, Tensor] | null;

/** `pair`, or `out` after it has received it. */
export function pairTo(out: PairOut | undefined, op: string, pair: ValuesAndIndices): ValuesAndIndices {
  if (out == null) return pair;
  const [values, indices] = moveAllTo(out, op, pair);
  return valuesAndIndices(values!, indices!);
}

/** PyTorch has no such kernel for bools. */
export function rejectBool(op: string, dtype: DType): void {
  if (dtype === bool) throw new DtypeError(op, `"${op}" is not implemented for ${dtype}. Convert it to uint8`);
}

const sortOp = pickOp<PickAttrs & { readonly descending: boolean }>({
  name: "sort",
  kernel: "sort",
  shape: (x) => x.shape,
  write: (b, { descending }) => b.flag(descending),
  reference: (x, { dim, descending }) => ref.sort(x, dim, descending),
});

export interface SortOptions {
  dim?: number;
  descending?: boolean;
  /** Every sort is stable here. */
  stable?: boolean | null;
  out?: PairOut;
}
type SortArguments = Arguments<[dim?: number, descending?: boolean], SortOptions>;
const readSort = signature<SortOptions>("sort", ["dim", "descending"], ["stable", "out"]);

/** The elements along `dim` in order, and where they were. Equal ones keep their order. Source: torch.sort. */
export function sort(input: Tensor, ...args: SortArguments): ValuesAndIndices {
  expectTensor("sort", "input", input);
  const { dim = -1, descending = false, out } = readSort(args);
  return pairTo(out, "sort", pick(sortOp, input, { dim: normalizeDim("sort", dim, input.shape.length), descending }));
}

export interface ArgsortOptions {
  dim?: number;
  descending?: boolean;
  stable?: boolean;
}
const readArgsort = signature<ArgsortOptions>("argsort", ["dim", "descending"], ["stable"]);
/** The indices of `sort`. Source: torch.argsort. */
export function argsort(
  input: Tensor,
  ...args: Arguments<[dim?: number, descending?: boolean], ArgsortOptions>
): Tensor {
  const { dim = -1, descending = false } = readArgsort(args);
  return sort(input, dim, descending).indices;
}

/** Sorted along the first dim. Source: torch.msort. */
export function msort(input: Tensor, options?: { out?: Tensor | null }): Tensor {
  const { values, indices } = sort(input, 0);
  return options?.out == null ? values : moveAllTo([options.out, indices], "msort", [values, indices])[0]!;
}

const topkOp = pickOp<PickAttrs & { readonly k: number; readonly largest: boolean }>({
  name: "topk",
  kernel: "topk",
  shape: (x, { dim, k }) => (x.shape.length === 0 ? x.shape : x.shape.with(dim, k)),
  write: (b, { k, largest }) => {
    b.number(k);
    b.flag(largest);
  },
  reference: (x, { dim, k, largest }) => ref.topk(x, k, dim, largest),
});

export interface TopkOptions {
  k: number;
  dim?: number;
  largest?: boolean;
  /** The results are always in order, best first. */
  sorted?: boolean;
  out?: PairOut;
}
const readTopk = signature<TopkOptions>("topk", ["k", "dim", "largest", "sorted"], ["out"]);

/** The `k` largest (or smallest) elements along `dim`, best first, and where they are. Source: torch.topk. */
export function topk(
  input: Tensor,
  ...args: Arguments<[k: number, dim?: number, largest?: boolean, sorted?: boolean], TopkOptions>
): ValuesAndIndices {
  expectTensor("topk", "input", input);
  const { k = -1, dim = -1, largest = true, out } = readTopk(args);
  const rank = input.shape.length;
  const d = normalizeDim("topk", dim, rank);
  const size = input.shape[d] ?? 1;
  if (!(k >= 0 && k <= size))
    throw new TorchError("topk", `selected index k out of range: expected 0 <= k <= ${size}; got ${k}`);
  rejectBool("topk", input.dtype);
  return pairTo(out, "topk", pick(topkOp, input, { dim: d, k: rank === 0 ? 1 : k, largest }));
}
