import * as ref from "../../reference/random/index.js";
import * as refOps from "../../reference/ops/index.js";
import { apply, applyInplace, applyMulti, checkInplace } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { Device } from "../core/device.js";
import { bool, type DType } from "../core/dtype.js";
import { DtypeError, ShapeError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { metaLike } from "./elementwise.js";
import { arithmeticInplace } from "./arithmetic.js";
import { add, mul } from "./pointwise.js";
import { bernoulliOp, type Drawn, drawInto, generatorFor, writeTarget } from "./random_draw.js";
import { type Arguments, emptyTensor, expectTensor, scalarTensor, signature } from "./support.js";
import { squeeze, unsqueeze } from "./views.js";

/**
 * Dropout and its relatives, with PyTorch's masks: elements are kept where a bernoulli number of probability 1 - p is 1,
 * drawn from the default generator in row-major order whatever the strides. Formula: reference/ops/dropout.ts.
 */

interface Attrs {
  /** The probability of being dropped. */
  readonly p: number;
}

/** Of a contiguous tensor: mask and result in one pass. The mask is a second output, which backward reads. */
const dropoutOp = defineOp<[x: Tensor], Attrs & Drawn>({
  name: "dropout",
  kernel: "dropout",
  infer: ([{ shape, dtype }]) => [
    { shape, dtype },
    { shape, dtype: bool },
  ],
  write: (b, [out, mask], [x], { generator, p }) => {
    writeTarget(b, out!, generator);
    b.address(mask!);
    b.address(x);
    b.number(1 - p);
  },
  reference: ([x], { generator, p }) => {
    const mask = ref.bernoulli(generator._state, x.shape, 1 - p, "bool");
    return [refOps.dropout(x, mask, p), mask];
  },
  saves: [["out1"]],
  backward: [(c) => apply(maskedScaleOp, [c.grad, c.out(1)], c.attrs)],
  nonDifferentiable: [1],
});

/** x / (1 - p) where the mask holds, else x · 0: dropout with a given mask, and its own gradient. */
const maskedScaleOp: ComputeOp<[x: Tensor, mask: Tensor], Attrs> = defineOp<[x: Tensor, mask: Tensor], Attrs>({
  name: "_masked_scale",
  kernel: "masked_scale",
  infer: ([x]) => metaLike(x, x.shape, "same"),
  write: (b, [out], ins, { p }) => {
    b.pointwise(out!, ins);
    b.number(1 - p);
  },
  reference: ([x, mask], { p }) => refOps.dropout(x, mask, p),
  saves: [[1], []],
  backward: [(c) => apply(maskedScaleOp, [c.grad, c.in(1)], c.attrs), null],
  elementwise: true,
});

export interface DropoutOptions {
  /** The probability of being dropped. */
  p?: number;
  training?: boolean;
  inplace?: boolean;
  /** `training` as torch.dropout calls it. */
  train?: boolean;
}
type DropoutArguments = Arguments<[p?: number, training?: boolean, inplace?: boolean], DropoutOptions>;

interface Given {
  readonly p: number;
  readonly inplace: boolean;
  /** Whether anything is to be dropped at all. */
  readonly active: boolean;
}

function reader(op: string, trainingByDefault: boolean): (input: Tensor, args: DropoutArguments) => Given {
  const read = signature<DropoutOptions>(op, ["p", "training", "inplace"], ["train"]);
  return (input, args) => {
    expectTensor(op, "input", input);
    const { p = 0.5, train = trainingByDefault, training = train, inplace = false } = read(args);
    if (!(p >= 0 && p <= 1)) throw new ValueError(op, `dropout probability has to be between 0 and 1, but got ${p}`);
    const active = p > 0 && training && input._numel > 0;
    if (active && !input.dtype.is_floating_point) {
      throw new DtypeError(op, `not implemented for '${input.dtype}': it takes floating dtypes`);
    }
    return { p, inplace, active };
  };
}

/** A tensor that is 1 with probability 1 - p, else 0. */
function bernoulliOf(shape: readonly number[], dtype: DType, device: Device, p: number): Tensor {
  const out = emptyTensor(shape, dtype, device);
  drawInto(bernoulliOp, out, { generator: generatorFor("dropout", null, out), p: 1 - p });
  return out;
}

/** One number for each element. */
function bernoulliLike({ shape, dtype, device }: Tensor, p: number): Tensor {
  return bernoulliOf(shape, dtype, device, p);
}

/** One number for each channel: shape [N, C, 1, ...]. */
function bernoulliOfChannels({ shape, dtype, device }: Tensor, p: number): Tensor {
  if (shape.length < 2)
    throw new ShapeError("feature_dropout", "requires at least 2 dimensions in the input", { input: shape });
  return bernoulliOf(
    shape.map((size, d) => (d < 2 ? size : 1)),
    dtype,
    device,
    p,
  );
}

function times(input: Tensor, noise: Tensor, inplace: boolean): Tensor {
  return inplace ? arithmeticInplace.mul_(input, noise) : mul(input, noise);
}

/** p = 1: everything is dropped, and nothing drawn. */
function allDropped(input: Tensor, inplace: boolean): Tensor {
  return times(input, scalarTensor(0, input.dtype, input.device), inplace);
}

const readDropout = reader("dropout", true);
/**
 * Each element is 0 with probability p (½), else x / (1 - p). Out of training, `input` itself.
 *
 * Source  torch.nn.functional.dropout, torch.dropout; Srivastava et al. (2014).
 */
export function dropout(input: Tensor, ...args: DropoutArguments): Tensor {
  return dropped(input, readDropout(input, args));
}
export function dropout_(input: Tensor, ...args: DropoutArguments): Tensor {
  return dropped(input, { ...readDropout(input, args), inplace: true });
}

function dropped(input: Tensor, { p, inplace, active }: Given): Tensor {
  if (!active) return input;
  if (p === 1) return allDropped(input, inplace);
  if (input._contiguous && !inplace) {
    return applyMulti(dropoutOp, [input], { generator: generatorFor("dropout", null, input), p })[0]!;
  }
  if (inplace) checkInplace("dropout_", input);
  const mask = bernoulliOf(input.shape, bool, input.device, p);
  return inplace
    ? applyInplace(maskedScaleOp, input, [input, mask], { p })
    : apply(maskedScaleOp, [input, mask], { p });
}

const readFeature = reader("feature_dropout", true);
/** As dropout, but whole channels are dropped: of [N, C, ...] all elements of a pair (n, c). */
export function feature_dropout(input: Tensor, ...args: DropoutArguments): Tensor {
  return featureDropped(input, readFeature(input, args));
}
export function feature_dropout_(input: Tensor, ...args: DropoutArguments): Tensor {
  return featureDropped(input, { ...readFeature(input, args), inplace: true });
}

function featureDropped(input: Tensor, { p, inplace, active }: Given): Tensor {
  if (!active) return input;
  if (p === 1) return allDropped(input, inplace);
  return times(input, arithmeticInplace.div_(bernoulliOfChannels(input, p), 1 - p), inplace);
}

/** A whole channel of [N, C, L], or of [C, L], is dropped at once. Source: torch.nn.functional.dropout1d. */
export function dropout1d(input: Tensor, ...args: DropoutArguments): Tensor {
  return dropoutOfChannels("dropout1d", 1, input, args);
}

/** A whole channel of [N, C, H, W] is dropped at once; three dims are [N, C, L]. Source: torch.nn.functional.dropout2d. */
export function dropout2d(input: Tensor, ...args: DropoutArguments): Tensor {
  return feature_dropout(input, ...args);
}

/** A whole channel of [N, C, D, H, W], or of [C, D, H, W], is dropped at once. Source: torch.nn.functional.dropout3d. */
export function dropout3d(input: Tensor, ...args: DropoutArguments): Tensor {
  return dropoutOfChannels("dropout3d", 3, input, args);
}

function dropoutOfChannels(op: string, spatial: number, input: Tensor, args: DropoutArguments): Tensor {
  expectTensor(op, "input", input);
  const rank = input.shape.length;
  if (op === "dropout1d" && rank !== 2 && rank !== 3) {
    throw new ShapeError(op, "expected 2 or 3 dims: [N, C, L] or [C, L]", { input: input.shape });
  }
  if (rank === spatial + 2) return feature_dropout(input, ...args);
  return squeeze(feature_dropout(unsqueeze(input, 0), ...args), 0);
}

/** −λα of SELU: what an element is set to when alpha_dropout drops it. */
const ALPHA = 1.7580993408473766;

function alphaDropped(input: Tensor, { p, inplace, active }: Given, bernoulli: typeof bernoulliLike): Tensor {
  if (!active) return input;
  if (p === 1) return allDropped(input, inplace);
  const noise = bernoulli(input, p);
  const a = 1 / Math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p));
  const { add_, mul_ } = arithmeticInplace;
  const shift = add_(mul_(add(noise, -1), ALPHA * a), ALPHA * a * p);
  return add_(times(input, mul_(noise, a), inplace), shift);
}

