import { TorchError, TorchTypeError } from "../../core/errors.js";
import { checkOptions, describe, isOptions } from "../../core/options.js";
import { Guard, scope } from "../grad_mode.js";
import { type EventList, EventLog, type FunctionEventAvg } from "./events.js";
import { activeRecorder, Recorder } from "./recorder.js";
import type { TableOptions } from "./table.js";

/** `torch.autograd.profiler`: where the time goes. */

export { EventList, FunctionEvent, FunctionEventAvg } from "./events.js";

export interface ProfileOptions {
  /** false: nothing is recorded. */
  enabled?: boolean;
  /** Whether events remember the shapes of their inputs. */
  record_shapes?: boolean;
  /** Whether the table tells how much memory ops took for their results. */
  profile_memory?: boolean;
  /** Accepted: times are those of the host. */
  use_cuda?: boolean;
  use_kineto?: boolean;
  with_stack?: boolean;
  with_flops?: boolean;
  with_modules?: boolean;
}

const OPTIONS = [
  "enabled",
  "record_shapes",
  "profile_memory",
  "use_cuda",
  "use_kineto",
  "with_stack",
  "with_flops",
  "with_modules",
];

/** A run of the profiler: it records from its start to `stop()`, or to the end of the scope (`using`). */
export class Profile {
  private readonly recorder: Recorder | null;
  private log: EventLog | null = null;

  constructor(
    { enabled = true, record_shapes = false, profile_memory = false }: ProfileOptions,
    private readonly withMemory = profile_memory,
  ) {
    this.recorder = enabled ? new Recorder(record_shapes, profile_memory) : null;
    this.recorder?.start();
  }

  stop(): void {
    if (this.log !== null) return;
    this.recorder?.stop();
    this.log = new EventLog(this.recorder?.events ?? [], this.withMemory);
  }
  [Symbol.dispose](): void {
    this.stop();
  }

  /** All events in the order of their starts. */
  get function_events(): EventLog {
    if (this.log === null) throw new TorchError("profile", "Profiler didn't finish running. Call stop() first");
    return this.log;
  }
  /** The events by name: `prof.key_averages().table({ sort_by: "self_cpu_time_total" })`. */
  key_averages(
    group_by_input_shape: boolean | { group_by_input_shape?: boolean } = false,
  ): EventList<FunctionEventAvg> {
    const options = typeof group_by_input_shape === "boolean" ? { group_by_input_shape } : group_by_input_shape;
    return this.function_events.key_averages(options);
  }
  total_average(): FunctionEventAvg {
    return this.function_events.total_average();
  }
  /** Every event in a table. */
  table(options: TableOptions = {}): string {
    return this.function_events.table(options);
  }
  export_chrome_trace(path: string): void {
    this.function_events.export_chrome_trace(path);
  }
  get self_cpu_time_total(): number {
    return this.function_events.self_cpu_time_total;
  }
  toString(): string {
    return this.log === null ? "<unfinished torch.autograd.profile>" : this.log.table();
  }
}

/**
 * Records every op, every node of backward, and the ranges of `record_function`, with their times:
 *
 *     const prof = profile({ profile_memory: true }, () => step());
 *     console.log(prof.key_averages().table({ sort_by: "self_cpu_time_total" }));
 *
 * or `const prof = profile(); ...; prof.stop()`. Ops are named as in the tables of PyTorch, "aten::mul"; those that consist of
 * other ops appear as these. While none runs, ops pay one comparison. Source: torch.autograd.profiler.profile.
 */
export function profile(f: () => unknown): Profile;
export function profile(options?: ProfileOptions | boolean, f?: () => unknown): Profile;
export function profile(options: ProfileOptions | boolean | (() => unknown) = {}, f?: () => unknown): Profile {
  if (typeof options === "function") return profile({}, options);
  const given = typeof options === "boolean" ? { enabled: options } : options;
  if (!isOptions(given)) throw new TorchTypeError("profile", `expected an object of options; got ${describe(given)}`);
  checkOptions("profile", given, OPTIONS);
  return during(new Profile(given), f);
}

/** Runs `f` until the end of the profile, if there is an `f`. */
export function during<P extends Profile>(running: P, f: (() => unknown) | undefined): P {
  if (f !== undefined) scope("profile", new Guard(() => running.stop()), f);
  return running;
}

/**
 * A range with a name in what the profiler records: `record_function("forward", () => ...)` or
 * `using range = record_function("forward")`. Source: torch.autograd.profiler.record_function.
 */
export function record_function(name: string): Guard;
export function record_function<T>(name: string, f: () => T): T;
export function record_function<T>(name: string, f?: () => T): T | Guard {
  if (typeof name !== "string")
    throw new TorchTypeError("record_function", `name must be a string; got ${describe(name)}`);
  const recorder = activeRecorder();
  recorder?.begin(name);
  return scope("record_function", new Guard(() => recorder?.end()), f);
}

/**
 * Does nothing: marks for NVIDIA's tools need their library, which this package does not load. Use `export_chrome_trace`.
 * Source: torch.autograd.profiler.emit_nvtx.
 */
export function emit_nvtx(): Guard;
export function emit_nvtx<T>(f: () => T): T;
export function emit_nvtx<T>(f?: () => T): T | Guard {
  process.emitWarning("emit_nvtx: there is no NVTX library in this package; nothing is marked");
  return scope("emit_nvtx", new Guard(() => {}), f);
}
