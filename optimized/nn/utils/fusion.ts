import { no_grad } from "../../autograd/grad_mode.js";
import { AssertionError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { ones_like, zeros_like } from "../../ops/creation.js";
import { add, mul, rsqrt, sub } from "../../ops/pointwise.js";
import { reshape } from "../../ops/views.js";
import { deepcopy } from "../deepcopy.js";
import type { Module } from "../module.js";
import { Parameter } from "../parameter.js";

/** A batch norm in evaluation is a scale and a shift: they can be part of the layer before it. */

type Layer = Module & { weight: Parameter; bias: Parameter | null };
type Norm = Module & {
  readonly running_mean: Tensor | null;
  readonly running_var: Tensor | null;
  readonly eps: number;
  readonly weight: Tensor | null;
  readonly bias: Tensor | null;
};
type Fused = [weight: Parameter, bias: Parameter];

function fuse(
  layer_w: Tensor,
  layer_b: Tensor | null,
  bn_rm: Tensor,
  bn_rv: Tensor,
  bn_eps: number,
  bn_w: Tensor | null,
  bn_b: Tensor | null,
  outputDim: number,
): Fused {
  return no_grad(() => {
    const scale = mul(bn_w ?? ones_like(bn_rm), rsqrt(add(bn_rv, bn_eps)));
    const alongOutputs = layer_w.shape.map((_, d) => (d === outputDim ? -1 : 1));
    const weight = mul(layer_w, reshape(scale, alongOutputs));
    const bias = add(mul(sub(layer_b ?? zeros_like(bn_rm), bn_rm), scale), bn_b ?? zeros_like(bn_rm));
    return [new Parameter(weight), new Parameter(bias)];
  });
}

function fused<L extends Layer>(op: string, layer: L, bn: Norm, outputDim: number): L {
  if (layer.training || bn.training) throw new AssertionError(op, "Fusion only for eval!");
  const { running_mean, running_var } = bn;
  if (running_mean === null || running_var === null) {
    throw new AssertionError(op, "the batch norm has no running statistics. Make it with track_running_stats: true");
  }
  const copy = deepcopy(layer);
  const { weight, bias } = copy;
  [copy.weight, copy.bias] = fuse(weight, bias, running_mean, running_var, bn.eps, bn.weight, bn.bias, outputDim);
  return copy;
}

/**
 * A copy of `conv` that computes what `bn` of `conv` computes, both in evaluation; `transpose` for transposed
 * convolutions.
 *
 *     s = γ / √(var + eps)      w ← w · s per output channel      b ← (b − mean) · s + β
 *
 * Source  torch.nn.utils.fuse_conv_bn_eval.
 */
export function fuse_conv_bn_eval<L extends Layer>(
  conv: L,
  bn: Norm,
  transpose: boolean | { transpose?: boolean } = false,
): L {
  const transposed = typeof transpose === "boolean" ? transpose : (transpose.transpose ?? false);
  return fused("fuse_conv_bn_eval", conv, bn, transposed ? 1 : 0);
}

/** The same for a linear layer. Source: torch.nn.utils.fuse_linear_bn_eval. */
export function fuse_linear_bn_eval<L extends Layer>(linear: L, bn: Norm): L {
  return fused("fuse_linear_bn_eval", linear, bn, 0);
}

/** Weight and bias of the fused convolution. Source: torch.nn.utils.fuse_conv_bn_weights. */
export function fuse_conv_bn_weights(
  conv_w: Tensor,
  conv_b: Tensor | null,
  bn_rm: Tensor,
  bn_rv: Tensor,
  bn_eps: number,
  bn_w: Tensor | null,
  bn_b: Tensor | null,
  transpose: boolean | { transpose?: boolean } = false,
): Fused {
  const transposed = typeof transpose === "boolean" ? transpose : (transpose.transpose ?? false);
  return fuse(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transposed ? 1 : 0);
}

/** Weight and bias of the fused linear layer. Source: torch.nn.utils.fuse_linear_bn_weights. */
export function fuse_linear_bn_weights(
  linear_w: Tensor,
  linear_b: Tensor | null,
  bn_rm: Tensor,
  bn_rv: Tensor,
  bn_eps: number,
  bn_w: Tensor | null,
  bn_b: Tensor | null,
): Fused {
  return fuse(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 0);
}
