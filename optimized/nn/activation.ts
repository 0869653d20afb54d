import type { Tensor } from "../core/tensor.js";
import { AssertionError } from "../core/errors.js";
import { full } from "../ops/creation.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { float, python } from "./repr.js";

/**
 * Activations element by element. Formulas and special values: reference/ops/activation.ts. All keep the shape of the
 * input and have no state, PReLU excepted. Source: torch.nn.
 */

const inplaceOnly = signature<[inplace?: boolean]>()("activation", 0, ["inplace"]);
const alphaFirst = signature<[alpha?: number, inplace?: boolean]>()("activation", 0, ["alpha", "inplace"]);

/** The text after other options: only said where it is so. */
const inplaceText = (inplace: boolean) => (inplace ? ", inplace=True" : "");

abstract class InplaceActivation extends Module {
  /** Whether the input is overwritten with the result. */
  inplace: boolean;

  constructor(...args: ArgumentsOf<typeof inplaceOnly>) {
    super();
    this.inplace = inplaceOnly(args).inplace ?? false;
  }
  override extra_repr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** max(x, 0) */
export class ReLU extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return F.relu(input, this.inplace);
  }
}

/** x · σ(x) */
export class SiLU extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return F.silu(input, this.inplace);
  }
}

/** x · tanh(log(1 + eˣ)) */
export class Mish extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return F.mish(input, this.inplace);
  }
}

/** The scaled ELU that keeps mean 0 and variance 1. */
export class SELU extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return F.selu(input, this.inplace);
  }
}

/** x/6 + 1/2, not below 0 nor above 1 */
export class Hardsigmoid extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return F.hardsigmoid(input, this.inplace);
  }
  override extra_repr(): string {
    return "";
  }
}

/** x · (x/6 + 1/2), the factor not below 0 nor above 1 */
export class Hardswish extends InplaceActivation {
  override forward(input: Tensor): Tensor {
    return F.hardswish(input, this.inplace);
  }
  override extra_repr(): string {
    return "";
  }
}

abstract class AlphaActivation extends Module {
  alpha: number;
  inplace: boolean;

  constructor(...args: ArgumentsOf<typeof alphaFirst>) {
    super();
    const { alpha = 1, inplace = false } = alphaFirst(args);
    this.alpha = alpha;
    this.inplace = inplace;
  }
  override extra_repr(): string {
    return `alpha=${float(this.alpha)}${inplaceText(this.inplace)}`;
  }
}

/** x where x > 0, else alpha · (eˣ − 1) */
export class ELU extends AlphaActivation {
  override forward(input: Tensor): Tensor {
    return F.elu(input, this.alpha, this.inplace);
  }
}

/** x where x > 0, else alpha · (e^(x/alpha) − 1) */
export class CELU extends AlphaActivation {
  override forward(input: Tensor): Tensor {
    return F.celu(input, this.alpha, this.inplace);
  }
}

const leaky = signature<[negative_slope?: number, inplace?: boolean]>()("LeakyReLU", 0, ["negative_slope", "inplace"]);

/** x where x > 0, else negative_slope · x */
export class LeakyReLU extends Module {
  negative_slope: number;
  inplace: boolean;

  constructor(...args: ArgumentsOf<typeof leaky>) {
    super();
    const { negative_slope = 0.01, inplace = false } = leaky(args);
    this.negative_slope = negative_slope;
    this.inplace = inplace;
  }
  override forward(input: Tensor): Tensor {
    return F.leaky_relu(input, this.negative_slope, this.inplace);
  }
  override extra_repr(): string {
    return `negative_slope=${float(this.negative_slope)}${inplaceText(this.inplace)}`;
  }
}

const hardtanh = signature<[min_val?: number, max_val?: number, inplace?: boolean]>()("Hardtanh", 0, [
  "min_val",
  "max_val",
  "inplace",
]);

/** x, not below min_val nor above max_val */
export class Hardtanh extends Module {
  min_val: number;
  max_val: number;
  inplace: boolean;

  constructor(...args: ArgumentsOf<typeof hardtanh>) {
    super();
    const { min_val = -1, max_val = 1, inplace = false } = hardtanh(args);
    if (!(max_val > min_val)) {
      throw new AssertionError("Hardtanh", `max_val must be larger than min_val; got ${max_val} and ${min_val}`);
    }
    this.min_val = min_val;
    this.max_val = max_val;
    this.inplace = inplace;
  }
  override forward(input: Tensor): Tensor {
    return F.hardtanh(input, this.min_val, this.max_val, this.inplace);
  }
  override extra_repr(): string {
    return `min_val=${float(this.min_val)}, max_val=${float(this.max_val)}${inplaceText(this.inplace)}`;
  }
}

