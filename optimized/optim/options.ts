import { checkOptions, isOptions } from "../ops/support.js";
import { TorchTypeError, ValueError } from "../core/errors.js";

/** Arguments of optimizers and schedulers: positional in PyTorch's order, or named in an object that ends the call. */

/** The default of an option that must be given, for all parameters or for each group. */
export const required = undefined as unknown as number;

/** The positional arguments `P`, any of which may be the last; after them, or instead, an object with named ones. */
export type Arguments<P extends readonly unknown[], Options> = P extends readonly [infer First, ...infer Rest]
  ? readonly [options?: Partial<Options>] | readonly [first: First | undefined, ...rest: Arguments<Rest, Options>]
  : readonly [options?: Partial<Options>];

/**
 * All options of a call: `defaults`, then positional arguments by the names in `names`, then named ones. The order of
 * the keys is that of `defaults`, as it is in state dicts.
 */
export function readArguments<Options extends object>(
  op: string,
  defaults: Options,
  names: readonly (keyof Options & string)[],
  args: readonly unknown[],
): Options {
  const last = args.at(-1);
  const named = isOptions(last) ? last : {};
  const positional = isOptions(last) ? args.slice(0, -1) : args;
  if (positional.length > names.length) {
    throw new TorchTypeError(op, `takes at most ${names.length} positional options; got ${positional.length}`);
  }
  checkOptions(op, named, Object.keys(defaults));
  const result: Partial<Record<string, unknown>> = { ...(defaults as Record<string, unknown>) };
  positional.forEach((value, i) => {
    if (value !== undefined) result[names[i]!] = value;
  });
  for (const [name, value] of Object.entries(named)) if (value !== undefined) result[name] = value;
  return result as Options;
}

/** Throws a ValueError unless low <= value < high; `what` is PyTorch's name for the option. */
export function checkRange(op: string, what: string, value: number, low = 0, high = Infinity): void {
  if (!(value >= low && value < high)) throw new ValueError(op, `Invalid ${what}: ${value}`);
}

/** The checks that Adam and its relatives share. */
export function checkAdamLike(
  op: string,
  o: { lr: number; eps: number; betas: readonly [number, number]; weight_decay: number },
): void {
  checkRange(op, "learning rate", o.lr);
  checkRange(op, "epsilon value", o.eps);
  checkRange(op, "beta parameter at index 0", o.betas[0], 0, 1);
  checkRange(op, "beta parameter at index 1", o.betas[1], 0, 1);
  checkRange(op, "weight_decay value", o.weight_decay);
}
