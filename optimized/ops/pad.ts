import * as ref from "../../reference/ops/pad.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { autocastState } from "../core/autocast.js";
import { bool } from "../core/dtype.js";
import { NotImplementedError, ShapeError, TorchError } from "../core/errors.js";
import type { Complex, Scalar } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import type { Block } from "../backends/block.js";
import { fullPrecision } from "./autocast.js";
import { contiguous } from "./copy.js";
import { ones, zerosTensor } from "./creation.js";
import { type Arguments, expectTensor, scalarTensor, signature } from "./support.js";
import { narrow } from "./views.js";
import { where } from "./where.js";

/** Padding and cropping of dims. Formulas: reference/ops/pad.ts. */

export type PadMode = ref.PadMode;

/** Codes as in native/cpu/pad.cc. */
const MODES: readonly PadMode[] = ["constant", "reflect", "replicate", "circular"];

interface PadAttrs {
  /** (before, after) of the last dim, then of the one before it, ... */
  readonly pad: readonly number[];
  readonly mode: PadMode;
  readonly value: number;
}

function writePad(b: Block, padded: Tensor, x: Tensor, fill: Tensor, { pad, mode }: PadAttrs): void {
  b.tensor(padded);
  b.tensor(x);
  b.address(fill);
  b.number(MODES.indexOf(mode));
  b.list(x.shape.map((_, d) => pad[2 * (x.shape.length - 1 - d)] ?? 0));
}

function paddedShape(x: Tensor, pad: readonly number[]): readonly number[] {
  const rank = x.shape.length;
  return x.shape.map((size, d) => size + (pad[2 * (rank - 1 - d)] ?? 0) + (pad[2 * (rank - 1 - d) + 1] ?? 0));
}

interface BackwardAttrs extends PadAttrs {
  readonly shape: readonly number[];
}

const padBackwardOp = defineOp<[grad: Tensor, x: Tensor | null], BackwardAttrs>({
  name: "pad_backward",
  kernel: "pad_backward",
  infer: ([grad], { shape }) => ({ shape, dtype: grad.dtype }),
  write: (b, [out], [grad], attrs) => writePad(b, grad, out!, grad, attrs),
  reference: ([grad], { shape, pad, mode }) => ref.pad_backward(grad, shape, pad, mode),
  saves: [[], []],
  // Linear in grad: x only has its place in the graph, with the derivative 0.
  backward: [(c) => padBy(c.grad, c.attrs), (c) => zerosTensor(c.shape(1), c.grad.dtype, c.grad.device)],
});

const padOp: ComputeOp<[x: Tensor, fill: Tensor], PadAttrs> = defineOp<[x: Tensor, fill: Tensor], PadAttrs>({
  name: "constant_pad_nd",
  kernel: "pad",
  infer: ([x], { pad }) => ({ shape: paddedShape(x, pad), dtype: x.dtype }),
  write: (b, [out], [x, fill], attrs) => writePad(b, out!, x, fill, attrs),
  reference: ([x], { pad, mode, value }) => ref.pad(x, pad, mode, value),
  saves: [[], []],
  backward: [
    (c) => {
      const { pad, mode } = c.attrs;
      // Of what was padded by a constant the gradient is cut off again.
      if (mode === "constant") return padBy(c.grad, { pad: pad.map((n) => -n), mode, value: 0 });
      return apply(padBackwardOp, [contiguous(c.grad), c.placeholder(0)], { ...c.attrs, shape: c.shape(0) });
    },
    null,
  ],
});

function padBy(x: Tensor, attrs: PadAttrs): Tensor {
  return apply(padOp, [x, scalarTensor(attrs.value, x.dtype, x.device)], attrs);
}

function checkList(op: string, x: Tensor, pad: readonly number[]): void {
  if (pad.length % 2 !== 0) throw new TorchError(op, `Padding length must be divisible by 2; got ${pad.length}`);
  if (pad.length > 2 * x.shape.length) {
    throw new ShapeError(op, `Padding length too large: [${pad.join(", ")}] for ${x.shape.length} dims`, {
      input: x.shape,
    });
  }
  if (paddedShape(x, pad).some((size) => size < 0)) {
    throw new ShapeError(op, `the padding [${pad.join(", ")}] cuts off more than there is`, { input: x.shape });
  }
}

/** `input` with its last dims padded by `value`; negative numbers cut off. Source: torch.constant_pad_nd. */
export function constant_pad_nd(input: Tensor, pad: readonly number[], value: Scalar = 0): Tensor {
  expectTensor("constant_pad_nd", "input", input);
  checkList("constant_pad_nd", input, pad);
  const padded = paddedShape(input, pad).slice(input.shape.length - pad.length / 2);
  if (pad.some((n) => n > 0) && padded.includes(0)) {
    throw new ShapeError("constant_pad_nd", `the padding [${pad.join(", ")}] leaves nothing of a dim`, {
      input: input.shape,
    });
  }
  if (typeof value === "object") return padByComplex(input, pad, value);
  return padBy(input, { pad, mode: "constant", value: Number(value) });
}

