/**
 * Products of matrices and vectors. Source: the torch function of the same name.
 *
 * Both factors have one dtype, which is the dtype of the result; integers are exact up to 2^53. An empty sum is 0.
 * Throws RangeError for bool, for ranks an op does not take, and where sizes do not fit.
 */

import {
  broadcastShapes,
  broadcastTo,
  build,
  type NdArray,
  requireDtype,
  ruleError,
  stretchesTo,
  zip,
} from "../array.js";
import { mul } from "./arithmetic.js";
import { bilinear, isComplex } from "./complex_parts.js";
import { times } from "./scalar.js";
import { reshape, transpose } from "./shape.js";

type Shapes = Readonly<Record<string, NdArray>>;

function requireRanks(op: string, got: Shapes, ranks: Readonly<Record<string, number>>): void {
  for (const [name, rank] of Object.entries(ranks)) {
    if (got[name]!.shape.length !== rank) throw ruleError(op, `${name} must be ${rank}-d`, got);
  }
}

/** Batches of matrices: [..., n, k] by [..., k, m], whose leading dims are the same. */
function products(op: string, x: NdArray, y: NdArray, got: Shapes): NdArray {
  return bilinear((a, b) => realProducts(op, a, b, got), x, y);
}

function realProducts(op: string, x: NdArray, y: NdArray, got: Shapes): NdArray {
  requireDtype(op, x, (dtype) => dtype !== "bool", "numbers");
  const [n, k] = x.shape.slice(-2) as [number, number];
  const [inner, m] = y.shape.slice(-2) as [number, number];
  if (k !== inner) {
    const fix = k === m ? "Did you mean to transpose the second factor?" : "";
    throw ruleError(op, `inner sizes ${k} and ${inner} differ`, got, fix);
  }
  return build([...x.shape.slice(0, -2), n, m], x.dtype, (index, flat) => {
    const [row, column] = index.slice(-2) as [number, number];
    const matrix = Math.floor(flat / (n * m));
    let sum = 0;
    for (let i = 0; i < k; i++) sum += x.data[(matrix * n + row) * k + i]! * y.data[(matrix * k + i) * m + column]!;
    return sum;
  });
}

/**
 * The product of two matrices, [n, k] by [k, m] → [n, m], and what follows from it:
 *
 *     1-d x      a row, whose dim is taken out of the result;    1-d y    a column, likewise
 *     more dims  batches of matrices: the dims before the last two broadcast
 *
 * Throws RangeError if one is 0-dim, the inner sizes differ, or the batch dims do not broadcast.
 */
export function matmul(x: NdArray, y: NdArray): NdArray {
  if (x.shape.length === 0 || y.shape.length === 0)
    throw ruleError("matmul", "both must have a dim", { x, y }, "Use mul");
  return anyRank("matmul", x, y);
}

function anyRank(op: string, x: NdArray, y: NdArray): NdArray {
  return bilinear((a, b) => realAnyRank(op, a, b), x, y);
}

function realAnyRank(op: string, x: NdArray, y: NdArray): NdArray {
  const left = x.shape.length === 1 ? reshape(x, [1, ...x.shape]) : x;
  const right = y.shape.length === 1 ? reshape(y, [...y.shape, 1]) : y;
  const batch = broadcastShapes(op, left.shape.slice(0, -2), right.shape.slice(0, -2));
  const product = products(
    op,
    broadcastTo(left, [...batch, ...left.shape.slice(-2)]),
    broadcastTo(right, [...batch, ...right.shape.slice(-2)]),
    { x, y },
  );
  const rows = x.shape.length === 1 ? [] : [left.shape.at(-2)!];
  const columns = y.shape.length === 1 ? [] : [right.shape.at(-1)!];
  return reshape(product, [...batch, ...rows, ...columns]);
}

/** [n, k] by [k, m] → [n, m] */
export function mm(x: NdArray, y: NdArray): NdArray {
  requireRanks("mm", { x, y }, { x: 2, y: 2 });
  return products("mm", x, y, { x, y });
}

