/** Results that are not unique (FORMAT.md, "cmp"): what holds for every right answer. */
import type { Difference, Tolerance } from "./agreement.js";
import { compare, compareShapes } from "./compare.js";
import { coordinates, elements, numbers } from "./elements.js";
import {
  conjugateTranspose,
  firstColumns,
  identity,
  matrices,
  maxDistance,
  maxModulus,
  modulus,
  multiply,
  scaleColumns,
  vectors,
  type Matrix,
} from "./matrices.js";
import { numel, type TensorValue, type Value } from "./values.js";

export type Cmp = "shape" | "svd" | "eigh" | "eig" | "eigvals" | "qr" | "indices";

export interface CallInfo {
  readonly op: string;
  /** The dim that indices count along. */
  readonly dim?: number | undefined;
}

export function compareUnique(
  cmp: Cmp,
  got: Value,
  want: Value,
  input: Value,
  tol: Tolerance,
  info: CallInfo,
): Difference | null {
  const shapes = compareAllShapes(got, want);
  if (shapes || cmp === "shape") return shapes;
  const results = tensors(got);
  const wanted = tensors(want);
  const [a] = tensors(input);
  if (a === undefined) throw new Error(`${cmp}: the input is not a tensor`);
  switch (cmp) {
    case "svd":
      return compareSvd(results, wanted, a, tol, info.op);
    case "eigh":
      return compareEigh(results, wanted, tol);
    case "eig":
      return compareSpectra(results[0]!, wanted[0]!, tol) ?? checkEigenvectors(results, a, tol);
    case "eigvals":
      return compareSpectra(results[0]!, wanted[0]!, tol);
    case "qr":
      return compareQr(results, wanted, a, tol);
    case "indices":
      return compareIndices(results, wanted, a, tol, info.dim ?? -1);
    default:
      throw new Error(`unknown cmp ${cmp satisfies never}`);
  }
}

function compareAllShapes(got: Value, want: Value): Difference | null {
  if (want === null || typeof want !== "object" || want.kind !== "list") return compareShapes(got, want);
  if (got === null || typeof got !== "object" || got.kind !== "list" || got.items.length !== want.items.length) {
    return { path: "", why: "number of results" };
  }
  for (const [i, item] of want.items.entries()) {
    const difference = compareShapes(got.items[i]!, item, String(i));
    if (difference) return difference;
  }
  return null;
}

function tensors(value: Value): readonly TensorValue[] {
  const items = value !== null && typeof value === "object" && value.kind === "list" ? value.items : [value];
  return items.filter((v): v is TensorValue => v !== null && typeof v === "object" && v.kind === "tensor");
}

/** S agrees, U·diag(S)·Vᴴ is the input. A truncated decomposition gives no product, only orthogonal columns. */
function compareSvd(
  got: readonly TensorValue[],
  want: readonly TensorValue[],
  a: TensorValue,
  tol: Tolerance,
  op: string,
): Difference | null {
  const [u, s, v] = got;
  const values = compare(s!, want[1]!, tol, [], "S");
  if (values) return values;
  const us = matrices(u!);
  const vs = op.startsWith("torch.linalg.") ? matrices(v!).map(conjugateTranspose) : matrices(v!);
  const truncated = op.endsWith("_lowrank");
  const wanted = matrices(a);
  for (const [i, sigma] of vectors(s!).entries()) {
    const difference = checkOrthogonal(us[i]!, tol, "U") ?? checkOrthogonal(vs[i]!, tol, "V");
    if (difference) return difference;
    const left = scaleColumns(firstColumns(us[i]!, sigma.cols), sigma);
    const product = multiply(left, conjugateTranspose(firstColumns(vs[i]!, sigma.cols)));
    const wrong = truncated ? null : checkProduct(product, wanted[i]!, tol, "U·diag(S)·Vᴴ");
    if (wrong) return wrong;
  }
  return null;
}

/** L agrees; V·diag(L)·Vᴴ is the recorded product, for only a triangle of the input is read. */
function compareEigh(got: readonly TensorValue[], want: readonly TensorValue[], tol: Tolerance): Difference | null {
  const values = compare(got[0]!, want[0]!, tol, [], "L");
  const square = want[1]!.shape.length >= 2 && want[1]!.shape.at(-1) === want[1]!.shape.at(-2);
  if (values || !square) return values;
  const product = (results: readonly TensorValue[]): readonly Matrix[] => {
    const diagonals = vectors(results[0]!);
    return matrices(results[1]!).map((v, i) => multiply(scaleColumns(v, diagonals[i]!), conjugateTranspose(v)));
  };
  const wanted = product(want);
  return first(product(got), (m, i) => checkProduct(m, wanted[i]!, tol, "V·diag(L)·Vᴴ"));
}

