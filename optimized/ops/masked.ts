import { array, type NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { bool, int64, uint8 } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { type OutOption, takeOut } from "./elementwise.js";
import { cat } from "./join.js";
import { masked_fill, ne } from "./pointwise.js";
import { unbind } from "./split.js";
import { broadcast, expectTensor, isOptions } from "./support.js";
import { item } from "./values.js";
import { expand, reshape, select, unsqueeze } from "./views.js";

/** Reading and writing where a mask holds: native/cpu/masked.cc tells how. */

/** Elements of a mask that are counted together. */
const BLOCK = 8192;

/** How many elements hold before each block of a dense mask; the last entry is the total. */
const maskOffsetsOp = defineOp<[mask: Tensor]>({
  name: "_mask_offsets",
  kernel: "mask_offsets",
  infer: ([mask]) => ({ shape: [Math.ceil(mask._numel / BLOCK) + 1], dtype: int64 }),
  write: (b, [out], [mask]) => {
    b.address(out!);
    b.address(mask);
    b.number(mask._numel);
    b.number(BLOCK);
  },
  reference: ([mask]) => {
    const counts = [0];
    for (let i = 0; i < mask.data.length; i++) {
      const b = Math.floor(i / BLOCK) + 1;
      counts[b] = (counts[b] ?? counts[b - 1]!) + Number(mask.data[i] !== 0);
    }
    return array(counts, undefined, "int64");
  },
  saves: "nothing",
  backward: { notDifferentiable: "its results are counts" },
});

/** A dense mask with its counts. */
interface Mask {
  readonly mask: Tensor;
  readonly offsets: Tensor;
  readonly count: number;
}

function counted(mask: Tensor): Mask {
  const dense = contiguous(mask);
  const offsets = apply(maskOffsetsOp, [dense], undefined);
  return { mask: dense, offsets, count: Number(item(select(offsets, 0, -1))) };
}

/** The arguments that Blocks in native/cpu/masked.cc reads. */
function writeBlocks(b: Block, mask: Tensor, offsets: Tensor): void {
  b.address(mask);
  b.address(offsets);
  b.number(mask._numel);
  b.number(BLOCK);
}

const maskedSelectOp = defineOp<[x: Tensor, mask: Tensor, offsets: Tensor], { count: number }>({
  name: "masked_select",
  kernel: "masked_select",
  infer: ([x], { count }) => ({ shape: [count], dtype: x.dtype }),
  write: (b, [out], [x, mask, offsets]) => {
    b.address(out!);
    b.address(x);
    b.number(x.dtype.code);
    writeBlocks(b, mask, offsets);
  },
  reference: ([x, mask]) => ref.masked_select(x, mask),
  byParts: true,
  saves: [[1, 2]],
  backward: [(c) => apply(maskedScatterOp, [null, c.in(1), contiguous(c.grad), c.in(2)], undefined), null, null],
});

/** The next element of `source` where the mask holds; elsewhere the element of `self`, or 0 without it. */
const maskedScatterOp = defineOp<[self: Tensor | null, mask: Tensor, source: Tensor, offsets: Tensor]>({
  name: "masked_scatter",
  kernel: "masked_scatter",
  infer: ([, mask, source]) => ({ shape: mask.shape, dtype: source.dtype }),
  write: (b, [out], [self, mask, source, offsets]) => {
    b.address(out!);
    if (self === null) b.number(0);
    else b.address(self);
    b.address(source);
    b.number(source.dtype.code);
    writeBlocks(b, mask, offsets);
  },
  reference: ([self, mask, source]) => ref.masked_scatter(self ?? zerosLike(mask, source), mask, source),
  byParts: true,
  saves: [[1], [], [1, 2, 3]],
  backward: [
    (c) => masked_fill(c.grad, to(c.in(1), bool), 0),
    null,
    (c) => spreadGradient(c.grad, { mask: c.in(1), offsets: c.in(3) }, c.in(2)),
    null,
  ],
});

function zerosLike(mask: NdArray, source: NdArray): NdArray {
  return ref.zeros(mask.shape, source.dtype);
}

/** The gradient of the source of masked_scatter: what the mask took, then zeros for what was left over. */
function spreadGradient(grad: Tensor, { mask, offsets }: Omit<Mask, "count">, source: Tensor): Tensor {
  const count = Number(item(select(offsets, 0, -1)));
  const taken = apply(maskedSelectOp, [contiguous(grad), mask, offsets], { count });
  const rest = source._numel - count;
  return reshape(rest === 0 ? taken : cat([taken, zerosTensor([rest], grad.dtype, grad.device)]), source.shape);
}

function checkMask(op: string, mask: Tensor): void {
  expectTensor(op, "mask", mask);
  if (mask.dtype !== bool && mask.dtype !== uint8) {
    throw new TorchError(op, `expected BoolTensor or ByteTensor for mask; got ${mask.dtype}`);
  }
}

const stretched = (x: Tensor, shape: readonly number[]): Tensor =>
  contiguous(sameShape(x.shape, shape) ? x : expand(x, shape));

/** The elements where `mask` holds, in row-major order; input and mask broadcast. Source: torch.masked_select. */
export function masked_select(input: Tensor, mask: Tensor, options?: OutOption): Tensor {
  expectTensor("masked_select", "input", input);
  checkMask("masked_select", mask);
  const out = takeOut("masked_select", options, ["out"]);
  const shape = broadcast("masked_select", input, mask);
  const { mask: dense, offsets, count } = counted(stretched(mask, shape));
  const ins = [stretched(input, shape), dense, offsets] as const;
  return out === null ? apply(maskedSelectOp, [...ins], { count }) : applyOut(maskedSelectOp, out, [...ins], { count });
}

function scatterInputs(self: Tensor, mask: Tensor, source: Tensor): [Tensor, Tensor, Tensor] {
  checkMask("masked_scatter", mask);
  expectTensor("masked_scatter", "source", source);
  if (self.dtype !== source.dtype) {
    throw new TorchError(
      "masked_scatter",
      `expected self and source to have same dtypes but got ${self.dtype} and ${source.dtype}`,
    );
  }
  const { mask: dense, offsets, count } = counted(mask);
  if (source._numel < count) {
    throw new TorchError(
      "masked_scatter",
      `number of elements of source < number of ones in mask; got ${source._numel} and ${count}`,
    );
  }
  return [dense, contiguous(source), offsets];
}

/** `input` with the elements of `source`, in order, where `mask` holds. Source: torch.masked_scatter. */
export function masked_scatter(input: Tensor, mask: Tensor, source: Tensor): Tensor {
  expectTensor("masked_scatter", "input", input);
  expectTensor("masked_scatter", "mask", mask);
  const shape = broadcast("masked_scatter", input, mask);
  return apply(
    maskedScatterOp,
    [stretched(input, shape), ...scatterInputs(input, stretched(mask, shape), source)],
    undefined,
  );
}

/** The same in place; the mask is stretched to the shape of `self`. */
export function masked_scatter_(self: Tensor, mask: Tensor, source: Tensor): Tensor {
  expectTensor("masked_scatter_", "mask", mask);
  const rest = scatterInputs(self, stretched(mask, self.shape), source);
  return applyInplace(maskedScatterOp, self, [contiguous(self), ...rest], undefined);
}

const nonzeroOp = defineOp<[mask: Tensor, offsets: Tensor], { count: number }>({
  name: "nonzero",
  kernel: "nonzero",
  infer: ([mask], { count }) => ({ shape: [count, mask.shape.length], dtype: int64 }),
  write: (b, [out], [mask, offsets]) => {
    b.address(out!);
    writeBlocks(b, mask, offsets);
    b.list(mask.shape);
  },
  reference: ([mask]) => ref.nonzero(mask),
  saves: "nothing",
  backward: { notDifferentiable: "its results are indices" },
});

/** One row of indices per element of `x` that is not 0. */
export function nonzeroRows(x: Tensor, out: Tensor | null = null): Tensor {
  const { mask, offsets, count } = counted(x.dtype === bool || x.dtype === uint8 ? x : ne(x, 0));
  return out === null
    ? apply(nonzeroOp, [mask, offsets], { count })
    : applyOut(nonzeroOp, out, [mask, offsets], { count });
}

export interface NonzeroOptions extends OutOption {
  as_tuple?: boolean;
}

/** One tensor of indices per dim, of the elements that are not 0; a 0-dim tensor counts as one of one element. */
export function nonzeroTuple(x: Tensor): Tensor[] {
  return unbind(nonzeroRows(x.shape.length === 0 ? unsqueeze(x, 0) : x), 1);
}

type NonzeroResult<O> = O extends { as_tuple: true } ? Tensor[] : Tensor;

/**
 * The indices of the elements that are not 0 (NaN is not), one row each; with `as_tuple` one tensor per dim, which index
 * the input. Source: torch.nonzero.
 */
export function nonzero<O extends NonzeroOptions = { as_tuple: false }>(input: Tensor, options?: O): NonzeroResult<O> {
  expectTensor("nonzero", "input", input);
  const out = takeOut("nonzero", options, ["as_tuple", "out"]);
  const result = isOptions(options) && options.as_tuple === true ? nonzeroTuple(input) : nonzeroRows(input, out);
  return result as NonzeroResult<O>;
}

/** As `nonzero`. Source: torch.argwhere. */
export function argwhere(input: Tensor): Tensor {
  expectTensor("argwhere", "input", input);
  return nonzeroRows(input);
}
