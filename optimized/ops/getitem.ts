import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace } from "../autograd/apply.js";
import { bool, int64, uint8 } from "../core/dtype.js";
import { TorchError, TorchIndexError, TorchTypeError, ValueError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { definePut, indexOp, putInputs } from "./advanced_indexing.js";
import { clone, copy_, fill_, to } from "./copy.js";
import { from_numpy, type Nested, tensor } from "./creation.js";
import { layoutOf, spread } from "./index_rows.js";
import { masked_select, nonzeroTuple } from "./masked.js";
import { arithmeticInplace } from "./arithmetic.js";
import { masked_fill_ } from "./pointwise.js";
import { type Arguments, describe, expectTensor, scalarTensor, signature } from "./support.js";
import { item } from "./values.js";
import { alias, reshape, select, sliceAlong, unsqueeze } from "./views.js";

/** x[...] of Python: `x.index(...parts)` reads, `x.index_put_(parts, value)` writes. */

type Bound = number | bigint | Tensor | null;

/** start:stop:step of Python; null is the default of each. */
export class Slice {
  constructor(
    readonly start: Bound = null,
    readonly stop: Bound = null,
    readonly step: Bound = null,
  ) {}
  toString(): string {
    return `slice(${this.start}, ${this.stop}, ${this.step})`;
  }
}

/** The part start:stop:step of an index: `x.index(torch.slice(1, null, 2))` is x[1::2]. */
export function slice(start: Bound = null, stop: Bound = null, step: Bound = null): Slice {
  return new Slice(start, stop, step);
}

/**
 * One part of an index. An integer or a 0-dim integer tensor selects; a slice, also as text "1:-1:2", cuts; "..." stands
 * for all dims that are not named; null adds a dim, a bool adds one of size 1 or 0; integer arrays and masks, as tensors
 * or nested lists, pick elements.
 */
export type IndexPart =
  | number
  | bigint
  | boolean
  | null
  | string
  | Slice
  | Tensor
  | ArrayBufferView
  | readonly Nested[];

const SLICE_TEXT = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/;

function parseText(text: string): Slice | "..." {
  if (text.trim() === "...") return "...";
  const match = SLICE_TEXT.exec(text);
  if (match === null) throw new TorchIndexError("index", `'${text}' is no index; expected "..." or "start:stop:step"`);
  const bound = (digits: string | undefined) => (digits === undefined ? null : Number(digits));
  return new Slice(bound(match[1]), bound(match[2]), bound(match[3]));
}

function invalidPart(part: unknown): TorchIndexError {
  return new TorchIndexError(
    "index",
    `only integers, slices (torch.slice or "start:stop:step"), "...", null and long or byte Tensors are valid indices (got ${describe(part)})`,
  );
}

/** Lists hold bools (a mask) or integers. */
function listPart(part: readonly Nested[], like: Tensor): Tensor {
  const isBool = (x: Nested): boolean => (Array.isArray(x) ? x.length > 0 && x.every(isBool) : typeof x === "boolean");
  const check = (x: Nested): void => {
    if (Array.isArray(x)) x.forEach(check);
    else if (typeof x === "number" && !Number.isInteger(x)) throw invalidPart(x);
  };
  check(part);
  return tensor(part, { dtype: isBool(part) ? bool : int64, device: like.device });
}

type Part = number | boolean | null | "..." | Slice | Tensor;

function normalizePart(part: IndexPart, like: Tensor): Part {
  if (part === null || typeof part === "boolean" || part instanceof Slice) return part;
  if (part instanceof Tensor) {
    if (part.dtype !== int64 && !isMask(part) && (part.shape.length > 0 || part.dtype.category !== int64.category)) {
      throw new TorchIndexError(
        "index",
        `tensors used as indices must be long, byte or bool tensors; got ${part.dtype}`,
      );
    }
    return part.shape.length === 0 && !isMask(part) ? Number(item(part)) : part;
  }
  if (typeof part === "number" || typeof part === "bigint") {
    if (typeof part === "number" && !Number.isInteger(part)) throw invalidPart(part);
    return Number(part);
  }
  if (typeof part === "string") return parseText(part);
  if (Array.isArray(part)) return listPart(part, like);
  if (ArrayBuffer.isView(part)) return to(from_numpy(part), int64);
  throw invalidPart(part);
}

const isMask = (x: Tensor): boolean => x.dtype === bool || x.dtype === uint8;

/** How many dims of the indexed tensor a part names. */
function dimsNamed(part: Part): number {
  if (part instanceof Tensor) return isMask(part) ? part.shape.length : 1;
  return typeof part === "number" || part instanceof Slice ? 1 : 0;
}

function integerBound(bound: Bound): number | null {
  return bound instanceof Tensor ? Number(item(bound)) : bound === null ? null : Number(bound);
}

function cutPart(x: Tensor, dim: number, part: Slice): Tensor {
  const step = integerBound(part.step) ?? 1;
  if (step === 0) throw new ValueError("index", "slice step cannot be zero");
  if (step < 0) throw new ValueError("index", `step must be greater than zero; got ${part}. Use flip to reverse a dim`);
  const start = integerBound(part.start);
  const stop = integerBound(part.stop);
  if ((start === null || start === 0) && stop === null && step === 1) return x;
  return sliceAlong(x, dim, start, stop, step);
}

/** The basic parts applied as views, and the arrays that are left, by dim of that view. */
interface Applied {
  readonly view: Tensor;
  /** null: all of this dim. */
  readonly arrays: (Tensor | null)[];
}

function applyParts(x: Tensor, given: readonly IndexPart[]): Applied {
  const parts = given.map((part) => normalizePart(part, x));
  const named = parts.reduce<number>((n, part) => n + dimsNamed(part), 0);
  const rank = x.shape.length;
  if (named > rank)
    throw new TorchIndexError("index", `too many indices for tensor of dimension ${rank}`, { x: x.shape });
  let view = x;
  let dim = 0;
  const arrays: (Tensor | null)[] = [];
  const record = (array: Tensor) => {
    while (arrays.length < dim) arrays.push(null);
    arrays[dim++] = array;
  };
  parts.forEach((part, position) => {
    if (typeof part === "number") {
      view = selectPart(view, dim, part, position);
    } else if (part === "...") {
      dim += rank - named;
    } else if (part === null) {
      view = unsqueeze(view, dim++);
    } else if (part instanceof Slice) {
      view = cutPart(view, dim++, part);
    } else if (typeof part === "boolean" || (part.shape.length === 0 && isMask(part))) {
      view = unsqueeze(view, dim);
      const holds = typeof part === "boolean" ? part : Number(item(part)) !== 0;
      record(tensor(holds ? [0] : [], { dtype: int64, device: x.device }));
    } else {
      record(part);
    }
  });
  return { view, arrays };
}

function selectPart(x: Tensor, dim: number, index: number, position: number): Tensor {
  const size = x.shape[dim]!;
  if (index < -size || index >= size) {
    throw new TorchIndexError("index", `index ${index} is out of bounds for dimension ${position} with size ${size}`, {
      x: x.shape,
    });
  }
  return select(x, dim, index);
}

/** The arrays with every mask replaced by one integer array per dim that it covers. */
function withoutMasks(x: Tensor, arrays: readonly (Tensor | null)[]): (Tensor | null)[] {
  const result: (Tensor | null)[] = [];
  for (const array of arrays) {
    if (array === null || !isMask(array)) {
      result.push(array);
      continue;
    }
    checkMaskShape(x, array, result.length);
    result.push(...nonzeroTuple(array));
  }
  if (result.length > x.shape.length) {
    throw new TorchIndexError(
      "index",
      `too many indices for tensor of dimension ${x.shape.length} (got ${result.length})`,
    );
  }
  return result;
}

function checkMaskShape(x: Tensor, mask: Tensor, at: number): void {
  const wrong = mask.shape.findIndex((size, d) => size !== x.shape[at + d]);
  if (wrong >= 0) {
    throw new TorchIndexError(
      "index",
      `The shape of the mask [${mask.shape.join(", ")}] at index ${wrong} does not match the shape of the indexed tensor [${x.shape.join(", ")}] at index ${at + wrong}`,
    );
  }
}

/** The one mask among the arrays, with its dim, if it is the only array. */
function onlyMask(arrays: readonly (Tensor | null)[]): { mask: Tensor; dim: number } | null {
  const given = arrays.filter((a) => a !== null);
  const mask = given[0]!;
  return given.length === 1 && isMask(mask) ? { mask, dim: arrays.indexOf(mask) } : null;
}

/** x[arrays], a copy. */
function take(x: Tensor, arrays: readonly (Tensor | null)[]): Tensor {
  const only = onlyMask(arrays);
  if (only !== null && only.mask.shape.length === x.shape.length) {
    checkMaskShape(x, only.mask, 0);
    return masked_select(x, only.mask);
  }
  const { dims, given } = placed(withoutMasks(x, arrays));
  return apply(indexOp, [x, ...given], { layout: layoutOf("index", x.shape.length, dims, given) });
}

function placed(arrays: readonly (Tensor | null)[]): { dims: number[]; given: Tensor[] } {
  const dims: number[] = [];
  const given: Tensor[] = [];
  arrays.forEach((array, d) => {
    if (array === null) return;
    dims.push(d);
    given.push(array);
  });
  return { dims, given };
}

/**
 * x[parts] of Python, as in libtorch: `x.index(0, "1:-1", null, "...", mask)`. A view if no part is an array or a bool, a
 * copy otherwise. Source: Tensor.__getitem__.
 */
export function index(input: Tensor, ...parts: readonly IndexPart[]): Tensor {
  const first = parts[0];
  if (parts.length === 1 && typeof first === "number" && input.shape.length > 0 && Number.isInteger(first)) {
    return selectPart(input, 0, first, 0);
  }
  expectTensor("index", "input", input);
  const { view, arrays } = applyParts(input, parts);
  if (arrays.length > 0) return take(view, arrays);
  return view === input ? alias(input) : view;
}

/** What may be written: a number, or a tensor that stretches to the shape of the part. */
export type IndexValue = Tensor | Scalar | readonly Nested[];

function valueTensor(self: Tensor, value: IndexValue): Tensor {
  if (value instanceof Tensor) return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return scalarTensor(value, self.dtype, self.device);
  }
  if (Array.isArray(value)) return tensor(value, { dtype: self.dtype, device: self.device });
  throw new TorchTypeError("index_put_", `can't assign ${describe(value)} to a ${self.dtype} tensor`);
}

