import { gradOps } from "../autograd/grad_ops.js";
import { applyView, defineView, type ViewOp } from "../autograd/op.js";
import { ShapeError, TorchError, TorchIndexError } from "../core/errors.js";
import { contiguousStrides, numelOf, viewStrides } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { contiguous } from "./copy.js";
import { item } from "./values.js";
import { expectTensor, normalizeDim, normalizeDims } from "./support.js";

/** Views: new geometry over the same memory. Nothing is copied; `reshape` alone copies where no view exists. */

const viewOp: ViewOp<{ shape: readonly number[] }> = defineView({
  name: "view",
  view: (x, { shape }) => {
    const strides = viewStrides(x.shape, x._strides, shape);
    if (strides === null) {
      throw new TorchError(
        "view",
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two " +
          "contiguous subspaces). Use .reshape(...) instead",
      );
    }
    return { shape, strides, offset: x._offset };
  },
  backward: (c) => reshape(c.grad, c.shape(0)),
});

/** Replaces one -1 by what the other sizes leave; checks the number of elements. */
export function inferSize(op: string, size: readonly number[], x: Tensor): readonly number[] {
  let known = 1;
  let open = -1;
  for (let d = 0; d < size.length; d++) {
    const n = size[d]!;
    if (n === -1) {
      if (open >= 0) throw new TorchError(op, "only one dimension can be inferred");
      open = d;
    } else if (n < 0 || !Number.isInteger(n)) {
      throw new TorchError(op, `invalid shape dimension ${n}`);
    } else {
      known *= n;
    }
  }
  if (open >= 0 && known === 0 && x._numel === 0) {
    throw new TorchError(op, `cannot reshape tensor of 0 elements into shape [${size.join(", ")}]: -1 is ambiguous`);
  }
  if (open < 0 ? known !== x._numel : known === 0 || x._numel % known !== 0) {
    throw new ShapeError(op, `shape '[${size.join(", ")}]' is invalid for input of size ${x._numel}`, { input: x.shape });
  }
  return open < 0 ? size : size.with(open, x._numel / known);
}

/** Sizes given one by one or as one list. */
export type Sizes = readonly [readonly number[]] | readonly number[];

export function sizesOf(sizes: Sizes): readonly number[] {
  const first = sizes[0];
  return Array.isArray(first) ? (first as readonly number[]) : (sizes as readonly number[]);
}

/**
 * The same elements in another shape, without a copy; one size may be -1. With a dtype of the same width: the same
 * bytes read as that dtype.
 *
 * Throws where strides do not allow it: `reshape` copies then. Source: torch.Tensor.view.
 */
export function view(input: Tensor, ...size: Sizes): Tensor {
  expectTensor("view", "input", input);
  return applyView(viewOp, input, { shape: inferSize("view", sizesOf(size), input) });
}

/** The same elements in another shape: a view where possible, else a copy. Source: torch.reshape. */
export function reshape(input: Tensor, ...shape: Sizes): Tensor {
  expectTensor("reshape", "input", input);
  const size = inferSize("reshape", sizesOf(shape), input);
  const source = viewStrides(input.shape, input._strides, size) === null ? contiguous(input) : input;
  return applyView(viewOp, source, { shape: size });
}

export function view_as(input: Tensor, other: Tensor): Tensor {
  return view(input, other.shape);
}
export function reshape_as(input: Tensor, other: Tensor): Tensor {
  return reshape(input, other.shape);
}

/** Dims start_dim to end_dim become one. Source: torch.flatten. */
export function flatten(input: Tensor, start_dim = 0, end_dim = -1): Tensor {
  expectTensor("flatten", "input", input);
  const rank = input.shape.length;
  const start = normalizeDim("flatten", start_dim, rank);
  const end = normalizeDim("flatten", end_dim, rank);
  if (start > end) throw new TorchError("flatten", "flatten() has invalid args: start_dim cannot come after end_dim");
  if (rank === 0) return reshape(input, [1]);
  if (start === end) return input;
  const { shape } = input;
  return reshape(input, [...shape.slice(0, start), numelOf(shape.slice(start, end + 1)), ...shape.slice(end + 1)]);
}

export function ravel(input: Tensor): Tensor {
  return reshape(contiguous(input), [-1]);
}

