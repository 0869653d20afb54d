import { NotImplementedError, TorchTypeError, ValueError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { isLeaf, zeroGradients } from "../ops/autograd.js";
import { describe, isOptions } from "../ops/support.js";
import { copied, counter, isCounter, loaded, python, type StateValue } from "./state.js";

/** Options that every optimizer has; the rest is its own. */
export interface CommonOptions {
  lr: number;
  maximize?: boolean;
  /** Records the step itself: parameters may then be results of ops. */
  differentiable?: boolean;
}

/** Parameters with options of their own. */
export type ParamGroup<O extends CommonOptions = CommonOptions> = O & {
  params: Tensor[];
  /** Where schedulers start from; set by the first one. */
  initial_lr?: number;
};
type GivenGroup<O> = Partial<O> & { params: Tensor | Iterable<Tensor> };
/** Tensors, or groups of them; `model.parameters()` is such an iterable. */
export type Params<O> = Iterable<Tensor> | Iterable<GivenGroup<O>>;

export interface OptimizerStateDict {
  /** State by the number of the parameter, counted through all groups. */
  readonly state: ReadonlyMap<number, object> | Readonly<Record<string, object>>;
  readonly param_groups: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The base of all optimizers: groups of parameters with options, state per parameter, loading and saving. A subclass
 * defines `step`; if it treats every parameter alike, see RuleOptimizer.
 *
 * On the CPU a step counts denormal numbers (of float32: below 2^-126) as zero, which PyTorch's does not: where gradients
 * vanish, moments decay through them for hundreds of steps that would take several times as long.
 *
 * Source: torch.optim.Optimizer.
 */
export class Optimizer<O extends CommonOptions = CommonOptions, S extends object = object> {
  readonly param_groups: ParamGroup<O>[] = [];
  readonly state = new Map<Tensor, S>();
  readonly defaults: O;
  /** Whether `step` counts in a 0-dim tensor, as in checkpoints of PyTorch's Adam, or in a number. */
  protected readonly stepsInTensor: boolean = true;

  constructor(params: Params<O>, defaults: O) {
    this.defaults = defaults;
    if (params instanceof Tensor) {
      throw new TorchTypeError(
        this.name,
        "params argument given to the optimizer should be an iterable of Tensors or dicts, but got a Tensor",
      );
    }
    const given = [...params];
    if (given.length === 0) throw new ValueError(this.name, "optimizer got an empty parameter list");
    const groups = isOptions(given[0]) ? (given as GivenGroup<O>[]) : [{ params: given } as unknown as GivenGroup<O>];
    for (const group of groups) this.add_param_group(group);
  }

  protected get name(): string {
    return this.constructor.name;
  }

  /** One step, after `closure` has computed the loss anew and called backward, if it is given; returns the loss. */
  step<T = null>(_closure: (() => T) | null = null): T | null {
    throw new NotImplementedError(this.name, "an optimizer must define step(closure)");
  }

  /** Gradients become zeros, or null with `set_to_none`. Source: torch.optim.Optimizer.zero_grad. */
  zero_grad(set_to_none: boolean | { set_to_none?: boolean } = false): void {
    const drop = typeof set_to_none === "boolean" ? set_to_none : (set_to_none.set_to_none ?? false);
    for (const { params } of this.param_groups) zeroGradients(params, drop);
  }

  /** Adds parameters with options of their own; what is not given comes from the defaults. */
  add_param_group(param_group: GivenGroup<O>): void {
    if (!isOptions(param_group)) throw new TorchTypeError(this.name, "param group must be an object with `params`");
    const options: Record<string, unknown> = { ...param_group, params: this.checkedParams(param_group.params) };
    for (const [name, value] of Object.entries(this.defaults)) {
      options[name] ??= value;
      if (options[name] === undefined) {
        throw new ValueError(
          this.name,
          `parameter group didn't specify a value of required optimization parameter ${name}`,
        );
      }
    }
    const group = options as unknown as ParamGroup<O>;
    const known = new Set(this.param_groups.flatMap((g) => g.params));
    if (group.params.some((p) => known.has(p))) {
      throw new ValueError(this.name, "some parameters appear in more than one parameter group");
    }
    if (hasTwice(group))
      process.emitWarning(`${this.name}: optimizer contains a parameter group with duplicate parameters`);
    this.param_groups.push(group);
  }

  private checkedParams(given: Tensor | Iterable<Tensor>): Tensor[] {
    if (given instanceof Set) {
      throw new TorchTypeError(
        this.name,
        "optimizer parameters need to be organized in ordered collections; got a Set. Use an array instead",
      );
    }
    const params = given instanceof Tensor ? [given] : [...given];
    for (const theta of params) {
      if (!(theta instanceof Tensor)) {
        throw new TorchTypeError(
          this.name,
          `optimizer can only optimize Tensors, but one of the params is ${describe(theta)}`,
        );
      }
      if (this.defaults.differentiable !== true && !isLeaf(theta) && theta._extra?.retainsGrad !== true) {
        throw new ValueError(this.name, "can't optimize a non-leaf Tensor");
      }
    }
    return params;
  }

  /** Options and state, with parameters as numbers: what `torch.save` stores. Tensors are shared, not copied. */
  state_dict(): { state: Map<number, S>; param_groups: Record<string, unknown>[] } {
    const numbers = new Map<Tensor, number>();
    for (const { params } of this.param_groups)
      for (const p of params) if (!numbers.has(p)) numbers.set(p, numbers.size);
    return {
      state: new Map([...this.state].map(([theta, state]) => [numbers.get(theta)!, state])),
      param_groups: this.param_groups.map(({ params, ...options }) => ({
        ...options,
        params: params.map((p) => numbers.get(p)!),
      })),
    };
  }

  /**
   * Takes over options and a copy of the state. State is converted to the dtype of its parameter; parameters are matched
   * by their order. Throws where the groups have other sizes, before anything is changed.
   */
  load_state_dict(state_dict: OptimizerStateDict): void {
    const saved = state_dict.param_groups;
    if (saved.length !== this.param_groups.length) {
      throw new ValueError(
        this.name,
        `loaded state dict has a different number of parameter groups; got ${saved.length} for ${this.param_groups.length}`,
      );
    }
    const byNumber = new Map<number, Tensor>();
    saved.forEach(({ params }, g) => {
      const own = this.param_groups[g]!.params;
      const numbers = params as readonly number[];
      if (numbers.length !== own.length) {
        throw new ValueError(
          this.name,
          `loaded state dict contains a parameter group that doesn't match the size of optimizer's group; got ${numbers.length} for ${own.length}`,
        );
      }
      numbers.forEach((n, i) => byNumber.set(Number(n), own[i]!));
    });
    const entries = state_dict.state instanceof Map ? [...state_dict.state] : Object.entries(state_dict.state);
    const states = entries.flatMap(([number, values]): [Tensor, S][] => {
      const theta = byNumber.get(Number(number));
      return theta === undefined ? [] : [[theta, this.loadedState(theta, values)]];
    });
    for (const [theta, state] of states) this.checkState(theta, state);
    this.state.clear();
    for (const [theta, state] of states) this.state.set(theta, state);
    this.param_groups.forEach((group, g) => {
      const { params: _, ...options } = saved[g]!;
      Object.assign(group, copied(options));
    });
  }

  /** Throws where loaded state cannot belong to the parameter. */
  protected checkState(_theta: Tensor, _state: S): void {}

  private loadedState(theta: Tensor, values: object): S {
    const entries =
      values instanceof Map
        ? [...(values as Map<string, StateValue>)]
        : (Object.entries(values) as [string, StateValue][]);
    const convert = (name: string, value: StateValue): StateValue =>
      isCounter(name) ? counter(value as Tensor | number, this.stepsInTensor) : loaded(theta, value);
    return Object.fromEntries(entries.map(([name, value]) => [name, convert(name, value)])) as S;
  }

  toString(): string {
    const groups = this.param_groups.map(({ params: _, ...options }, i) => {
      const names = Object.keys(options).sort();
      const lines = names.map((name) => `    ${name}: ${python((options as Record<string, unknown>)[name])}\n`);
      return `\nParameter Group ${i}\n${lines.join("")}`;
    });
    return `${this.name} (${groups.join("")})`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Whether a parameter is listed twice: it is then stepped twice, one after the other. */
export function hasTwice({ params }: { readonly params: readonly Tensor[] }): boolean {
  return new Set(params).size !== params.length;
}
