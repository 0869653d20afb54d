import { Bench } from "tinybench";
import torch from "../optimized/index.js";
import { table } from "./worker/table.js";
import { calibrate } from "./worker/timing.js";
import { Unsupported, type Workload } from "./worker/workload.js";

/** Times of one call in ms. */
export interface Measurement {
  readonly median_ms: number;
  readonly min_ms: number;
  /** Median distance from the median. */
  readonly mad_ms: number;
  readonly samples: number;
}

const SAMPLE = 0.5; // ms; shorter calls are timed several at a time, or the clock would weigh in

/** Runs a workload of tstorch under tinybench for `time` ms, after a warm-up. */
export function measure({ name, op, p }: Workload, time: number): Measurement {
  const factory = table[op];
  if (factory === undefined) throw new Unsupported(`not implemented: ${op}`);
  torch.manual_seed(0);
  const call = factory(p);
  const { k, est_ms } = calibrate(call, SAMPLE);
  const iterations = Math.max(3, Math.min(16, Math.round((4 * time) / est_ms)));
  const bench = new Bench({ time, iterations, warmupTime: time / 4, warmupIterations: 1, throws: true });
  bench.add(name, () => {
    for (let i = 0; i < k; i++) call();
  });
  bench.runSync();
  const { result } = bench.tasks[0]!;
  if (result.state !== "completed") throw new Error(`${name}: tinybench gave no result (${result.state})`);
  const { p50, min, mad, samplesCount } = result.latency;
  return { median_ms: p50 / k, min_ms: min / k, mad_ms: mad / k, samples: samplesCount };
}
