import { TorchError, TorchTypeError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { no_grad } from "../autograd/grad_mode.js";
import { detach } from "../ops/autograd.js";
import { copy_ } from "../ops/copy.js";
import { isOptions } from "../ops/support.js";
import { select } from "../ops/views.js";
import { Module } from "./module.js";
import { isModule, fieldOf, ownBuffers, ownModules, ownParameters, stateOf } from "./module_state.js";

/** Saving and loading the state of modules. */

/**
 * Parameters and persistent buffers by their full names, in PyTorch's order: of each module its parameters, its
 * buffers, then its submodules. The tensors share the memory of the module.
 *
 * A Map, so that the order is kept for all names (objects would put "10" before "2.weight").
 */
export class StateDict extends Map<string, Tensor> {
  /** Per module: the version of its state, for loading files of old versions. */
  _metadata = new Map<string, Metadata>();
}

export interface Metadata {
  readonly version?: number | null;
}

/** What `load_state_dict` reads: a Map, or an object with the names as keys. */
export type StateSource = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>;

/** Names that one side has and the other has not. */
export class IncompatibleKeys {
  constructor(
    readonly missing_keys: string[],
    readonly unexpected_keys: string[],
  ) {}

  toString(): string {
    const { missing_keys, unexpected_keys } = this;
    if (missing_keys.length === 0 && unexpected_keys.length === 0) return "<All keys matched successfully>";
    const list = (names: readonly string[]) => `[${names.map((n) => `'${n}'`).join(", ")}]`;
    return `_IncompatibleKeys(missing_keys=${list(missing_keys)}, unexpected_keys=${list(unexpected_keys)})`;
  }
}

/** Collects what does not fit while a state dict is loaded. */
export interface LoadReport extends IncompatibleKeys {
  readonly error_msgs: string[];
}

export type SaveHook = (
  module: Module,
  destination: StateDict,
  prefix: string,
  metadata: Metadata,
) => StateDict | undefined;
/** Sees the entries of the module (a copy, which it may change) before they are loaded. */
export type LoadHook = (state: Map<string, unknown>, prefix: string, metadata: Metadata, report: LoadReport) => void;
/** May change the lists of keys in place. */
export type LoadPostHook = (module: Module, incompatible: IncompatibleKeys) => void;

const EXTRA_STATE = "_extra_state";

const has = (module: Module, method: "get_extra_state" | "set_extra_state"): boolean =>
  module[method] !== Module.prototype[method];

/** The own state of `module`, without that of its submodules. */
export function saveOwnState(module: Module, destination: StateDict, prefix: string, keepVars: boolean): void {
  const { buffers } = stateOf(module);
  const put = (name: string, value: Tensor) => destination.set(prefix + name, keepVars ? value : detach(value));
  for (const [name, parameter] of ownParameters(module)) put(name, parameter);
  for (const [name, buffer] of ownBuffers(module)) if (buffers.get(name)) put(name, buffer);
  if (has(module, "get_extra_state")) destination.set(prefix + EXTRA_STATE, module.get_extra_state() as Tensor);
}

export function saveState(module: Module, destination: StateDict, prefix: string, keepVars: boolean): StateDict {
  const metadata: Metadata = { version: module._version };
  destination._metadata?.set(prefix.slice(0, -1), metadata);
  module._save_to_state_dict(destination, prefix, keepVars);
  for (const [name, child] of ownModules(module)) child.state_dict(destination, `${prefix}${name}.`, keepVars);
  let result = destination;
  for (const hook of stateOf(module).hooks?.stateDict.values() ?? []) {
    result = hook(module, result, prefix, metadata) ?? result;
  }
  return result;
}

/** Copies the entries with `prefix` into the own state of `module`; what does not fit goes to `report`. */
export function loadOwnState(
  module: Module,
  state: Map<string, unknown>,
  prefix: string,
  metadata: Metadata,
  report: LoadReport,
): void {
  for (const hook of stateOf(module).hooks?.loadPre.values() ?? []) hook(state, prefix, metadata, report);
  const { buffers } = stateOf(module);
  const own = new Map<string, Tensor>(ownParameters(module));
  for (const [name, buffer] of ownBuffers(module)) if (buffers.get(name)) own.set(name, buffer);
  for (const [name, target] of own) {
    const key = prefix + name;
    if (state.has(key)) loadEntry(key, target, state.get(key), report);
    else report.missing_keys.push(key);
  }
  loadExtraState(module, state, prefix + EXTRA_STATE, report);
  for (const key of state.keys()) {
    if (!key.startsWith(prefix) || key === prefix + EXTRA_STATE) continue;
    const name = key.slice(prefix.length).split(".", 1)[0]!;
    if (!own.has(name) && !isModule(fieldOf(module, name))) report.unexpected_keys.push(key);
  }
}

function loadExtraState(module: Module, state: Map<string, unknown>, key: string, report: LoadReport): void {
  if (has(module, "set_extra_state")) {
    if (state.has(key)) module.set_extra_state(state.get(key));
    else report.missing_keys.push(key);
  } else if (state.has(key)) {
    report.unexpected_keys.push(key);
  }
}

const size = (shape: readonly number[]) => `torch.Size([${shape.join(", ")}])`;

function loadEntry(key: string, target: Tensor, value: unknown, report: LoadReport): void {
  if (!(value instanceof Tensor)) {
    report.error_msgs.push(
      `While copying the parameter named "${key}", expected torch.Tensor or Tensor-like object from checkpoint but ` +
        `received ${value === null ? "null" : typeof value}`,
    );
    return;
  }
  // Files of PyTorch 0.3 have one element where there is a 0-dim tensor now.
  const source = target.shape.length === 0 && value.shape.length === 1 ? select(value, 0, 0) : value;
  if (!sameShape(source.shape, target.shape)) {
    report.error_msgs.push(
      `size mismatch for ${key}: copying a param with shape ${size(source.shape)} from checkpoint, the shape in ` +
        `current model is ${size(target.shape)}.`,
    );
    return;
  }
  try {
    no_grad(() => copy_(target, source));
  } catch (error) {
    report.error_msgs.push(
      `While copying the parameter named "${key}", whose dimensions in the model are ${size(target.shape)} and whose ` +
        `dimensions in the checkpoint are ${size(source.shape)}, an exception occurred : ${(error as Error).message}.`,
    );
  }
}

function entriesOf(source: StateSource): StateDict {
  if (source instanceof Map) {
    const copy = new StateDict(source);
    if (source instanceof StateDict) copy._metadata = source._metadata;
    return copy;
  }
  if (isOptions(source)) return new StateDict(Object.entries(source) as [string, Tensor][]);
  throw new TorchTypeError("load_state_dict", `Expected state_dict to be dict-like, got ${typeof source}.`);
}

function loadTree(
  module: Module,
  state: Map<string, unknown>,
  prefix: string,
  all: StateDict,
  report: LoadReport,
): void {
  module._load_from_state_dict(state, prefix, all._metadata.get(prefix.slice(0, -1)) ?? {}, report);
  for (const [name, child] of ownModules(module)) {
    const childPrefix = `${prefix}${name}.`;
    const part = new Map([...state].filter(([key]) => key.startsWith(childPrefix)));
    loadTree(child, part, childPrefix, all, report);
  }
  for (const hook of stateOf(module).hooks?.loadPost.values() ?? []) hook(module, report);
}

const quoted = (names: readonly string[]) => names.map((n) => `"${n}"`).join(", ");

/** Loads `source` into `module`; everything that does not fit is in one error. */
export function loadState(module: Module, source: StateSource, strict: boolean): IncompatibleKeys {
  const all = entriesOf(source);
  const keys = new IncompatibleKeys([], []);
  const report: LoadReport = Object.assign(keys, { error_msgs: [] as string[] });
  loadTree(module, all, "", all, report);
  const { missing_keys, unexpected_keys } = keys;
  const errors: string[] = [];
  if (strict && missing_keys.length > 0) errors.push(`Missing key(s) in state_dict: ${quoted(missing_keys)}. `);
  if (strict && unexpected_keys.length > 0)
    errors.push(`Unexpected key(s) in state_dict: ${quoted(unexpected_keys)}. `);
  errors.push(...report.error_msgs);
  if (errors.length > 0) {
    throw new TorchError("", `Error(s) in loading state_dict for ${module._get_name()}:\n\t${errors.join("\n\t")}`);
  }
  return new IncompatibleKeys(missing_keys, unexpected_keys);
}