/** Dim `dim` becomes several dims. Source: torch.unflatten. */
export function unflatten(input: Tensor, dim: number, sizes: readonly number[]): Tensor {
  const d = normalizeDim("unflatten", dim, input.shape.length);
  const { shape } = input;
  const known = sizes.reduce((n, s) => (s === -1 ? n : n * s), 1);
  const full = sizes.map((s) => (s === -1 ? shape[d]! / known : s));
  if (numelOf(full) !== shape[d]) {
    throw new TorchError("unflatten", `sizes [${sizes.join(", ")}] don't multiply up to the size of dim ${dim} (${shape[d]})`);
  }
  return view(input, [...shape.slice(0, d), ...full, ...shape.slice(d + 1)]);
}

const permuteOp: ViewOp<{ dims: readonly number[] }> = defineView({
  name: "permute",
  view: (x, { dims }) => ({
    shape: dims.map((d) => x.shape[d]!),
    strides: dims.map((d) => x._strides[d]!),
    offset: x._offset,
  }),
  backward: (c) => {
    const { dims } = c.attrs;
    const inverse = new Array<number>(dims.length);
    dims.forEach((d, i) => {
      inverse[d] = i;
    });
    return applyView(permuteOp, c.grad, { dims: inverse });
  },
});

/** Dims in another order. Source: torch.permute. */
export function permute(input: Tensor, ...dims: Sizes): Tensor {
  expectTensor("permute", "input", input);
  const order = sizesOf(dims);
  if (order.length !== input.shape.length) {
    throw new TorchError(
      "permute",
      `number of dimensions in the tensor input does not match the length of the desired ordering of dimensions: ${input.shape.length} is not equal to ${order.length}`,
    );
  }
  return applyView(permuteOp, input, { dims: order.length === 0 ? [] : normalizeDims("permute", order, order.length) });
}

const transposeOp: ViewOp<{ dim0: number; dim1: number }> = defineView({
  name: "transpose",
  view: (x, { dim0, dim1 }) => ({
    shape: swapped(x.shape, dim0, dim1),
    strides: swapped(x._strides, dim0, dim1),
    offset: x._offset,
  }),
  backward: (c) => applyView(transposeOp, c.grad, c.attrs),
});

function swapped(list: readonly number[], i: number, j: number): number[] {
  const result = list.slice();
  if (list.length > 0) {
    result[i] = list[j]!;
    result[j] = list[i]!;
  }
  return result;
}

/** Dims dim0 and dim1 swapped. Source: torch.transpose. */
export function transpose(input: Tensor, dim0: number, dim1: number): Tensor {
  expectTensor("transpose", "input", input);
  const rank = input.shape.length;
  return applyView(transposeOp, input, {
    dim0: normalizeDim("transpose", dim0, rank),
    dim1: normalizeDim("transpose", dim1, rank),
  });
}

/** Matrix transpose; vectors and 0-dim tensors are returned as views of themselves. Source: torch.t. */
export function t(input: Tensor): Tensor {
  const rank = input.shape.length;
  if (rank > 2) throw new TorchError("t", `t() expects a tensor with <= 2 dimensions, but self is ${rank}D`);
  return rank < 2 ? view(input, input.shape) : transpose(input, 0, 1);
}

const aliasOp: ViewOp<undefined> = defineView({
  name: "alias",
  view: (x) => ({ shape: x.shape, strides: x._strides, offset: x._offset }),
  backward: (c) => c.grad,
});

/** Another tensor object over the same elements. */
export function alias(input: Tensor): Tensor {
  return applyView(aliasOp, input, undefined);
}

const expandOp: ViewOp<{ shape: readonly number[] }> = defineView({
  name: "expand",
  view: (x, { shape }) => {
    const lead = shape.length - x.shape.length;
    const strides = shape.map((size, d) => {
      if (d < lead) return 0;
      return x.shape[d - lead] === size ? x._strides[d - lead]! : 0;
    });
    return { shape, strides, offset: x._offset };
  },
  backward: (c) => gradOps.sumToSize(c.grad, c.shape(0)),
});

