import { no_grad } from "../autograd/grad_mode.js";
import { RemovableHandle } from "../autograd/node.js";
import type { Device } from "../core/device.js";
import { device as toDevice } from "../core/device.js";
import { bfloat16, DType, float16, float32, float64 } from "../core/dtype.js";
import {
  AttributeError,
  KeyError,
  NotImplementedError,
  TorchError,
  TorchTypeError,
  ValueError,
} from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { assignData, setRequiresGrad, zeroGradients } from "../ops/autograd.js";
import { contiguous, type MemoryFormat, to } from "../ops/copy.js";
import { empty_like } from "../ops/creation.js";
import { describe } from "../ops/support.js";
import { transfer } from "../ops/transfer.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import {
  addBackwardHook,
  type BackwardHook,
  callWithHooks,
  type ForwardHook,
  type ForwardPreHook,
  globalHooks,
  ModuleHooks,
} from "./hooks.js";
import {
  fieldOf,
  isModule,
  type ModuleState,
  namedMembers,
  ownBuffers,
  ownModules,
  ownParameters,
  setField,
  STATE,
  stateOf,
} from "./module_state.js";
import { Parameter } from "./parameter.js";
import { reprOf } from "./repr.js";
import {
  type IncompatibleKeys,
  type LoadHook,
  type LoadPostHook,
  loadOwnState,
  type LoadReport,
  loadState,
  type Metadata,
  type SaveHook,
  saveOwnState,
  saveState,
  StateDict,
  type StateSource,
} from "./state_dict.js";

const named = signature<[prefix?: string, recurse?: boolean]>()("named_parameters", 0, ["prefix", "recurse"]);
const recursing = signature<[recurse?: boolean]>()("parameters", 0, ["recurse"]);
const modulesNamed = signature<[memo?: Set<Module> | null, prefix?: string, remove_duplicate?: boolean]>()(
  "named_modules",
  0,
  ["memo", "prefix", "remove_duplicate"],
);
const buffer = signature<[name: string, tensor: Tensor | null, persistent?: boolean]>()("register_buffer", 2, [
  "name",
  "tensor",
  "persistent",
]);
const saving = signature<[destination?: StateDict | null, prefix?: string, keep_vars?: boolean]>()("state_dict", 0, [
  "destination",
  "prefix",
  "keep_vars",
]);

export interface MoveOptions {
  device?: Device | string | null;
  dtype?: DType | null;
  non_blocking?: boolean;
  memory_format?: MemoryFormat;
}

/** A function object with `prototype` in place of that of functions; calling it runs `forward` and the hooks. */
export function callableModule(prototype: object): Module {
  const state: ModuleState = { buffers: new Map(), hooks: null };
  const self = ((...args: readonly unknown[]): unknown =>
    state.hooks === null && globalHooks.hooks === null
      ? self.forward(...args)
      : callWithHooks(self, state.hooks, args)) as Module;
  // `name` and `length` of functions would look like fields of the module.
  const fields = self as { name?: string; length?: number };
  delete fields.name;
  delete fields.length;
  Object.defineProperty(self, STATE, { value: state });
  self.training = true;
  return Object.setPrototypeOf(self, prototype) as Module;
}

/** Calling a module is calling its `forward`, with its types. */
export interface Module {
  (...args: Parameters<this["forward"]>): ReturnType<this["forward"]>;
}

/**
 * The base of all modules: subclass it, make parameters and submodules as fields, and define `forward`.
 *
 *     class Net extends nn.Module {
 *       readonly fc1 = new nn.Linear(4, 8);
 *       readonly fc2 = new nn.Linear(8, 2);
 *       override forward(x: Tensor): Tensor { return this.fc2(F.relu(this.fc1(x))); }
 *     }
 *     const net = new Net();
 *     const y = net(x);
 *
 * Fields are the state: those whose value is a Parameter or a Module belong to the module, in the order in which they
 * were defined; buffers are made by `register_buffer`, declared with `declare readonly running_mean: Tensor`.
 *
 * Source  torch.nn.Module.
 */
export class Module {
  /** @internal */ declare readonly [STATE]: ModuleState;
  /** Whether modules such as Dropout and BatchNorm behave as in training. */
  declare training: boolean;

  constructor() {
    return callableModule(new.target.prototype as object);
  }

