import fc from "fast-check";
import { withFloats } from "../driver/arrays.js";
import { checkGradient, checkSecondGradient } from "../driver/gradients.js";
import type { Spec } from "../driver/spec.js";

/** Which orders of derivatives of the draws are right, by central differences, or why there are none. */
export function derivatives(spec: Spec, runs: number, seed: number): string {
  if ("skip" in spec.smooth) return spec.smooth.skip;
  return ["wrong", "1", "1, 2"][order(spec, runs, seed, spec.smooth)]!;
}

function order(spec: Spec, runs: number, seed: number, smooth: fc.Arbitrary<readonly unknown[]>): 0 | 1 | 2 {
  const draws = fc.sample(smooth, { numRuns: runs, seed }).map((args) => withFloats(args, "float64"));
  if (!draws.every((args) => holds(() => checkGradient(spec, args)))) return 0;
  if (spec.skipSecond !== undefined) return 1;
  return draws.every((args) => holds(() => checkSecondGradient(spec, args))) ? 2 : 1;
}

function holds(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
