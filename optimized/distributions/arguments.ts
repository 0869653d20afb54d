import type { ArgumentsOf as Positional, Signature } from "../nn/arguments.js";

/** Arguments of distributions and transforms: as modules have them, or all in one object, as in `new Normal({ loc, scale })`. */

export { signature } from "../nn/arguments.js";

/** Values by name; those that may be undefined may be left out. */
type Named<Values> = {
  [K in keyof Values as undefined extends Values[K] ? never : K]: Values[K];
} & {
  [K in keyof Values as undefined extends Values[K] ? K : never]?: Values[K];
};

export type ArgumentsOf<S> =
  S extends Signature<infer _P, infer Values> ? Positional<S> | [named: Named<Values>] : never;
