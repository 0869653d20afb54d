import { gradOps } from "../autograd/grad_ops.js";
import { type Gradients, Node } from "../autograd/node.js";
import { needsGraph } from "../autograd/apply.js";
import { gradientEdge } from "../autograd/views.js";
import { TorchError, TorchIndexError, TorchTypeError } from "../core/errors.js";
import { isSparse } from "../core/sparse_storage.js";
import { without } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { cat, stack } from "./join.js";
import { describe, expectTensor, normalizeDim, type Arguments, signature } from "./support.js";
import { tolist } from "./values.js";
import { narrow, select } from "./views.js";

/** A tensor cut into views along a dim. */

/** The gradient of all parts at once: they are joined again, with zeros for parts that nobody used. */
class PartsNode extends Node {
  constructor(
    readonly name: "SplitBackward0" | "UnbindBackward0",
    parts: readonly Tensor[],
    private readonly dim: number,
  ) {
    super(parts);
  }
  override run(grads: (Tensor | null)[]): Gradients {
    const { dtype, device } = grads.find((g) => g !== null)!;
    const full = grads.map((g, i) => g ?? gradOps.zeros(this.shapeOf(i), dtype, device));
    return [this.name === "SplitBackward0" ? cat(full, this.dim) : stack(full, this.dim)];
  }
}

/** Makes the parts differentiable views of `x`. */
function record(x: Tensor, parts: readonly Tensor[], name: PartsNode["name"], dim: number): Tensor[] {
  const base = x._base ?? x;
  const node = parts.length > 0 && needsGraph([x]) ? new PartsNode(name, parts, dim) : null;
  if (node !== null) {
    node.edges = [gradientEdge(x)];
    node.edgeOutputs = [x._outputNr];
  }
  parts.forEach((part, i) => {
    part._base = base;
    part._epoch = base._epoch;
    part._node = node;
    part._outputNr = i;
  });
  return parts.slice();
}

/** Views of `sizes` elements each, one after the other along `dim`. */
function cut(x: Tensor, sizes: readonly number[], dim: number): Tensor[] {
  let start = 0;
  if (isSparse(x)) {
    return sizes.map((size) => {
      start += size;
      return narrow(x, dim, start - size, size);
    });
  }
  const stride = x._strides[dim]!;
  const parts = sizes.map((size) => {
    const part = new Tensor(x._storage, x.shape.with(dim, size), x._strides, x._offset + start * stride, x.dtype);
    start += size;
    return part;
  });
  return record(x, parts, "SplitBackward0", dim);
}

function dimToCut(op: string, x: Tensor, dim: number): number {
  expectTensor(op, "input", x);
  if (x.shape.length === 0) throw new TorchError(op, `${op} expects at least a 1-dimensional tensor`);
  return normalizeDim(op, dim, x.shape.length);
}

function cutBy(op: string, x: Tensor, split_size: number, d: number): Tensor[] {
  const n = x.shape[d]!;
  if (split_size < 0 || !Number.isInteger(split_size)) {
    throw new TorchError(op, `split expects split_size be non-negative, but got split_size=${split_size}`);
  }
  if (split_size === 0 && n !== 0) {
    throw new TorchError(op, `split_size can only be 0 if dimension size is 0, but got dimension size of ${n}`);
  }
  const count = Math.max(split_size === 0 ? 1 : Math.ceil(n / split_size), 1);
  return cut(
    x,
    Array.from({ length: count }, (_, i) => Math.min(split_size, n - i * split_size)),
    d,
  );
}

export interface SplitOptions {
  dim?: number;
}
const readSplit = signature<
  SplitOptions & { split_size_or_sections?: number | readonly number[]; split_size?: number | readonly number[] }
>("split", ["split_size_or_sections", "dim"], ["split_size"]);

/**
 * Views of `split_size` elements along `dim` (the last may be smaller), or of the sizes in a list.
 * Source: torch.split.
 */
