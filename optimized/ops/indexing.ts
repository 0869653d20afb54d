import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { autocastState } from "../core/autocast.js";
import { int32, int64 } from "../core/dtype.js";
import { ShapeError, TorchError, TorchIndexError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { widestPrecision } from "./autocast.js";
import { defineTake, definePut, putInputs, type PutAttrs, type PutOp } from "./advanced_indexing.js";
import { to } from "./copy.js";
import { type OutOption, takeOut } from "./elementwise.js";
import { layoutAlong } from "./index_rows.js";
import { type ReduceName, scatter_reduce, scatter_reduce_ } from "./scatter.js";
import { checkOptions, expectTensor, normalizeDim, scalarTensor } from "./support.js";
import { expand, reshape, view } from "./views.js";

export { gather, scatter, scatter_add, scatter_reduce } from "./scatter.js";

/** Reading and writing whole slices along one dim by index. Meaning and errors: reference/ops/indexing.ts. */

/** An index that is a vector, or 0-dim for one of one element, as int64. */
function vector(op: string, index: Tensor, narrow: boolean): Tensor {
  expectTensor(op, "index", index);
  if (index.shape.length > 1) {
    throw new TorchIndexError(op, "Index is supposed to be a vector", { index: index.shape });
  }
  if (index.dtype !== int64 && !(narrow && index.dtype === int32)) {
    throw new TorchError(op, `Expected dtype ${narrow ? "int32 or int64" : "int64"} for index; got ${index.dtype}`);
  }
  const wide = to(index, int64);
  return index.shape.length === 0 ? reshape(wide, [1]) : wide;
}

/** 0-dim tensors are indexed as vectors of one element. */
const atLeast1d = (x: Tensor): Tensor => (x.shape.length === 0 ? reshape(x, [1]) : x);

const indexSelectOp = defineTake("index_select", (x, [index], { dims }) => ref.index_select(x, dims[0]!, index!));

/** `input` at the positions `index` of `dim`. Source: torch.index_select. */
export function index_select(input: Tensor, dim: number, index: Tensor, options?: OutOption): Tensor {
  expectTensor("index_select", "input", input);
  const out = takeOut("index_select", options, ["out"]);
  const d = normalizeDim("index_select", dim, input.shape.length);
  const positions = vector("index_select", index, true);
  const x = atLeast1d(input);
  const layout = layoutAlong(d, x.shape.length, positions);
  if (out !== null) return applyOut(indexSelectOp, out, [x, positions], { layout });
  const result = apply(indexSelectOp, [x, positions], { layout });
  return input.shape.length === 0 ? reshape(result, []) : result;
}

/** Writing ops along a dim: the values of `source` meet self at the positions `index`. */
function alongDim(
  op: PutOp,
  name: string,
  self: Tensor,
  dim: number,
  positions: Tensor,
  source: Tensor,
  how: Pick<PutAttrs, "accumulate" | "alpha">,
) {
  const d = normalizeDim(name, dim, self.shape.length);
  const layout = layoutAlong(d, self.shape.length, positions);
  return { op, ins: putInputs(name, self, source, [positions], layout), attrs: { layout, ...how } };
}
type PutCall = ReturnType<typeof alongDim>;

/** Runs a call on a tensor with dims; 0-dim tensors are seen as vectors meanwhile. */
function putNew(self: Tensor, out: Tensor | null, call: (x: Tensor) => PutCall): Tensor {
  const { op, ins, attrs } = call(atLeast1d(self));
  if (out !== null) return applyOut(op, out, ins, attrs);
  const result = apply(op, ins, attrs);
  return self.shape.length === 0 ? reshape(result, []) : result;
}

function putInplace(self: Tensor, call: (x: Tensor) => PutCall): Tensor {
  const x = self.shape.length === 0 ? view(self, [1]) : self;
  const { op, ins, attrs } = call(x);
  applyInplace(op, x, ins, attrs);
  return self;
}

function checkDtypes(op: string, self: Tensor, source: Tensor): void {
  expectTensor(op, "source", source);
  if (self.dtype !== source.dtype) {
    throw new TorchError(op, `self (${self.dtype}) and source (${source.dtype}) must have the same dtype`);
  }
}

/** `source` must be shaped like self, with as many slices along `dim` as there are positions. */
function checkSource(
  op: string,
  x: Tensor,
  dim: number,
  positions: Tensor,
  source: Tensor,
  count: typeof TorchError,
): Tensor {
  const d = normalizeDim(op, dim, x.shape.length);
  const given = atLeast1d(source);
  const n = positions._numel;
  if (given.shape[d] !== undefined && given.shape[d] !== n) {
    throw new count(
      op,
      `Number of indices (${n}) should be equal to source.size(dim) (${given.shape[d]}), for dim ${dim}`,
    );
  }
  const expected = x.shape.with(d, n);
  if (!sameShape(given.shape, expected)) {
    throw new ShapeError(op, `source must have shape [${expected.join(", ")}]`, {
      self: x.shape,
      source: source.shape,
    });
  }
  return given;
}

export interface IndexAddOptions extends OutOption {
  /** Factor of `source`. */
  alpha?: number | bigint;
}
const indexAddOp = definePut("index_add", (x, source, [index], { layout, alpha }) =>
  ref.index_add(x, layout.dims[0]!, index!, source, alpha),
);

function addCall(x: Tensor, dim: number, index: Tensor, source: Tensor, alpha: number): PutCall {
  const positions = vector("index_add", index, true);
  checkDtypes("index_add", x, source);
  const given = checkSource("index_add", x, dim, positions, source, TorchError);
  const integral = !x.dtype.is_floating_point && !x.dtype.is_complex;
  return alongDim(indexAddOp, "index_add", x, dim, positions, given, {
    accumulate: true,
    alpha: integral ? Math.trunc(alpha) : alpha,
  });
}

/** `input` with alpha · `source` added at the positions `index` of `dim`. Source: torch.index_add. */
export function index_add(
  input: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options?: IndexAddOptions,
): Tensor {
  const out = takeOut("index_add", options, ["alpha", "out"]);
  return putNew(input, out, (x) => addCall(x, dim, index, source, Number(options?.alpha ?? 1)));
}
export function index_add_(
  self: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  options?: Omit<IndexAddOptions, "out">,
): Tensor {
  if (options !== undefined) checkOptions("index_add_", options, ["alpha"]);
  return putInplace(self, (x) => addCall(x, dim, index, source, Number(options?.alpha ?? 1)));
}

const ASSIGN = { accumulate: false, alpha: 1 } as const;

const indexCopyOp = definePut("index_copy", (x, source, [index], { layout }) =>
  // The gradient writes one zero to all places.
  source.shape.length === 0
    ? ref.index_fill(x, layout.dims[0]!, index!, source)
    : ref.index_copy(x, layout.dims[0]!, index!, source),
);

function copyCall(x: Tensor, dim: number, index: Tensor, source: Tensor): PutCall {
  const positions = vector("index_copy", index, false);
  checkDtypes("index_copy", x, source);
  return alongDim(
    indexCopyOp,
    "index_copy",
    x,
    dim,
    positions,
    checkSource("index_copy", x, dim, positions, source, TorchIndexError),
    ASSIGN,
  );
}

/** `input` with `source` written at the positions `index` of `dim`. Source: torch.index_copy. */
export function index_copy(input: Tensor, dim: number, index: Tensor, source: Tensor, options?: OutOption): Tensor {
  if (autocastState.on) return widestPrecision(index_copy, input, dim, index, source, options);
  return putNew(input, takeOut("index_copy", options, ["out"]), (x) => copyCall(x, dim, index, source));
}
export function index_copy_(self: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  return putInplace(self, (x) => copyCall(x, dim, index, source));
}

const indexFillOp = definePut("index_fill", (x, value, [index], { layout }) =>
  ref.index_fill(x, layout.dims[0]!, index!, value),
);

function fillCall(x: Tensor, dim: number, index: Tensor, value: Tensor | Scalar): PutCall {
  expectTensor("index_fill", "index", index);
  if (index.dtype !== int64)
    throw new TorchIndexError("index_fill", `Expected dtype int64 for index; got ${index.dtype}`);
  if (index.shape.length > 1) throw new TorchError("index_fill", "Index has to be a vector/scalar");
  if (value instanceof Tensor && value.shape.length > 0) {
    throw new TorchError(
      "index_fill",
      `only supports a 0-dimensional value tensor, but got tensor with ${value.shape.length} dimension(s)`,
    );
  }
  const fill = value instanceof Tensor ? to(value, x.dtype) : scalarTensor(value, x.dtype, x.device);
  return alongDim(indexFillOp, "index_fill", x, dim, vector("index_fill", index, false), fill, ASSIGN);
}

/** `input` with one value at the positions `index` of `dim`; negative ones count from the end. Source: torch.index_fill. */
export function index_fill(input: Tensor, dim: number, index: Tensor, value: Tensor | Scalar): Tensor {
  return putNew(input, null, (x) => fillCall(x, dim, index, value));
}
export function index_fill_(self: Tensor, dim: number, index: Tensor, value: Tensor | Scalar): Tensor {
  return putInplace(self, (x) => fillCall(x, dim, index, value));
}

export interface IndexReduceOptions extends OutOption {
  include_self?: boolean;
}

/** The index of each slice for each of its elements: then every element has an index of its own, as in a scatter. */
function elementwiseIndex(op: string, self: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  const x = atLeast1d(self);
  const positions = vector(op, index, true);
  checkDtypes(op, self, source);
  const given = checkSource(op, x, dim, positions, source, TorchIndexError);
  const d = normalizeDim(op, dim, x.shape.length);
  const full = expand(
    reshape(
      positions,
      given.shape.map((_, k) => (k === d ? -1 : 1)),
    ),
    given.shape,
  );
  return source.shape.length === 0 ? reshape(full, []) : full;
}

/**
 * `input` where all slices of `source` that go to one position of `dim` are reduced: prod, mean, amax or amin. With
 * `include_self` what is there counts too. Source: torch.index_reduce.
 */
export function index_reduce(
  input: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: Exclude<ReduceName, "sum">,
  options?: IndexReduceOptions,
): Tensor {
  expectTensor("index_reduce", "input", input);
  return scatter_reduce(
    input,
    dim,
    elementwiseIndex("index_reduce", input, dim, index, source),
    source,
    reduce,
    options,
  );
}
export function index_reduce_(
  self: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: Exclude<ReduceName, "sum">,
  options?: Omit<IndexReduceOptions, "out">,
): Tensor {
  return scatter_reduce_(
    self,
    dim,
    elementwiseIndex("index_reduce_", self, dim, index, source),
    source,
    reduce,
    options,
  );
}
