import type { Json } from "../../oracle/values.js";

/** One step of a program that runs in PyTorch and here: see conformance/oracle/kinds/steps.ts. */
export type Step = Readonly<Record<string, Json>>;

/** A variable that an earlier step has set. */
export function ref(name: string): Json {
  return { var: name };
}

export function method(set: string | null, object: string, name: string, ...args: readonly Json[]): Step {
  return { set, obj: ref(object), method: name, args };
}

export function call(
  set: string | null,
  fn: string,
  args: readonly Json[],
  kwargs: Readonly<Record<string, Json>> = {},
): Step {
  return { set, fn, args, kwargs };
}
