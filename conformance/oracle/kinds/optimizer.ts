/** Steps of an optimizer with given gradients, or of L-BFGS with a closure. */
import type { Difference, Tolerance } from "../agreement.js";
import { compare } from "../compare.js";
import { fromLib, kwargsToLib, requireGrad, toLib } from "../convert.js";
import { expectRaises } from "../errors.js";
import { invoke, method, type LibTensor, type Target } from "../target.js";
import {
  decode,
  decodeList,
  decodeRecord,
  dict,
  entriesByName,
  keyText,
  list,
  type Json,
  type Value,
} from "../values.js";

export interface OptimizerCase extends Tolerance {
  readonly id: string;
  readonly optim: string;
  readonly params: readonly Json[];
  readonly groups?: readonly { readonly params: readonly number[]; readonly kwargs: Json }[];
  readonly kwargs: Json;
  readonly grads?: readonly (readonly Json[])[];
  readonly after?: readonly (readonly Json[])[];
  readonly state_dict?: Json;
  readonly raises?: string;
  readonly message?: string;
  readonly closure?: { readonly kind: "quadratic" | "rosenbrock"; readonly A?: Json; readonly b?: Json };
  readonly steps?: number;
  readonly losses?: readonly Json[];
  readonly func_evals?: number;
  readonly n_iter?: number;
}

export function runOptimizer(target: Target, c: OptimizerCase): Difference | null {
  const params = decodeList(c.params).map((value) => requireGrad(toLib(target, value)));
  const make = (): unknown =>
    invoke(target.resolve(c.optim), [groupsOf(target, c, params), ...kwargsToLib(target, decodeRecord(c.kwargs))]);
  if (c.raises !== undefined) return expectRaises(c.raises, c.message, make);
  const optimizer = make();
  if (c.closure) return runClosure(target, c, optimizer, params[0]!);

  for (const [k, grads] of (c.grads ?? []).entries()) {
    for (const [i, grad] of grads.entries()) params[i]!.grad = toLib(target, decode(grad)) as LibTensor | null;
    method(optimizer, "step")();
    const difference = compareParams(target, params, c.after![k]!, c, k);
    if (difference) return difference;
  }
  if (c.state_dict === undefined) return null;
  return compare(
    withoutTuning(fromLib(target, method(optimizer, "state_dict")())),
    decode(c.state_dict),
    c,
    [],
    "state_dict",
  );
}

function groupsOf(target: Target, c: OptimizerCase, params: readonly LibTensor[]): unknown {
  if (!c.groups) return params;
  return c.groups.map((group) => ({
    params: group.params.map((i) => params[i]!),
    ...(kwargsToLib(target, decodeRecord(group.kwargs))[0] as object | undefined),
  }));
}

function compareParams(
  target: Target,
  params: readonly LibTensor[],
  after: readonly Json[],
  tol: Tolerance,
  step: number,
): Difference | null {
  for (const [i, json] of after.entries()) {
    const difference = compare(
      fromLib(target, params[i]),
      decode(json),
      tol,
      [],
      `parameter ${i} after step ${step + 1}`,
    );
    if (difference) return difference;
  }
  return null;
}

/** Options that choose between implementations of one rule are not recorded. */
const TUNING = ["foreach", "capturable", "differentiable", "fused"];

function withoutTuning(stateDict: Value): Value {
  if (stateDict === null || typeof stateDict !== "object" || stateDict.kind !== "dict") return stateDict;
  return dict(
    stateDict.entries.map(([key, value]) => {
      if (keyText(key) !== "param_groups" || value === null || typeof value !== "object" || value.kind !== "list")
        return [key, value];
      const groups = value.items.map((group) =>
        group !== null && typeof group === "object" && group.kind === "dict"
          ? dict(group.entries.filter(([name]) => !TUNING.includes(keyText(name))))
          : group,
      );
      return [key, list(groups)];
    }),
  );
}

/** step() calls the closure as often as it likes and returns the first loss. */
function runClosure(target: Target, c: OptimizerCase, optimizer: unknown, x: LibTensor): Difference | null {
  const loss = lossOf(target, c, x);
  const closure = (): unknown => {
    method(optimizer, "zero_grad")();
    const value = loss();
    method(value, "backward")();
    return value;
  };
  for (let k = 0; k < (c.steps ?? 0); k++) {
    const returned = method(optimizer, "step")(closure);
    const number = target.isTensor(returned) ? method(returned, "item")() : returned;
    const difference =
      compare(fromLib(target, number), decode(c.losses![k]!), c, [], `loss ${k}`) ??
      compareParams(target, [x], c.after![k]!, c, k);
    if (difference) return difference;
  }
  return compareCounts(target, c, optimizer);
}

function compareCounts(target: Target, c: OptimizerCase, optimizer: unknown): Difference | null {
  const state = field(field(fromLib(target, method(optimizer, "state_dict")()), "state"), "0");
  for (const name of ["func_evals", "n_iter"] as const) {
    const difference = compare(field(state, name), { kind: "int", value: c[name]! }, c, [], name);
    if (difference) return difference;
  }
  return null;
}

function field(value: Value, name: string): Value {
  if (value === null || typeof value !== "object" || value.kind !== "dict") return null;
  return entriesByName(value).find(([key]) => key === name)?.[1] ?? null;
}

function lossOf(target: Target, { closure }: OptimizerCase, x: LibTensor): () => unknown {
  const call = (object: unknown, name: string, ...args: readonly unknown[]): unknown => method(object, name)(...args);
  if (closure!.kind === "quadratic") {
    // 0.5 x·A·x − b·x
    const [a, b] = [toLib(target, decode(closure!.A!)), toLib(target, decode(closure!.b!))];
    return () => call(call(call(x, "dot", call(a, "mv", x)), "mul", 0.5), "sub", call(x, "dot", b));
  }
  // (1 − x0)² + 100 (x1 − x0²)²
  return () => {
    const [x0, x1] = [call(x, "select", 0, 0), call(x, "select", 0, 1)];
    const left = call(call(call(x0, "neg"), "add", 1), "pow", 2);
    const right = call(call(call(x1, "sub", call(x0, "pow", 2)), "pow", 2), "mul", 100);
    return call(left, "add", right);
  };
}
