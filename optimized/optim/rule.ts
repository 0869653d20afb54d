import { enable_grad, set_grad_enabled } from "../autograd/grad_mode.js";
import { ShapeError, TorchError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import { isSparse } from "../core/sparse_storage.js";
import { Tensor } from "../core/tensor.js";
import "../sparse/rules.js"; // gradients may be sparse
import { asComplex, asReal, type NativeRule, Rows } from "./native.js";
import { type CommonOptions, hasTwice, Optimizer, type ParamGroup } from "./optimizer.js";
import { countStep, isCounter, type StateValue } from "./state.js";

/**
 * An optimizer that is one rule for every parameter: what state a parameter starts with (`init`), and how one step
 * changes parameter and state (`update`).
 *
 * Where `native` is given, float32 and float64 parameters of a group that lie densely in CPU memory are stepped in one
 * native call; the rest goes through `update`, which is the rule itself.
 */
export abstract class RuleOptimizer<O extends CommonOptions, S extends object> extends Optimizer<O, S> {
  protected readonly native: NativeRule<O, S> | null = null;

  /** State of a parameter that has never been stepped. */
  protected abstract init(theta: Tensor, options: O): S;

  /**
   * The rule: writes one step to `theta` and `state`, never to `grad`. `state.step`, where there is one, counts this step
   * already.
   */
  protected abstract update(theta: Tensor, grad: Tensor, state: S, options: O): void;

  /** Throws where the rule cannot take this gradient. */
  protected checkGradient(grad: Tensor): void {
    if (isSparse(grad)) throw new TorchError(this.name, `${this.name} does not support sparse gradients`);
  }

  /**
   * One step for every parameter with a gradient. `closure` computes the loss anew and calls backward; its result is
   * returned. Source: torch.optim.Optimizer.step.
   */
  override step<T = null>(closure: (() => T) | null = null): T | null {
    const loss = closure === null ? null : enable_grad(closure);
    this.checkGradients();
    const guard = set_grad_enabled(this.defaults.differentiable === true);
    try {
      for (const group of this.param_groups) this.stepGroup(group);
    } finally {
      guard[Symbol.dispose]();
    }
    return loss;
  }

  /** All of them, before the first parameter is stepped. */
  private checkGradients(): void {
    for (const { params } of this.param_groups) {
      for (const { _grad: grad } of params) if (grad !== null) this.checkGradient(grad);
    }
  }

  /** What a rule keeps is like its parameter, or one number; PyTorch notices another shape in the middle of a step. */
  protected override checkState(theta: Tensor, state: S): void {
    for (const [name, value] of Object.entries(state) as [string, StateValue][]) {
      if (!(value instanceof Tensor) || isCounter(name) || sameShape(value.shape, theta.shape)) continue;
      const shapes = { [name]: value.shape, parameter: theta.shape };
      throw new ShapeError(this.name, "loaded state must have the shape of its parameter", shapes);
    }
  }

  private stepGroup(group: ParamGroup<O>): void {
    const rows =
      this.native === null || group.differentiable === true || hasTwice(group) ? null : new Rows(this.native, group);
    for (const theta of group.params) {
      const grad = theta._grad;
      if (grad === null) continue;
      const state = this.stateOf(theta, group);
      if ("step" in state) countStep(state as { step: Tensor | number });
      if (rows?.add(theta, grad, state) === true) continue;
      if (theta.dtype.is_complex && !isSparse(grad)) this.updateComplex(theta, grad, state, group);
      else this.update(theta, grad, state, group);
    }
    rows?.run();
  }

  /** Real and imaginary parts are parameters of their own. */
  private updateComplex(theta: Tensor, grad: Tensor, state: S, options: O): void {
    const entries = Object.entries(state) as [string, StateValue][];
    const parts = Object.fromEntries(
      entries.map(([name, value]) => [name, value instanceof Tensor ? asReal(value) : value]),
    );
    const before = { ...parts };
    this.update(asReal(theta), asReal(grad), parts as S, options);
    for (const [name, value] of Object.entries(parts)) {
      if (value === before[name]) continue;
      Object.assign(state, { [name]: value instanceof Tensor ? asComplex(value, theta.dtype) : value });
    }
  }

  private stateOf(theta: Tensor, options: O): S {
    let state = this.state.get(theta);
    if (state === undefined) {
      state = this.init(theta, options);
      this.state.set(theta, state);
    }
    return state;
  }
}