/** Dims of size 1 stretched without a copy; -1 keeps a size. Source: torch.Tensor.expand. */
export function expand(input: Tensor, ...sizes: Sizes): Tensor {
  expectTensor("expand", "input", input);
  const size = sizesOf(sizes);
  const lead = size.length - input.shape.length;
  if (lead < 0) {
    throw new ShapeError(
      "expand",
      `the number of sizes provided (${size.length}) must be greater or equal to the number of dimensions in the tensor (${input.shape.length})`,
      { input: input.shape, size },
    );
  }
  const shape = size.map((n, d) => {
    const own = d < lead ? undefined : input.shape[d - lead]!;
    if (n === -1 && own !== undefined) return own;
    if (n < 0) throw new TorchError("expand", `The expanded size (${n}) isn't allowed in a leading, non-existing dimension ${d}`);
    if (own !== undefined && own !== n && own !== 1) {
      throw new ShapeError(
        "expand",
        `The expanded size of the tensor (${n}) must match the existing size (${own}) at non-singleton dimension ${d}`,
        { input: input.shape, size },
      );
    }
    return n;
  });
  return applyView(expandOp, input, { shape });
}

export function expand_as(input: Tensor, other: Tensor): Tensor {
  return expand(input, other.shape);
}
/** Source: torch.broadcast_to. */
export function broadcast_to(input: Tensor, shape: readonly number[]): Tensor {
  return expand(input, shape);
}

const squeezeOp: ViewOp<{ dims: readonly number[] }> = defineView({
  name: "squeeze",
  view: (x, { dims }) => ({
    shape: x.shape.filter((_, d) => !dims.includes(d)),
    strides: x._strides.filter((_, d) => !dims.includes(d)),
    offset: x._offset,
  }),
  backward: (c) => reshape(c.grad, c.shape(0)),
});

/** Without dims of size 1: all of them, or those named. Source: torch.squeeze. */
export function squeeze(input: Tensor, dim: number | readonly number[] | null = null): Tensor {
  expectTensor("squeeze", "input", input);
  const { shape } = input;
  const dims = dim === null ? shape.map((_, d) => d) : normalizeDims("squeeze", dim, shape.length);
  return applyView(squeezeOp, input, { dims: dims.filter((d) => shape[d] === 1) });
}

const unsqueezeOp: ViewOp<{ dim: number }> = defineView({
  name: "unsqueeze",
  view: (x, { dim }) => {
    const stride = dim < x.shape.length ? x.shape[dim]! * x._strides[dim]! : 1;
    return { shape: x.shape.toSpliced(dim, 0, 1), strides: x._strides.toSpliced(dim, 0, stride), offset: x._offset };
  },
  backward: (c) => reshape(c.grad, c.shape(0)),
});

/** With a dim of size 1 at `dim`. Source: torch.unsqueeze. */
export function unsqueeze(input: Tensor, dim: number): Tensor {
  expectTensor("unsqueeze", "input", input);
  return applyView(unsqueezeOp, input, { dim: normalizeDim("unsqueeze", dim, input.shape.length + 1) });
}

const sliceOp: ViewOp<{ dim: number; start: number; length: number; step: number }> = defineView({
  name: "slice",
  view: (x, { dim, start, length, step }) => ({
    shape: x.shape.with(dim, length),
    strides: step === 1 ? x._strides : x._strides.with(dim, x._strides[dim]! * step),
    offset: x._offset + start * x._strides[dim]!,
  }),
  backward: (c) => {
    const { attrs } = c;
    return padded(c.grad, c.shape(0), (base) => applyView(sliceOp, base, attrs));
  },
});

/** Zeros of `shape` with `grad` in the part that `part` selects; differentiable. */
function padded(grad: Tensor, shape: readonly number[], part: (base: Tensor) => Tensor): Tensor {
  const geometry = part(new Tensor(grad._storage, shape, contiguousStrides(shape), 0, grad.dtype));
  return gradOps.stridedBackward(grad, { shape, strides: contiguousStrides(shape) }, geometry._strides, geometry._offset);
}

