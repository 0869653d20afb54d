import torch from "../../optimized/index.js";
import { calibrate, type Calibration, timeOf } from "./timing.js";
import { type Call, type Table, Unsupported, type Workload } from "./workload.js";

const collectGarbage: () => void = (globalThis as { gc?: () => void }).gc ?? (() => {});

/** Holds one prepared workload at a time and times it. */
export class Runner {
  private call: Call | null = null;
  private k = 1;

  constructor(private readonly table: Table) {}

  /** Makes the inputs from seed 0, warms up and chooses how many calls a sample has. */
  prepare({ op, p }: Pick<Workload, "op" | "p">, minMs: number): Calibration {
    this.drop();
    const factory = this.table[op];
    if (factory === undefined) throw new Unsupported(`not implemented: ${op}`);
    torch.manual_seed(0);
    this.call = factory(p);
    const calibration = calibrate(this.call, minMs);
    this.k = calibration.k;
    return calibration;
  }

  /** The mean time of one call, in ms. */
  sample(): number {
    if (this.call === null) throw new Error("no workload is prepared");
    return timeOf(this.call, this.k);
  }

  /** Not before every sample: a full collection shrinks V8's young generation, and what follows runs slower for a while. */
  drop(): void {
    this.call = null;
    collectGarbage();
  }
}
