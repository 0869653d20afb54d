/** New arrays. Source: the torch function of the same name. The public `arange` picks int64 where all its numbers are whole. */

import { build, type DTypeName, full, isInteger, type NdArray } from "../array.js";

export { full } from "../array.js";

function requireSizes(op: string, shape: readonly number[]): void {
  if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new RangeError(`${op}: sizes must be whole and >= 0; got [${shape.join(", ")}]`);
  }
}

export function zeros(shape: readonly number[], dtype: DTypeName = "float32"): NdArray {
  requireSizes("zeros", shape);
  return full(shape, 0, dtype);
}

export function ones(shape: readonly number[], dtype: DTypeName = "float32"): NdArray {
  requireSizes("ones", shape);
  return full(shape, 1, dtype);
}

/**
 * start, start + step, start + 2·step, ... as long as they lie before `end`: ⌈(end − start) / step⌉ numbers.
 *
 * Each is start + i·step, not a running sum. For an integer dtype start and step lose their fractions: for int64 before
 * the numbers are counted, for narrower ones after, as in torch.
 * Throws RangeError if step is 0, leads away from `end`, or a bound is not finite.
 */
export function arange(start: number, end: number, step = 1, dtype: DTypeName = "float32"): NdArray {
  const stored = isInteger(dtype) ? Math.trunc : (value: number) => value;
  const counted = dtype === "int64" ? Math.trunc : (value: number) => value;
  const steps = (counted(end) - counted(start)) / counted(step);
  if (stored(step) === 0 || !Number.isFinite(start) || !Number.isFinite(end) || !(steps >= 0)) {
    throw new RangeError(`arange: start ${start} does not reach end ${end} in steps of ${step} (${dtype})`);
  }
  return build([Math.ceil(steps)], dtype, (_, i) => stored(start) + i * stored(step));
}

/**
 * `steps` numbers from start to end, both included, evenly spaced; only `start` if steps is 1. The second half is counted
 * from the end, so that `end` is exact. For an integer dtype start, end and then each number lose their fractions.
 * Throws RangeError unless steps is whole and >= 0.
 */
export function linspace(start: number, end: number, steps: number, dtype: DTypeName = "float32"): NdArray {
  requireSizes("linspace", [steps]);
  const stored = isInteger(dtype) ? (value: number) => Math.trunc(value) + 0 : (value: number) => value; // + 0: no −0
  const [first, last] = [stored(start), stored(end)];
  const step = (last - first) / (steps - 1);
  return build([steps], dtype, (_, i) => {
    if (steps === 1) return first;
    return stored(i < steps / 2 ? first + i * step : last - (steps - 1 - i) * step);
  });
}

/** 1 on the diagonal of an n × m matrix, 0 elsewhere. */
export function eye(n: number, m = n, dtype: DTypeName = "float32"): NdArray {
  requireSizes("eye", [n, m]);
  return build([n, m], dtype, ([row, column]) => Number(row === column));
}