/** [b, n, k] by [b, k, m] → [b, n, m]; the batch dim does not broadcast. */
export function bmm(x: NdArray, y: NdArray): NdArray {
  requireRanks("bmm", { x, y }, { x: 3, y: 3 });
  if (x.shape[0] !== y.shape[0]) throw ruleError("bmm", `batch sizes ${x.shape[0]} and ${y.shape[0]} differ`, { x, y });
  return products("bmm", x, y, { x, y });
}

/** [n, k] by [k] → [n] */
export function mv(x: NdArray, y: NdArray): NdArray {
  requireRanks("mv", { x, y }, { x: 2, y: 1 });
  return anyRank("mv", x, y);
}

/** Σ x·y of two 1-d arrays of one size, 0-dim. */
export function dot(x: NdArray, y: NdArray): NdArray {
  requireRanks("dot", { x, y }, { x: 1, y: 1 });
  return anyRank("dot", x, y);
}

/** x_i · y_j: [n], [m] → [n, m]; and for bool */
export function outer(x: NdArray, y: NdArray): NdArray {
  requireRanks("outer", { x, y }, { x: 1, y: 1 });
  return mul(reshape(x, [x.data.length, 1]), y);
}

/** beta·input + alpha·product; with beta 0 the input is not read, so that its NaN do not count. */
function addScaled(op: string, input: NdArray, product: NdArray, beta: number, alpha: number, got: Shapes): NdArray {
  if (!stretchesTo(input.shape, product.shape)) {
    throw ruleError(
      op,
      `${op === "linear" ? "bias" : "input"} does not broadcast to [${product.shape.join(", ")}]`,
      got,
    );
  }
  const scaled = times(product.dtype);
  if (isComplex(product.dtype)) {
    const pairs = (a: NdArray): NdArray => ({ ...a, shape: [...a.shape, 2], dtype: "float64" });
    const sum = zip(op, pairs(input), pairs(product), (a, p) => (beta === 0 ? 0 : beta * a) + alpha * p);
    return { ...product, data: sum.data };
  }
  return zip(op, input, product, (a, p) => (beta === 0 ? 0 : scaled(beta, a)) + scaled(alpha, p));
}

/** beta · input + alpha · (a b) of matrices a [n, k], b [k, m]; input broadcasts to [n, m]. With beta 0 it is not read. */
export function addmm(input: NdArray, a: NdArray, b: NdArray, beta = 1, alpha = 1): NdArray {
  requireRanks("addmm", { a, b }, { a: 2, b: 2 });
  return addScaled("addmm", input, products("addmm", a, b, { input, a, b }), beta, alpha, { input, a, b });
}

/** beta · input + alpha · (a b) for each matrix of the batches a [b, n, k], b [b, k, m]; input as in `addmm`. */
export function baddbmm(input: NdArray, a: NdArray, b: NdArray, beta = 1, alpha = 1): NdArray {
  return addScaled("baddbmm", input, bmm(a, b), beta, alpha, { input, a, b });
}

/**
 * x Wᵀ + bias.
 *
 * Shapes  x: [*, in]; weight: [out, in], or [in] (then y has no last dim); bias: [out], or what broadcasts to y
 *         → y: [*, out]
 */
export function linear(x: NdArray, weight: NdArray, bias: NdArray | null = null): NdArray {
  const got: Shapes = bias === null ? { x, weight } : { x, weight, bias };
  if (x.shape.length === 0 || weight.shape.length < 1 || weight.shape.length > 2) {
    throw ruleError("linear", "x needs a dim, weight one or two", got);
  }
  if (x.shape.at(-1) !== weight.shape.at(-1)) {
    throw ruleError("linear", `x has ${x.shape.at(-1)} features, weight takes ${weight.shape.at(-1)}`, got);
  }
  const turned = (w: NdArray) => (w.shape.length === 1 ? w : transpose(w, 0, 1));
  const product = bilinear((a, w) => realAnyRank("linear", a, turned(w)), x, weight);
  return bias === null ? product : addScaled("linear", bias, product, 1, 1, got);
}
