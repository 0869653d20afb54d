/**
 * The parameters of a module by their names in its state dict: all that its forward takes besides inputs and options.
 */

import type { NdArray } from "../array.js";

export type Params = Readonly<Record<string, NdArray | null>>;

/** The parameter `name`. Throws RangeError if there is none. */
export function required(op: string, params: Params, name: string): NdArray {
  const value = params[name];
  if (value) return value;
  throw new RangeError(`${op}: the parameter ${name} is missing; got ${Object.keys(params).join(", ") || "none"}`);
}

/** The parameters of the submodule `name`: those that start with it and a dot, without that beginning. */
export function submodule(params: Params, name: string): Params {
  const own = Object.entries(params).filter(([key]) => key.startsWith(`${name}.`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value]));
}
