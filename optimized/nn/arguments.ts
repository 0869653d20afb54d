import type { Device } from "../core/device.js";
import type { DType } from "../core/dtype.js";
import { TorchTypeError } from "../core/errors.js";
import { isOptions } from "../ops/support.js";

/**
 * Arguments of constructors and of `forward`, as PyTorch has them: in order, and the last may be an object that names
 * any of those that were not given.
 *
 *     const linear = signature<[in_features: number, out_features: number, bias?: boolean]>()(
 *       "Linear", 2, ["in_features", "out_features", "bias"]);
 *     constructor(...args: ArgumentsOf<typeof linear>) {
 *       const { in_features, out_features, bias = true } = linear(args);
 *
 * Then `new Linear(3, 4, false)` and `new Linear(3, 4, { bias: false })` are the same, and checked by the compiler.
 */
export interface Signature<P extends readonly unknown[], Values> {
  (args: readonly unknown[]): Values;
  /** @internal Only a type: what a caller may pass. */ readonly arguments?:
    | P
    | [...Beginning<P>, options: Partial<Values>];
}

export type ArgumentsOf<S> =
  S extends Signature<infer P, infer Values> ? P | [...Beginning<P>, options: Partial<Values>] : never;

/** All beginnings of P that have at least its required elements. */
type Beginning<P extends readonly unknown[], All extends readonly unknown[] = Required<P>> = All extends readonly [
  ...infer Rest,
  unknown,
]
  ? Rest extends P
    ? All | Beginning<P, Rest>
    : All
  : All;

/** The elements of P by their names N. */
type Named<P extends readonly unknown[], N extends readonly string[]> = {
  [I in Exclude<keyof N, keyof (readonly unknown[])> as N[I] & string]: I extends keyof P ? P[I] : never;
};

/** Where and as what a module makes its parameters: the last two arguments of most constructors. */
export type Factory = [device?: Device | string | null, dtype?: DType | null];
export const FACTORY = ["device", "dtype"] as const;

/** `required` is the number of arguments without a default; `names` has one name per argument. */
export function signature<P extends readonly unknown[]>() {
  return <const N extends readonly string[] & { readonly length: Required<P>["length"] }>(
    op: string,
    required: number,
    names: N,
  ): Signature<P, Named<P, N>> => {
    return (args) => bind(op, required, names, args) as Named<P, N>;
  };
}

function bind(op: string, required: number, names: readonly string[], args: readonly unknown[]): object {
  const last = args.at(-1);
  const options = isOptions(last) ? last : undefined;
  const count = options === undefined ? args.length : args.length - 1;
  if (count > names.length) throw new TorchTypeError(op, `takes at most ${names.length} arguments; got ${count}`);
  const values: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) values[names[i]!] = args[i];
  for (const name in options) {
    const at = names.indexOf(name);
    if (at < 0) throw new TorchTypeError(op, `unexpected option '${name}'; known options: ${names.join(", ")}`);
    if (at < count) throw new TorchTypeError(op, `got multiple values for argument '${name}'`);
    values[name] = options[name];
  }
  const missing = names.slice(0, required).find((name) => values[name] === undefined);
  if (missing !== undefined) throw new TorchTypeError(op, `missing required argument '${missing}'`);
  return values;
}
