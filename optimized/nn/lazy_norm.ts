import { int64 } from "../core/dtype.js";
import { TorchIndexError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { zeros } from "../ops/creation.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, type NormBase } from "./batchnorm.js";
import { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from "./instancenorm.js";
import { lazy } from "./lazy.js";
import { UninitializedBuffer, UninitializedParameter } from "./uninitialized.js";

/**
 * Normalizations whose num_features are the channels of their first input. Parameters and running statistics have no
 * shape before it; scale, shift and statistics are on by default, for InstanceNorm too. Source: torch.nn.
 */

const norm = signature<
  [eps?: number, momentum?: number | null, affine?: boolean, track_running_stats?: boolean, ...factory: Factory]
>()("LazyNorm", 0, ["eps", "momentum", "affine", "track_running_stats", ...FACTORY]);
type NormArguments = ArgumentsOf<typeof norm>;
type Values = ReturnType<typeof norm>;

/** The options of the module before its channels are known. */
const empty = (values: Values) => ({ ...values, num_features: 0, affine: false, track_running_stats: false });

function wait(module: NormBase, { affine = true, track_running_stats = true, ...factory }: Values): void {
  const options = { device: factory.device ?? null, dtype: factory.dtype ?? null };
  module.affine = affine;
  module.track_running_stats = track_running_stats;
  if (affine) {
    module.weight = new UninitializedParameter(options);
    module.bias = new UninitializedParameter(options);
  }
  if (!track_running_stats) return;
  module.running_mean = new UninitializedBuffer(options);
  module.running_var = new UninitializedBuffer(options);
  module.num_batches_tracked = zeros([], { dtype: int64, device: options.device });
}

function initialize(module: NormBase, input: Tensor): void {
  const channels = input.shape[1];
  if (channels === undefined) {
    throw new TorchIndexError(module._get_name(), "the channels are dim 1 of the input", { input: input.shape });
  }
  module.num_features = channels;
  const { weight, bias, running_mean, running_var } = module;
  for (const tensor of [weight, bias, running_mean, running_var]) {
    (tensor as UninitializedParameter | UninitializedBuffer | null)?.materialize([module.num_features]);
  }
  module.reset_parameters();
}

/** BatchNorm1d of as many channels as its first input has. */
export class LazyBatchNorm1d extends lazy(BatchNorm1d, initialize) {
  constructor(...args: NormArguments) {
    const values = norm(args);
    super(empty(values));
    wait(this, values);
  }
}
/** BatchNorm2d of as many channels as its first input has. */
export class LazyBatchNorm2d extends lazy(BatchNorm2d, initialize) {
  constructor(...args: NormArguments) {
    const values = norm(args);
    super(empty(values));
    wait(this, values);
  }
}
/** BatchNorm3d of as many channels as its first input has. */
export class LazyBatchNorm3d extends lazy(BatchNorm3d, initialize) {
  constructor(...args: NormArguments) {
    const values = norm(args);
    super(empty(values));
    wait(this, values);
  }
}
/** InstanceNorm1d of as many channels as its first input has. */
export class LazyInstanceNorm1d extends lazy(InstanceNorm1d, initialize) {
  constructor(...args: NormArguments) {
    const values = norm(args);
    super(empty(values));
    wait(this, values);
  }
}
/** InstanceNorm2d of as many channels as its first input has. */
export class LazyInstanceNorm2d extends lazy(InstanceNorm2d, initialize) {
  constructor(...args: NormArguments) {
    const values = norm(args);
    super(empty(values));
    wait(this, values);
  }
}
/** InstanceNorm3d of as many channels as its first input has. */
export class LazyInstanceNorm3d extends lazy(InstanceNorm3d, initialize) {
  constructor(...args: NormArguments) {
    const values = norm(args);
    super(empty(values));
    wait(this, values);
  }
}
