/**
 * Elements in another order, repeated, joined or blanked out. Source: the torch function of the same name.
 *
 * Throws RangeError if a dim is not in [−rank, rank).
 */

import { build, type NdArray, normalizeDim, offsetOf, pick, ruleError, stridesOf } from "../array.js";
import { normalizeNewDim, reshape, unsqueeze } from "./shape.js";
import { normalizeDims } from "./slices.js";

/** x with the order along `dims` reversed. Throws RangeError if a dim occurs twice. */
export function flip(x: NdArray, dims: readonly number[]): NdArray {
  const reversed = dims.length === 0 ? [] : normalizeDims("flip", dims, x.shape);
  const strides = stridesOf(x.shape);
  return pick(x, x.shape, (index) =>
    offsetOf(
      index.map((i, d) => (reversed.includes(d) ? x.shape[d]! - 1 - i : i)),
      strides,
    ),
  );
}

/**
 * x moved by `shifts` places along `dims`; what leaves at one end comes in at the other. Without dims the shift is along
 * the flattened array. A dim may occur several times: the shifts add up.
 * Throws RangeError unless there are as many shifts as dims (one if there are no dims).
 */
export function roll(
  x: NdArray,
  shifts: number | readonly number[],
  dims: number | readonly number[] | null = null,
): NdArray {
  const by = typeof shifts === "number" ? [shifts] : shifts;
  const along = dims === null ? [] : typeof dims === "number" ? [dims] : dims;
  if (by.length !== (along.length || 1)) {
    throw ruleError("roll", `${by.length} shifts for ${along.length} dims`, { x }, "Give one shift per dim");
  }
  if (along.length === 0) return reshape(roll(reshape(x, [-1]), by, 0), x.shape);
  if (x.shape.length === 0) throw ruleError("roll", "a 0-dim array has no dim to roll", { x });
  const shift = x.shape.map(() => 0);
  along.forEach((dim, i) => {
    shift[normalizeDim("roll", dim, x.shape)]! += by[i]!;
  });
  const strides = stridesOf(x.shape);
  const source = (i: number, d: number) => (((i - shift[d]!) % x.shape[d]!) + x.shape[d]!) % x.shape[d]!;
  return pick(x, x.shape, (index) => offsetOf(index.map(source), strides));
}

/** x laid side by side `repeats[d]` times along dim d; extra numbers in front make new dims. */
export function repeat(x: NdArray, repeats: readonly number[]): NdArray {
  const lead = repeats.length - x.shape.length;
  if (lead < 0 || repeats.some((n) => n < 0)) {
    throw ruleError(
      "repeat",
      `repeats [${repeats.join(", ")}] must hold at least ${x.shape.length} numbers, all >= 0`,
      { x },
    );
  }
  const own = [...new Array<number>(lead).fill(1), ...x.shape];
  const strides = stridesOf(own);
  const shape = own.map((size, d) => size * repeats[d]!);
  return pick(x, shape, (index) =>
    offsetOf(
      index.map((i, d) => i % own[d]!),
      strides,
    ),
  );
}

/**
 * The arrays one after the other along `dim`. 1-d arrays of size 0 are left out, whatever the shape of the others.
 * Throws RangeError if the list is empty, an array is 0-dim, or sizes differ outside `dim`.
 */
export function cat(xs: readonly NdArray[], dim = 0): NdArray {
  const got = Object.fromEntries(xs.map((x, i) => [`#${i}`, x]));
  if (xs.length === 0) throw new RangeError("cat: the list is empty; give at least one array");
  if (xs.some((x) => x.shape.length === 0)) {
    throw ruleError("cat", "0-dim arrays cannot be joined", got, "Use stack, or reshape them to [1]");
  }
  const parts = xs.filter((x) => x.shape.length !== 1 || x.shape[0] !== 0);
  const first = parts[0];
  if (first === undefined) return { shape: [0], dtype: xs[0]!.dtype, data: new Float64Array(0) };
  const d = normalizeDim("cat", dim, first.shape);
  for (const part of parts) {
    if (part.shape.length !== first.shape.length || part.shape.some((n, i) => i !== d && n !== first.shape[i])) {
      throw ruleError("cat", `sizes must be equal except in dim ${d}`, got);
    }
  }
  const places = parts.flatMap((part) => {
    const strides = stridesOf(part.shape);
    return Array.from({ length: part.shape[d]! }, (_, at) => ({ data: part.data, strides, at }));
  });
  return build(first.shape.with(d, places.length), first.dtype, (index) => {
    const { data, strides, at } = places[index[d]!]!;
    return data[offsetOf(index.with(d, at), strides)]!;
  });
}

/** Arrays of one shape along a new dim. Throws RangeError if the list is empty or shapes differ. */
export function stack(xs: readonly NdArray[], dim = 0): NdArray {
  if (xs.length === 0) throw new RangeError("stack: the list is empty; give at least one array");
  if (xs.some((x) => x.shape.join() !== xs[0]!.shape.join())) {
    throw ruleError("stack", "shapes must be equal", Object.fromEntries(xs.map((x, i) => [`#${i}`, x])));
  }
  const at = normalizeNewDim("stack", dim, xs[0]!);
  return cat(
    xs.map((x) => unsqueeze(x, at)),
    at,
  );
}

/** The matrices in the last two dims with 0 above diagonal number `diagonal`. Throws RangeError for fewer than 2 dims. */
export function tril(x: NdArray, diagonal = 0): NdArray {
  return keepWhere("tril", x, (row, column) => column - row <= diagonal);
}

/** The matrices in the last two dims with 0 below diagonal number `diagonal`. Throws RangeError for fewer than 2 dims. */
export function triu(x: NdArray, diagonal = 0): NdArray {
  return keepWhere("triu", x, (row, column) => column - row >= diagonal);
}

function keepWhere(op: string, x: NdArray, keeps: (row: number, column: number) => boolean): NdArray {
  if (x.shape.length < 2) throw ruleError(op, "needs at least 2 dims", { x });
  return build(x.shape, x.dtype, (index, flat) => (keeps(index.at(-2)!, index.at(-1)!) ? x.data[flat]! : 0));
}