const readAlpha = reader("alpha_dropout", false);
/**
 * Dropout for SELU networks: dropped elements are set to −α, then all are scaled and shifted so that mean and variance
 * stay. `training` is false unless given.
 *
 *     y = a (x m + α (m − 1)) + a α p,   m the mask, α = 1.758..., a = ((1 − p)(1 + p α²))^(−½)
 *
 * Source  torch.nn.functional.alpha_dropout; Klambauer et al. (2017).
 */
export function alpha_dropout(input: Tensor, ...args: DropoutArguments): Tensor {
  return alphaDropped(input, readAlpha(input, args), bernoulliLike);
}
export function alpha_dropout_(input: Tensor, ...args: DropoutArguments): Tensor {
  return alphaDropped(input, { ...readAlpha(input, args), inplace: true }, bernoulliLike);
}

const readFeatureAlpha = reader("feature_alpha_dropout", false);
/** alpha_dropout of whole channels. Source: torch.nn.functional.feature_alpha_dropout. */
export function feature_alpha_dropout(input: Tensor, ...args: DropoutArguments): Tensor {
  return alphaDropped(input, readFeatureAlpha(input, args), bernoulliOfChannels);
}
export function feature_alpha_dropout_(input: Tensor, ...args: DropoutArguments): Tensor {
  return alphaDropped(input, { ...readFeatureAlpha(input, args), inplace: true }, bernoulliOfChannels);
}
