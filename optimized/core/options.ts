import { TorchTypeError } from "./errors.js";

/** The arguments of a call: some by position, then an object that may name any optional ones (design.md §2.2). */

const plain = Object.prototype;

/** Whether `value` is an object literal: the options that may end a call. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === plain || prototype === null;
}

/** Throws if `options` has a name that is not known. */
export function checkOptions(op: string, options: object, known: readonly string[]): void {
  for (const name in options) {
    if (!known.includes(name)) {
      throw new TorchTypeError(op, `unexpected option '${name}'; known options: ${known.join(", ") || "none"}`);
    }
  }
}

/** A value as errors name it. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? `a ${value.constructor?.name ?? "object"}` : `${typeof value} ${String(value)}`;
}

/** The arguments after a function's tensors: each positional one, or the options object that ends the call. */
export type Arguments<Positional extends readonly unknown[], Options> = [
  ...{ [K in keyof Positional]: Positional[K] | Options },
  options?: Options,
];

const NOTHING = Object.freeze({});

/**
 * How a function reads its arguments: first those in the order of `positional`, then an object that may name any of
 * `positional` and `others`. Returns a reader that gives them by name; what was not given is undefined.
 *
 *     const readSum = signature<SumOptions>("sum", ["dim", "keepdim"], ["dtype", "out"]);
 *     function sum(input: Tensor, ...args: Arguments<[dim?: Dims, keepdim?: boolean], SumOptions>): Tensor {
 *       const { dim, keepdim = false, dtype, out } = readSum(args);
 */
export function signature<Options extends object>(
  op: string,
  positional: readonly (keyof Options & string)[],
  others: readonly (keyof Options & string)[] = [],
): (args: readonly unknown[]) => Partial<Options> {
  const known = [...positional, ...others];
  return (args) => {
    if (args.length === 0) return NOTHING;
    const last = args[args.length - 1];
    const named = isOptions(last);
    const count = named ? args.length - 1 : args.length;
    const given: Record<string, unknown> = {};
    if (named) {
      checkOptions(op, last, known);
      Object.assign(given, last);
    }
    for (let i = 0; i < count; i++) {
      if (args[i] !== undefined) give(op, given, positional, i, args[i]);
    }
    return given as Partial<Options>;
  };
}

function give(
  op: string,
  given: Record<string, unknown>,
  positional: readonly string[],
  i: number,
  value: unknown,
): void {
  const name = positional[i];
  if (name === undefined) {
    throw new TorchTypeError(
      op,
      `takes at most ${positional.length} arguments by position; got argument ${describe(value)}`,
    );
  }
  if (given[name] !== undefined) throw new TorchTypeError(op, `got multiple values for argument '${name}'`);
  given[name] = value;
}
