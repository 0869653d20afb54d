import { Function as AutogradFunction, type FunctionContext } from "../autograd/function.js";
import { type Gradients, type Node, RemovableHandle } from "../autograd/node.js";
import { gradFnOf } from "../ops/autograd.js";
import { gradMode } from "../core/grad_mode.js";
import { TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { requiresGrad } from "../autograd/apply.js";
import type { LoadHook, LoadPostHook, SaveHook } from "./state_dict.js";
import type { Module } from "./module.js";

/** Hooks of modules: functions that run around `forward`, and when the gradients of a call are known. */

/** May return other arguments: an array of them, or one value. */
export type ForwardPreHook<M extends Module = Module> = (module: M, input: Parameters<M["forward"]>) => unknown;
/** May return another output. */
export type ForwardHook<M extends Module = Module> = (
  module: M,
  input: Parameters<M["forward"]>,
  output: ReturnType<M["forward"]>,
) => unknown;
/** Gradients are null for what is no tensor or needs none. May return other gradients of the inputs. */
export type BackwardHook<M extends Module = Module> = (
  module: M,
  grad_input: Gradients,
  grad_output: Gradients,
) => Gradients | Tensor | null | undefined | void;

export class ModuleHooks {
  readonly forwardPre = new Map<number, ForwardPreHook>();
  readonly forward = new Map<number, ForwardHook>();
  readonly fullBackward = new Map<number, BackwardHook>();
  readonly backward = new Map<number, BackwardHook>();
  readonly stateDict = new Map<number, SaveHook>();
  readonly loadPre = new Map<number, LoadHook>();
  readonly loadPost = new Map<number, LoadPostHook>();
}

/** Adds a backward hook of one kind; there must be none of the other. */
export function addBackwardHook(hooks: ModuleHooks, hook: BackwardHook, full: boolean): RemovableHandle {
  const [own, other] = full ? [hooks.fullBackward, hooks.backward] : [hooks.backward, hooks.fullBackward];
  if (other.size === 0) return new RemovableHandle(own, hook);
  throw new TorchError(
    full ? "register_full_backward_hook" : "register_backward_hook",
    "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them.",
  );
}

/** Hooks of all modules; null as long as nobody has registered one. */
export const globalHooks: { hooks: ModuleHooks | null } = { hooks: null };

function ofAllModules(): ModuleHooks {
  globalHooks.hooks ??= new ModuleHooks();
  return globalHooks.hooks;
}

/** Runs before `forward` of every module. Source: torch.nn.modules.module.register_module_forward_pre_hook. */
export function register_module_forward_pre_hook(hook: ForwardPreHook): RemovableHandle {
  return new RemovableHandle(ofAllModules().forwardPre, hook);
}
/** Runs after `forward` of every module. Source: torch.nn.modules.module.register_module_forward_hook. */
export function register_module_forward_hook(hook: ForwardHook): RemovableHandle {
  return new RemovableHandle(ofAllModules().forward, hook);
}
/** Runs when the gradients of a call of any module are known. Source: register_module_full_backward_hook. */
export function register_module_full_backward_hook(hook: BackwardHook): RemovableHandle {
  return addBackwardHook(ofAllModules(), hook, true);
}
/** The same for the last op of every module only. Source: register_module_backward_hook, deprecated there. */
export function register_module_backward_hook(hook: BackwardHook): RemovableHandle {
  return addBackwardHook(ofAllModules(), hook, false);
}

/** `forward` with everything that is hooked to it; hooks of all modules come first. */
export function callWithHooks(module: Module, own: ModuleHooks | null, args: readonly unknown[]): unknown {
  const both = <H>(pick: (hooks: ModuleHooks) => Map<number, H>): H[] => [
    ...(globalHooks.hooks === null ? [] : pick(globalHooks.hooks).values()),
    ...(own === null ? [] : pick(own).values()),
  ];
  let input = args as Parameters<Module["forward"]>;
  for (const hook of both((h) => h.forwardPre)) {
    const result = hook(module, input);
    if (result !== undefined && result !== null) input = Array.isArray(result) ? result : [result];
  }
  const backward = both((h) => h.fullBackward);
  const watch = backward.length === 0 ? null : new BackwardWatch(module, backward);
  if (watch !== null) input = watch.inputs(input) as Parameters<Module["forward"]>;
  let output: unknown = module.forward(...input);
  for (const hook of both((h) => h.forward)) output = hook(module, input, output) ?? output;
  const lastOp = firstGradFn(output);
  for (const hook of both((h) => h.backward)) {
    lastOp?.register_hook((gradInput, gradOutput) => listed(hook(module, gradInput, gradOutput)));
  }
  return watch === null ? output : watch.outputs(output);
}

/** The node of the first tensor in an output. */
function firstGradFn(output: unknown): Node | null {
  if (output instanceof Tensor) return gradFnOf(output) as Node | null;
  const [first] = typeof output === "object" && output !== null ? Object.values(output) : [];
  return first === undefined ? null : firstGradFn(first);
}

/** What a backward hook returns, as a list; undefined if it leaves the gradients alone. */
function listed(returned: ReturnType<BackwardHook>): Gradients | undefined {
  if (returned === undefined || returned === null) return undefined;
  return returned instanceof Tensor ? [returned] : returned;
}

/** Passes tensors through; its node is where gradients are seen. */
class BackwardHookFunction extends AutogradFunction {
  static override forward(ctx: FunctionContext, ...args: Tensor[]): Tensor[] {
    ctx.mark_non_differentiable(...args.filter((a) => !requiresGrad(a)));
    return args;
  }
  static override backward(_ctx: FunctionContext, ...grads: Tensor[]): Tensor[] {
    return grads;
  }
}

/** Places of the tensors among `count` values; the others count as null. */
interface Places {
  readonly at: readonly number[];
  readonly count: number;
}

function spread(places: Places, values: Gradients): (Tensor | null)[] {
  const all: (Tensor | null)[] = new Array(places.count).fill(null);
  places.at.forEach((at, i) => {
    all[at] = values[i] ?? null;
  });
  return all;
}

/** One call of a module with backward hooks: they run when the gradients of outputs and inputs are both there. */
class BackwardWatch {
  private gradOutputs: Gradients | null = null;
  private inputPlaces: Places | null = null;
  private inputCount = 0;

  constructor(
    private readonly module: Module,
    private readonly hooks: readonly BackwardHook[],
  ) {}

  inputs(args: readonly unknown[]): readonly unknown[] {
    this.inputCount = args.length;
    const watched = passThrough(args);
    if (watched === null) return args;
    this.inputPlaces = watched.places;
    watched.node.register_hook((gradInput) => {
      if (this.gradOutputs === null) return undefined; // the gradient came past the output, in a second backward
      const grads = this.run(spread(watched.places, gradInput), this.gradOutputs);
      this.gradOutputs = null;
      return watched.places.at.map((at) => grads[at] ?? null);
    });
    return watched.values;
  }

  outputs(output: unknown): unknown {
    const list = Array.isArray(output) ? output : [output];
    const watched = passThrough(list);
    if (watched === null) return output;
    watched.node.register_prehook((grads) => {
      this.gradOutputs = spread(watched.places, grads);
      if (this.inputPlaces !== null) return;
      const nothing = new Array<null>(this.inputCount).fill(null);
      const returned = this.run(nothing, this.gradOutputs);
      if (returned.some((g) => g !== null)) {
        throw new TorchError(
          "register_full_backward_hook",
          "Backward hook for Modules where no input requires gradient should always return None or None for all gradients.",
        );
      }
      this.gradOutputs = null;
    });
    return Array.isArray(output) ? watched.values : watched.values[0];
  }

  private run(gradInput: Gradients, gradOutput: Gradients): Gradients {
    let result = gradInput;
    for (const hook of this.hooks) {
      const grads = listed(hook(this.module, result, gradOutput));
      if (grads === undefined) continue;
      if (grads.length !== result.length) {
        throw new TorchError(
          "register_full_backward_hook",
          `Backward hook returned an invalid number of grad_input, got ${grads.length}, but expected ${result.length}`,
        );
      }
      result = grads;
    }
    return result;
  }
}

/** The same values, with all tensors led through one node; null if none of them takes part in the graph. */
function passThrough(values: readonly unknown[]): { values: unknown[]; node: Node; places: Places } | null {
  const at = values.flatMap((v, i) => (v instanceof Tensor ? [i] : []));
  const tensors = at.map((i) => values[i] as Tensor);
  if (!gradMode.enabled || !tensors.some(requiresGrad)) return null;
  const passed = BackwardHookFunction.apply(...tensors) as Tensor[];
  const replaced = [...values];
  at.forEach((place, i) => {
    replaced[place] = passed[i];
  });
  const node = passed.map(gradFnOf).find((n) => n !== null) as Node;
  return { values: replaced, node, places: { at, count: values.length } };
}