/** Without dims of size 1 in front, which do not count where values are written. */
function withoutLeadingOnes(value: Tensor): Tensor {
  const first = value.shape.findIndex((size) => size !== 1);
  const skip = first < 0 ? value.shape.length : first;
  return skip === 0 ? value : reshape(value, value.shape.slice(skip));
}

const indexPutOp = definePut("index_put", (self, values, arrays, { layout, accumulate }) =>
  ref.index_put(self, spread(arrays, layout), values, accumulate),
);

/** The inputs and attributes of self[arrays] = values. */
function putArguments(self: Tensor, arrays: readonly (Tensor | null)[], values: Tensor, accumulate: boolean) {
  const { dims, given } = placed(withoutMasks(self, arrays));
  if (values.dtype !== self.dtype) {
    throw new TorchError(
      "index_put",
      `Index put requires the source and destination dtypes match, got ${self.dtype} for the destination and ${values.dtype} for the source`,
    );
  }
  const layout = layoutOf("index_put", self.shape.length, dims, given);
  const ins = putInputs("index_put", self, withoutLeadingOnes(values), given, layout);
  return { ins, attrs: { layout, accumulate, alpha: 1 } };
}

/** One value where the only array, a mask, holds; null if it is another case. */
function fillMasked(view: Tensor, arrays: readonly (Tensor | null)[], value: Tensor): Tensor | null {
  const only = onlyMask(arrays);
  if (only === null || value._numel !== 1) return null;
  const { mask, dim } = only;
  checkMaskShape(view, mask, dim);
  const behind = view.shape.length - dim - mask.shape.length;
  const places = reshape(to(mask, bool), [...mask.shape, ...new Array<number>(behind).fill(1)]);
  return masked_fill_(view, places, reshape(value, []));
}

