/** Differences of neighbours. Source: torch.diff. */

import { map, type NdArray, normalizeDim, zip } from "../array.js";
import { sub } from "./arithmetic.js";
import { cat } from "./rearrange.js";
import { narrow } from "./shape.js";

/** Both ends of each step along `dim`: all elements but the last, and all but the first. */
export function neighbours(x: NdArray, dim: number): [left: NdArray, right: NdArray] {
  const steps = Math.max(x.shape[dim]! - 1, 0);
  return [narrow(x, dim, 0, steps), narrow(x, dim, x.shape[dim]! - steps, steps)];
}

/**
 * y_i = x_{i+1} − x_i along `dim`, n times, after `prepend` and `append` were joined to x; of bools: whether they differ.
 *
 * x       (…, L, …), at least one dim
 * returns (…, max(L + joined − n, 0), …)
 */
export function diff(
  x: NdArray,
  n = 1,
  dim = -1,
  prepend: NdArray | null = null,
  append: NdArray | null = null,
): NdArray {
  const d = normalizeDim("diff", dim, x.shape);
  if (n <= 0) return n === 0 ? map(x, (value) => value) : x;
  let result = cat(
    [prepend, x, append].filter((part) => part !== null),
    d,
  );
  for (let i = Math.min(n, result.shape[d]!); i > 0; i--) {
    const [left, right] = neighbours(result, d);
    result = x.dtype === "bool" ? zip("diff", right, left, (a, b) => Number(a !== b)) : sub(right, left);
  }
  return result;
}
