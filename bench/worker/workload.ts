import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { packageRoot } from "../../optimized/core/native.js";

/** One line of workloads.json: an `op` of the table, with the parameters `p` that its factory reads. */
export interface Workload {
  readonly name: string;
  readonly op: string;
  readonly p: object;
  readonly group?: string;
  readonly threads?: readonly number[];
  readonly flops?: number;
  readonly bytes?: number;
  /** "process": measured from outside, in fresh processes. */
  readonly kind?: string;
}

/** What is timed. Its result is dropped, as a user's would be. */
export type Call = () => unknown;

/** Makes inputs, parameters and optimizers of a workload, and gives the call that is timed. */
// biome-ignore lint/suspicious/noExplicitAny: every factory names the parameters that it reads; JSON has no types
export type Factory = (p: any) => Call;
export type Table = Readonly<Record<string, Factory>>;

/** A workload that this library, or another one, cannot run. */
export class Unsupported extends Error {
  override readonly name = "Unsupported";
}

/** Where a harness keeps the list, it counts; our copy of it serves a lone clone. */
export function workloadsFile(): string {
  const own = resolve("workloads.json");
  return existsSync(own) ? own : join(packageRoot, "bench", "workloads.json");
}

export function readWorkloads(file = workloadsFile()): Workload[] {
  return (JSON.parse(readFileSync(file, "utf8")) as { workloads: Workload[] }).workloads;
}
