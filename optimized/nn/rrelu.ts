import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { float } from "./repr.js";

const rrelu = signature<[lower?: number, upper?: number, inplace?: boolean]>()("RReLU", 0, [
  "lower",
  "upper",
  "inplace",
]);

/**
 * x where x > 0, else r x: in training r is uniform in [lower, upper), by default [1/8, 1/3), for each element; in
 * evaluation it is their mean.
 *
 * Source  torch.nn.RReLU; Xu et al. (2015).
 */
export class RReLU extends Module {
  lower: number;
  upper: number;
  inplace: boolean;

  constructor(...args: ArgumentsOf<typeof rrelu>) {
    super();
    const { lower = 1 / 8, upper = 1 / 3, inplace = false } = rrelu(args);
    this.lower = lower;
    this.upper = upper;
    this.inplace = inplace;
  }
  override forward(input: Tensor): Tensor {
    return F.rrelu(input, this.lower, this.upper, this.training, this.inplace);
  }
  override extra_repr(): string {
    return `lower=${float(this.lower)}, upper=${float(this.upper)}${this.inplace ? ", inplace=True" : ""}`;
  }
}
