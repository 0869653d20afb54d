import torch from "../../optimized/index.js";
import { Runner } from "../worker/runner.js";
import { table } from "../worker/table.js";
import type { Workload } from "../worker/workload.js";

/** Whoever runs the same workloads. Preparing throws `Unsupported` for what it cannot run. */
export interface Opponent {
  readonly name: string;
  prepare(workload: Workload, minMs: number): void | Promise<void>;
  /** The mean time of one call over about `minMs`, in ms. */
  sample(): number | Promise<number>;
  drop(): void | Promise<void>;
  close(): void;
}

/** tstorch itself, on one of its devices. */
export function onDevice(name: string, device: "cpu" | "reference"): Opponent {
  const runner = new Runner(table);
  const there = <T>(f: () => T): T => {
    const before = torch.get_default_device();
    torch.set_default_device(device);
    try {
      return f();
    } finally {
      torch.set_default_device(before);
    }
  };
  return {
    name,
    prepare: (workload, minMs) => void there(() => runner.prepare(workload, minMs)),
    sample: () => there(() => runner.sample()),
    drop: () => runner.drop(),
    close: () => {},
  };
}
