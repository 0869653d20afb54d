import { no_grad } from "../autograd/grad_mode.js";
import type { Device } from "../core/device.js";
import { float16, float32, int32 } from "../core/dtype.js";
import { AssertionError, TorchError, TorchTypeError, ValueError } from "../core/errors.js";
import { type Arguments, describe, signature } from "../core/options.js";
import { isSparse } from "../core/sparse_storage.js";
import { Tensor } from "../core/tensor.js";
import { fill_ } from "../ops/copy.js";
import { full } from "../ops/creation.js";
import { isfinite } from "../ops/comparison.js";
import { all } from "../ops/reduce.js";
import { mul } from "../ops/pointwise.js";
import { arithmeticInplace } from "../ops/arithmetic.js";
import { transfer } from "../ops/transfer.js";
import { item } from "../ops/values.js";
import { coalescedCoo } from "../sparse/coo.js";
import type { Optimizer } from "../optim/optimizer.js";

export interface GradScalerOptions {
  init_scale?: number;
  growth_factor?: number;
  backoff_factor?: number;
  growth_interval?: number;
  enabled?: boolean;
}

export interface GradScalerState {
  readonly scale: number;
  readonly growth_factor: number;
  readonly backoff_factor: number;
  readonly growth_interval: number;
  readonly _growth_tracker: number;
}

type AnyOptimizer = Pick<Optimizer, "param_groups" | "step">;
type Stage = "ready" | "unscaled" | "stepped";
interface OptimizerState {
  stage: Stage;
  /** Whether gradients were infinite or NaN, per device; what PyTorch keeps in tensors is known at once here. */
  foundInf: Map<Device, boolean>;
}

const read = signature<GradScalerOptions>("GradScaler", [
  "init_scale",
  "growth_factor",
  "backoff_factor",
  "growth_interval",
  "enabled",
]);

function infiniteIn(grads: readonly Tensor[]): boolean {
  return grads.some((g) => item(all(isfinite(g))) !== true);
}

/**
 * Keeps the gradients of a float16 model away from underflow: the loss is multiplied by a scale, the gradients divided by
 * it before the step. Steps with infinite or NaN gradients are skipped, and the scale adapts:
 *
 *     scale ← scale · backoff_factor    after a skipped step
 *     scale ← scale · growth_factor     after growth_interval steps in a row that were not
 *
 *     scaler.scale(loss).backward();
 *     scaler.step(optimizer);
 *     scaler.update();
 *
 * Unlike PyTorch's of version 1.13 it works on every device. Source: torch.cuda.amp.GradScaler.
 */
export class GradScaler {
  private readonly enabled: boolean;
  private initScale: number;
  private growthFactor: number;
  private backoffFactor: number;
  private growthInterval: number;
  private initGrowthTracker = 0;
  private scaleTensor: Tensor | null = null;
  private growthTracker: Tensor | null = null;
  private readonly perOptimizer = new Map<AnyOptimizer, OptimizerState>();

  constructor(
    ...args: Arguments<
      [
        init_scale?: number,
        growth_factor?: number,
        backoff_factor?: number,
        growth_interval?: number,
        enabled?: boolean,
      ],
      GradScalerOptions
    >
  ) {
    const o = read(args);
    const { init_scale = 2 ** 16, growth_factor = 2, backoff_factor = 0.5, growth_interval = 2000, enabled = true } = o;
    this.enabled = enabled;
    this.initScale = init_scale;
    this.growthFactor = growth_factor;
    this.backoffFactor = backoff_factor;
    this.growthInterval = growth_interval;
    if (!enabled) return;
    if (!(growth_factor > 1)) {
      throw new AssertionError("GradScaler", `The growth factor must be > 1.0; got ${growth_factor}`);
    }
    if (!(backoff_factor < 1)) {
      throw new AssertionError("GradScaler", `The backoff factor must be < 1.0; got ${backoff_factor}`);
    }
  }

