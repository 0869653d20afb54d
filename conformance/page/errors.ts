import type { NdArray } from "../../reference/array.js";
import { roundTo } from "../../reference/index.js";
import { arraysIn, isFloat } from "../driver/arrays.js";
import { type Tolerance, ulp } from "../driver/close.js";
import { lift, lower, tensorsOf } from "../driver/lift.js";
import { callOf, resultsOf } from "../driver/run.js";
import type { Spec } from "../driver/spec.js";

/** How far from the reference the results of a call are at most. */

export interface LargestError {
  readonly ulps: number;
  readonly dtype: string;
}

/** The largest error over `draws`; null where no result is a float. What the floor of the spec allows is not counted. */
export function largestError(spec: Spec, draws: readonly (readonly unknown[])[]): LargestError | null {
  let largest: LargestError | null = null;
  for (const args of draws) {
    const { floor = 0 } = toleranceOf(spec, args);
    const want = resultsOf(spec, args);
    const got = tensorsOf(callOf(spec, lift(args) as unknown[])).map(lower);
    want.forEach((expected, k) => {
      const { dtype } = expected;
      if (!isFloat(dtype) && !dtype.startsWith("complex")) return;
      const ulps = ulpsBetween(got[k]!, expected, floor);
      if (largest === null || ulps > largest.ulps) largest = { ulps, dtype };
    });
  }
  return largest;
}

function toleranceOf({ tolerance }: Spec, args: readonly unknown[]): Tolerance {
  return typeof tolerance === "function" ? tolerance(...args) : tolerance;
}

/** Elements that are finite on both sides: that the others agree is what the tests of the specs hold. */
function ulpsBetween(got: NdArray, want: NdArray, floor: number): number {
  let most = 0;
  want.data.forEach((exact, i) => {
    const expected = roundTo(want.dtype, exact);
    const distance = Math.abs(got.data[i]! - expected) - floor;
    if (distance > 0 && Number.isFinite(distance)) most = Math.max(most, distance / ulp(expected, want.dtype));
  });
  return most;
}

/** Whether a call has arrays at all: functions that only make tensors have none. */
export function takesArrays(args: readonly unknown[]): boolean {
  return arraysIn(args).length > 0;
}