export function split(
  input: Tensor,
  ...args: Arguments<[split_size_or_sections: number | readonly number[], dim?: number], SplitOptions>
): Tensor[] {
  const { split_size_or_sections, split_size, dim = 0 } = readSplit(args);
  const sizes = split_size_or_sections ?? split_size;
  if (Array.isArray(sizes)) return split_with_sizes(input, sizes, dim);
  return cutBy("split", input, sizes as number, dimToCut("split", input, dim));
}

/** Views of the given sizes, which must add up to the size of the dim. Source: torch.split_with_sizes. */
export function split_with_sizes(
  input: Tensor,
  split_sizes: readonly number[],
  dim: number | SplitOptions = 0,
): Tensor[] {
  const d = dimToCut("split_with_sizes", input, typeof dim === "number" ? dim : (dim.dim ?? 0));
  const n = input.shape[d]!;
  const negative = split_sizes.find((size) => !(size >= 0));
  if (negative !== undefined) {
    throw new TorchError(
      "split_with_sizes",
      `expects split_sizes have only non-negative entries, but got split_sizes=[${split_sizes.join(", ")}]`,
    );
  }
  if (split_sizes.reduce((a, b) => a + b, 0) !== n) {
    throw new TorchError(
      "split_with_sizes",
      `expects split_sizes to sum exactly to ${n} (input tensor's size at dimension ${d}), but got split_sizes=[${split_sizes.join(", ")}]`,
    );
  }
  return cut(input, split_sizes, d);
}

const readChunk = signature<{ chunks?: number; dim?: number }>("chunk", ["chunks", "dim"]);

/** At most `chunks` views of equal size (the last may be smaller). Source: torch.chunk. */
export function chunk(input: Tensor, ...args: Arguments<[chunks: number, dim?: number], SplitOptions>): Tensor[] {
  const { chunks = 0, dim = 0 } = readChunk(args);
  const d = dimToCut("chunk", input, dim);
  if (!(chunks > 0)) throw new TorchError("chunk", `expects 'chunks' to be greater than 0, got: ${chunks}`);
  const n = input.shape[d]!;
  if (n === 0) return cut(input, new Array(chunks).fill(0), d);
  return cutBy("chunk", input, Math.ceil(n / chunks), d);
}

type Sections = number | readonly number[] | Tensor;

interface TensorSplitOptions {
  indices_or_sections?: Sections;
  sections?: number;
  indices?: readonly number[];
  tensor_indices_or_sections?: Tensor;
  dim?: number;
}
const readTensorSplit = signature<TensorSplitOptions>(
  "tensor_split",
  ["indices_or_sections", "dim"],
  ["sections", "indices", "tensor_indices_or_sections"],
);

/** Sizes of the parts between cuts at `indices`, as x[:i0], x[i0:i1], ... of Python have them. */
function sizesBetween(indices: readonly number[], n: number): { start: number; size: number }[] {
  const bound = (i: number) => Math.min(Math.max(i < 0 ? i + n : i, 0), n);
  return Array.from({ length: indices.length + 1 }, (_, k) => {
    const start = k === 0 ? 0 : bound(indices[k - 1]!);
    const end = k === indices.length ? n : bound(indices[k]!);
    return { start, size: Math.max(end - start, 0) };
  });
}

function sectionsOf(op: string, given: Sections): number | readonly number[] {
  if (typeof given === "number" || Array.isArray(given)) return given;
  if (!(given instanceof Tensor)) {
    throw new TorchTypeError(op, `indices_or_sections must be a number, a list or a Tensor; got ${describe(given)}`);
  }
  if (given.dtype.name !== "int64" || given.shape.length > 1) {
    throw new TorchError(
      "tensor_split",
      `expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional int64 tensor, but got ${given.dtype} with ${given.shape.length} dims`,
    );
  }
  return tolist(given) as number | number[];
}