/** Elements start, start + step, ... before `end` of one dim. Negative bounds count from the end. */
export function sliceAlong(
  input: Tensor,
  dim = 0,
  start: number | null = null,
  end: number | null = null,
  step = 1,
): Tensor {
  expectTensor("slice", "input", input);
  if (input.shape.length === 0) throw new TorchIndexError("slice", "slice() cannot be applied to a 0-dim tensor.");
  const d = normalizeDim("slice", dim, input.shape.length);
  if (step <= 0) throw new TorchError("slice", `slice step must be positive; got ${step}`);
  const n = input.shape[d]!;
  const bound = (value: number) => Math.min(Math.max(value < 0 ? value + n : value, 0), n);
  const from = bound(start ?? 0);
  const until = Math.max(bound(end ?? n), from);
  return applyView(sliceOp, input, { dim: d, start: from, length: Math.ceil((until - from) / step), step });
}

/** `length` elements of a dim from `start` on. Source: torch.narrow. */
export function narrow(input: Tensor, dim: number, start: number | Tensor, length: number): Tensor {
  expectTensor("narrow", "input", input);
  if (input.shape.length === 0) throw new TorchError("narrow", "narrow() cannot be applied to a 0-dim tensor.");
  const d = normalizeDim("narrow", dim, input.shape.length);
  const n = input.shape[d]!;
  if (length < 0) throw new TorchError("narrow", "narrow(): length must be non-negative.");
  const wanted = start instanceof Tensor ? Number(item(start)) : start;
  if (wanted < -n || wanted > n) {
    throw new TorchIndexError("narrow", `start (${wanted}) out of range: expected in [${-n}, ${n}]`);
  }
  const from = wanted < 0 ? wanted + n : wanted;
  if (from + length > n) {
    throw new TorchError("narrow", `start (${from}) + length (${length}) exceeds dimension size (${n}).`);
  }
  return applyView(sliceOp, input, { dim: d, start: from, length, step: 1 });
}

const selectOp: ViewOp<{ dim: number; index: number }> = defineView({
  name: "select",
  view: (x, { dim, index }) => ({
    shape: x.shape.toSpliced(dim, 1),
    strides: x._strides.toSpliced(dim, 1),
    offset: x._offset + index * x._strides[dim]!,
  }),
  backward: (c) => {
    const { attrs } = c;
    return padded(c.grad, c.shape(0), (base) => applyView(selectOp, base, attrs));
  },
});

/** The slice at `index` of a dim, without that dim. Source: torch.select. */
export function select(input: Tensor, dim: number, index: number): Tensor {
  expectTensor("select", "input", input);
  if (input.shape.length === 0) throw new TorchIndexError("select", "select() cannot be applied to a 0-dim tensor.");
  const d = normalizeDim("select", dim, input.shape.length);
  const n = input.shape[d]!;
  if (!Number.isInteger(index) || index < -n || index >= n) {
    throw new TorchIndexError("select", `index ${index} is out of bounds for dimension ${dim} with size ${n}`, { input: input.shape });
  }
  return applyView(selectOp, input, { dim: d, index: index < 0 ? index + n : index });
}

const asStridedOp: ViewOp<AsStridedAttrs> = defineView({
  name: "as_strided",
  view: (_, { size, stride, offset }) => ({ shape: size, strides: stride, offset }),
  backward: (c) => {
    const { stride, offset, base, baseOffset } = c.attrs;
    return gradOps.stridedBackward(c.grad, base, stride, offset - baseOffset);
  },
});
interface AsStridedAttrs {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
  readonly base: { readonly shape: readonly number[]; readonly strides: readonly number[] };
  readonly baseOffset: number;
}

/** A view with any strides and offset, counted in elements of the storage. Source: torch.as_strided. */
export function as_strided(
  input: Tensor,
  size: readonly number[],
  stride: readonly number[],
  storage_offset: number | null = null,
): Tensor {
  expectTensor("as_strided", "input", input);
  if (size.length !== stride.length) {
    throw new TorchError("as_strided", `mismatch in length of strides and shape: ${stride.length} and ${size.length}`);
  }
  if (stride.some((s) => s < 0)) throw new TorchError("as_strided", "as_strided: Negative strides are not supported");
  const offset = storage_offset ?? input._offset;
  const last = numelOf(size) === 0 ? -1 : offset + size.reduce((n, s, d) => n + (s - 1) * stride[d]!, 0);
  if (offset < 0 || (last + 1) * input.dtype.itemsize > input._storage.nbytes) {
    throw new TorchError(
      "as_strided",
      `setStorage: sizes [${size.join(", ")}], strides [${stride.join(", ")}], storage offset ${offset} require a storage size of ${(last + 1) * input.dtype.itemsize} bytes, but the storage has ${input._storage.nbytes}`,
    );
  }
  const attrs: AsStridedAttrs = {
    size,
    stride,
    offset,
    base: { shape: input.shape, strides: input._strides },
    baseOffset: input._offset,
  };
  return applyView(asStridedOp, input, attrs);
}

