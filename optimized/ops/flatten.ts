import { TorchError } from "../core/errors.js";
import { numelOf } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous } from "./copy.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";
import { expand, reshape, view } from "./views.js";

/** Dims joined and split, and shapes taken from other tensors. */

/** As view, to the shape of `other`. Source: torch.Tensor.view_as. */
export function view_as(input: Tensor, other: Tensor): Tensor {
  return view(input, other.shape);
}
/** As reshape, to the shape of `other`. Source: torch.Tensor.reshape_as. */
export function reshape_as(input: Tensor, other: Tensor): Tensor {
  return reshape(input, other.shape);
}

interface FlattenOptions {
  start_dim?: number;
  end_dim?: number;
}
const readFlatten = signature<FlattenOptions>("flatten", ["start_dim", "end_dim"]);

/** Dims start_dim to end_dim become one. Source: torch.flatten. */
export function flatten(
  input: Tensor,
  ...args: Arguments<[start_dim?: number, end_dim?: number], FlattenOptions>
): Tensor {
  expectTensor("flatten", "input", input);
  const { start_dim = 0, end_dim = -1 } = readFlatten(args);
  const rank = input.shape.length;
  const start = normalizeDim("flatten", start_dim, rank);
  const end = normalizeDim("flatten", end_dim, rank);
  if (start > end) throw new TorchError("flatten", "flatten() has invalid args: start_dim cannot come after end_dim");
  if (rank === 0) return reshape(input, [1]);
  if (start === end) return input;
  const { shape } = input;
  return reshape(input, [...shape.slice(0, start), numelOf(shape.slice(start, end + 1)), ...shape.slice(end + 1)]);
}

/** One dim with all elements in row-major order. Source: torch.ravel. */
export function ravel(input: Tensor): Tensor {
  return reshape(contiguous(input), [-1]);
}

/** Dim `dim` becomes several dims, of which one may be -1. Source: torch.unflatten. */
export function unflatten(input: Tensor, dim: number, sizes: readonly number[]): Tensor {
  expectTensor("unflatten", "input", input);
  const d = normalizeDim("unflatten", dim, input.shape.length);
  if (sizes.length === 0) throw new TorchError("unflatten", "sizes must be non-empty");
  const { shape } = input;
  const n = shape[d] ?? 1;
  const open = sizes.indexOf(-1);
  const known = numelOf(sizes.filter((size) => size !== -1));
  const full = open < 0 ? sizes : sizes.with(open, n / known);
  if (numelOf(full) !== n || !full.every((size) => Number.isInteger(size) && size >= 0)) {
    throw new TorchError(
      "unflatten",
      `Provided sizes [${sizes.join(", ")}] don't multiply up to the size of dim ${dim} (${n}) in the input tensor`,
    );
  }
  return view(input, shape.toSpliced(d, 1, ...full));
}

/** As expand, to the shape of `other`. Source: torch.Tensor.expand_as. */
export function expand_as(input: Tensor, other: Tensor): Tensor {
  return expand(input, other.shape);
}
/** As `expand`. Source: torch.broadcast_to. */
export function broadcast_to(input: Tensor, shape: readonly number[]): Tensor {
  return expand(input, shape);
}
