import { TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import type { Module } from "./module.js";
import { ownBuffers, ownParameters, setField } from "./module_state.js";
import type { LoadReport, Metadata, StateDict } from "./state_dict.js";
import { is_lazy, UninitializedBuffer, type UninitializedParameter, withReadableShapes } from "./uninitialized.js";

type Resettable = Module & { reset_parameters(): void };
// biome-ignore lint/suspicious/noExplicitAny: the arguments of any module
export type ModuleClass<M extends Module = Module> = new (...args: any[]) => M;

/** What lazy modules have besides what they become. */
export interface LazyModule {
  /** Gives all parameters the shapes that the input asks for, and starting values. */
  initialize_parameters(input: Tensor): void;
  /** Whether parameters or buffers wait for their shapes. */
  has_uninitialized_params(): boolean;
}

function* waiting(module: Module): Generator<[string, UninitializedParameter | UninitializedBuffer]> {
  for (const [name, tensor] of [...ownParameters(module), ...ownBuffers(module)]) {
    if (is_lazy(tensor)) yield [name, tensor];
  }
}

/**
 * The class of modules that learn their input size from their first input: `initialize` makes the parameters of that
 * size, and the module becomes one of `Base`. Loading a state dict gives parameters their shapes too.
 *
 * Source  torch.nn.modules.lazy.LazyModuleMixin.
 */
export function lazy<M extends Resettable, C extends ModuleClass<M>>(
  Base: C,
  initialize: (module: M, input: Tensor) => void,
): ModuleClass<M & LazyModule> & { readonly cls_to_become: C } {
  class Lazy extends (Base as unknown as ModuleClass<Resettable>) implements LazyModule {
    static readonly cls_to_become = Base;

    has_uninitialized_params(): boolean {
      return !waiting(this).next().done;
    }
    initialize_parameters(input: Tensor): void {
      if (this.has_uninitialized_params()) initialize(this as unknown as M, input);
    }
    override reset_parameters(): void {
      if (!this.has_uninitialized_params()) super.reset_parameters();
    }
    override forward(...args: readonly [Tensor, ...unknown[]]): unknown {
      this.initialize_parameters(args[0]);
      if (this.has_uninitialized_params()) {
        throw new TorchError("", `module ${this._get_name()} has not been fully initialized`);
      }
      Object.setPrototypeOf(this, Base.prototype as object);
      return this.forward(...args);
    }

    override _apply(f: (tensor: Tensor) => Tensor): this {
      const buffers = [...waiting(this)].filter(([, tensor]) => tensor instanceof UninitializedBuffer);
      withReadableShapes(() => super._apply(f));
      for (const [name, before] of buffers) {
        const { device, dtype } = withReadableShapes(() => f(before));
        setField(this, name, new UninitializedBuffer({ device, dtype }));
      }
      return this;
    }
    override _save_to_state_dict(destination: StateDict, prefix: string, keep_vars: boolean): void {
      withReadableShapes(() => super._save_to_state_dict(destination, prefix, keep_vars));
      for (const [name, tensor] of waiting(this)) destination.set(prefix + name, tensor);
    }
    override _load_from_state_dict(
      state: Map<string, unknown>,
      prefix: string,
      metadata: Metadata,
      report: LoadReport,
    ): void {
      for (const [name, tensor] of waiting(this)) {
        const value = state.get(prefix + name);
        if (value instanceof Tensor && !is_lazy(value)) tensor.materialize(value.shape);
      }
      super._load_from_state_dict(state, prefix, metadata, report);
    }
  }
  return Lazy as unknown as ModuleClass<M & LazyModule> & { readonly cls_to_become: C };
}