  // biome-ignore lint/suspicious/noExplicitAny: what some module takes and gives is only known at run time
  forward(..._args: any[]): any {
    throw new NotImplementedError(
      this._get_name(),
      `Module [${this._get_name()}] is missing the required "forward" function`,
    );
  }

  /** @internal The version of the state dict; loading looks at it. */
  get _version(): number {
    return 1;
  }
  _get_name(): string {
    return this.constructor.name;
  }

  // --- Registration

  /** A field that is part of the state, but not trained; with `persistent` it is saved. */
  register_buffer(...args: ArgumentsOf<typeof buffer>): void {
    const { name, tensor, persistent = true } = buffer(args);
    const { buffers } = stateOf(this);
    this.checkName("buffer", name, buffers.has(name));
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw new TorchTypeError(
        "register_buffer",
        `cannot assign ${describe(tensor)} to buffer '${name}' (torch Tensor or null required)`,
      );
    }
    buffers.set(name, persistent);
    setField(this, name, tensor);
  }

  /** The same as assigning the field, for names that are known at run time only. */
  register_parameter(name: string, param: Parameter | null): void {
    this.checkName("parameter", name, fieldOf(this, name) instanceof Parameter);
    if (param !== null && !(param instanceof Parameter)) {
      throw new TorchTypeError(
        "register_parameter",
        `cannot assign ${describe(param)} to parameter '${name}' (torch.nn.Parameter or null required)`,
      );
    }
    setField(this, name, param);
  }

  /** The same as assigning the field, for names that are known at run time only. */
  add_module(name: string, module: Module | null): void {
    if (module !== null && !isModule(module)) {
      throw new TorchTypeError("add_module", `${describe(module)} is not a Module subclass`);
    }
    this.checkName("module", name, isModule(fieldOf(this, name)));
    setField(this, name, module);
  }
  register_module(name: string, module: Module | null): void {
    this.add_module(name, module);
  }

  private checkName(what: string, name: string, known: boolean): void {
    if (typeof name !== "string")
      throw new TorchTypeError("", `${what} name should be a string. Got ${describe(name)}`);
    if (name.includes(".")) throw new KeyError("", `${what} name can't contain "."; got '${name}'`);
    if (name === "") throw new KeyError("", `${what} name can't be empty string ""`);
    if (!known && fieldOf(this, name) != null) throw new KeyError("", `attribute '${name}' already exists`);
  }

  // --- Members

  *parameters(...args: ArgumentsOf<typeof recursing>): Generator<Parameter> {
    const { recurse = true } = recursing(args);
    for (const [, parameter] of namedMembers(this, ownParameters, "", recurse)) yield parameter;
  }
  /** Parameters with their full names, such as "layers.0.weight"; one that is shared comes once. */
  named_parameters(...args: ArgumentsOf<typeof named>): Generator<[string, Parameter]> {
    const { prefix = "", recurse = true } = named(args);
    return namedMembers(this, ownParameters, prefix, recurse);
  }
  *buffers(...args: ArgumentsOf<typeof recursing>): Generator<Tensor> {
    const { recurse = true } = recursing(args);
    for (const [, value] of namedMembers(this, ownBuffers, "", recurse)) yield value;
  }
  named_buffers(...args: ArgumentsOf<typeof named>): Generator<[string, Tensor]> {
    const { prefix = "", recurse = true } = named(args);
    return namedMembers(this, ownBuffers, prefix, recurse);
  }
  *children(): Generator<Module> {
    for (const [, child] of this.named_children()) yield child;
  }
  /** The modules that are fields of this one. */
  named_children(): Generator<[string, Module]> {
    return namedMembers(this, ownModules, "", false);
  }
  *modules(): Generator<Module> {
    for (const [, module] of this.named_modules()) yield module;
  }
  /** This module and all in it, outer ones first; each once unless `remove_duplicate` is false. */
  *named_modules(...args: ArgumentsOf<typeof modulesNamed>): Generator<[string, Module]> {
    const { memo, prefix = "", remove_duplicate = true } = modulesNamed(args);
    const seen = memo ?? new Set<Module>();
    if (seen.has(this)) return;
    if (remove_duplicate) seen.add(this);
    yield [prefix, this];
    for (const [name, child] of ownModules(this)) {
      yield* child.named_modules(seen, prefix === "" ? name : `${prefix}.${name}`, remove_duplicate);
    }
  }

  /** The module at a path such as "layers.0.linear1". */
  get_submodule(target: string): Module {
    let module: Module = this;
    if (target === "") return module;
    for (const name of target.split(".")) {
      const value = fieldOf(module, name);
      if (value === undefined) throw new AttributeError("", `${module._get_name()} has no attribute \`${name}\``);
      if (!isModule(value)) throw new AttributeError("", `\`${name}\` is not an nn.Module`);
      module = value;
    }
    return module;
  }
  get_parameter(target: string): Parameter {
    const [, name, value] = this.find(target);
    if (!(value instanceof Parameter)) throw new AttributeError("", `\`${name}\` is not an nn.Parameter`);
    return value;
  }
  get_buffer(target: string): Tensor {
    const [owner, name, value] = this.find(target);
    if (!stateOf(owner).buffers.has(name)) throw new AttributeError("", `\`${name}\` is not a buffer`);
    return value as Tensor;
  }

  private find(target: string): [owner: Module, name: string, value: unknown] {
    const dot = target.lastIndexOf(".");
    const owner = this.get_submodule(target.slice(0, Math.max(dot, 0)));
    const name = target.slice(dot + 1);
    const value = fieldOf(owner, name);
    if (value === undefined) throw new AttributeError("", `${owner._get_name()} has no attribute \`${name}\``);
    return [owner, name, value];
  }

  // --- State dict

  /** All parameters and persistent buffers, sharing the memory of the module: see StateDict. */
  state_dict(...args: ArgumentsOf<typeof saving>): StateDict {
    const { destination, prefix = "", keep_vars = false } = saving(args);
    return saveState(this, destination ?? new StateDict(), prefix, keep_vars);
  }

  /**
   * Copies `state_dict` (a Map or an object) into this module. With `strict` its names must be exactly those of
   * `this.state_dict()`; everything that does not fit is in one error.
   */
  load_state_dict(state_dict: StateSource, strict: boolean | { strict?: boolean } = true): IncompatibleKeys {
    return loadState(this, state_dict, typeof strict === "boolean" ? strict : (strict.strict ?? true));
  }

  /** Saves the own state, without that of submodules; override it for state that is neither parameter nor buffer. */
  _save_to_state_dict(destination: StateDict, prefix: string, keep_vars: boolean): void {
    saveOwnState(this, destination, prefix, keep_vars);
  }
  /** Loads the own state from the entries with `prefix`; override it to accept other forms. */
  _load_from_state_dict(state: Map<string, unknown>, prefix: string, metadata: Metadata, report: LoadReport): void {
    loadOwnState(this, state, prefix, metadata, report);
  }
  /** Anything else that belongs into the state dict; override it together with `set_extra_state`. */
  get_extra_state(): unknown {
    throw new TorchError("get_extra_state", "only modules that override it have an extra state");
  }
  set_extra_state(_state: unknown): void {
    throw new TorchError("set_extra_state", "only modules that override it have an extra state");
  }

  // --- Mode, device, dtype

  train(mode = true): this {
    if (typeof mode !== "boolean") throw new ValueError("train", "training mode is expected to be boolean");
    this.training = mode;
    for (const child of this.children()) child.train(mode);
    return this;
  }
  eval(): this {
    return this.train(false);
  }
  /** Whether gradients are recorded for the parameters. */
  requires_grad_(requires_grad = true): this {
    for (const parameter of this.parameters()) setRequiresGrad(parameter, requires_grad);
    return this;
  }
  /** Zeros in all gradients, or no gradients at all. */
  zero_grad(set_to_none: boolean | { set_to_none?: boolean } = false): void {
    const drop = typeof set_to_none === "object" ? (set_to_none.set_to_none ?? false) : set_to_none;
    zeroGradients(this.parameters(), drop);
  }
  /** Runs `f` on all submodules, inner ones first, then on this module. */
  apply(f: (module: Module) => unknown): this {
    for (const child of this.children()) child.apply(f);
    f(this);
    return this;
  }

  /** Replaces all parameters, their gradients and buffers by `f` of them; parameters stay the same objects. */
  _apply(f: (tensor: Tensor) => Tensor): this {
    for (const child of this.children()) child._apply(f);
    no_grad(() => {
      for (const [, parameter] of ownParameters(this)) {
        const grad = parameter._grad;
        assignData(parameter, f(parameter));
        if (grad !== null) assignData(grad, f(grad));
      }
      for (const [name, value] of ownBuffers(this)) setField(this, name, f(value));
    });
    return this;
  }

  /** Moves to a device, converts the floats among parameters and buffers to a dtype, or both, as a tensor has them. */
  to(...args: readonly (DType | Device | string | Tensor | boolean | MoveOptions | null | undefined)[]): this {
    const { device, dtype, memory_format } = moveOptions(args);
    if (dtype != null && !dtype.is_floating_point && !dtype.is_complex) {
      throw new TorchTypeError(
        "to",
        `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=${dtype}`,
      );
    }
    return this._apply((t) => {
      const moved = device == null ? t : transfer(t, toDevice(device));
      const converted = dtype != null && (t.dtype.is_floating_point || t.dtype.is_complex) ? to(moved, dtype) : moved;
      const formatted = memory_format !== undefined && (t.ndim === 4 || t.ndim === 5);
      return formatted ? contiguous(converted, { memory_format }) : converted;
    });
  }
  cpu(): this {
    return this.to("cpu");
  }
  cuda(device: Device | string | number = "cuda"): this {
    return this.to(typeof device === "number" ? `cuda:${device}` : device);
  }
  /** Converts all parameters and buffers, integers too. */
  type(dst_type: DType): this {
    return this._apply((t) => to(t, dst_type));
  }
  float(): this {
    return this.convertFloats(float32);
  }
  double(): this {
    return this.convertFloats(float64);
  }
  half(): this {
    return this.convertFloats(float16);
  }
  bfloat16(): this {
    return this.convertFloats(bfloat16);
  }
  private convertFloats(dtype: DType): this {
    return this._apply((t) => (t.dtype.is_floating_point ? to(t, dtype) : t));
  }
  /** Marks the memory of parameters and buffers as shared: see torch.Tensor.share_memory_. */
  share_memory(): this {
    return this._apply((t) => t.share_memory_());
  }
  /** Parameters and buffers of the same sizes on `device`, not initialised. */
  to_empty({ device }: { device: Device | string }): this {
    return this._apply((t) => empty_like(t, { device }));
  }

  // --- Hooks

  private get hooks(): ModuleHooks {
    const state = stateOf(this);
    state.hooks ??= new ModuleHooks();
    return state.hooks;
  }
  /** `hook(module, args)` runs before each `forward`, and may return other arguments. */
  register_forward_pre_hook(hook: ForwardPreHook<this>): RemovableHandle {
    return new RemovableHandle(this.hooks.forwardPre, hook);
  }
  /** `hook(module, args, output)` runs after each `forward`, and may return another output. */
  register_forward_hook(hook: ForwardHook<this>): RemovableHandle {
    return new RemovableHandle(this.hooks.forward, hook);
  }
  /**
   * `hook(module, grad_input, grad_output)` runs when the gradients of a call are known, and may return other gradients
   * of the inputs. In place changes of inputs and outputs are not seen while there is such a hook.
   */
  register_full_backward_hook(hook: BackwardHook<this>): RemovableHandle {
    return addBackwardHook(this.hooks, hook as BackwardHook, true);
  }
  /** The same for the last op of `forward` only; deprecated in PyTorch. A module has backward hooks of one kind. */
  register_backward_hook(hook: BackwardHook<this>): RemovableHandle {
    return addBackwardHook(this.hooks, hook as BackwardHook, false);
  }
  _register_state_dict_hook(hook: SaveHook): RemovableHandle {
    return new RemovableHandle(this.hooks.stateDict, hook);
  }
  _register_load_state_dict_pre_hook(hook: LoadHook): RemovableHandle {
    return new RemovableHandle(this.hooks.loadPre, hook);
  }
  register_load_state_dict_post_hook(hook: LoadPostHook): RemovableHandle {
    return new RemovableHandle(this.hooks.loadPost, hook);
  }

  // --- Text

  /** What stands in the brackets after the name of the class. */
  extra_repr(): string {
    return "";
  }
  toString(): string {
    return reprOf(this);
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return reprOf(this);
  }
}

function moveOptions(args: readonly unknown[]): MoveOptions {
  let options: MoveOptions = {};
  for (const a of args) {
    if (a instanceof DType) options = { ...options, dtype: a };
    else if (a instanceof Tensor) options = { ...options, dtype: a.dtype, device: a.device };
    else if (typeof a === "string" || (a !== null && typeof a === "object" && "type" in a)) {
      options = { ...options, device: a as Device | string };
    } else if (typeof a === "object" && a !== null) options = { ...options, ...a };
  }
  return options;
}
