import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { int64 } from "../core/dtype.js";
import { ShapeError, TorchError } from "../core/errors.js";
import { contiguousStrides } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { clone, fill_ } from "./copy.js";
import { type CreationOptions, tensor, TENSOR_OPTIONS } from "./creation.js";
import type { OutOption } from "./elementwise.js";
import { moveTo } from "./out.js";
import { stridedBackward } from "./strided.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";
import { as_strided, diagonal } from "./strided_views.js";
import { reshape } from "./views.js";

/** Triangles and diagonals of matrices. Meaning: reference/ops/rearrange.ts. */

interface TriangleAttrs {
  readonly diagonal: number;
  readonly upper: boolean;
}

type TriangleOp = ComputeOp<[x: Tensor], TriangleAttrs>;

function triangleOp(name: "tril" | "triu"): TriangleOp {
  const op: TriangleOp = defineOp({
    name,
    kernel: "triangle",
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    write: (b, [out], [x], { diagonal, upper }) => {
      b.tensor(out!);
      b.tensor(x);
      b.number(diagonal);
      b.flag(upper);
    },
    reference: ([x], { diagonal, upper }) => (upper ? ref.triu(x, diagonal) : ref.tril(x, diagonal)),
    byParts: true,
    saves: [[]],
    backward: [(c) => apply(op, [c.grad], c.attrs)],
  });
  return op;
}

interface DiagonalOptions extends OutOption {
  diagonal?: number;
}
type DiagonalArguments = Arguments<[diagonal?: number], DiagonalOptions>;

function triangle(name: "tril" | "triu") {
  const op = triangleOp(name);
  const read = signature<DiagonalOptions>(name, ["diagonal"], ["out"]);
  const prepare = (input: Tensor, args: readonly unknown[]) => {
    expectTensor(name, "input", input);
    if (input.shape.length < 2)
      throw new ShapeError(name, "input tensor must have at least 2 dimensions", { input: input.shape });
    const { diagonal: offset = 0, out = null } = read(args);
    return { attrs: { diagonal: offset, upper: name === "triu" }, out };
  };
  return {
    call: (input: Tensor, ...args: DiagonalArguments): Tensor => {
      const { attrs, out } = prepare(input, args);
      return out === null ? apply(op, [input], attrs) : applyOut(op, out, [input], attrs);
    },
    inplace: (self: Tensor, ...args: DiagonalArguments): Tensor =>
      applyInplace(op, self, [self], prepare(self, args).attrs),
  };
}
const lower = triangle("tril");
const upper = triangle("triu");
/** The matrices in the last two dims with 0 above diagonal number `diagonal`. Source: torch.tril. */
export const tril = lower.call;
export const tril_ = lower.inplace;
/** The matrices in the last two dims with 0 below diagonal number `diagonal`. Source: torch.triu. */
export const triu = upper.call;
export const triu_ = upper.inplace;

interface IndicesOptions extends CreationOptions {
  offset?: number;
}

function triangleIndices(
  name: "tril_indices" | "triu_indices",
  keeps: (row: number, col: number, offset: number) => boolean,
) {
  const read = signature<IndicesOptions>(name, ["offset"], TENSOR_OPTIONS as (keyof IndicesOptions)[]);
  return (row: number, col: number, ...args: Arguments<[offset?: number], IndicesOptions>): Tensor => {
    const { offset = 0, ...options } = read(args);
    if (!(row >= 0)) throw new TorchError(name, `row must be non-negative, got ${row}`);
    if (!(col >= 0)) throw new TorchError(name, `col must be non-negative, got ${col}`);
    const rows: number[] = [];
    const cols: number[] = [];
    for (let r = 0; r < row; r++) {
      for (let c = 0; c < col; c++) {
        if (!keeps(r, c, offset)) continue;
        rows.push(r);
        cols.push(c);
      }
    }
    return tensor([rows, cols], { ...options, dtype: options.dtype ?? int64 });
  };
}
/** The indices of the lower triangle of a row × col matrix, as two rows. Source: torch.tril_indices. */
export const tril_indices = triangleIndices("tril_indices", (r, c, offset) => c - r <= offset);
/** The indices of the upper triangle of a row × col matrix, as two rows. Source: torch.triu_indices. */
export const triu_indices = triangleIndices("triu_indices", (r, c, offset) => c - r >= offset);

