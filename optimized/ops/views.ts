import { gradOps } from "../autograd/grad_ops.js";
import { applyView, defineView, type ViewOp } from "../autograd/view_op.js";
import { DType } from "../core/dtype.js";
import { NotImplementedError, ShapeError, TorchError, TorchIndexError } from "../core/errors.js";
import { isSparse } from "../core/sparse_storage.js";
import { contiguousStrides, inserted, viewStrides, without } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { contiguous } from "./copy.js";
import { item } from "./values.js";
import { expectTensor, isOptions, normalizeDim, normalizeDims, oneOption } from "./support.js";

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
    throw new ShapeError(op, `shape '[${size.join(", ")}]' is invalid for input of size ${x._numel}`, {
      input: x.shape,
    });
  }
  return open < 0 ? size : size.with(open, x._numel / known);
}

/** Sizes given one by one or as one list, which the caller may change later. */
export type Sizes = readonly [readonly number[]] | readonly number[];

export function sizesOf(sizes: Sizes): readonly number[] {
  const first = sizes[0];
  return Array.isArray(first) ? first.slice() : (sizes as readonly number[]);
}

/**
 * The same elements in another shape, without a copy; one size may be -1. With a dtype of the same width: the same
 * bytes read as that dtype.
 *
 * Throws where strides do not allow it: `reshape` copies then. Source: torch.Tensor.view.
 */
export function view(input: Tensor, ...size: Sizes | readonly [DType | { dtype: DType }]): Tensor {
  expectTensor("view", "input", input);
  const first = size[0];
  if (first instanceof DType) return viewAs(input, first);
  if (isOptions(first)) return viewAs(input, (first as { dtype: DType }).dtype);
  return applyView(viewOp, input, { shape: inferSize("view", sizesOf(size as Sizes), input) });
}

/** The same bytes as elements of another dtype, along the last dim if the width differs. Takes no part in a graph. */
function viewAs(x: Tensor, dtype: DType): Tensor {
  if (isSparse(x)) throw new NotImplementedError("view", "a sparse tensor has no bytes to look at. Use to(dtype)");
  const ratio = dtype.itemsize / x.dtype.itemsize;
  const last = x.shape.length - 1;
  const others = x._strides.slice(0, Math.max(last, 0));
  const fits =
    last >= 0 &&
    x._strides[last] === 1 &&
    [x.shape[last]!, x._offset, ...others].every((n) => Number.isInteger(n / ratio));
  if (ratio !== 1 && !fits) {
    throw new ShapeError(
      "view",
      `self.dim() must not be 0, its last stride must be 1, and its last size, offset and strides divisible by ${ratio}, to view ${x.dtype} as ${dtype}`,
      { self: x.shape },
    );
  }
  const shape = ratio === 1 ? x.shape : x.shape.with(last, x.shape[last]! / ratio);
  const strides = ratio === 1 ? x._strides : [...others.map((stride) => stride / ratio), 1];
  return new Tensor(x._storage, shape, strides, x._offset / ratio, dtype);
}