const diagonalOp: ViewOp<{ offset: number; dim1: number; dim2: number }> = defineView({
  name: "diagonal",
  view: (x, { offset, dim1, dim2 }) => {
    const rows = x.shape[dim1]!;
    const cols = x.shape[dim2]!;
    const length = Math.max(offset >= 0 ? Math.min(rows, cols - offset) : Math.min(rows + offset, cols), 0);
    const skip = length === 0 ? 0 : offset >= 0 ? offset * x._strides[dim2]! : -offset * x._strides[dim1]!;
    const rest = x.shape.map((_, d) => d).filter((d) => d !== dim1 && d !== dim2);
    return {
      shape: [...rest.map((d) => x.shape[d]!), length],
      strides: [...rest.map((d) => x._strides[d]!), x._strides[dim1]! + x._strides[dim2]!],
      offset: x._offset + skip,
    };
  },
  backward: (c) => {
    const { attrs } = c;
    return padded(c.grad, c.shape(0), (base) => applyView(diagonalOp, base, attrs));
  },
});

/** The diagonal of dims dim1, dim2 as the last dim. Source: torch.diagonal. */
export function diagonal(input: Tensor, offset = 0, dim1 = 0, dim2 = 1): Tensor {
  expectTensor("diagonal", "input", input);
  const rank = input.shape.length;
  const d1 = normalizeDim("diagonal", dim1, rank);
  const d2 = normalizeDim("diagonal", dim2, rank);
  if (d1 === d2) throw new TorchError("diagonal", `diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  return applyView(diagonalOp, input, { offset, dim1: d1, dim2: d2 });
}

const unfoldOp: ViewOp<{ dim: number; size: number; step: number }> = defineView({
  name: "unfold",
  view: (x, { dim, size, step }) => ({
    shape: [...x.shape.with(dim, Math.floor((x.shape[dim]! - size) / step) + 1), size],
    strides: [...x._strides.with(dim, x._strides[dim]! * step), x._strides[dim]!],
    offset: x._offset,
  }),
  backward: (c) => {
    const { attrs } = c;
    return padded(c.grad, c.shape(0), (base) => applyView(unfoldOp, base, attrs));
  },
});

/** Windows of `size` every `step` along a dim, as a new last dim. Source: torch.Tensor.unfold. */
export function unfold(input: Tensor, dimension: number, size: number, step: number): Tensor {
  const dim = normalizeDim("unfold", dimension, input.shape.length);
  const source = input.shape.length === 0 ? view(input, [1]) : input;
  if (size < 0 || size > source.shape[dim]!) {
    throw new TorchError("unfold", `maximum size for tensor at dimension ${dim} is ${source.shape[dim]} but size is ${size}`);
  }
  if (step <= 0) throw new TorchError("unfold", `step is ${step} but must be > 0`);
  return applyView(unfoldOp, source, { dim, size, step });
}

/** Dims moved to other places; the others keep their order. Source: torch.movedim. */
export function movedim(input: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  const rank = input.shape.length;
  const list = (dims: number | readonly number[]) => (typeof dims === "number" ? [dims] : dims);
  const from = list(source).map((d) => normalizeDim("movedim", d, rank));
  const into = list(destination).map((d) => normalizeDim("movedim", d, rank));
  if (from.length !== into.length || new Set(from).size !== from.length || new Set(into).size !== into.length) {
    throw new TorchError("movedim", `source [${from.join(", ")}] and destination [${into.join(", ")}] must be distinct dims of equal number`);
  }
  const rest = input.shape.map((_, d) => d).filter((d) => !from.includes(d));
  const order = input.shape.map((_, d) => (into.includes(d) ? from[into.indexOf(d)]! : rest.shift()!));
  return permute(input, order);
}