/** x, not below 0 nor above 6 */
export class ReLU6 extends Hardtanh {
  constructor(...args: ArgumentsOf<typeof inplaceOnly>) {
    super(0, 6, inplaceOnly(args).inplace ?? false);
  }
  override extra_repr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

const thresholds = signature<[threshold: number, value: number, inplace?: boolean]>()("Threshold", 2, [
  "threshold",
  "value",
  "inplace",
]);

/** x where x > threshold, else value */
export class Threshold extends Module {
  threshold: number;
  value: number;
  inplace: boolean;

  constructor(...args: ArgumentsOf<typeof thresholds>) {
    super();
    const { threshold, value, inplace = false } = thresholds(args);
    this.threshold = threshold;
    this.value = value;
    this.inplace = inplace;
  }
  override forward(input: Tensor): Tensor {
    return F.threshold(input, this.threshold, this.value, this.inplace);
  }
  override extra_repr(): string {
    return `threshold=${python(this.threshold)}, value=${python(this.value)}${inplaceText(this.inplace)}`;
  }
}

const prelu = signature<[num_parameters?: number, init?: number, ...factory: Factory]>()("PReLU", 0, [
  "num_parameters",
  "init",
  ...FACTORY,
]);

/**
 * x where x > 0, else weight · x, with a weight for all or for each channel (dim 1).
 *
 * State   weight: [num_parameters], starts at init
 * Source  torch.nn.PReLU; He et al. (2015)
 */
export class PReLU extends Module {
  weight: Parameter;
  num_parameters: number;

  constructor(...args: ArgumentsOf<typeof prelu>) {
    super();
    const { num_parameters = 1, init = 0.25, device, dtype } = prelu(args);
    this.num_parameters = num_parameters;
    this.weight = new Parameter(full([num_parameters], init, { device, dtype }));
  }
  override forward(input: Tensor): Tensor {
    return F.prelu(input, this.weight);
  }
  override extra_repr(): string {
    return `num_parameters=${this.num_parameters}`;
  }
}

/** 1/(1 + e⁻ˣ) */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return F.sigmoid(input);
  }
}

export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return F.tanh(input);
  }
}

/** log(1/(1 + e⁻ˣ)) */
export class LogSigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return F.logsigmoid(input);
  }
}

/** x/(1 + |x|) */
export class Softsign extends Module {
  override forward(input: Tensor): Tensor {
    return F.softsign(input);
  }
}

/** x − tanh(x) */
export class Tanhshrink extends Module {
  override forward(input: Tensor): Tensor {
    return F.tanhshrink(input);
  }
}

const gelu = signature<[approximate?: "none" | "tanh"]>()("GELU", 0, ["approximate"]);

/** x · Φ(x), Φ the normal distribution function; with approximate "tanh" by tanh(√(2/π) · (x + 0.044715 · x³)). */
export class GELU extends Module {
  approximate: "none" | "tanh";

  constructor(...args: ArgumentsOf<typeof gelu>) {
    super();
    this.approximate = gelu(args).approximate ?? "none";
  }
  override forward(input: Tensor): Tensor {
    return F.gelu(input, this.approximate);
  }
  override extra_repr(): string {
    return `approximate=${python(this.approximate)}`;
  }
}

const softplus = signature<[beta?: number, threshold?: number]>()("Softplus", 0, ["beta", "threshold"]);

/** log(1 + e^(beta·x)) / beta, and x itself where beta · x > threshold */
export class Softplus extends Module {
  beta: number;
  threshold: number;

  constructor(...args: ArgumentsOf<typeof softplus>) {
    super();
    const { beta = 1, threshold = 20 } = softplus(args);
    this.beta = beta;
    this.threshold = threshold;
  }
  override forward(input: Tensor): Tensor {
    return F.softplus(input, this.beta, this.threshold);
  }
  override extra_repr(): string {
    return `beta=${python(this.beta)}, threshold=${python(this.threshold)}`;
  }
}

const shrink = signature<[lambd?: number]>()("Hardshrink", 0, ["lambd"]);

abstract class Shrink extends Module {
  lambd: number;

  constructor(...args: ArgumentsOf<typeof shrink>) {
    super();
    this.lambd = shrink(args).lambd ?? 0.5;
  }
  override extra_repr(): string {
    return python(this.lambd);
  }
}

/** x where |x| > lambd, else 0 */
export class Hardshrink extends Shrink {
  override forward(input: Tensor): Tensor {
    return F.hardshrink(input, this.lambd);
  }
}

/** x − lambd · sign(x) where |x| > lambd, else 0 */
export class Softshrink extends Shrink {
  override forward(input: Tensor): Tensor {
    return F.softshrink(input, this.lambd);
  }
}
