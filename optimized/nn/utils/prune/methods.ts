import { AssertionError, TorchIndexError, TorchTypeError, ValueError } from "../../../core/errors.js";
import { sameShape } from "../../../core/strides.js";
import type { Tensor } from "../../../core/tensor.js";
import { no_grad } from "../../../autograd/grad_mode.js";
import { clone, to } from "../../../ops/copy.js";
import { zeros } from "../../../ops/creation.js";
import { index_fill } from "../../../ops/indexing.js";
import { norm } from "../../../ops/norm.js";
import { abs, gt, mul } from "../../../ops/pointwise.js";
import { rand, rand_like } from "../../../ops/random.js";
import { kthvalue } from "../../../ops/rank.js";
import { topk } from "../../../ops/sort.js";
import { describe } from "../../../ops/support.js";
import { transfer } from "../../../ops/transfer.js";
import { expand, reshape } from "../../../ops/views.js";
import { type ArgumentsOf, signature } from "../../arguments.js";
import { BasePruningMethod, type PruningType } from "./method.js";

/** The methods of torch.nn.utils.prune. An `amount` that is an integer counts, any other is the share of what is left. */

function checkAmount(op: string, amount: number): void {
  if (typeof amount !== "number") {
    throw new TorchTypeError(op, `Invalid type for amount: ${describe(amount)}. Must be int or float.`);
  }
  const valid = Number.isInteger(amount) ? amount >= 0 : amount >= 0 && amount <= 1;
  if (valid) return;
  throw new ValueError(op, `amount=${amount} should either be a float in the range [0, 1] or a non-negative integer`);
}

