import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { BatchNorm } from "./batchnorm.js";
import type { Module } from "./module.js";
import { fieldOf, ownModules, setField } from "./module_state.js";

const sync = signature<
  [
    num_features: number,
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    track_running_stats?: boolean,
    process_group?: unknown,
    ...factory: Factory,
  ]
>()("SyncBatchNorm", 1, [
  "num_features",
  "eps",
  "momentum",
  "affine",
  "track_running_stats",
  "process_group",
  ...FACTORY,
]);

/**
 * Batch normalization over the batches of all processes. There is one process: it is BatchNorm for inputs of any rank.
 *
 * Shapes  input: [N, C, *] → the same
 * State   that of BatchNorm1d
 * Source  torch.nn.SyncBatchNorm, which refuses CPU tensors.
 */
export class SyncBatchNorm extends BatchNorm {
  process_group: unknown;

  constructor(...args: ArgumentsOf<typeof sync>) {
    const { num_features, process_group, ...values } = sync(args);
    super(num_features, values);
    this.process_group = process_group ?? null;
  }
  override forward(input: Tensor): Tensor {
    if (input.ndim < 2) {
      throw new ValueError(this._get_name(), `expected at least 2D input (got ${input.ndim}D input)`);
    }
    return this.normalize(input);
  }

  /** `module` with every batch normalization in it, itself too, replaced by one of this class with the same state. */
  static convert_sync_batchnorm(module: Module, process_group: unknown = null): Module {
    const result = module instanceof BatchNorm ? SyncBatchNorm.from(module, process_group) : module;
    for (const [name, child] of ownModules(module)) {
      setField(result, name, SyncBatchNorm.convert_sync_batchnorm(child, process_group));
    }
    return result;
  }

  private static from(norm: BatchNorm, process_group: unknown): SyncBatchNorm {
    const { num_features, eps, momentum, affine, track_running_stats } = norm;
    const result = new SyncBatchNorm(num_features, eps, momentum, affine, track_running_stats, process_group);
    for (const name of ["weight", "bias", "running_mean", "running_var", "num_batches_tracked", "training"]) {
      setField(result, name, fieldOf(norm, name));
    }
    return result;
  }
}
