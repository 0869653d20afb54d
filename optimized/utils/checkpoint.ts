import { captureAutocast } from "../amp/autocast.js";
import { requiresGrad } from "../autograd/apply.js";
import { backward } from "../autograd/backward.js";
import { isCheckpointValid } from "../autograd/engine.js";
import { Function, type FunctionContext } from "../autograd/function.js";
import { enable_grad, no_grad } from "../autograd/grad_mode.js";
import { saved_tensors_hooks } from "../autograd/graph.js";
import { TorchError, ValueError } from "../core/errors.js";
import { isOptions } from "../core/options.js";
import { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { Sequential } from "../nn/containers.js";
import { fork_rng, get_rng_state, set_rng_state } from "../random/index.js";

/** `torch.utils.checkpoint`: memory for time. What a part of a model computes is computed again for backward. */

export interface CheckpointOptions {
  /** Whether random functions draw the same numbers the second time. */
  preserve_rng_state?: boolean;
  /** Whether the gradients are those of a backward pass inside the pass, or of hooks on what ops save. */
  use_reentrant?: boolean;
}

type Results = Tensor | readonly (Tensor | null)[];
type Run = (...args: unknown[]) => unknown;

/** How to run something again as it ran: with the same random numbers, the same autocast. */
function replay(preserve_rng_state: boolean): <T>(f: () => T) => T {
  const state = preserve_rng_state ? get_rng_state() : null;
  const restore = captureAutocast();
  return (f) =>
    fork_rng(
      () => {
        if (state !== null) set_rng_state(state);
        return enable_grad(() => restore(f));
      },
      { enabled: preserve_rng_state },
    );
}

/** Forward without a graph; backward computes it again with one, and differentiates that. */
class CheckpointFunction extends Function {
  static override forward(ctx: FunctionContext, run: Run, preserve: boolean, ...args: unknown[]): Results {
    if (!args.some((a) => a instanceof Tensor && requiresGrad(a))) {
      process.emitWarning("None of the inputs have requires_grad=True. Gradients will be None");
    }
    ctx.run = run;
    ctx.again = replay(preserve);
    ctx.others = args.map((a) => (a instanceof Tensor ? null : a));
    ctx.save_for_backward(...args.map((a) => (a instanceof Tensor ? a : null)));
    return no_grad(() => run(...args)) as Results;
  }

  static override backward(ctx: FunctionContext, ...grads: Tensor[]): (Tensor | null)[] {
    if (!isCheckpointValid()) {
      throw new TorchError(
        "checkpoint",
        "Checkpointing is not compatible with autograd.grad() or with `inputs` of backward(). Use backward() without `inputs`, or use_reentrant: false",
      );
    }
    const tensors = ctx.saved_tensors;
    const others = ctx.others as readonly unknown[];
    const inputs = tensors.map((t, i) => (t === null ? others[i] : restarted(t)));
    const again = ctx.again as ReturnType<typeof replay>;
    const result = again(() => (ctx.run as Run)(...inputs)) as Results;
    const outs: readonly unknown[] = Array.isArray(result) ? result : [result];
    const used = outs.flatMap((out, i) => (out instanceof Tensor && requiresGrad(out) ? [i] : []));
    if (used.length === 0) {
      throw new TorchError("checkpoint", "none of output has requires_grad=True, this checkpoint() is not necessary");
    }
    backward(
      used.map((i) => outs[i] as Tensor),
      used.map((i) => grads[i]!),
    );
    return [null, null, ...inputs.map((x) => (x instanceof Tensor ? x._grad : null))];
  }
}

function restarted(t: Tensor): Tensor {
  const input = detach(t);
  input._requiresGrad = requiresGrad(t);
  return input;
}

/** What stands in the graph for a tensor that is computed again when it is read. */
class Placeholder {}

/** Forward with a graph whose saved tensors are placeholders: the first that is read computes all of them again. */
function withoutReentrance(run: () => unknown, preserve: boolean): unknown {
  const again = replay(preserve);
  const values = new WeakMap<Placeholder, Tensor>();
  const order: WeakRef<Placeholder>[] = [];
  let missing = true;
  const recompute = (): void => {
    let next = 0;
    const fill = (t: Tensor): null => {
      const holder = order[next++]?.deref();
      if (holder !== undefined) values.set(holder, detach(t));
      return null;
    };
    again(() => saved_tensors_hooks(fill, neverRead, run));
    missing = false;
  };
  return saved_tensors_hooks(
    () => {
      const holder = new Placeholder();
      order.push(new WeakRef(holder));
      return holder;
    },
    (holder) => {
      if (missing || !values.has(holder)) recompute();
      const value = values.get(holder);
      if (value === undefined) {
        throw new TorchError(
          "checkpoint",
          "the function saved fewer tensors when it was computed again: it must do the same each time",
        );
      }
      values.delete(holder); // a second pass over the graph computes it again
      return value;
    },
    run,
  );
}

function neverRead(): never {
  throw new TorchError(
    "checkpoint",
    "a tensor of the second computation was read; it belongs to no graph that is kept",
  );
}

/** Splits off the object with our options that may end the call; what else is in it stays for the function. */
function takeOptions(args: readonly unknown[]): [CheckpointOptions, readonly unknown[], Record<string, unknown>] {
  const last = args.at(-1);
  if (!isOptions(last)) return [{}, args, {}];
  const { preserve_rng_state, use_reentrant, ...kwargs } = last;
  return [{ preserve_rng_state, use_reentrant } as CheckpointOptions, args.slice(0, -1), kwargs];
}

/**
 * `func(...args)`, keeping only the arguments for backward, which computes the rest again. An object as last argument holds
 * the options `preserve_rng_state` (true) and `use_reentrant` (true, as in PyTorch 1.13); with `use_reentrant: false` whatever
 * else is in it goes to func as its last argument, and `autograd.grad` works too.
 *
 * Gradients equal those without checkpoint, also of functions that draw random numbers and under autocast.
 *
 * Throws  ValueError for other names in the object with `use_reentrant`.
 * Source  torch.utils.checkpoint.checkpoint.
 */
export function checkpoint<Args extends readonly unknown[], R>(
  func: (...args: Args) => R,
  ...args: readonly [...Args] | readonly [...Args, options: CheckpointOptions & Record<string, unknown>]
): R {
  const [{ preserve_rng_state: preserve = true, use_reentrant = true }, given, kwargs] = takeOptions(args);
  const names = Object.keys(kwargs);
  const run = func as unknown as Run;
  if (use_reentrant) {
    if (names.length > 0) throw new ValueError("checkpoint", `Unexpected keyword arguments: ${names.join(",")}`);
    return CheckpointFunction.apply(run, preserve, ...given) as R;
  }
  const all = names.length > 0 ? [...given, kwargs] : given;
  return withoutReentrance(() => run(...all), preserve) as R;
}

type Step = (input: Tensor) => Tensor;

/**
 * Runs modules or functions one after the other in `segments` parts of equal length, each but the last under `checkpoint`.
 * Source: torch.utils.checkpoint.checkpoint_sequential.
 */
export function checkpoint_sequential(
  functions: Sequential | readonly Step[],
  segments: number,
  input: Tensor,
  options: CheckpointOptions = {},
): Tensor {
  const { preserve_rng_state = true, use_reentrant = true, ...unknown } = options;
  const names = Object.keys(unknown);
  if (names.length > 0) {
    throw new ValueError("checkpoint_sequential", `Unexpected keyword arguments: ${names.join(",")}`);
  }
  const steps: readonly Step[] = functions instanceof Sequential ? ([...functions.children()] as Step[]) : functions;
  const size = Math.floor(steps.length / segments);
  const part = (start: number, end: number): Step => {
    return (x) => steps.slice(start, end).reduce((value, step) => step(value), x);
  };
  let x = input;
  for (let s = 0; s < segments - 1; s++) {
    x = checkpoint(part(s * size, (s + 1) * size), x, { preserve_rng_state, use_reentrant });
  }
  return part(Math.max(segments - 1, 0) * size, steps.length)(x);
}
