import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { ShapeError, TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { cat } from "./join.js";
import { type Arguments, expectTensor, normalizeDim, normalizeDims, signature } from "./support.js";
import { type Sizes, narrow, reshape, sizesOf, transpose } from "./views.js";

/** Elements in another order along their dims. Meaning: reference/ops/rearrange.ts. */

/** `x` walked backwards along `dims`: the copy kernel takes strides of either sign. */
function reversed(x: Tensor, dims: readonly number[]): Tensor {
  const strides = x._strides.map((stride, d) => (dims.includes(d) ? -stride : stride));
  const last = dims.reduce((at, d) => at + (x.shape[d]! - 1) * x._strides[d]!, x._offset);
  return new Tensor(x._storage, x.shape, strides, last, x.dtype);
}

const flipOp: ComputeOp<[x: Tensor], { dims: readonly number[] }> = defineOp({
  name: "flip",
  kernel: "copy",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], [x], { dims }) => b.pointwise(out!, [x._numel === 0 ? x : reversed(x, dims)]),
  reference: ([x], { dims }) => ref.flip(x, dims),
  byParts: true,
  saves: [[]],
  backward: [(c) => apply(flipOp, [c.grad], c.attrs)],
});

/** The order of elements along `dims` reversed. Source: torch.flip. */
export function flip(input: Tensor, ...dims: Sizes | [{ dims: readonly number[] }]): Tensor {
  expectTensor("flip", "input", input);
  const first = dims[0];
  const list = typeof first === "object" && "dims" in first ? first.dims : sizesOf(dims as Sizes);
  const along = list.length === 0 ? [] : normalizeDims("flip", list, input.shape.length);
  return apply(flipOp, [input], { dims: along.filter((d) => d < input.shape.length) });
}

/** Columns reversed. Source: torch.fliplr. */
export function fliplr(input: Tensor): Tensor {
  expectTensor("fliplr", "input", input);
  if (input.shape.length < 2) throw new ShapeError("fliplr", "Input must be >= 2-d", { input: input.shape });
  return flip(input, [1]);
}

/** Rows reversed. Source: torch.flipud. */
export function flipud(input: Tensor): Tensor {
  expectTensor("flipud", "input", input);
  if (input.shape.length < 1) throw new ShapeError("flipud", "Input must be >= 1-d", { input: input.shape });
  return flip(input, [0]);
}

export interface Rot90Options {
  k?: number;
  dims?: readonly number[];
}
const readRot90 = signature<Rot90Options>("rot90", ["k", "dims"]);

/** Turned by k quarters in the plane of two dims, from the first towards the second. Source: torch.rot90. */
export function rot90(input: Tensor, ...args: Arguments<[k?: number, dims?: readonly number[]], Rot90Options>): Tensor {
  expectTensor("rot90", "input", input);
  const { k = 1, dims = [0, 1] } = readRot90(args);
  const rank = input.shape.length;
  if (dims.length !== 2)
    throw new TorchError("rot90", `expected total rotation dims == 2, but got dims = ${dims.length}`);
  if (rank < 2) throw new TorchError("rot90", `expected total dims >= 2, but got total dims = ${rank}`);
  const [a, b] = [normalizeDim("rot90", dims[0]!, rank), normalizeDim("rot90", dims[1]!, rank)];
  if (a === b)
    throw new TorchError(
      "rot90",
      `expected rotation dims to be different, but got dim0 = ${dims[0]} and dim1 = ${dims[1]}`,
    );
  switch (((k % 4) + 4) % 4) {
    case 1:
      return transpose(flip(input, [b]), a, b);
    case 2:
      return flip(input, [a, b]);
    case 3:
      return transpose(flip(input, [a]), a, b);
    default:
      return flip(input, []);
  }
}

type Ints = number | readonly number[];
const listOf = (value: Ints): readonly number[] => (typeof value === "number" ? [value] : value);

export interface RollOptions {
  shifts?: Ints;
  dims?: Ints | null;
}
const readRoll = signature<RollOptions>("roll", ["shifts", "dims"]);

/**
 * Moved by `shifts` places along `dims`; what leaves at one end comes in at the other. Without dims, along the flattened
 * tensor. Source: torch.roll.
 */
export function roll(input: Tensor, ...args: Arguments<[shifts: Ints, dims?: Ints | null], RollOptions>): Tensor {
  expectTensor("roll", "input", input);
  const { shifts = [], dims = null } = readRoll(args);
  const by = listOf(shifts);
  const along = dims === null ? [] : listOf(dims);
  if (by.length === 0) throw new TorchError("roll", "`shifts` required");
  if (along.length === 0 && by.length === 1) return reshape(rollAlong(reshape(input, [-1]), by[0]!, 0), input.shape);
  if (by.length !== along.length) {
    throw new TorchError("roll", `shifts and dimensions must align. shifts: ${by.length}, dims: ${along.length}`);
  }
  return along.reduce((x, dim, i) => rollAlong(x, by[i]!, normalizeDim("roll", dim, input.shape.length)), input);
}

function rollAlong(x: Tensor, shift: number, dim: number): Tensor {
  const n = x.shape[dim] ?? 1;
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  if (by === 0) return flip(x, []);
  return cat([narrow(x, dim, n - by, by), narrow(x, dim, 0, n - by)], dim);
}
