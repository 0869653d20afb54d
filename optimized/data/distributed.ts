import { TorchError, ValueError } from "../core/errors.js";
import { signature } from "../ops/support.js";
import { Generator } from "../random/generator.js";
import { randomOrder } from "./dataset.js";
import { Sampler, type Sized } from "./sampler.js";

export interface DistributedSamplerOptions {
  /** How many processes share the data, and which of them this is. */
  num_replicas?: number | null;
  rank?: number | null;
  shuffle?: boolean;
  seed?: number;
  drop_last?: boolean;
}
const read = signature<DistributedSamplerOptions>("DistributedSampler", [
  "num_replicas",
  "rank",
  "shuffle",
  "seed",
  "drop_last",
]);

/**
 * Every num_replicas-th index, from `rank` on, of an order that all processes know: shuffled by seed + epoch. So that all
 * get the same number, the first indices are repeated at the end, or with `drop_last` the last left out.
 *
 * Source  torch.utils.data.distributed.DistributedSampler.
 */
export class DistributedSampler extends Sampler {
  readonly num_replicas: number;
  readonly rank: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly drop_last: boolean;
  epoch = 0;

  constructor(
    readonly dataset: Sized,
    ...args: readonly (number | boolean | null | DistributedSamplerOptions | undefined)[]
  ) {
    super();
    const { num_replicas = null, rank = null, shuffle = true, seed = 0, drop_last = false } = read(args);
    if (num_replicas === null || rank === null) {
      throw new TorchError("DistributedSampler", "there is no process group: pass num_replicas and rank");
    }
    if (!(rank >= 0 && rank < num_replicas)) {
      throw new ValueError(
        "DistributedSampler",
        `Invalid rank ${rank}, rank should be in the interval [0, ${num_replicas - 1}]`,
      );
    }
    this.num_replicas = num_replicas;
    this.rank = rank;
    this.shuffle = shuffle;
    this.seed = seed;
    this.drop_last = drop_last;
  }

  get num_samples(): number {
    const share = this.dataset.length / this.num_replicas;
    return this.drop_last ? Math.floor(share) : Math.ceil(share);
  }
  override get length(): number {
    return this.num_samples;
  }
  /** Chooses the order of the next iteration; call it with the same number in all processes. */
  set_epoch(epoch: number): void {
    this.epoch = epoch;
  }
  override *[Symbol.iterator](): Iterator<number> {
    const n = this.dataset.length;
    const order = this.shuffle ? randomOrder(n, new Generator().manual_seed(this.seed + this.epoch)) : null;
    for (let i = 0; i < this.num_samples; i++) {
      const at = (this.rank + i * this.num_replicas) % n;
      yield order === null ? at : order[at]!;
    }
  }
}