function padByComplex(x: Tensor, pad: readonly number[], value: Complex): Tensor {
  const inside = padBy(ones(x.shape, { dtype: bool, device: x.device }), { pad, mode: "constant", value: 0 });
  return where(inside, padBy(x, { pad, mode: "constant", value: 0 }), scalarTensor(value, x.dtype, x.device));
}

/** Only the sides of [N, C, ...] or [C, ...] can continue the input: one to three dims. */
function checkContinuation(x: Tensor, pad: readonly number[], mode: PadMode): void {
  const dims = pad.length / 2;
  const rank = x.shape.length;
  if (dims < 1 || dims > 3 || (rank !== dims + 1 && rank !== dims + 2)) {
    throw new NotImplementedError(
      "pad",
      `Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now: ${dims} dims of [${x.shape.join(", ")}]`,
    );
  }
  if (mode === "circular") return;
  if (x.shape.slice(rank - dims - 1).includes(0)) {
    throw new ShapeError("pad", `${mode} needs an input with non-zero dims, the batch excepted`, { input: x.shape });
  }
  if (paddedShape(x, pad).some((size, d) => size < 1 && d >= rank - dims)) {
    throw new ShapeError("pad", `the padding [${pad.join(", ")}] leaves nothing of a dim`, { input: x.shape });
  }
  if (mode !== "reflect") return;
  for (let k = 0; k < pad.length; k++) {
    const dim = rank - 1 - Math.floor(k / 2);
    if (pad[k]! >= x.shape[dim]!) {
      throw new ShapeError(
        "pad",
        `Padding size should be less than the corresponding input dimension, but got padding ${pad[k]} at dimension ${dim}`,
        { input: x.shape },
      );
    }
  }
}

/** Cuts off where the padding is negative: what is left is what goes round. */
function cropped(x: Tensor, pad: readonly number[]): Tensor {
  let result = x;
  for (let k = 0; k < pad.length; k += 2) {
    const dim = x.shape.length - 1 - k / 2;
    const [before, after] = [Math.max(-pad[k]!, 0), Math.max(-pad[k + 1]!, 0)];
    const size = x.shape[dim]! - before - after;
    if (size <= 0 && before + after > 0) {
      throw new ShapeError("pad", "Negative padding value is resulting in an empty dimension", { input: x.shape });
    }
    if (before + after > 0) result = narrow(result, dim, before, size);
    if (pad[k]! > size || pad[k + 1]! > size) {
      throw new ShapeError("pad", `Padding value causes wrapping around more than once: [${pad.join(", ")}]`, {
        input: x.shape,
      });
    }
  }
  return result;
}

interface PadOptions {
  pad?: readonly number[];
  mode?: PadMode;
  value?: Scalar | null;
}
const readPad = signature<PadOptions>("pad", ["pad", "mode", "value"]);

/** What torch.autocast widens: replication, and reflection of one or two dims. */
function runsInFullPrecision(mode: PadMode, sizes: readonly number[]): boolean {
  return mode === "replicate" || (mode === "reflect" && sizes.length <= 4);
}

/**
 * `input` with more elements at the ends of its last dims: `pad` is (before, after) of the last dim, then of the one
 * before it, ... Negative numbers cut off. Mode "constant" fills with `value` (0), the others continue the input.
 * Source: torch.nn.functional.pad.
 */
export function pad(
  input: Tensor,
  ...args: Arguments<[pad: readonly number[], mode?: PadMode, value?: Scalar | null], PadOptions>
): Tensor {
  expectTensor("pad", "input", input);
  const { pad: sizes = [], mode = "constant", value = 0 } = readPad(args);
  if (autocastState.on && runsInFullPrecision(mode, sizes)) return fullPrecision(pad, input, sizes, mode, value);
  if (!MODES.includes(mode)) throw new NotImplementedError("pad", `Unrecognised padding mode ${mode}`);
  const fill = value ?? 0;
  if (mode === "constant") return constant_pad_nd(input, sizes, fill);
  if (fill !== 0) throw new TorchError("pad", `Padding mode "${mode}" doesn't take in value argument`);
  checkList("pad", input, sizes);
  checkContinuation(input, sizes, mode);
  if (mode !== "circular") return padBy(input, { pad: sizes, mode, value: 0 });
  return padBy(cropped(input, sizes), { pad: sizes.map((n) => Math.max(n, 0)), mode, value: 0 });
}
