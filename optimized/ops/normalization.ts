import * as ref from "../../reference/ops/index.js";
import { composedGradients } from "../autograd/composed.js";
import { applyMulti } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { ShapeError, TorchError } from "../core/errors.js";
import { numelOf, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { float32 } from "../core/dtype.js";
import { add, clamp_min, div, mul, rsqrt, sub } from "./pointwise.js";
import { norm } from "./norm.js";
import { mean as meanOf, sum } from "./reduce.js";
import type { Dims } from "./reduction.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { reshape } from "./views.js";
import {
  type AffineOptions,
  addresses,
  checkChannels,
  checkDtypes,
  type MaybeTensor,
  allGradients,
  perChannel,
} from "./normalization_checks.js";

/** Normalization over features and over groups. Formulas and special values: reference/ops/norm.ts. */

const layerNormOp = defineOp<
  [x: Tensor, weight: MaybeTensor, bias: MaybeTensor],
  { size: readonly number[]; eps: number }
>({
  name: "native_layer_norm",
  kernel: "layer_norm",
  infer: ([x], { size }) => {
    const stats = { shape: [...x.shape.slice(0, x.shape.length - size.length), ...size.map(() => 1)], dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, stats, stats];
  },
  write: (b, [y, mean, rstd], [x, weight, bias], { size, eps }) => {
    writeRows(b, x, size);
    b.number(eps);
    addresses(b, x, weight, bias, y!, mean!, rstd!);
  },
  reference: ([x, weight, bias], { size, eps }) => {
    const { y, mean, rstd } = ref.layer_norm(x, size, weight, bias, eps);
    return [y, mean, rstd];
  },
  saves: [[0, 1, "out1", "out2"], [0, 1, "out1", "out2"], []],
  backward: (c) => {
    const ins: [Tensor, Tensor, MaybeTensor, Tensor, Tensor] = [
      contiguous(c.grad),
      c.in(0),
      c.inOrNull(1),
      c.out(1),
      c.out(2),
    ];
    const affine = c.needs(1) || c.needs(2);
    const [gx, gw, gb] = applyMulti(layerNormBackwardOp, ins, { ...c.attrs, affine });
    return [gx!, affine ? gw! : null, affine ? gb! : null];
  },
  nonDifferentiable: [1, 2],
});

function writeRows(b: Block, x: Tensor, size: readonly number[]): void {
  const n = numelOf(size);
  b.number(x.dtype.code);
  b.number(x._numel / n);
  b.number(n);
}

interface LayerAttrs {
  readonly size: readonly number[];
  readonly eps: number;
  /** Whether the gradients of weight and bias are wanted. */
  readonly affine: boolean;
}

/** gx, gw, gb of layer_norm from ops: for second derivatives. */
function composedLayerNorm(g: Tensor, x: Tensor, weight: MaybeTensor, { size, eps }: LayerAttrs): Tensor[] {
  const dims = size.map((_, i) => -1 - i);
  const rows = x.shape.slice(0, x.shape.length - size.length).map((_, d) => d);
  const centered = sub(x, meanOf(x, dims, true));
  const rstd = rsqrt(add(meanOf(mul(centered, centered), dims, true), eps));
  const z = mul(centered, rstd);
  const h = weight === null ? g : mul(g, weight);
  const gx = mul(sub(sub(h, meanOf(h, dims, true)), mul(z, meanOf(mul(h, z), dims, true))), rstd);
  const overRows = (t: Tensor) => (rows.length === 0 ? t : sum(t, rows));
  return [gx, overRows(mul(g, z)), overRows(g)];
}

const layerNormBackwardOp: ComputeOp<
  [g: Tensor, x: Tensor, weight: MaybeTensor, mean: Tensor, rstd: Tensor],
  LayerAttrs
> = defineOp<[g: Tensor, x: Tensor, weight: MaybeTensor, mean: Tensor, rstd: Tensor], LayerAttrs>({
  name: "native_layer_norm_backward",
  kernel: "layer_norm_backward",
  infer: ([, x], { size }) => {
    const weights = { shape: size, dtype: x.dtype };
    return [{ shape: x.shape, dtype: x.dtype }, weights, weights];
  },
  write: (b, [gx, gw, gb], [g, x, weight, mean, rstd], { size, affine }) => {
    writeRows(b, x, size);
    addresses(b, g, x, weight, mean, rstd, gx!, affine ? gw! : null, affine ? gb! : null);
  },
  reference: ([g, x, weight, mean, rstd], { size }) =>
    allGradients(ref.layer_norm_backward(g, x, size, mean, rstd, weight)),
  saves: [[0, 1, 2], [0, 1, 2], [0, 1, 2], [], []],
  backward: (c) => {
    const compose = (g: MaybeTensor, x: MaybeTensor, w: MaybeTensor) => composedLayerNorm(g!, x!, w, c.attrs);
    const wanted = [c.needs(0), c.needs(1), c.needs(2)];
    return [...composedGradients(compose, [c.in(0), c.in(1), c.inOrNull(2)], c.grads, wanted), null, null];
  },
});

const readLayerNorm = signature<AffineOptions>("layer_norm", ["weight", "bias", "eps"]);

/** Normalizes over the last dims, then scales and shifts. Source: torch.nn.functional.layer_norm. */
export function layer_norm(
  input: Tensor,
  normalized_shape: readonly number[],
  ...args: Arguments<[weight?: MaybeTensor, bias?: MaybeTensor, eps?: number], AffineOptions>
): Tensor {
  expectTensor("layer_norm", "input", input);
  const { weight = null, bias = null, eps = 1e-5 } = readLayerNorm(args);
  const tail = input.shape.slice(Math.max(0, input.shape.length - normalized_shape.length));
  if (normalized_shape.length === 0 || !sameShape(tail, normalized_shape)) {
    throw new ShapeError(
      "layer_norm",
      `Given normalized_shape=[${normalized_shape.join(", ")}], expected input with shape [*, ${normalized_shape.join(", ")}]`,
      { input: input.shape },
    );
  }
  for (const [name, v] of Object.entries({ weight, bias })) {
    if (v !== null && !sameShape(v.shape, normalized_shape)) {
      throw new ShapeError(
        "layer_norm",
        `Expected ${name} to be of same shape as normalized_shape [${normalized_shape.join(", ")}]`,
        {
          [name]: v.shape,
        },
      );
    }
  }
  checkDtypes("layer_norm", input, { weight, bias });
  if (!input.dtype.is_floating_point || input.dtype.itemsize < 4) {
    const [x, w, b] = [input, weight, bias].map((t) => (t === null ? null : to(t, float32)));
    return to(layer_norm(x!, normalized_shape, w, b, eps), input.dtype);
  }
  const x = contiguous(input);
  const dense = (v: MaybeTensor) => (v === null ? null : contiguous(to(v, x.dtype)));
  // The kernel knows weights without bias, and both, but no bias alone.
  const [w, b] = [dense(weight), dense(bias)];
  if (x._numel === 0) {
    const scaled = mul(x, w ?? 1);
    return b === null ? scaled : add(scaled, b);
  }
  const attrs = { size: normalized_shape, eps };
  if (w === null && b !== null) return add(applyMulti(layerNormOp, [x, null, null], attrs)[0]!, b);
  return applyMulti(layerNormOp, [x, w, b], attrs)[0]!;
}

const readGroupNorm = signature<AffineOptions>("group_norm", ["weight", "bias", "eps"]);

/** Normalizes each group of channels, then scales and shifts each channel. Source: torch.nn.functional.group_norm. */
export function group_norm(
  input: Tensor,
  num_groups: number,
  ...args: Arguments<[weight?: MaybeTensor, bias?: MaybeTensor, eps?: number], AffineOptions>
): Tensor {
  expectTensor("group_norm", "input", input);
  const { weight = null, bias = null, eps = 1e-5 } = readGroupNorm(args);
  checkChannels("group_norm", input, { weight, bias });
  checkDtypes("group_norm", input, { weight, bias });
  const [batch, channels] = input.shape as [number, number];
  if (channels % num_groups !== 0) {
    throw new TorchError(
      "group_norm",
      `Expected number of channels in input to be divisible by num_groups, but got input of shape [${input.shape.join(", ")}] and num_groups=${num_groups}`,
    );
  }
  const rank = input.shape.length;
  const size = input._numel === 0 ? 1 : input._numel / (batch * num_groups);
  const grouped = reshape(contiguous(input), [batch * num_groups, size]);
  let y = reshape(layer_norm(grouped, [size], null, null, eps), input.shape);
  if (weight !== null) y = mul(y, perChannel(weight, rank));
  return bias === null ? y : add(y, perChannel(bias, rank));
}

interface NormalizeOptions {
  p?: number;
  dim?: Dims;
  eps?: number;
}
const readNormalize = signature<NormalizeOptions>("normalize", ["p", "dim", "eps"]);

/** input / max(‖input‖ₚ, eps) along `dim`. Source: torch.nn.functional.normalize. */
export function normalize(
  input: Tensor,
  ...args: Arguments<[p?: number, dim?: Dims, eps?: number], NormalizeOptions>
): Tensor {
  const { p = 2, dim = 1, eps = 1e-12 } = readNormalize(args);
  return div(input, clamp_min(norm(input, p, dim, true), eps));
}
