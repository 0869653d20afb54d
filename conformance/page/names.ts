import torch from "../../optimized/index.js";
import * as inplace from "../../optimized/ops/inplace.js";
import * as ops from "../../optimized/ops/index.js";

/** Public functions by name: those that are another name of one with a spec, and those that only make or ask. */

type Functions = Readonly<Record<string, unknown>>;

const functions: Functions = Object.fromEntries(
  Object.entries({ ...ops, ...prefixed("special_", torch.special), ...prefixed("masked.", torch.masked) }).filter(
    ([, f]) => typeof f === "function",
  ),
);

function prefixed(prefix: string, space: object): Functions {
  return Object.fromEntries(Object.entries(space).map(([name, f]) => [prefix + name, f]));
}

/** Other names of each function with a spec; in-place forms. */
export function alsoKnownAs(name: string): string[] {
  const f = functions[name];
  const others = Object.keys(functions).filter((other) => other !== name && f !== undefined && functions[other] === f);
  return `${name}_` in inplace ? [...others, `${name}_`] : others;
}

/** Public functions that are nowhere on the page: neither a spec, nor another name, nor a form of one. */
export function unlisted(listed: ReadonlySet<string>): string[] {
  return Object.keys(functions)
    .filter((name) => !listed.has(name) && !/^[A-Z]/.test(name))
    .sort();
}