function tensorSplit(op: string, input: Tensor, given: Sections, d: number): Tensor[] {
  const sections = sectionsOf(op, given);
  const n = input.shape[d]!;
  if (typeof sections === "number") {
    if (!(sections > 0)) throw new TorchError(op, `number of sections must be larger than 0, got ${sections}`);
    const small = Math.floor(n / sections);
    const larger = n % sections;
    return cut(
      input,
      Array.from({ length: sections }, (_, i) => small + (i < larger ? 1 : 0)),
      d,
    );
  }
  return sizesBetween(sections, n).map(({ start, size }) => narrow(input, d, start, size));
}

/**
 * `sections` views of nearly equal size, the first ones larger by one; or the views between cuts at the given indices.
 * Source: torch.tensor_split.
 */
export function tensor_split(
  input: Tensor,
  ...args: Arguments<[indices_or_sections: Sections, dim?: number], TensorSplitOptions>
): Tensor[] {
  const options = readTensorSplit(args);
  const given =
    options.indices_or_sections ?? options.sections ?? options.indices ?? options.tensor_indices_or_sections;
  const d = dimToCut("tensor_split", input, options.dim ?? 0);
  return tensorSplit("tensor_split", input, given as Sections, d);
}

interface SectionOptions {
  sections?: number;
  indices?: readonly number[];
  indices_or_sections?: Sections;
}

/** hsplit, vsplit, dsplit: tensor_split along a fixed dim, whose size the number of sections must divide. */
function splitAlong(op: string, least: number, dimOf: (rank: number) => number) {
  const read = signature<SectionOptions>(op, ["indices_or_sections"], ["sections", "indices"]);
  return (input: Tensor, ...args: Arguments<[indices_or_sections: Sections], SectionOptions>): Tensor[] => {
    const options = read(args);
    const given = (options.indices_or_sections ?? options.sections ?? options.indices) as Sections;
    expectTensor(op, "input", input);
    const rank = input.shape.length;
    if (rank < least)
      throw new TorchError(
        op,
        `requires a tensor with at least ${least} dimension, but got a tensor with ${rank} dimensions!`,
      );
    const d = dimOf(rank);
    const n = input.shape[d]!;
    if (typeof given === "number" && (given === 0 || n % given !== 0)) {
      throw new TorchError(
        op,
        `attempting to split along dimension ${d}, but the size of the dimension ${n} is not divisible by the split_size ${given}!`,
      );
    }
    return tensorSplit(op, input, given, d);
  };
}
export const hsplit = splitAlong("hsplit", 1, (rank) => (rank === 1 ? 0 : 1));
export const vsplit = splitAlong("vsplit", 2, () => 0);
export const dsplit = splitAlong("dsplit", 3, () => 2);

/** The views x[0], x[1], ... along a dim. Source: torch.unbind. */
export function unbind(input: Tensor, dim: number | SplitOptions = 0): Tensor[] {
  expectTensor("unbind", "input", input);
  if (input.shape.length === 0)
    throw new TorchIndexError("unbind", "Dimension specified as 0 but tensor has no dimensions");
  const d = normalizeDim("unbind", typeof dim === "number" ? dim : (dim.dim ?? 0), input.shape.length);
  if (isSparse(input)) return Array.from({ length: input.shape[d]! }, (_, i) => select(input, d, i));
  const shape = without(input.shape, d);
  const strides = without(input._strides, d);
  const step = input._strides[d]!;
  const parts = Array.from(
    { length: input.shape[d]! },
    (_, i) => new Tensor(input._storage, shape, strides, input._offset + i * step, input.dtype),
  );
  return record(input, parts, "UnbindBackward0", d);
}

/** As their namesakes; in PyTorch these skip checks of in-place use, which all parts allow here. */
export const unsafe_split = split;
export const unsafe_split_with_sizes = split_with_sizes;
export const unsafe_chunk = chunk;