function putArrays(view: Tensor, arrays: readonly (Tensor | null)[], value: Tensor, accumulate: boolean): void {
  if (!accumulate && fillMasked(view, arrays, value) !== null) return;
  const { ins, attrs } = putArguments(view, arrays, value, accumulate);
  applyInplace(indexPutOp, view, ins, attrs);
}

interface PutOptions {
  accumulate?: boolean;
}
const readPut = signature<PutOptions>("index_put_", ["accumulate"]);

/**
 * self[parts] = value of Python; with `accumulate`, self[parts] += value, where an element that is named twice gets both.
 * Where places are written twice otherwise, the last value stays. Source: Tensor.__setitem__, torch.Tensor.index_put_.
 */
export function index_put_(
  self: Tensor,
  indices: readonly IndexPart[],
  values: IndexValue,
  ...args: Arguments<[accumulate?: boolean], PutOptions>
): Tensor {
  const { accumulate = false } = readPut(args);
  if (indices.length === 1 && indices[0] === false) return self;
  const { view, arrays } = applyParts(self, indices);
  if (arrays.length > 0) {
    putArrays(view, arrays, valueTensor(self, values), accumulate);
  } else if (accumulate) {
    arithmeticInplace.add_(view, valueTensor(self, values));
  } else if (typeof values === "number" || typeof values === "boolean") {
    fill_(view, values);
  } else {
    copy_(view, withoutLeadingOnes(valueTensor(self, values)));
  }
  return self;
}

/** A copy of `input` with `index_put_` done to it. Source: torch.index_put. */
export function index_put(
  input: Tensor,
  indices: readonly IndexPart[],
  values: IndexValue,
  ...args: Arguments<[accumulate?: boolean], PutOptions>
): Tensor {
  expectTensor("index_put", "input", input);
  const { accumulate = false } = readPut(args);
  const { view, arrays } = applyParts(input, indices);
  if (view !== input || arrays.length === 0) return index_put_(clone(input), indices, values, { accumulate });
  const { ins, attrs } = putArguments(input, arrays, valueTensor(input, values), accumulate);
  return apply(indexPutOp, ins, attrs);
}
