import { readFileSync } from "node:fs";
import { type Factory, type Table, Unsupported, type Workload } from "./workload.js";

/** Peak memory of a training run, in a process of its own: the `memory` rows. */

const megabytes = (bytes: number) => Math.round((bytes / 2 ** 20) * 10) / 10;

/** The most memory that this process ever had (VmHWM is in kB). */
function peak(): number {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return megabytes(Number(kilobytes) * 1024);
}

const TRAINED: Readonly<Record<string, string>> = {
  "mem.mlp": "train/mlp_b128_adam",
  "mem.resnet": "train/resnet18_32_b32_sgd",
};

export interface MemoryReport {
  readonly value: number;
  readonly unit: "MB";
  readonly rss_start_mb: number;
  readonly rss_mb: Readonly<Record<number, number>>;
  readonly growth_mb: number;
}

/** Runs the steps of `workload` and reads the resident memory at its two marks. */
export function measureMemory(workload: Workload, all: readonly Workload[], table: Table): MemoryReport {
  const trained = all.find(({ name }) => name === TRAINED[workload.op]);
  const factory: Factory | undefined = trained && table[trained.op];
  if (trained === undefined || factory === undefined) throw new Unsupported(`not implemented: ${workload.op}`);
  const { steps, marks } = workload.p as { steps: number; marks: [number, number] };
  const start = megabytes(process.memoryUsage.rss());
  const step = factory(trained.p);
  const rss: Record<number, number> = {};
  for (let i = 1; i <= steps; i++) {
    step();
    if (marks.includes(i)) rss[i] = megabytes(process.memoryUsage.rss());
  }
  const growth = Math.round((rss[marks[1]]! - rss[marks[0]]!) * 10) / 10;
  return { value: peak(), unit: "MB", rss_start_mb: start, rss_mb: rss, growth_mb: growth };
}