  private stateOf(optimizer: AnyOptimizer): OptimizerState {
    const known = this.perOptimizer.get(optimizer) ?? { stage: "ready" as const, foundInf: new Map() };
    this.perOptimizer.set(optimizer, known);
    return known;
  }

  private started(op: string): { scale: Tensor; tracker: Tensor } {
    if (this.scaleTensor === null || this.growthTracker === null) {
      throw new AssertionError(
        op,
        "the scale is not there yet. This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration",
      );
    }
    return { scale: this.scaleTensor, tracker: this.growthTracker };
  }

  private start(device: Device): Tensor {
    this.growthTracker ??= full([1], this.initGrowthTracker, { dtype: int32, device });
    this.scaleTensor ??= full([1], this.initScale, { dtype: float32, device });
    return this.scaleTensor;
  }

  /** `outputs`, a tensor or nested lists of them, times the scale. */
  scale<T extends Tensor | readonly unknown[]>(outputs: T): T {
    if (!this.enabled) return outputs;
    if (outputs instanceof Tensor) {
      return mul(outputs, transfer(this.start(outputs.device), outputs.device)) as Tensor as T;
    }
    if (!Array.isArray(outputs)) {
      throw new ValueError("scale", `outputs must be a Tensor or a list of Tensors; got ${describe(outputs)}`);
    }
    return outputs.map((t) => this.scale(t)) as unknown as T;
  }

  /** Divides the gradients of the optimizer's parameters by the scale; `step` does it where it was not done before. */
  unscale_(optimizer: AnyOptimizer): void {
    if (!this.enabled) return;
    const { scale } = this.started("unscale_");
    const state = this.stateOf(optimizer);
    if (state.stage === "unscaled") {
      throw new TorchError("unscale_", "unscale_() has already been called on this optimizer since the last update().");
    }
    if (state.stage === "stepped") throw new TorchError("unscale_", "unscale_() is being called after step().");
    state.foundInf = this.unscale(optimizer, Math.fround(1 / (item(scale) as number)), false);
    state.stage = "unscaled";
  }

  private unscale(optimizer: AnyOptimizer, factor: number, allowFloat16: boolean): Map<Device, boolean> {
    const byDevice = new Map<Device, Tensor[]>();
    for (const { params } of optimizer.param_groups) {
      for (const { _grad: grad } of params) {
        if (grad === null) continue;
        if (!allowFloat16 && grad.dtype === float16) {
          throw new ValueError("unscale_", "Attempting to unscale FP16 gradients.");
        }
        byDevice.set(grad.device, [...(byDevice.get(grad.device) ?? []), grad]);
      }
    }
    return no_grad(() => {
      const found = new Map<Device, boolean>();
      for (const [device, grads] of byDevice) {
        found.set(device, infiniteIn(grads.map((g) => (isSparse(g) ? coalescedCoo("unscale_", g).values : g))));
        if (factor !== 1) for (const grad of grads) arithmeticInplace.mul_(grad, factor);
      }
      return found;
    });
  }

  /** `optimizer.step()` with unscaled gradients, unless one of them is infinite or NaN; returns what the step returns. */
  step<O extends AnyOptimizer>(optimizer: O, ...args: readonly unknown[]): ReturnType<O["step"]> | null {
    const step = optimizer.step.bind(optimizer) as (...args: readonly unknown[]) => ReturnType<O["step"]>;
    if (!this.enabled) return step(...args);
    if (args.some((a) => typeof a === "function")) {
      throw new TorchError("step", "Closure use is not currently supported if GradScaler is enabled.");
    }
    this.started("step");
    const state = this.stateOf(optimizer);
    if (state.stage === "stepped") {
      throw new TorchError("step", "step() has already been called since the last update().");
    }
    if (state.stage === "ready") this.unscale_(optimizer);
    if (state.foundInf.size === 0) {
      throw new AssertionError("step", "No inf checks were recorded for this optimizer.");
    }
    const result = [...state.foundInf.values()].some(Boolean) ? null : step(...args);
    state.stage = "stepped";
    return result;
  }

