import type { Call } from "./workload.js";

/** How long calls take, in ms. */

/** The mean time of one of `count` calls. */
export function timeOf(call: Call, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) call();
  return (performance.now() - start) / count;
}

export interface Calibration {
  /** The very first call: memory is not there yet, V8 has not compiled anything. */
  readonly first_ms: number;
  readonly est_ms: number;
  /** So many calls take about as long as was asked for. */
  readonly k: number;
}

const SLOW = 3000; // such a call is not repeated to warm up
const BATCH = 20; // a batch of calls that takes this long is timed well
const SETTLED = 400; // V8 compiles hot code beside us, function by function: it is done when calls have not become faster for so long
const FASTER = 0.95;
const PATIENCE = 3000;

/** Warms up until the time of a call does not fall any more, and finds how many calls take `minMs`. */
export function calibrate(call: Call, minMs: number): Calibration {
  const first = timeOf(call, 1);
  let estimate = first;
  if (first < SLOW) {
    let best = Number.POSITIVE_INFINITY;
    const start = performance.now();
    let fastestAt = start;
    for (let count = 1; count < 1 << 20; ) {
      estimate = timeOf(call, count);
      const now = performance.now();
      if (estimate < FASTER * best) {
        best = estimate;
        fastestAt = now;
      }
      if (now - fastestAt > SETTLED || now - start > PATIENCE) break;
      const took = estimate * count;
      if (took < BATCH) count = Math.max(count + 1, Math.floor(count * Math.min(10, BATCH / Math.max(took, 1e-3))));
    }
  }
  const k = Math.round(minMs / Math.max(estimate, 1e-5));
  return { first_ms: first, est_ms: estimate, k: Math.min(Math.max(k, 1), 1_000_000) };
}
