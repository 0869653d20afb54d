import type { Tensor } from "../core/tensor.js";
import { empty } from "../ops/creation.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import * as F from "./functional.js";
import { kaiming_uniform_, uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { python } from "./repr.js";

/**
 * Gives its input back, whatever it was made with.
 *
 * Source  torch.nn.Identity.
 */
export class Identity extends Module {
  constructor(..._unused: readonly unknown[]) {
    super();
  }
  override forward<T = Tensor>(input: T): T {
    return input;
  }
}

const linear = signature<[in_features: number, out_features: number, bias?: boolean, ...factory: Factory]>()(
  "Linear",
  2,
  ["in_features", "out_features", "bias", ...FACTORY],
);

/**
 * y = x Wᵀ + b
 *
 * Shapes  x: [*, in_features] → y: [*, out_features]
 * State   weight: [out_features, in_features]; bias: [out_features], or null; both start uniform in ±1/√in_features
 * Source  torch.nn.Linear.
 */
export class Linear extends Module {
  in_features: number;
  out_features: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(...args: ArgumentsOf<typeof linear>) {
    super();
    const { in_features, out_features, bias = true, device, dtype } = linear(args);
    this.in_features = in_features;
    this.out_features = out_features;
    this.weight = new Parameter(empty([out_features, in_features], { device, dtype }));
    this.bias = bias ? new Parameter(empty([out_features], { device, dtype })) : null;
    this.reset_parameters();
  }

  reset_parameters(): void {
    kaiming_uniform_(this.weight, Math.sqrt(5)); // PyTorch's way to ±1/√in_features
    if (this.bias === null) return;
    const bound = this.in_features > 0 ? 1 / Math.sqrt(this.in_features) : 0;
    uniform_(this.bias, -bound, bound);
  }
  override forward(input: Tensor): Tensor {
    return F.linear(input, this.weight, this.bias);
  }
  override extra_repr(): string {
    const { in_features, out_features, bias } = this;
    return `in_features=${in_features}, out_features=${out_features}, bias=${python(bias !== null)}`;
  }
}

const bilinear = signature<
  [in1_features: number, in2_features: number, out_features: number, bias?: boolean, ...factory: Factory]
>()("Bilinear", 3, ["in1_features", "in2_features", "out_features", "bias", ...FACTORY]);

/**
 * y_o = x₁ᵀ W_o x₂ + b_o
 *
 * Shapes  input1: [*, in1_features], input2: [*, in2_features] → y: [*, out_features]
 * State   weight: [out_features, in1_features, in2_features]; bias: [out_features], or null; both start uniform in
 *         ±1/√in1_features
 * Source  torch.nn.Bilinear.
 */
export class Bilinear extends Module {
  in1_features: number;
  in2_features: number;
  out_features: number;
  weight: Parameter;
  bias: Parameter | null;

  constructor(...args: ArgumentsOf<typeof bilinear>) {
    super();
    const { in1_features, in2_features, out_features, bias = true, device, dtype } = bilinear(args);
    this.in1_features = in1_features;
    this.in2_features = in2_features;
    this.out_features = out_features;
    this.weight = new Parameter(empty([out_features, in1_features, in2_features], { device, dtype }));
    this.bias = bias ? new Parameter(empty([out_features], { device, dtype })) : null;
    this.reset_parameters();
  }

  reset_parameters(): void {
    const bound = 1 / Math.sqrt(this.in1_features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }
  override forward(input1: Tensor, input2: Tensor): Tensor {
    return F.bilinear(input1, input2, this.weight, this.bias);
  }
  override extra_repr(): string {
    const { in1_features, in2_features, out_features, bias } = this;
    return (
      `in1_features=${in1_features}, in2_features=${in2_features}, out_features=${out_features}, ` +
      `bias=${python(bias !== null)}`
    );
  }
}