  /** Adapts the scale after the steps of an iteration, or sets it to `new_scale`. */
  update(new_scale: number | Tensor | null = null): void {
    if (!this.enabled) return;
    const { scale, tracker } = this.started("update");
    if (new_scale !== null) {
      if (new_scale instanceof Tensor && (new_scale._numel !== 1 || requires(new_scale))) {
        throw new AssertionError(
          "update",
          "new_scale should be a float or a 1-element Tensor with requires_grad=False.",
        );
      }
      fill_(scale, new_scale instanceof Tensor ? (item(new_scale) as number) : new_scale);
    } else this.adapt(scale, tracker);
    this.perOptimizer.clear();
  }

  private adapt(scale: Tensor, tracker: Tensor): void {
    const found = [...this.perOptimizer.values()].flatMap(({ foundInf }) => [...foundInf.values()]);
    if (found.length === 0) throw new AssertionError("update", "No inf checks were recorded prior to update.");
    if (found.some(Boolean)) {
      fill_(scale, (item(scale) as number) * this.backoffFactor);
      fill_(tracker, 0);
      return;
    }
    const successes = (item(tracker) as number) + 1;
    if (successes < this.growthInterval) {
      fill_(tracker, successes);
      return;
    }
    const grown = Math.fround((item(scale) as number) * this.growthFactor);
    if (Number.isFinite(grown)) fill_(scale, grown);
    fill_(tracker, 0);
  }

  get_scale(): number {
    if (!this.enabled) return 1;
    return this.scaleTensor === null ? this.initScale : (item(this.scaleTensor) as number);
  }
  get_growth_factor(): number {
    return this.growthFactor;
  }
  set_growth_factor(new_factor: number): void {
    this.growthFactor = new_factor;
  }
  get_backoff_factor(): number {
    return this.backoffFactor;
  }
  set_backoff_factor(new_factor: number): void {
    this.backoffFactor = new_factor;
  }
  get_growth_interval(): number {
    return this.growthInterval;
  }
  set_growth_interval(new_interval: number): void {
    this.growthInterval = new_interval;
  }
  /** @internal */
  _get_growth_tracker(): number {
    if (!this.enabled) return 0;
    return this.growthTracker === null ? this.initGrowthTracker : (item(this.growthTracker) as number);
  }
  is_enabled(): boolean {
    return this.enabled;
  }

  /** What `load_state_dict` takes; empty if disabled. */
  state_dict(): GradScalerState | Record<string, never> {
    if (!this.enabled) return {};
    return {
      scale: this.get_scale(),
      growth_factor: this.growthFactor,
      backoff_factor: this.backoffFactor,
      growth_interval: this.growthInterval,
      _growth_tracker: this._get_growth_tracker(),
    };
  }

  load_state_dict(state_dict: GradScalerState | Record<string, never>): void {
    if (!this.enabled) return;
    if (typeof state_dict !== "object" || state_dict === null) {
      throw new TorchTypeError("load_state_dict", `expected a state dict; got ${describe(state_dict)}`);
    }
    if (Object.keys(state_dict).length === 0) {
      throw new TorchError(
        "load_state_dict",
        "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler.",
      );
    }
    const saved = state_dict as GradScalerState;
    this.initScale = saved.scale;
    this.growthFactor = saved.growth_factor;
    this.backoffFactor = saved.backoff_factor;
    this.growthInterval = saved.growth_interval;
    this.initGrowthTracker = saved._growth_tracker;
    if (this.scaleTensor !== null) fill_(this.scaleTensor, saved.scale);
    if (this.growthTracker !== null) fill_(this.growthTracker, saved._growth_tracker);
  }
}

function requires(t: Tensor): boolean {
  return t._requiresGrad || t._node !== null;
}
