import v8 from "node:v8";
import vm from "node:vm";
import { addon } from "./native.js";

/**
 * When to ask V8 for a garbage collection, so that a plain synchronous loop runs in bounded memory and reuses blocks
 * while they are warm in the cache. V8 sees only the small JavaScript objects of tensors; left alone it would collect
 * after gigabytes of native memory.
 *
 * A minor collection costs 0.1 to 0.6 ms. It is asked for after new blocks of half the memory that was alive after the last
 * one, within bounds: garbage is never much more than what lives, and blocks are used again soon. What a model keeps until
 * backward survives a few collections, and is promoted to the old generation; there a full collection frees it, once live
 * memory has grown by a quarter since the last one. The peak of a ResNet-18 step is then that of reference counting.
 */
const SMALLEST_BUDGET = 16 << 20;
const LARGEST_BUDGET = 64 << 20;
/** Promoted garbage that is not worth a full collection, which costs about 10 ms. */
const TOLERATED = 32 << 20;

type Collect = (options?: { type: "minor" }) => void;

/** `gc` of V8 without a command line flag. */
const collect: Collect | null = (() => {
  try {
    v8.setFlagsFromString("--expose-gc");
    return vm.runInNewContext("gc") as Collect;
  } catch {
    addon?.reportMemory(true); // V8's own heuristics remain
    return null;
  }
})();

let budget = SMALLEST_BUDGET;
let sinceLast = 0;
let liveAfterFull = 0;

/** `bytes` of memory were taken. */
export function noteAllocation(bytes: number): void {
  sinceLast += bytes;
}

const liveOnHost = () => addon!.memoryStats().in_use;

/** Called before `bytes` of host memory are allocated. */
export function collectIfDue(bytes: number): void {
  sinceLast += bytes;
  if (sinceLast > budget) dueForCollection(liveOnHost);
}

/** Collects if the budget is used up; `live` tells how much memory tensors hold. */
export function dueForCollection(live: () => number): void {
  if (sinceLast <= budget || collect === null) return;
  collect({ type: "minor" });
  let after = live();
  if (after > 1.25 * liveAfterFull + TOLERATED) {
    collect();
    after = liveAfterFull = live();
  }
  liveAfterFull = Math.min(liveAfterFull, after);
  budget = Math.min(Math.max(after / 2, SMALLEST_BUDGET), LARGEST_BUDGET);
  sinceLast = 0;
}