/** How many of `size` an amount is; shares are rounded to the nearest integer, halves to the even one. */
function countOf(op: string, amount: number, size: number): number {
  if (!Number.isInteger(amount)) return roundHalfEven(amount * size);
  if (amount <= size) return amount;
  throw new ValueError(op, `amount=${amount} should be smaller than the number of parameters to prune=${size}`);
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** `mask` with zeros at these places, counted in row-major order. */
function withZeros(mask: Tensor, places: Tensor): Tensor {
  return reshape(index_fill(reshape(mask, [-1]), 0, places, 0), mask.shape);
}

/** Prunes nothing: only makes the fields of a pruned module. */
export class Identity extends BasePruningMethod {
  override readonly PRUNING_TYPE: PruningType = "unstructured";

  override compute_mask(_t: Tensor, default_mask: Tensor): Tensor {
    return default_mask;
  }
}

const unstructured = signature<[amount: number]>()("amount", 1, ["amount"]);

/** Random elements. */
export class RandomUnstructured extends BasePruningMethod {
  override readonly PRUNING_TYPE: PruningType = "unstructured";
  amount: number;

  constructor(...args: ArgumentsOf<typeof unstructured>) {
    super();
    this.amount = unstructured(args).amount;
    checkAmount("RandomUnstructured", this.amount);
  }
  override compute_mask(t: Tensor, default_mask: Tensor): Tensor {
    const count = countOf("RandomUnstructured", this.amount, t._numel);
    if (count === 0) return clone(default_mask);
    return withZeros(default_mask, topk(reshape(rand_like(t), [-1]), count).indices);
  }
}

/** The elements that are smallest in size. */
export class L1Unstructured extends BasePruningMethod {
  override readonly PRUNING_TYPE: PruningType = "unstructured";
  amount: number;

  constructor(...args: ArgumentsOf<typeof unstructured>) {
    super();
    this.amount = unstructured(args).amount;
    checkAmount("L1Unstructured", this.amount);
  }
  override compute_mask(t: Tensor, default_mask: Tensor): Tensor {
    const count = countOf("L1Unstructured", this.amount, t._numel);
    if (count === 0) return clone(default_mask);
    const smallest = no_grad(() => topk(reshape(abs(t), [-1]), count, -1, false));
    return withZeros(default_mask, smallest.indices);
  }
}

/** How many slices of `dim` to prune. */
function slicesToPrune(op: string, t: Tensor, amount: number, dim: number): { size: number; count: number } {
  const rank = t.shape.length;
  if (rank <= 1) {
    throw new ValueError(
      op,
      "Structured pruning can only be applied to multidimensional tensors. " +
        `Found tensor of shape [${t.shape.join(", ")}] with ${rank} dims`,
    );
  }
  if (dim >= rank || dim < -rank) {
    throw new TorchIndexError(op, `Invalid index ${dim} for tensor of size [${t.shape.join(", ")}]`);
  }
  const size = t.shape.at(dim)!;
  return { size, count: countOf(op, amount, size) };
}

/** `mask`, but 0 where `kept` (one value per slice of `dim`) is 0. */
function keepSlices(mask: Tensor, kept: Tensor, dim: number): Tensor {
  const at = dim < 0 ? dim + mask.shape.length : dim;
  const shape = mask.shape.map((_, d) => (d === at ? -1 : 1));
  return mul(expand(reshape(to(kept, mask.dtype), shape), mask.shape), mask);
}

const structured = signature<[amount: number, dim?: number]>()("RandomStructured", 1, ["amount", "dim"]);

/** Random slices of `dim` (the last). */
export class RandomStructured extends BasePruningMethod {
  override readonly PRUNING_TYPE: PruningType = "structured";
  amount: number;
  dim: number;

  constructor(...args: ArgumentsOf<typeof structured>) {
    super();
    const { amount, dim = -1 } = structured(args);
    checkAmount("RandomStructured", amount);
    this.amount = amount;
    this.dim = dim;
  }
  override compute_mask(t: Tensor, default_mask: Tensor): Tensor {
    const { size, count } = slicesToPrune("RandomStructured", t, this.amount, this.dim);
    if (count === 0) return default_mask;
    const drawn = rand([size], { device: "cpu" });
    const kept = gt(drawn, kthvalue(drawn, count).values);
    return keepSlices(default_mask, transfer(kept, t.device), this.dim);
  }
}

const byNorm = signature<[amount: number, n: number | "fro", dim?: number]>()("LnStructured", 2, [
  "amount",
  "n",
  "dim",
]);

/** The slices of `dim` (the last) with the smallest n-norms. */
export class LnStructured extends BasePruningMethod {
  override readonly PRUNING_TYPE: PruningType = "structured";
  amount: number;
  n: number | "fro";
  dim: number;

  constructor(...args: ArgumentsOf<typeof byNorm>) {
    super();
    const { amount, n, dim = -1 } = byNorm(args);
    checkAmount("LnStructured", amount);
    this.amount = amount;
    this.n = n;
    this.dim = dim;
  }
  override compute_mask(t: Tensor, default_mask: Tensor): Tensor {
    const { size, count } = slicesToPrune("LnStructured", t, this.amount, this.dim);
    if (count === 0) return default_mask;
    const at = this.dim < 0 ? this.dim + t.shape.length : this.dim;
    const others = t.shape.map((_, d) => d).filter((d) => d !== at);
    const longest = no_grad(() => topk(norm(t, this.n, others), size - count));
    const none = zeros([size], { dtype: t.dtype, device: t.device });
    return keepSlices(default_mask, index_fill(none, 0, longest.indices, 1), this.dim);
  }
}

const custom = signature<[mask: Tensor]>()("CustomFromMask", 1, ["mask"]);

/** Where a given mask is 0. */
export class CustomFromMask extends BasePruningMethod {
  override readonly PRUNING_TYPE: PruningType = "global";
  mask: Tensor;

  constructor(...args: ArgumentsOf<typeof custom>) {
    super();
    this.mask = custom(args).mask;
  }
  override compute_mask(_t: Tensor, default_mask: Tensor): Tensor {
    if (!sameShape(default_mask.shape, this.mask.shape)) {
      throw new AssertionError(
        "CustomFromMask",
        `the mask must have the shape of the parameter; got [${this.mask.shape.join(", ")}] and [${default_mask.shape.join(", ")}]`,
      );
    }
    return mul(default_mask, to(this.mask, default_mask.dtype));
  }
}
