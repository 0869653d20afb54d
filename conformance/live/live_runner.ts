import type { Difference } from "../oracle/agreement.js";
import { runCase } from "../oracle/runner.js";
import type { RecordedCase } from "../oracle/files.js";
import type { Target } from "../oracle/target.js";
import type { Call } from "./calls.js";
import type { Program } from "./programs/program.js";
import { PyTorch } from "./pytorch.js";

/** What became of a call: PyTorch may refuse a dtype that we take. */
export type LiveOutcome =
  | { readonly status: "passed" | "refused" }
  | { readonly status: "failed"; readonly difference: Difference };

/** PyTorch 1.13 has no kernel for this dtype on the CPU, or no derivative: nothing to compare. */
const NOT_THERE =
  /not implemented for|not yet implemented|not implemented on|does not support|not supported for|unsupported (scalar|dtype|data)/i;

export class LiveRunner {
  private readonly pytorch: PyTorch;
  private readonly ready: Promise<string>;

  constructor(
    python: string,
    private readonly target: Target,
  ) {
    this.pytorch = new PyTorch(python);
    this.ready = this.pytorch.ready();
  }

  async run(call: Call | Program): Promise<LiveOutcome> {
    await this.ready;
    const complete = await this.pytorch.complete<RecordedCase & { raises?: string; message?: string }>(call);
    if ("steps" in call && complete.raises !== undefined) {
      return { status: "failed", difference: { path: "PyTorch", why: `${complete.raises}: ${complete.message}` } };
    }
    if (NOT_THERE.test(complete.message ?? "")) return { status: "refused" };
    const outcome = await runCase(this.target, complete);
    if (outcome.status === "passed") return { status: "passed" };
    if (outcome.status === "failed") return { status: "failed", difference: outcome.difference };
    return { status: "failed", difference: { path: "", why: JSON.stringify(outcome) } };
  }

  stop(): void {
    this.pytorch.stop();
  }
}
