import v8 from "node:v8";
import vm from "node:vm";
import { addon } from "./native.js";

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

/** A minor collection by this thread alone: to wake V8's helpers takes longer than their work, and they disturb kernels. */
function collectYoung(): void {
  v8.setFlagsFromString("--no-parallel-scavenge");
  try {
    collect!({ type: "minor" });
  } finally {
    v8.setFlagsFromString("--parallel-scavenge");
  }
}

const MB = 1 << 20;
/** A minor collection costs 0.1 to 0.8 ms, most of it misses of the cache: not worth it for less garbage. */
const SMALLEST_BUDGET = 16 * MB;
/** Nor for fewer results, up to some size: ops on large ones are not much slower than it, and find no warm memory. */
const FEWEST_BLOCKS = 16;
const FEW_BLOCKS_BUDGET = 64 * MB;
const LARGEST_BUDGET = 1024 * MB;
/** After so many collections without a backward pass no model is being trained. */
const LONGEST_STEP = 8;
/** Promoted garbage that is not worth a full collection, which costs about 20 ms. */
const TOLERATED = 32 * MB;

const isFarAbove = (live: number, before: number) => live > 1.25 * before + TOLERATED;

const collectors: Collector[] = [];

/**
 * When to ask V8 for a garbage collection, so that a plain synchronous loop runs in bounded memory and reuses blocks
 * while they are warm in the cache. V8 sees only the small JavaScript objects of tensors; left alone it would collect
 * after gigabytes of native memory.
 *
 * The time to collect is the beginning of a backward pass: the functions of the model have returned, so all that the graph
 * does not keep is garbage, and what it keeps is freed without a collection as the pass goes on (KeptStorage). Before
 * that, in the forward pass, most is alive: the budget until the next collection doubles while little of what was
 * allocated is garbage, to half of what is alive, and halves again where most of it is and nothing is trained. A full
 * collection follows where live memory has grown by a quarter: since the last backward pass, or, between passes, beyond
 * all that a full collection has ever found alive. It promotes all it finds, also what is garbage a step later: so what
 * is there at the next pass counts as alive.
 */
export class Collector {
  private budget = SMALLEST_BUDGET;
  private sinceLast = 0;
  private blocks = 0;
  /** What was taken since the last backward pass, and how often it was collected since. */
  private inStep = 0;
  private collections = 0;
  /** Live before a backward pass; null: not known since the last full collection. */
  private lowest: number | null = null;
  private highest = 0;

  /** `live` tells how many bytes tensors of the device hold. */
  constructor(private readonly live: () => number) {
    collectors.push(this);
  }

  /** `bytes` are taken. */
  note(bytes: number): void {
    this.sinceLast += bytes;
    this.inStep += bytes;
    this.blocks++;
  }

  /** `bytes` were given back without a collection. */
  released(bytes: number): void {
    this.sinceLast -= bytes;
    this.inStep -= bytes;
  }

  /** Called before `bytes` are allocated. */
  before(bytes: number): void {
    this.note(bytes);
    if (this.sinceLast > this.budget && (this.blocks > FEWEST_BLOCKS || this.sinceLast > FEW_BLOCKS_BUDGET)) {
      this.collectBetween();
    }
  }

  beforeBackward(): void {
    const step = this.inStep;
    this.inStep = this.collections = 0;
    if (collect === null || (step < SMALLEST_BUDGET && this.sinceLast + step <= this.budget)) return;
    collectYoung();
    this.sinceLast = this.blocks = 0;
    const live = this.live();
    const isGrown = this.lowest !== null && isFarAbove(live, this.lowest);
    if (isGrown) this.collectAll();
    this.lowest = isGrown ? null : Math.min(this.lowest ?? live, live);
  }

  private collectBetween(): void {
    if (collect === null) return;
    this.collections++;
    const before = this.live();
    collectYoung();
    const after = this.live();
    this.adapt((before - after) / this.sinceLast, after);
    this.sinceLast = this.blocks = 0;
    if (isFarAbove(after, this.highest)) this.collectAll();
  }

  private adapt(shareOfGarbage: number, live: number): void {
    let wanted = this.budget;
    if (shareOfGarbage < 0.5) wanted *= 2;
    else if (shareOfGarbage > 0.75 && this.collections > LONGEST_STEP) wanted /= 2;
    this.budget = Math.max(Math.min(wanted, live / 2, LARGEST_BUDGET), SMALLEST_BUDGET);
  }

  private collectAll(): void {
    collect!();
    this.highest = Math.max(this.highest, this.live());
  }
}

/** For the memory of the CPU. */
export const hostCollector = new Collector(() => addon!.memoryStats().in_use);

/** A backward pass is about to run that frees its graph. */
export function beforeBackward(): void {
  for (const collector of collectors) collector.beforeBackward();
}
