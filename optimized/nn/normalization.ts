import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { empty } from "../ops/creation.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import * as F from "./functional.js";
import { ones_, zeros_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { float, python } from "./repr.js";
import { ntuple, type Size } from "./sizes.js";

const layerNorm = signature<
  [normalized_shape: Size, eps?: number, elementwise_affine?: boolean, ...factory: Factory]
>()("LayerNorm", 1, ["normalized_shape", "eps", "elementwise_affine", ...FACTORY]);

/**
 * Normalizes over the last dims, then scales and shifts.
 *
 *     y = (x − E[x]) / √(Var[x] + eps) · weight + bias,   Var with divisor n
 *
 * Shapes  input: [*, ...normalized_shape] → the same
 * State   weight, bias: normalized_shape; weight starts at 1, bias at 0 (both null unless elementwise_affine)
 * Source  torch.nn.LayerNorm; Ba, Kiros & Hinton (2016)
 */
export class LayerNorm extends Module {
  normalized_shape: readonly number[];
  eps: number;
  elementwise_affine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(...args: ArgumentsOf<typeof layerNorm>) {
    super();
    const { normalized_shape, eps = 1e-5, elementwise_affine = true, device, dtype } = layerNorm(args);
    this.normalized_shape = ntuple(1, normalized_shape);
    this.eps = eps;
    this.elementwise_affine = elementwise_affine;
    const make = () => new Parameter(empty(this.normalized_shape, { device, dtype }));
    this.weight = elementwise_affine ? make() : null;
    this.bias = elementwise_affine ? make() : null;
    this.reset_parameters();
  }

  reset_parameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }
  override forward(input: Tensor): Tensor {
    return F.layer_norm(input, this.normalized_shape, this.weight, this.bias, this.eps);
  }
  override extra_repr(): string {
    const { normalized_shape, eps, elementwise_affine } = this;
    return `${python(normalized_shape)}, eps=${float(eps)}, elementwise_affine=${python(elementwise_affine)}`;
  }
}

const groupNorm = signature<
  [num_groups: number, num_channels: number, eps?: number, affine?: boolean, ...factory: Factory]
>()("GroupNorm", 2, ["num_groups", "num_channels", "eps", "affine", ...FACTORY]);

/**
 * Normalizes each group of channels of each sample, then scales and shifts each channel; formula as LayerNorm.
 *
 * Shapes  input: [N, C, *], C = num_channels → the same
 * State   weight: [C], starts at 1; bias: [C], at 0 (both null unless affine)
 * Source  torch.nn.GroupNorm; Wu & He (2018)
 */
export class GroupNorm extends Module {
  num_groups: number;
  num_channels: number;
  eps: number;
  affine: boolean;
  weight: Parameter | null;
  bias: Parameter | null;

  constructor(...args: ArgumentsOf<typeof groupNorm>) {
    super();
    const { num_groups, num_channels, eps = 1e-5, affine = true, device, dtype } = groupNorm(args);
    if (num_channels % num_groups !== 0) {
      throw new ValueError(
        "GroupNorm",
        `num_channels must be divisible by num_groups; got ${num_channels} and ${num_groups}`,
      );
    }
    this.num_groups = num_groups;
    this.num_channels = num_channels;
    this.eps = eps;
    this.affine = affine;
    const make = () => new Parameter(empty([num_channels], { device, dtype }));
    this.weight = affine ? make() : null;
    this.bias = affine ? make() : null;
    this.reset_parameters();
  }

  reset_parameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }
  override forward(input: Tensor): Tensor {
    return F.group_norm(input, this.num_groups, this.weight, this.bias, this.eps);
  }
  override extra_repr(): string {
    return `${this.num_groups}, ${this.num_channels}, eps=${float(this.eps)}, affine=${python(this.affine)}`;
  }
}

const responseNorm = signature<[size: number, alpha?: number, beta?: number, k?: number]>()("LocalResponseNorm", 1, [
  "size",
  "alpha",
  "beta",
  "k",
]);

/** What the normalizations by neighbours across channels are made with. */
export abstract class ResponseNorm extends Module {
  size: number;
  alpha: number;
  beta: number;
  k: number;

  constructor({ size, alpha = 1e-4, beta = 0.75, k = 1 }: ReturnType<typeof responseNorm>) {
    super();
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
  }
}

/**
 * Divides each element by a power of the mean square of its neighbours across channels. Formula:
 * reference/ops/norm.ts.
 *
 * Shapes  input: [N, C, *] → the same
 * Source  torch.nn.LocalResponseNorm; Krizhevsky, Sutskever & Hinton (2012)
 */
export class LocalResponseNorm extends ResponseNorm {
  constructor(...args: ArgumentsOf<typeof responseNorm>) {
    super(responseNorm(args));
  }
  override forward(input: Tensor): Tensor {
    return F.local_response_norm(input, this.size, this.alpha, this.beta, this.k);
  }
  override extra_repr(): string {
    return `${this.size}, alpha=${float(this.alpha)}, beta=${float(this.beta)}, k=${float(this.k)}`;
  }
}
