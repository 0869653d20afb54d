import { checkOptions } from "../core/options.js";
import { during, Profile } from "../autograd/profiler/index.js";
import { activeRecorder } from "../autograd/profiler/recorder.js";

/** `torch.profiler`. */

export { record_function } from "../autograd/profiler/index.js";

/** What may be recorded; the host always is. Source: torch.profiler.ProfilerActivity. */
export const ProfilerActivity = { CPU: "CPU", CUDA: "CUDA" } as const;

export interface ProfilerOptions {
  activities?: readonly ("CPU" | "CUDA")[] | null;
  record_shapes?: boolean;
  profile_memory?: boolean;
  /** Called with the profiler when it has stopped. */
  on_trace_ready?: ((prof: Profiler) => void) | null;
  /** Accepted, as in autograd.profiler. */
  with_stack?: boolean;
  with_flops?: boolean;
  with_modules?: boolean;
}

const OPTIONS = [
  "activities",
  "record_shapes",
  "profile_memory",
  "on_trace_ready",
  "with_stack",
  "with_flops",
  "with_modules",
];

/** A run of torch.profiler, which also knows about steps. */
export class Profiler extends Profile {
  private steps = 0;
  private stopped = false;

  constructor(private readonly options: ProfilerOptions) {
    super(options);
    activeRecorder()?.begin("ProfilerStep#0");
  }
  /** Ends a step of a training loop: steps are ranges of their own. */
  step(): void {
    const recorder = activeRecorder();
    recorder?.end();
    this.steps++;
    recorder?.begin(`ProfilerStep#${this.steps}`);
  }
  events(): Profile["function_events"] {
    return this.function_events;
  }
  override stop(): void {
    super.stop();
    if (this.stopped) return;
    this.stopped = true;
    this.options.on_trace_ready?.(this);
  }
}

/** As autograd.profiler.profile, with `step()` and `on_trace_ready`. Source: torch.profiler.profile. */
export function profile(f: () => unknown): Profiler;
export function profile(options?: ProfilerOptions, f?: () => unknown): Profiler;
export function profile(options: ProfilerOptions | (() => unknown) = {}, f?: () => unknown): Profiler {
  if (typeof options === "function") return profile({}, options);
  checkOptions("profile", options, OPTIONS);
  return during(new Profiler(options), f);
}
