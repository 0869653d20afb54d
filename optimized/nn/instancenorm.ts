import type { Tensor } from "../core/tensor.js";
import { squeeze, unsqueeze } from "../ops/views.js";
import type { ArgumentsOf } from "./arguments.js";
import { NormBase, normArguments } from "./batchnorm.js";
import * as F from "./functional.js";
import type { LoadReport, Metadata } from "./state_dict.js";

abstract class InstanceNorm extends NormBase {
  constructor(...args: ArgumentsOf<typeof normArguments>) {
    super(normArguments(args), false);
  }

  /** `rank` is the number of dims with a batch; without one, a batch of one is made. */
  protected normalize(input: Tensor, rank: number): Tensor {
    this.expectDims(input, rank - 1, rank);
    return input.ndim === rank ? this.normalizeBatch(input) : squeeze(this.normalizeBatch(unsqueeze(input, 0)), 0);
  }

  private normalizeBatch(input: Tensor): Tensor {
    const { running_mean, running_var, weight, bias, training, track_running_stats, momentum, eps } = this;
    const useInput = training || !track_running_stats;
    return F.instance_norm(input, running_mean, running_var, weight, bias, useInput, momentum ?? 0, eps);
  }

  /** Files from before version 0.4 have running statistics that nobody uses any more. */
  override _load_from_state_dict(
    state: Map<string, unknown>,
    prefix: string,
    metadata: Metadata,
    report: LoadReport,
  ): void {
    const keys = ["running_mean", "running_var"].map((name) => prefix + name).filter((key) => state.has(key));
    if (metadata.version == null && !this.track_running_stats && keys.length > 0) {
      report.error_msgs.push(
        `Unexpected running stats buffer(s) ${keys.map((k) => `"${k}"`).join(" and ")} for ${this._get_name()} with ` +
          "track_running_stats=False. If the running stats are needed, set track_running_stats; else remove these " +
          "keys from state_dict.",
      );
      for (const key of keys) state.delete(key);
    }
    super._load_from_state_dict(state, prefix, metadata, report);
  }
}

/**
 * Normalizes each channel of each sample on its own; formula and state as BatchNorm1d, but by default without scale,
 * shift and running statistics.
 *
 * Shapes  input: [N, C, L] or [C, L] → the same
 * Source  torch.nn.InstanceNorm1d; Ulyanov, Vedaldi & Lempitsky (2016)
 */
export class InstanceNorm1d extends InstanceNorm {
  override forward(input: Tensor): Tensor {
    return this.normalize(input, 3);
  }
}

/** As InstanceNorm1d over [N, C, H, W] or [C, H, W]. Source: torch.nn.InstanceNorm2d. */
export class InstanceNorm2d extends InstanceNorm {
  override forward(input: Tensor): Tensor {
    return this.normalize(input, 4);
  }
}

/** As InstanceNorm1d over [N, C, D, H, W] or [C, D, H, W]. Source: torch.nn.InstanceNorm3d. */
export class InstanceNorm3d extends InstanceNorm {
  override forward(input: Tensor): Tensor {
    return this.normalize(input, 5);
  }
}
