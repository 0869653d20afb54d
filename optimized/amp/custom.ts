import type { FunctionContext } from "../autograd/function.js";
import { autocastState } from "../core/autocast.js";
import { type DType, float64 } from "../core/dtype.js";
import { isOptions } from "../core/options.js";
import { Tensor } from "../core/tensor.js";
import { to } from "../ops/copy.js";
import { captureAutocast } from "./autocast.js";

/** For custom functions that are used inside autocast. */

type Restore = <T>(f: () => T) => T;
const states = new WeakMap<FunctionContext, Restore>();

type Forward<Args extends readonly unknown[], R> = (ctx: FunctionContext, ...args: Args) => R;

function castAll(value: unknown, dtype: DType): unknown {
  if (value instanceof Tensor)
    return value.dtype.is_floating_point && value.dtype !== float64 ? to(value, dtype) : value;
  if (Array.isArray(value)) return value.map((v) => castAll(v, dtype));
  if (!isOptions(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, castAll(v, dtype)]));
}

/** Runs `f` with autocast off, and remembers that for backward. */
function withoutAutocast<T>(ctx: FunctionContext, f: () => T): T {
  states.set(ctx, (g) => autocastState.without(g));
  return autocastState.without(f);
}

/**
 * Wraps the forward of a custom function: `static forward = custom_fwd((ctx, x) => ...)`. With `cast_inputs` floating point
 * inputs are converted to that dtype, and forward runs with autocast off; without it forward runs as autocast is.
 * Outside of autocast it does nothing. Source: torch.cuda.amp.custom_fwd.
 */
export function custom_fwd<Args extends readonly unknown[], R>(
  fwd: Forward<Args, R>,
  { cast_inputs = null }: { cast_inputs?: DType | null } = {},
): Forward<Args, R> {
  return (ctx, ...args) => {
    if (cast_inputs !== null && autocastState.on) {
      return withoutAutocast(ctx, () => fwd(ctx, ...(castAll(args, cast_inputs) as Args)));
    }
    states.set(ctx, captureAutocast());
    return fwd(ctx, ...args);
  };
}

/** Wraps the backward: it runs with autocast as forward did. Source: torch.cuda.amp.custom_bwd. */
export function custom_bwd<Args extends readonly unknown[], R>(bwd: Forward<Args, R>): Forward<Args, R> {
  return (ctx, ...args) => {
    const restore = states.get(ctx);
    return restore === undefined ? bwd(ctx, ...args) : restore(() => bwd(ctx, ...args));
  };
}