interface EmbedOptions {
  offset?: number;
  dim1?: number;
  dim2?: number;
}
const readEmbed = signature<EmbedOptions>("diag_embed", ["offset", "dim1", "dim2"]);

/** Matrices, in dims dim1 and dim2, with the last dim of the input on a diagonal. Source: torch.diag_embed. */
export function diag_embed(
  input: Tensor,
  ...args: Arguments<[offset?: number, dim1?: number, dim2?: number], EmbedOptions>
): Tensor {
  expectTensor("diag_embed", "input", input);
  const { offset = 0, dim1 = -2, dim2 = -1 } = readEmbed(args);
  const rank = input.shape.length + 1;
  const [a, b] = [normalizeDim("diag_embed", dim1, rank), normalizeDim("diag_embed", dim2, rank)];
  if (a === b) throw new TorchError("diag_embed", `diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  if (input.shape.length === 0)
    throw new TorchError("diag_embed", "the input needs at least one dim; got a 0-dim tensor");
  const n = input.shape.at(-1)! + Math.abs(offset);
  const rest = input.shape.slice(0, -1);
  const shape = Array.from({ length: rank }, (_, d) => (d === a || d === b ? n : rest.shift()!));
  const strides = contiguousStrides(shape);
  const others = strides.filter((_, d) => d !== a && d !== b);
  const start = offset >= 0 ? offset * strides[b]! : -offset * strides[a]!;
  return stridedBackward(input, { shape, strides }, [...others, strides[a]! + strides[b]!], start);
}

const readDiag = signature<DiagonalOptions>("diag", ["diagonal"], ["out"]);

/** The diagonal of a matrix, copied; of a vector, the matrix with it on the diagonal. Source: torch.diag. */
export function diag(input: Tensor, ...args: DiagonalArguments): Tensor {
  expectTensor("diag", "input", input);
  const { diagonal: offset = 0, out } = readDiag(args);
  const rank = input.shape.length;
  if (rank !== 1 && rank !== 2) throw new ShapeError("diag", "matrix or a vector expected", { input: input.shape });
  if (rank === 1) return moveTo(out, "diag", diag_embed(input, offset));
  const [rows, cols] = input.shape as [number, number];
  if (offset > 0 ? offset > cols : -offset > rows)
    throw new ShapeError("diag", `diagonal ${offset} is outside of the matrix`, { input: input.shape });
  return moveTo(out, "diag", clone(diagonal(input, offset)));
}

interface FlatOptions {
  offset?: number;
}
const readDiagflat = signature<FlatOptions>("diagflat", ["offset"]);

/** The matrix with all elements of the input on a diagonal. Source: torch.diagflat. */
export function diagflat(input: Tensor, ...args: Arguments<[offset?: number], FlatOptions>): Tensor {
  expectTensor("diagflat", "input", input);
  return diag_embed(reshape(input, [-1]), readDiagflat(args).offset ?? 0);
}

/**
 * Writes `value` on the diagonal; all sizes must be equal if there are more than two dims. With `wrap`, tall matrices
 * start again after each block. Source: torch.Tensor.fill_diagonal_.
 */
export function fill_diagonal_(self: Tensor, value: number, wrap: boolean | { wrap?: boolean } = false): Tensor {
  const { shape, _strides: strides } = self;
  const rank = shape.length;
  if (rank < 2) throw new ShapeError("fill_diagonal_", "dimensions must larger than 1", { self: shape });
  if (rank > 2 && shape.some((size) => size !== shape[0])) {
    throw new ShapeError("fill_diagonal_", "all dimensions of input must be of equal length", { self: shape });
  }
  const step = strides.reduce((a, b) => a + b, 0);
  const n = Math.min(...shape);
  fill_(as_strided(self, [n], [step]), value);
  const wraps = typeof wrap === "object" ? (wrap.wrap ?? false) : wrap;
  if (!wraps || rank > 2 || shape[0]! <= shape[1]! + 1) return self;
  // Behind the last column the walk comes out one row further down, which stays as it is.
  const count = Math.ceil(self._numel / (shape[1]! + 1)) - n;
  fill_(as_strided(self, [count], [step], self._offset + (n + 1) * strides[0]!), value);
  return self;
}
