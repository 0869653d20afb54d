import { no_grad } from "../autograd/grad_mode.js";
import { int64 } from "../core/dtype.js";
import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { fill_, zero_ } from "../ops/copy.js";
import { empty, ones, zeros } from "../ops/creation.js";
import { arithmeticInplace } from "../ops/arithmetic.js";
import { item } from "../ops/values.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import * as F from "./functional.js";
import { ones_, zeros_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { float, python } from "./repr.js";
import type { LoadReport, Metadata } from "./state_dict.js";

export const normArguments = signature<
  [
    num_features: number,
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    track_running_stats?: boolean,
    ...factory: Factory,
  ]
>()("BatchNorm", 1, ["num_features", "eps", "momentum", "affine", "track_running_stats", ...FACTORY]);

/** What batch and instance normalization share: scale, shift and running statistics of each channel. */
export abstract class NormBase extends Module {
  num_features: number;
  eps: number;
  /** Weight of the newest batch in the running statistics; null: all batches weigh the same. */
  momentum: number | null;
  affine: boolean;
  track_running_stats: boolean;
  weight: Parameter | null;
  bias: Parameter | null;
  declare running_mean: Tensor | null;
  declare running_var: Tensor | null;
  declare num_batches_tracked: Tensor | null;

  constructor(values: ReturnType<typeof normArguments>, usual: boolean) {
    super();
    const {
      num_features,
      eps = 1e-5,
      momentum = 0.1,
      affine = usual,
      track_running_stats = usual,
      device,
      dtype,
    } = values;
    this.num_features = num_features;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.track_running_stats = track_running_stats;
    const make = () => new Parameter(empty([num_features], { device, dtype }));
    this.weight = affine ? make() : null;
    this.bias = affine ? make() : null;
    const buffer = (name: string, value: () => Tensor) =>
      this.register_buffer(name, track_running_stats ? value() : null);
    buffer("running_mean", () => zeros([num_features], { device, dtype }));
    buffer("running_var", () => ones([num_features], { device, dtype }));
    buffer("num_batches_tracked", () => zeros([], { device, dtype: int64 }));
    this.reset_parameters();
  }

  override get _version(): number {
    return 2;
  }
  reset_running_stats(): void {
    if (!this.track_running_stats) return;
    zero_(this.running_mean!);
    fill_(this.running_var!, 1);
    zero_(this.num_batches_tracked!);
  }
  reset_parameters(): void {
    this.reset_running_stats();
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  protected expectDims(input: Tensor, ...dims: readonly number[]): void {
    if (dims.includes(input.ndim)) return;
    const expected = dims.map((d) => `${d}D`).join(" or ");
    throw new ValueError(this._get_name(), `expected ${expected} input (got ${input.ndim}D input)`);
  }

  /** Files of version 1 do not count batches. */
  override _load_from_state_dict(
    state: Map<string, unknown>,
    prefix: string,
    metadata: Metadata,
    report: LoadReport,
  ): void {
    const key = `${prefix}num_batches_tracked`;
    if ((metadata.version ?? 0) < 2 && this.track_running_stats && !state.has(key)) {
      state.set(key, zeros([], { dtype: int64 }));
    }
    super._load_from_state_dict(state, prefix, metadata, report);
  }

  override extra_repr(): string {
    const { num_features, eps, momentum, affine, track_running_stats } = this;
    return (
      `${num_features}, eps=${float(eps)}, momentum=${float(momentum)}, affine=${python(affine)}, ` +
      `track_running_stats=${python(track_running_stats)}`
    );
  }
}

export abstract class BatchNorm extends NormBase {
  constructor(...args: ArgumentsOf<typeof normArguments>) {
    super(normArguments(args), true);
  }

  /** Counts the batch; gives the weight that it has in the running statistics. */
  private countBatch(): number {
    const { momentum, num_batches_tracked } = this;
    if (!this.training || !this.track_running_stats || num_batches_tracked === null) return momentum ?? 0;
    no_grad(() => arithmeticInplace.add_(num_batches_tracked, 1));
    return momentum ?? 1 / Number(item(num_batches_tracked));
  }

  protected normalize(input: Tensor): Tensor {
    const weightOfBatch = this.countBatch();
    const { running_mean, running_var, training } = this;
    const useBatch = training || (running_mean === null && running_var === null);
    // In training, statistics that are not tracked must not be changed.
    const keep = !training || this.track_running_stats;
    return F.batch_norm(
      input,
      keep ? running_mean : null,
      keep ? running_var : null,
      this.weight,
      this.bias,
      useBatch,
      weightOfBatch,
      this.eps,
    );
  }
}

/**
 * Normalizes each channel over the batch, then scales and shifts.
 *
 *     y = (x − E[x]) / √(Var[x] + eps) · weight + bias
 *
 * In training E and Var (with divisor n) are those of the batch, and the running statistics take them in (Var with
 * divisor n − 1): running ← (1 − momentum) · running + momentum · new. In evaluation E and Var are the running
 * statistics.
 *
 * Shapes  input: [N, C] or [N, C, L], C = num_features → the same
 * State   weight: [C], starts at 1; bias: [C], at 0 (both null unless affine); running_mean: [C], at 0; running_var:
 *         [C], at 1; num_batches_tracked: [], int64 (null unless track_running_stats)
 * Source  torch.nn.BatchNorm1d; Ioffe & Szegedy (2015)
 */
export class BatchNorm1d extends BatchNorm {
  override forward(input: Tensor): Tensor {
    this.expectDims(input, 2, 3);
    return this.normalize(input);
  }
}

/** As BatchNorm1d over [N, C, H, W]. Source: torch.nn.BatchNorm2d. */
export class BatchNorm2d extends BatchNorm {
  override forward(input: Tensor): Tensor {
    this.expectDims(input, 4);
    return this.normalize(input);
  }
}

/** As BatchNorm1d over [N, C, D, H, W]. Source: torch.nn.BatchNorm3d. */
export class BatchNorm3d extends BatchNorm {
  override forward(input: Tensor): Tensor {
    this.expectDims(input, 5);
    return this.normalize(input);
  }
}
