import { broadcastTo, type NdArray } from "../../reference/array.js";
import { apply, applyInplace } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import type { DType } from "../core/dtype.js";
import { ShapeError, TorchError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import {
  broadcastShape,
  channelsLastStrides,
  contiguousStrides,
  isChannelsLast,
  preservedStrides,
  sameShape,
} from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { emptyTensor, expectTensor } from "./support.js";
import { transfer } from "./transfer.js";

export const contiguous_format = "contiguous_format";
export const preserve_format = "preserve_format";
export const channels_last = "channels_last";
export const channels_last_3d = "channels_last_3d";

/** The order of dims in memory: row-major, as it was, or with the channels of [n, c, h, w] (or [n, c, d, h, w]) innermost. */
export type MemoryFormat =
  | typeof contiguous_format
  | typeof preserve_format
  | typeof channels_last
  | typeof channels_last_3d;

interface CopyAttrs {
  readonly dtype: DType;
  readonly strides: readonly number[];
}

/** A new tensor with the same values: other strides or another dtype. */
export const copyOp = defineOp<[x: Tensor], CopyAttrs>({
  name: "_to_copy",
  kernel: "copy",
  infer: ([x], { dtype, strides }) => ({ shape: x.shape, dtype, strides }),
  write: (b, [out], ins) => b.pointwise(out!, ins),
  reference: ([x], { dtype }) => convertReference(x, dtype),
  saves: [[]],
  backward: [(c) => c.grad],
  elementwise: true,
});

/** Between real numbers (one entry) and complex ones (two). */
function convertReference(x: NdArray, dtype: DType): NdArray {
  const from = x.dtype.startsWith("complex") ? 2 : 1;
  const into = dtype.is_complex ? 2 : 1;
  if (from === into) return { ...x, dtype: dtype.name };
  const data = new Float64Array((x.data.length / from) * into);
  for (let i = 0; i * from < x.data.length; i++) data[i * into] = x.data[i * from]!;
  return { shape: x.shape, dtype: dtype.name, data };
}

/** `x` in another dtype; `x` itself if it has it. */
export function to(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  return apply(copyOp, [x], { dtype, strides: preservedStrides(x.shape, x._strides) });
}

/** Strides of dense memory for `shape`; `like` are those that "preserve_format" follows. */
export function stridesFor(
  shape: readonly number[],
  format: MemoryFormat,
  like: readonly number[] = contiguousStrides(shape),
): readonly number[] {
  switch (format) {
    case "contiguous_format":
      return contiguousStrides(shape);
    case "preserve_format":
      return preservedStrides(shape, like);
    case "channels_last":
    case "channels_last_3d": {
      const rank = format === "channels_last" ? 4 : 5;
      if (shape.length !== rank) throw new ShapeError(format, `required rank ${rank} tensor`, { shape });
      return channelsLastStrides(shape);
    }
  }
}

/** A copy with its own memory. Source: torch.clone. */
export function clone(input: Tensor, options: { memory_format?: MemoryFormat } = {}): Tensor {
  expectTensor("clone", "input", input);
  const strides = stridesFor(input.shape, options.memory_format ?? "preserve_format", input._strides);
  return apply(copyOp, [input], { dtype: input.dtype, strides });
}

/** `input` itself if its elements lie in the given order without gaps, else a copy. Source: torch.Tensor.contiguous. */
export function contiguous(input: Tensor, options: { memory_format?: MemoryFormat } = {}): Tensor {
  const format = options.memory_format ?? "contiguous_format";
  if (is_contiguous(input, { memory_format: format })) return input;
  return clone(input, { memory_format: format });
}

/** Whether the elements lie in the given order without gaps. Source: torch.Tensor.is_contiguous. */
export function is_contiguous(input: Tensor, options: { memory_format?: MemoryFormat } = {}): boolean {
  const format = options.memory_format ?? "contiguous_format";
  return format.startsWith("channels_last") ? isChannelsLast(input.shape, input._strides) : input._contiguous;
}

/** In-place copy of `src`, broadcast and converted. */
const assignOp = defineOp<[self: Tensor, src: Tensor], undefined>({
  name: "copy_",
  kernel: "copy",
  infer: ([self, src]) => {
    const shape = broadcastShape(self.shape, src.shape);
    if (shape === null || !sameShape(shape, self.shape)) {
      throw new ShapeError("copy_", "the source does not broadcast to the shape of the target", {
        self: self.shape,
        src: src.shape,
      });
    }
    return { shape: self.shape, dtype: self.dtype };
  },
  write: (b, [out], [, src]) => b.pointwise(out!, [src]),
  reference: ([self, src]) => broadcastTo(src, self.shape),
  saves: [[], []],
  // What was there before does not matter any more.
  backward: [(c) => zerosLike(c.grad), (c) => c.grad],
  elementwise: true,
});

/** Overwrites `self` with `src`, broadcast and converted. Source: torch.Tensor.copy_. */
export function copy_(self: Tensor, src: Tensor, _non_blocking = false): Tensor {
  expectTensor("copy_", "src", src);
  if (self._storage === src._storage && self._offset === src._offset && self === src) return self;
  const source = self.device === src.device ? src : transfer(src, self.device);
  return applyInplace(assignOp, self, [self, source], undefined);
}

/** Writes into memory that no graph knows; the shapes must be equal or broadcast. */
export function copyInto(out: Tensor, from: Tensor): void {
  assignOp.run(out.device, [out], [out, from], undefined);
}

const fillOp = defineOp<[self: Tensor], { re: number; im: number }>({
  name: "fill_",
  kernel: "fill",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], _, { re, im }) => {
    b.pointwise(out!, []);
    b.number(re);
    b.number(im);
  },
  reference: ([x], { re, im }) => ({
    ...x,
    data: x.dtype.startsWith("complex") ? x.data.map((_, i) => (i % 2 === 0 ? re : im)) : x.data.map(() => re),
  }),
  saves: [[]],
  backward: [(c) => zerosLike(c.grad)],
  elementwise: true,
});

/** Every element becomes `value`, a number or a 0-dim tensor. Source: torch.Tensor.fill_. */
export function fill_(self: Tensor, value: Scalar | Tensor): Tensor {
  if (value instanceof Tensor) {
    if (value.shape.length > 0) {
      throw new ShapeError("fill_", "only supports 0-dimension value tensors", { value: value.shape }, "Use copy_");
    }
    return copy_(self, value);
  }
  const [re, im] = typeof value === "object" ? value : [Number(value), 0];
  if (im !== 0 && !self.dtype.is_complex) {
    throw new TorchError("fill_", `value cannot be converted to type ${self.dtype} without overflow; got ${re}+${im}j`);
  }
  return applyInplace(fillOp, self, [self], { re, im });
}

export function zero_(self: Tensor): Tensor {
  return fill_(self, 0);
}

/** Fills memory that no graph knows. */
export function fillInto(out: Tensor, re: number, im = 0): void {
  if (out._numel > 0) fillOp.run(out.device, [out], [out], { re, im });
}

/** Zeros that no graph knows: the gradient of what is constant between its steps, also where the incoming one is ∞. */
export function zerosLike(x: Tensor): Tensor {
  const out = emptyTensor(x.shape, x.dtype, x.device);
  fillInto(out, 0);
  return out;
}
