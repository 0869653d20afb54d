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
const WARM = 400; // V8 compiles hot code beside us; where cores are busy that takes its time
const PATIENCE = 2000; // for code that still becomes faster

/** Warms up until the time of a call does not fall any more, and finds how many calls take `minMs`. */
export function calibrate(call: Call, minMs: number): Calibration {
  const first = timeOf(call, 1);
  let estimate = first;
  if (first < SLOW) {
    estimate = Math.min(first, timeOf(call, 1));
    const start = performance.now();
    const spent = () => performance.now() - start;
    const enough = Math.min(4 * minMs, WARM);
    let falling = false;
    for (let count = 1; (spent() < enough || (falling && spent() < PATIENCE)) && count < 1 << 20; ) {
      const before = estimate;
      estimate = timeOf(call, count);
      falling = estimate < 0.8 * before;
      const took = estimate * count;
      if (took < BATCH) count = Math.max(count + 1, Math.floor(count * Math.min(10, BATCH / Math.max(took, 1e-3))));
    }
  }
  const k = Math.round(minMs / Math.max(estimate, 1e-5));
  return { first_ms: first, est_ms: estimate, k: Math.min(Math.max(k, 1), 1_000_000) };
}
