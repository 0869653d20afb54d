import { array, type NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import type { Unique } from "../../reference/ops/sort.js";
import { applyMulti } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { int64 } from "../core/dtype.js";
import { DtypeError, TorchError, TorchIndexError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { clone, contiguous, to } from "./copy.js";
import { index_select } from "./indexing.js";
import { ordered } from "./reduction.js";
import { type Arguments, emptyTensor, expectTensor, normalizeDim, signature } from "./support.js";
import { item } from "./values.js";
import { narrow, reshape, transpose } from "./views.js";

/** Distinct elements and slices. Special values: reference/ops/sort.ts. */

interface Attrs {
  readonly consecutive: boolean;
  readonly inverse: boolean;
}

/** How many there are is known only afterwards: outputs have room for all, and the last one says how many. */
function padded(values: NdArray, unique: Unique, n: number): NdArray[] {
  const fill = (x: NdArray): NdArray =>
    array(
      Array.from({ length: n }, (_, i) => x.data[i] ?? 0),
      [n],
      x.dtype,
    );
  return [fill(values), fill(unique.inverse), fill(unique.counts), array([unique.counts.data.length], [1], "int64")];
}

const NO_DERIVATIVE = { notDifferentiable: "the number of its results is not continuous" } as const;

/** Elements of a 1-d tensor. */
const uniqueOp = defineOp<[x: Tensor], Attrs>({
  name: "unique",
  kernel: "unique",
  infer: ([{ shape, dtype }], { inverse }) => [
    { shape, dtype },
    { shape: inverse ? shape : [0], dtype: int64 },
    { shape, dtype: int64 },
    { shape: [1], dtype: int64 },
  ],
  write: (b, [values, inverse, counts, found], [x], attrs) => {
    b.address(values!);
    b.number(attrs.inverse ? inverse!._address : 0);
    b.address(counts!);
    b.address(found!);
    b.address(x);
    b.number(x.dtype.code);
    b.number(x._numel);
    b.flag(attrs.consecutive);
  },
  reference: ([x], { consecutive, inverse }) => {
    const result = consecutive ? ref.unique_consecutive(x) : ref.unique(x);
    const [values, places, counts, found] = padded(result.values, result, x.data.length);
    return [values!, inverse ? places! : array([], [0], "int64"), counts!, found!];
  },
  saves: "nothing",
  backward: NO_DERIVATIVE,
});

/** Rows of a matrix: the first output is the place of each in it. */
const uniqueRowsOp = defineOp<[x: Tensor], Attrs>({
  name: "unique_dim",
  kernel: "unique_rows",
  infer: ([{ shape }]) => {
    const column = { shape: [shape[0]!], dtype: int64 };
    return [column, column, column, { shape: [1], dtype: int64 }];
  },
  write: (b, [places, inverse, counts, found], [x], { consecutive }) => {
    b.address(places!);
    b.address(inverse!);
    b.address(counts!);
    b.address(found!);
    b.address(x);
    b.number(x.dtype.code);
    b.number(x.shape[0]!);
    b.number(x.shape[1]!);
    b.flag(consecutive);
  },
  reference: ([x], { consecutive }) => {
    const result = consecutive ? ref.unique_consecutive(x, 0) : ref.unique(x, 0);
    const count = result.counts.data.length;
    const firsts = Array.from({ length: count }, (_, i) => result.inverse.data.indexOf(i));
    return padded(array(firsts, [count], "int64"), result, x.shape[0]!);
  },
  saves: "nothing",
  backward: NO_DERIVATIVE,
});

interface Results {
  readonly output: Tensor;
  readonly inverse: Tensor;
  readonly counts: Tensor;
}

/** The first `n` elements in memory of their own. */
const first = (x: Tensor, n: number): Tensor => (n === x._numel ? x : clone(narrow(x, 0, 0, n)));

function ofElements(input: Tensor, attrs: Attrs): Results {
  const flat = reshape(contiguous(to(input, ordered(input.dtype))), [input._numel]);
  const [values, inverse, counts, found] = applyMulti(uniqueOp, [flat], attrs) as [Tensor, Tensor, Tensor, Tensor];
  const n = Number(item(found));
  return {
    output: to(first(values, n), input.dtype),
    inverse: attrs.inverse ? reshape(inverse, input.shape) : inverse,
    counts: first(counts, n),
  };
}

function ofSlices(op: string, input: Tensor, dim: number, attrs: Attrs): Results {
  const { shape } = input;
  if (shape.length === 0) throw new TorchIndexError(op, `Dimension specified as ${dim} but tensor has no dimensions`);
  const d = normalizeDim(op, dim, shape.length);
  if (shape.some((size, i) => size === 0 && i !== d)) {
    throw new TorchError(
      op,
      `There are 0 sized dimensions, and they aren't selected, so ${op} cannot be applied; got input [${shape.join(", ")}]`,
    );
  }
  const n = shape[d]!;
  if (n === 0) {
    const none = emptyTensor([0], int64, input.device);
    return { output: clone(input), inverse: none, counts: none };
  }
  const moved = contiguous(transpose(to(input, ordered(input.dtype)), d, 0)); // elements of a slice count in this order
  const rows = reshape(moved, [n, input._numel / n]);
  const [places, inverse, counts, found] = applyMulti(uniqueRowsOp, [rows], attrs) as [Tensor, Tensor, Tensor, Tensor];
  const count = Number(item(found));
  return { output: index_select(input, d, first(places, count)), inverse, counts: first(counts, count) };
}

/** Results that were asked for: one alone, or in the order output, inverse, counts. */
function results(op: string, input: Tensor, given: UniqueConsecutiveOptions, consecutive: boolean): Tensor | Tensor[] {
  expectTensor(op, "input", input);
  if (input.dtype.is_complex) throw new DtypeError(op, `complex numbers have no order; got ${input.dtype}`);
  const { return_inverse = false, return_counts = false, dim } = given;
  const attrs = { consecutive, inverse: return_inverse };
  const { output, inverse, counts } = dim == null ? ofElements(input, attrs) : ofSlices(op, input, dim, attrs);
  if (!return_inverse && !return_counts) return output;
  return [output, ...(return_inverse ? [inverse] : []), ...(return_counts ? [counts] : [])];
}

export interface UniqueConsecutiveOptions {
  /** Also gives, for each element, its place in the output. */
  return_inverse?: boolean;
  /** Also gives how often each value of the output occurs. */
  return_counts?: boolean;
  /** Distinct slices along it; null: distinct elements. */
  dim?: number | null;
}
export interface UniqueOptions extends UniqueConsecutiveOptions {
  /** The output is always sorted. */
  sorted?: boolean;
}
const readUnique = signature<UniqueOptions>("unique", ["sorted", "return_inverse", "return_counts", "dim"]);
const readConsecutive = signature<UniqueConsecutiveOptions>("unique_consecutive", [
  "return_inverse",
  "return_counts",
  "dim",
]);

type One = { return_inverse?: false; return_counts?: false };

/** The distinct elements (or slices along `dim`) in ascending order. Source: torch.unique. */
export function unique(input: Tensor, options?: UniqueOptions & One): Tensor;
export function unique(input: Tensor, options: UniqueOptions): Tensor[];
export function unique(
  input: Tensor,
  ...args: Arguments<
    [sorted: boolean, return_inverse?: boolean, return_counts?: boolean, dim?: number | null],
    UniqueOptions
  >
): Tensor | Tensor[];
export function unique(input: Tensor, ...args: readonly unknown[]): Tensor | Tensor[] {
  return results("unique", input, readUnique(args), false);
}

/** Each element (or slice along `dim`) that differs from the one before it. Source: torch.unique_consecutive. */
export function unique_consecutive(input: Tensor, options?: UniqueConsecutiveOptions & One): Tensor;
export function unique_consecutive(input: Tensor, options: UniqueConsecutiveOptions): Tensor[];
export function unique_consecutive(
  input: Tensor,
  ...args: Arguments<[return_inverse: boolean, return_counts?: boolean, dim?: number | null], UniqueConsecutiveOptions>
): Tensor | Tensor[];
export function unique_consecutive(input: Tensor, ...args: readonly unknown[]): Tensor | Tensor[] {
  return results("unique_consecutive", input, readConsecutive(args), true);
}
