import { allOps, ComputeOp, type Op } from "../../optimized/autograd/op.js";
import { ViewOp } from "../../optimized/autograd/view_op.js";
import type { Device } from "../../optimized/core/device.js";

/** Which op values run: a spec must run those that it is about. */

const seen = new Set<Op>();
const everSeen = new Set<Op>();
let installed = false;

/** From now on every op that runs on the CPU, and every view that is made, is noted. */
function install(): void {
  if (installed) return;
  installed = true;
  const run = ComputeOp.prototype.run;
  ComputeOp.prototype.run = function (
    this: ComputeOp<never, never>,
    device: Device,
    ...rest: [never, never, never]
  ): void {
    if (device.type === "cpu") seen.add(this as unknown as Op);
    run.call(this, device, ...rest);
  } as typeof run;
  for (const op of allOps) {
    if (!(op instanceof ViewOp)) continue;
    const def = op.def as { view: (...args: unknown[]) => unknown };
    const { view } = def;
    def.view = (...args) => {
      seen.add(op);
      return view(...args);
    };
  }
}

/** The op values that `f` runs. */
export function opsOf(f: () => void): ReadonlySet<Op> {
  install();
  seen.clear();
  f();
  for (const op of seen) everSeen.add(op);
  return new Set(seen);
}

/** The op values that no call of `opsOf` has run so far. */
export function neverRan(): Op[] {
  return allOps.filter((op) => !everSeen.has(op));
}
