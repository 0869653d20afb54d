import * as ref from "../../reference/random/index.js";
import { roundTo } from "../../reference/rounding.js";
import type { DTypeName, NdArray } from "../../reference/array.js";
import { applyInplace, checkInplace, checkOverlap, needsGraph } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { Block } from "../backends/block.js";
import { int64, realOf } from "../core/dtype.js";
import { typedView } from "../core/elements.js";
import { TorchError, TorchTypeError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { default_generator, Generator } from "../random/generator.js";
import { copy_, copyInto } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { emptyTensor } from "./support.js";

/**
 * The ops that fill a tensor with random numbers, and how they are applied. An op holds its generator among its
 * attributes. It fills dense row-major memory; whatever lies otherwise is drawn in the order of its memory, as PyTorch
 * does, and copied. Algorithms: reference/random.
 */

export interface Drawn {
  readonly generator: Generator;
}

export type DrawOp<A extends Drawn> = ComputeOp<[self: Tensor], A>;

interface DrawRow<A extends Drawn> {
  readonly name: string;
  readonly kernel?: string;
  readonly write: (b: Block, attrs: A, out: Tensor) => void;
  readonly reference: (state: ref.GeneratorState, shape: readonly number[], dtype: DTypeName, attrs: A) => NdArray;
}

/** What every random kernel reads first: where to write, and the generator. Complex numbers are pairs of real ones. */
export function writeTarget(b: Block, out: Tensor, generator: Generator): void {
  b.address(out);
  b.number(realOf(out.dtype).code);
  b.number(out.dtype.is_complex ? 2 * out._numel : out._numel);
  b.number(generator._address);
}

export function defineDraw<A extends Drawn>(row: DrawRow<A>): DrawOp<A> {
  return defineOp<[self: Tensor], A>({
    name: row.name,
    kernel: row.kernel ?? row.name,
    infer: ([self]) => ({ shape: self.shape, dtype: self.dtype }),
    write: (b, [out], _, attrs) => {
      writeTarget(b, out!, attrs.generator);
      row.write(b, attrs, out!);
    },
    reference: ([self], attrs) => row.reference(attrs.generator._state, self.shape, self.dtype, attrs),
    saves: [[]],
    backward: [(c) => zerosTensor(c.grad.shape, c.grad.dtype, c.grad.device)], // what was there before does not matter
    elementwise: true,
  });
}

export interface UniformAttrs extends Drawn {
  readonly from: number;
  readonly to: number;
}
export const uniformOp = defineDraw<UniformAttrs>({
  name: "uniform",
  write: (b, { from, to }, { dtype }) => {
    const low = roundTo(dtype.name, from);
    b.number(low);
    b.number(roundTo(dtype.name, roundTo(dtype.name, to) - low));
  },
  reference: (state, shape, dtype, { from, to }) => ref.uniform(state, shape, dtype, from, to),
});

export interface NormalAttrs extends Drawn {
  readonly mean: number;
  readonly std: number;
  /** Drawn in pairs, whatever the size: for tensors that are not contiguous. */
  readonly paired: boolean;
}
export const normalOp = defineDraw<NormalAttrs>({
  name: "normal",
  write: (b, { mean, std, paired }, { dtype }) => {
    b.number(mean);
    b.number(dtype.is_complex ? std / Math.SQRT2 : std);
    b.flag(paired);
  },
  reference: (state, shape, dtype, { mean, std, paired }) => ref.normal(state, shape, dtype, mean, std, !paired),
});

export const logNormalOp = defineDraw<Drawn & { readonly mean: number; readonly std: number }>({
  name: "log_normal",
  write: (b, { mean, std }) => {
    b.number(mean);
    b.number(std);
  },
  reference: (state, shape, dtype, { mean, std }) => ref.log_normal(state, shape, dtype, mean, std),
});

export const bernoulliOp = defineDraw<Drawn & { readonly p: number }>({
  name: "bernoulli",
  write: (b, { p }) => b.number(p),
  reference: (state, shape, dtype, { p }) => ref.bernoulli(state, shape, p, dtype),
});

export const exponentialOp = defineDraw<Drawn & { readonly lambd: number }>({
  name: "exponential",
  write: (b, { lambd }) => b.number(lambd),
  reference: (state, shape, dtype, { lambd }) => ref.exponential(state, shape, dtype, lambd),
});

export const geometricOp = defineDraw<Drawn & { readonly p: number }>({
  name: "geometric",
  write: (b, { p }) => b.number(p),
  reference: (state, shape, dtype, { p }) => ref.geometric(state, shape, p, dtype),
});

export const cauchyOp = defineDraw<Drawn & { readonly median: number; readonly sigma: number }>({
  name: "cauchy",
  write: (b, { median, sigma }) => {
    b.number(median);
    b.number(sigma);
  },
  reference: (state, shape, dtype, { median, sigma }) => ref.cauchy(state, shape, dtype, median, sigma),
});

export interface IntegerAttrs extends Drawn {
  /** 64 bits (true) or 32 bits are drawn, taken modulo `range` and added to `base`. */
  readonly wide: boolean;
  readonly range: bigint;
  readonly base: bigint;
}
export const integersOp = defineDraw<IntegerAttrs>({
  name: "random",
  kernel: "random_integers",
  write: (b, { wide, range, base }) => {
    for (const value of [range, base]) {
      b.number(Number((value >> 32n) & 0xffffffffn));
      b.number(Number(value & 0xffffffffn));
    }
    b.flag(wide);
  },
  reference: (state, shape, dtype, { wide, range, base }) =>
    ref.random_integers(state, shape, range, base, wide, dtype),
});

export const randpermOp = defineDraw<Drawn>({
  name: "randperm",
  write: () => {},
  reference: (state, [n], dtype) => ref.randperm(state, n!, dtype),
});

/** The generator to draw from, and a check that it can. */
export function generatorFor(op: string, generator: Generator | null | undefined, on: Tensor): Generator {
  const chosen = generator ?? default_generator;
  if (!(chosen instanceof Generator)) throw new TorchTypeError(op, "argument 'generator' must be a torch.Generator");
  if (on.device.type === "cuda") {
    throw new TorchError(op, `Expected a 'cuda' device type for generator but found '${chosen.device.type}'`);
  }
  return chosen;
}

/** Whether numbers beyond 2^53 can come, which have no place in the float64 arrays of the reference. */
function exceedsFloat64(attrs: Drawn | IntegerAttrs): attrs is IntegerAttrs {
  return "range" in attrs && (attrs.base < -(2n ** 53n) || attrs.base + attrs.range > 2n ** 53n);
}

/** What the reference of integersOp says, with all 64 bits. */
function fillInt64(out: Tensor, { generator, wide, range, base }: IntegerAttrs): void {
  const { _state: state } = generator;
  const view = typedView(out._storage, int64, out._offset, out._numel) as BigInt64Array;
  for (let i = 0; i < view.length; i++) {
    view[i] = ((wide ? ref.random64(state) : BigInt(ref.random32(state))) % range) + base; // wraps
  }
}

function fillDense<A extends Drawn>(op: DrawOp<A>, out: Tensor, attrs: A): void {
  if (out.device.type === "reference" && out.dtype === int64 && exceedsFloat64(attrs)) fillInt64(out, attrs);
  else op.run(out.device, [out], [out], attrs);
}

/**
 * The dims from the outermost to the innermost in memory, by PyTorch's rule (TensorIterator): an insertion sort by
 * stride, of equal strides the larger size further out, in which a stride of 0 is as good as any other.
 */
export function memoryOrder({ shape, _strides: strides }: Tensor): number[] {
  const order = shape.map((_, d) => d).reverse(); // innermost first
  const comesLater = (a: number, b: number): number => {
    const [x, y] = [strides[a]!, strides[b]!];
    if (x === 0 || y === 0) return 0;
    return x === y ? Number(shape[a]! > shape[b]!) : x - y;
  };
  for (let i = 1; i < order.length; i++) {
    let at = i;
    for (let j = i - 1; j >= 0; j--) {
      const comparison = comesLater(order[j]!, order[at]!);
      if (comparison < 0) break;
      if (comparison === 0) continue;
      [order[j], order[at]] = [order[at]!, order[j]!];
      at = j;
    }
  }
  return order.reverse();
}

/** Fresh random numbers in the shape of `like`, dense, drawn in the order of the memory of `like`. */
export function drawnLike<A extends Drawn>(op: DrawOp<A>, like: Tensor, attrs: A): Tensor {
  const dims = memoryOrder(like);
  const drawn = emptyTensor(
    dims.map((d) => like.shape[d]!),
    like.dtype,
    like.device,
  );
  fillDense(op, drawn, attrs);
  const strides = new Array<number>(dims.length);
  dims.forEach((d, i) => {
    strides[d] = drawn._strides[i]!;
  });
  return new Tensor(drawn._storage, like.shape, strides, 0, like.dtype);
}

/** Fills memory that no graph knows. */
export function drawInto<A extends Drawn>(op: DrawOp<A>, out: Tensor, attrs: A): void {
  if (out._numel === 0) return;
  if (out._contiguous) fillDense(op, out, attrs);
  else copyInto(out, drawnLike(op, out, attrs));
}

/** Replaces the values of `self`, and its history. */
export function drawInplace<A extends Drawn>(op: DrawOp<A>, self: Tensor, attrs: A): Tensor {
  checkInplace(`${op.name}_`, self);
  checkOverlap(`${op.name}_`, self, []);
  if (!needsGraph([self])) {
    drawInto(op, self, attrs);
    self._storage.version++;
    return self;
  }
  return self._contiguous ? applyInplace(op, self, [self], attrs) : copy_(self, drawnLike(op, self, attrs));
}