/** The same values in any order. */
function compareSpectra(got: TensorValue, want: TensorValue, tol: Tolerance): Difference | null {
  const wanted = vectors(want);
  return first(vectors(got), (values, i) => {
    const left = new Set(wanted[i]!.re.keys());
    const scale = maxModulus(wanted[i]!);
    for (const at of values.re.keys()) {
      const distance = (k: number): number =>
        Math.hypot(values.re[at]! - wanted[i]!.re[k]!, values.im[at]! - wanted[i]!.im[k]!);
      const nearest = [...left].reduce((best, k) => (distance(k) < distance(best) ? k : best), [...left][0]!);
      if (!(distance(nearest) <= tol.atol + tol.rtol * scale)) {
        return {
          path: "L",
          why: "no such eigenvalue",
          got: `${values.re[at]}+${values.im[at]}j`,
          abs: distance(nearest),
        };
      }
      left.delete(nearest);
    }
    return null;
  });
}

/** A·V = V·diag(L), and the columns of V have norm 1. */
function checkEigenvectors(got: readonly TensorValue[], a: TensorValue, tol: Tolerance): Difference | null {
  const inputs = matrices(a);
  const diagonals = vectors(got[0]!);
  return first(matrices(got[1]!), (v, i) => {
    for (let j = 0; j < v.cols; j++) {
      let square = 0;
      for (let k = 0; k < v.rows; k++) square += modulus(v, k * v.cols + j) ** 2;
      const off = Math.abs(Math.sqrt(square) - 1);
      if (!(off <= tol.atol + tol.rtol)) return { path: "V", why: `column ${j} has not norm 1`, abs: off };
    }
    return checkProduct(
      multiply(inputs[i]!, v),
      scaleColumns(v, diagonals[i]!),
      scaled(tol, maxModulus(inputs[i]!)),
      "A·V",
    );
  });
}

/** |R| agrees, Q·R is the input. */
function compareQr(
  got: readonly TensorValue[],
  want: readonly TensorValue[],
  a: TensorValue,
  tol: Tolerance,
): Difference | null {
  const [qs, rs] = [matrices(got[0]!), matrices(got[1]!)];
  const [wantedR, inputs] = [matrices(want[1]!), matrices(a)];
  return first(rs, (r, i) => {
    const wanted = wantedR[i]!;
    const limit = tol.atol + tol.rtol * maxModulus(wanted);
    for (const k of r.re.keys()) {
      const off = Math.abs(modulus(r, k) - modulus(wanted, k));
      if (!(off <= limit))
        return {
          path: "R",
          why: `|R| differs at ${k}`,
          got: String(modulus(r, k)),
          want: String(modulus(wanted, k)),
          abs: off,
        };
    }
    return checkProduct(multiply(qs[i]!, r), inputs[i]!, tol, "Q·R");
  });
}

/** Values agree; gathering the input at the returned indices gives the values. */
function compareIndices(
  got: readonly TensorValue[],
  want: readonly TensorValue[],
  a: TensorValue,
  tol: Tolerance,
  dim: number,
): Difference | null {
  const [values, indices] = got;
  const difference = compare(values!, want[0]!, tol, [], "values");
  if (difference || numel(values!.shape) === 0) return difference;
  const rank = a.shape.length;
  const d = dim < 0 ? dim + rank : dim;
  const input = elements(a);
  const results = elements(values!);
  const kept = values!.shape.length === rank; // keepdim, or topk
  const index = numbers(indices!);
  for (const [i, k] of index.entries()) {
    const at = coordinates(i, values!.shape);
    const source = rank === 0 ? [] : kept ? at.with(d, k) : at.toSpliced(d, 0, k);
    const inside = source.every((c, n) => c >= 0 && c < a.shape[n]!);
    const found = input[source.reduce((flat, c, n) => flat * a.shape[n]! + c, 0)];
    if (!inside || (rank === 0 && k !== 0) || !Object.is(positive(found!), positive(results[i]!))) {
      return {
        path: "indices",
        why: "the input at the index is not the value",
        index: at,
        got: `input[${source}] = ${found}`,
        want: String(results[i]),
      };
    }
  }
  return null;
}

/** −0 and 0 are one value. */
const positive = (x: number | bigint): number | bigint => (x === 0 ? 0 : x);

function checkOrthogonal(m: Matrix, tol: Tolerance, name: string): Difference | null {
  return checkProduct(multiply(conjugateTranspose(m), m), identity(m.cols), scaled(tol, 4), `${name}ᴴ·${name}`);
}

/** Rounding errors of a product grow with the largest element, not with each one. */
function checkProduct(got: Matrix, want: Matrix, tol: Tolerance, name: string): Difference | null {
  const off = maxDistance(got, want);
  const limit = tol.atol + tol.rtol * maxModulus(want);
  return off <= limit
    ? null
    : { path: name, why: "the product is not the input", abs: off, rel: off / maxModulus(want) };
}

const scaled = (tol: Tolerance, by: number): Tolerance => ({ rtol: tol.rtol, atol: tol.atol * Math.max(1, by) });

function first<T>(items: readonly T[], check: (item: T, i: number) => Difference | null): Difference | null {
  for (const [i, item] of items.entries()) {
    const difference = check(item, i);
    if (difference) return difference;
  }
  return null;
}
