import { no_grad } from "../autograd/grad_mode.js";
import { type Device, device as toDevice } from "../core/device.js";
import { int64 } from "../core/dtype.js";
import { TorchTypeError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { BatchNorm } from "../nn/batchnorm.js";
import { deepcopy } from "../nn/deepcopy.js";
import { Module } from "../nn/module.js";
import { detach } from "../ops/autograd.js";
import { copy_ } from "../ops/copy.js";
import { zeros } from "../ops/creation.js";
import { arithmeticInplace, add, div, sub } from "../ops/arithmetic.js";
import { isOptions } from "../ops/support.js";
import { transfer } from "../ops/transfer.js";
import { item } from "../ops/values.js";

/** Averages of the weights of a model along its training. */

/** The new average of the old one, the model's present parameter, and how many were averaged before. */
export type AverageFunction = (averaged: Tensor, parameter: Tensor, num_averaged: Tensor) => Tensor;

/** averaged + (parameter − averaged)/(n + 1): the mean. */
const mean: AverageFunction = (averaged, parameter, n) => add(averaged, div(sub(parameter, averaged), add(n, 1)));

interface AveragedOptions {
  device?: Device | string | null;
  avg_fn?: AverageFunction | null;
  use_buffers?: boolean;
}

/**
 * A copy of `model` whose parameters are averages of those that `update_parameters` is shown; the first time it takes them
 * as they are. With `use_buffers` buffers are averaged too.
 *
 * State   module: the copy; n_averaged: [], int64
 * Source  torch.optim.swa_utils.AveragedModel.
 */
export class AveragedModel<M extends Module = Module> extends Module {
  readonly module: M;
  declare readonly n_averaged: Tensor;
  readonly avg_fn: AverageFunction;
  readonly use_buffers: boolean;

  constructor(
    model: M,
    device: Device | string | null | AveragedOptions = null,
    avg_fn: AverageFunction | null = null,
    use_buffers = false,
  ) {
    super();
    const o: AveragedOptions = isOptions(device)
      ? (device as AveragedOptions)
      : { device: device as Device, avg_fn, use_buffers };
    this.module = deepcopy(model);
    if (o.device != null) this.module.to(o.device);
    this.register_buffer("n_averaged", zeros([], { dtype: int64, device: o.device ?? null }));
    this.avg_fn = o.avg_fn ?? mean;
    this.use_buffers = o.use_buffers ?? false;
  }

  override forward(...args: readonly unknown[]): unknown {
    return (this.module as unknown as (...args: readonly unknown[]) => unknown)(...args);
  }

  /** Takes the present parameters of `model` into the averages. */
  update_parameters(model: Module): void {
    const own = [...this.module.parameters(), ...(this.use_buffers ? this.module.buffers() : [])];
    const others = [...model.parameters(), ...(this.use_buffers ? model.buffers() : [])];
    const first = item(this.n_averaged) === 0;
    no_grad(() => {
      own.forEach((averaged, i) => {
        const target = detach(averaged);
        const present = transfer(detach(others[i]!), averaged.device);
        copy_(target, first ? present : this.avg_fn(target, present, transfer(this.n_averaged, averaged.device)));
      });
      arithmeticInplace.add_(this.n_averaged, 1);
    });
  }
}

/**
 * Running statistics of the batch normalizations in `model` anew: means over one pass through `loader`, whose batches are
 * tensors or lists that begin with one. Source: torch.optim.swa_utils.update_bn.
 */
export function update_bn(
  loader: Iterable<Tensor | readonly unknown[]>,
  model: Module,
  device: Device | string | null = null,
): void {
  const norms = [...model.modules()].filter((module): module is BatchNorm => module instanceof BatchNorm);
  if (norms.length === 0) return;
  const training = model.training;
  const momenta = norms.map((norm) => norm.momentum);
  no_grad(() => {
    model.train();
    for (const norm of norms) {
      norm.reset_running_stats();
      norm.momentum = null; // a cumulative mean
    }
    for (const batch of loader) {
      const input = batch instanceof Tensor ? batch : batch[0];
      if (!(input instanceof Tensor))
        throw new TorchTypeError("update_bn", "a batch must be a tensor, or begin with one");
      (model as unknown as (input: Tensor) => unknown)(device === null ? input : transfer(input, toDevice(device)));
    }
  });
  norms.forEach((norm, i) => {
    norm.momentum = momenta[i]!;
  });
  model.train(training);
}
