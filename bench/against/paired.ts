import { median } from "../format.js";
import { Unsupported, type Workload } from "../worker/workload.js";
import type { Opponent } from "./opponent.js";

export interface Pair {
  readonly ours_ms: number;
  readonly theirs_ms: number;
  /** Our time over theirs, round by round; the median counts. */
  readonly ratios: readonly number[];
}

/**
 * Both take turns, so that a slow phase of the machine hits both; who comes first changes every round. Gives the reason
 * instead where one of them cannot run the workload.
 */
export async function compare(
  workload: Workload,
  ours: Opponent,
  theirs: Opponent,
  { rounds, time }: { rounds: number; time: number },
): Promise<Pair | string> {
  try {
    await theirs.prepare(workload, time);
    await ours.prepare(workload, time);
    const times: { ours: number; theirs: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0 ? await ours.sample() : null;
      const other = await theirs.sample();
      times.push({ ours: first ?? (await ours.sample()), theirs: other });
    }
    return {
      ours_ms: median(times.map((t) => t.ours)),
      theirs_ms: median(times.map((t) => t.theirs)),
      ratios: times.map((t) => t.ours / t.theirs).sort((a, b) => a - b),
    };
  } catch (error) {
    if (error instanceof Unsupported) return error.message;
    throw new Error(`${workload.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    await ours.drop();
    await theirs.drop();
  }
}