/** The same elements in another shape: a view where possible, else a copy. Source: torch.reshape. */
export function reshape(input: Tensor, ...shape: Sizes): Tensor {
  expectTensor("reshape", "input", input);
  const size = inferSize("reshape", sizesOf(shape), input);
  const source = viewStrides(input.shape, input._strides, size) === null ? contiguous(input) : input;
  return applyView(viewOp, source, { shape: size });
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

export const transposeOp: ViewOp<{ dim0: number; dim1: number }> = defineView({
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

/** Dims dim0 and dim1 exchanged. Source: torch.transpose. */
export function transpose(input: Tensor, dim0: number, dim1: number): Tensor {
  expectTensor("transpose", "input", input);
  const rank = input.shape.length;
  return applyView(transposeOp, input, {
    dim0: normalizeDim("transpose", dim0, rank),
    dim1: normalizeDim("transpose", dim1, rank),
  });
}

export const swapaxes = transpose;
export const swapdims = transpose;

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
    const strides = new Array<number>(shape.length).fill(0);
    if (x.shape.length === 0) return { shape, strides, offset: x._offset };
    for (let d = shape.length - 1; d >= 0; d--) {
      const size = d < lead ? 1 : x.shape[d - lead]!;
      // A new dim of size 1 steps over the dims behind it, as PyTorch has it.
      const own = d < lead ? (d + 1 < shape.length ? shape[d + 1]! * strides[d + 1]! : 1) : x._strides[d - lead]!;
      strides[d] = size === shape[d] ? own : 0;
    }
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
    if (n < 0)
      throw new TorchError(
        "expand",
        `The expanded size (${n}) isn't allowed in a leading, non-existing dimension ${d}`,
      );
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

export const squeezeOp: ViewOp<{ dims: readonly number[] }> = defineView({
  name: "squeeze",
  view: (x, { dims }) => ({
    shape: x.shape.filter((_, d) => !dims.includes(d)),
    strides: x._strides.filter((_, d) => !dims.includes(d)),
    offset: x._offset,
  }),
  backward: (c) => reshape(c.grad, c.shape(0)),
});

/** The dims of size 1 among all dims, or among those named. */
export function squeezedDims({ shape }: Tensor, dim: number | readonly number[] | null): readonly number[] {
  const dims = dim === null ? shape.map((_, d) => d) : normalizeDims("squeeze", dim, shape.length);
  return dims.filter((d) => shape[d] === 1);
}

/** Without dims of size 1: all of them, or those named. Source: torch.squeeze. */
export function squeeze(input: Tensor, dim: SqueezeDim | { dim?: SqueezeDim } = null): Tensor {
  expectTensor("squeeze", "input", input);
  return applyView(squeezeOp, input, {
    dims: squeezedDims(input, oneOption<SqueezeDim>("squeeze", "dim", dim) ?? null),
  });
}
type SqueezeDim = number | readonly number[] | null;

export const unsqueezeOp: ViewOp<{ dim: number }> = defineView({
  name: "unsqueeze",
  view: (x, { dim }) => {
    const stride = dim < x.shape.length ? x.shape[dim]! * x._strides[dim]! : 1;
    return { shape: inserted(x.shape, dim, 1), strides: inserted(x._strides, dim, stride), offset: x._offset };
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
export function padded(grad: Tensor, shape: readonly number[], part: (base: Tensor) => Tensor): Tensor {
  const geometry = part(new Tensor(grad._storage, shape, contiguousStrides(shape), 0, grad.dtype));
  return gradOps.stridedBackward(
    grad,
    { shape, strides: contiguousStrides(shape) },
    geometry._strides,
    geometry._offset,
  );
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
    shape: without(x.shape, dim),
    strides: without(x._strides, dim),
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
    throw new TorchIndexError("select", `index ${index} is out of bounds for dimension ${dim} with size ${n}`, {
      input: input.shape,
    });
  }
  return applyView(selectOp, input, { dim: d, index: index < 0 ? index + n : index });
}

type Ints = number | readonly number[];

/** Dims moved to other places; the others keep their order. Source: torch.movedim. */
export function movedim(input: Tensor, source: Ints, destination: Ints): Tensor {
  expectTensor("movedim", "input", input);
  const rank = input.shape.length;
  const list = (dims: Ints) => (typeof dims === "number" ? [dims] : dims);
  if (list(source).length !== list(destination).length) {
    throw new TorchError(
      "movedim",
      `Invalid source or destination dims: source ([${list(source).join(", ")}] dims) should contain the same number of dims as destination ([${list(destination).join(", ")}] dims)`,
    );
  }
  const from = list(source).map((d) => normalizeDim("movedim", d, rank));
  const into = list(destination).map((d) => normalizeDim("movedim", d, rank));
  if (new Set(from).size !== from.length)
    throw new TorchError("movedim", `repeated dim in \`source\` ([${list(source).join(", ")}])`);
  if (new Set(into).size !== into.length)
    throw new TorchError("movedim", `repeated dim in \`destination\` ([${list(destination).join(", ")}])`);
  const rest = input.shape.map((_, d) => d).filter((d) => !from.includes(d));
  const order = input.shape.map((_, d) => (into.includes(d) ? from[into.indexOf(d)]! : rest.shift()!));
  return permute(input, order);
}
