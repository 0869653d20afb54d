import { TorchTypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { describe } from "../ops/support.js";
import { flatten, unflatten } from "../ops/flatten.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { Module } from "./module.js";
import { python } from "./repr.js";

const flattening = signature<[start_dim?: number, end_dim?: number]>()("Flatten", 0, ["start_dim", "end_dim"]);

/**
 * Joins the dims from start_dim to end_dim into one; by default all but the batch.
 *
 * Source  torch.nn.Flatten.
 */
export class Flatten extends Module {
  start_dim: number;
  end_dim: number;

  constructor(...args: ArgumentsOf<typeof flattening>) {
    super();
    const { start_dim = 1, end_dim = -1 } = flattening(args);
    this.start_dim = start_dim;
    this.end_dim = end_dim;
  }
  override forward(input: Tensor): Tensor {
    return flatten(input, this.start_dim, this.end_dim);
  }
  override extra_repr(): string {
    return `start_dim=${this.start_dim}, end_dim=${this.end_dim}`;
  }
}

const unflattening = signature<[dim: number, unflattened_size: readonly number[]]>()("Unflatten", 2, [
  "dim",
  "unflattened_size",
]);

/**
 * Splits one dim into several, the opposite of Flatten.
 *
 * Limits  dims by name are not supported.
 * Source  torch.nn.Unflatten.
 */
export class Unflatten extends Module {
  dim: number;
  unflattened_size: readonly number[];

  constructor(...args: ArgumentsOf<typeof unflattening>) {
    super();
    const { dim, unflattened_size } = unflattening(args);
    if (!Number.isInteger(dim)) throw new TorchTypeError("Unflatten", `dim must be an int; got ${describe(dim)}`);
    if (!Array.isArray(unflattened_size) || !unflattened_size.every(Number.isInteger)) {
      throw new TorchTypeError(
        "Unflatten",
        `unflattened_size must be a list of ints; got ${describe(unflattened_size)}`,
      );
    }
    this.dim = dim;
    this.unflattened_size = unflattened_size;
  }
  override forward(input: Tensor): Tensor {
    return unflatten(input, this.dim, this.unflattened_size);
  }
  override extra_repr(): string {
    return `dim=${this.dim}, unflattened_size=${python(this.unflattened_size)}`;
  }
}
