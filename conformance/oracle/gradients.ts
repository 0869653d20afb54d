/** First and second order gradients of a recorded call. */
import type { Difference, Tolerance } from "./agreement.js";
import type { Arguments } from "./call.js";
import { compare } from "./compare.js";
import { fromLib, requireGrad, toLib } from "./convert.js";
import { method, property, type LibTensor, type Target } from "./target.js";
import { decode, dict, entriesByName, list, type DictValue, type Json, type Value } from "./values.js";

/** Inputs as the library has them, and as they were recorded. */
export interface Inputs extends Arguments {
  readonly values: readonly Value[];
  readonly kwargValues: DictValue;
}

export interface SecondOrder {
  readonly v: Readonly<Record<string, Json>>;
  readonly grads: Readonly<Record<string, Json>>;
  readonly rtol: number;
  readonly atol: number;
}

interface Cotangent {
  readonly path: string;
  readonly output: LibTensor;
  readonly grad: LibTensor;
}

export function backward(target: Target, out: unknown, gradOut: Value): void {
  const pairs = cotangents(target, out, gradOut);
  const [first, ...more] = pairs;
  if (first && more.length === 0) method(first.output, "backward", "torch.Tensor.backward")(first.grad);
  else target.call("torch.autograd.backward", [pairs.map((p) => p.output), pairs.map((p) => p.grad)]);
}

/** Compares `.grad` of every input that requires grad; an input that is not listed in `grads` has none. */
export function compareInputGradients(
  target: Target,
  inputs: Inputs,
  grads: Readonly<Record<string, Json>>,
  tol: Tolerance,
): Difference | null {
  for (const [path, leaf] of leaves(target, inputs)) {
    const want = grads[path] === undefined ? null : decode(grads[path]);
    const difference = compare(fromLib(target, leaf.grad), want, tol, [], `grad of input ${path}`);
    if (difference) return difference;
  }
  return null;
}

/** Takes the gradients with create_graph, weights them with `v` and differentiates the weighted sum again. */
export function compareSecondOrder(
  target: Target,
  inputs: Inputs,
  out: unknown,
  gradOut: Value,
  second: SecondOrder,
): Difference | null {
  const inputLeaves = leaves(target, inputs);
  const pairs = cotangents(target, out, gradOut);
  for (const { grad } of pairs) requireGrad(grad);
  const gradOf = (
    outputs: readonly unknown[],
    of: readonly unknown[],
    grads: readonly unknown[] | null,
    options: object,
  ): readonly unknown[] =>
    target.call("torch.autograd.grad", [outputs, of, grads, { ...options, allow_unused: true }]) as readonly unknown[];

  const first = gradOf(
    pairs.map((p) => p.output),
    inputLeaves.map(([, leaf]) => leaf),
    pairs.map((p) => p.grad),
    { create_graph: true },
  );
  const terms = inputLeaves.flatMap(([path], i) => {
    const weight = second.v[path];
    if (weight === undefined) return [];
    return [method(method(first[i], "mul")(toLib(target, decode(weight))), "sum")()];
  });
  const total = terms.reduce((sum, term) => method(sum, "add")(term));

  const sources = [...inputLeaves, ...pairs.map((p) => [`out:${p.path}`, p.grad] as const)];
  const again = gradOf(
    [total],
    sources.map(([, tensor]) => tensor),
    null,
    {},
  );
  for (const [i, [path]] of sources.entries()) {
    const want = second.grads[path];
    if (want === undefined) continue;
    const difference = compare(fromLib(target, again[i]), decode(want), second, [], `second gradient of ${path}`);
    if (difference) return difference;
  }
  return null;
}

/** The argument at a path such as "0", "1.0", "kw:weight" or "0.data". */
export function argumentAt({ args, kwargs, placed }: Arguments, path: string): unknown {
  if (!path.startsWith("kw:")) return at(args, path);
  const [name, ...keys] = path.slice(3).split(".") as [string, ...string[]];
  return at(placed.has(name) ? args[placed.get(name)!] : property(kwargs[0], name), keys.join("."));
}

/** Item of a nested result; "" is the whole. */
export function at(value: unknown, path: string): unknown {
  return path === "" ? value : path.split(".").reduce((v: unknown, key) => property(v, key), value);
}

function cotangents(target: Target, out: unknown, gradOut: Value, path = ""): readonly Cotangent[] {
  if (gradOut === null || typeof gradOut !== "object") return [];
  const inside = (key: string, value: unknown, grad: Value): readonly Cotangent[] =>
    cotangents(target, value, grad, path === "" ? key : `${path}.${key}`);
  if (gradOut.kind === "list") {
    const items = [...(out as Iterable<unknown>)];
    return gradOut.items.flatMap((grad, i) => inside(String(i), items[i], grad));
  }
  if (gradOut.kind === "dict")
    return entriesByName(gradOut).flatMap(([key, grad]) => inside(key, property(out, key), grad));
  return [{ path, output: out as LibTensor, grad: toLib(target, gradOut) as LibTensor }];
}

/** The inputs recorded with "rg", with their paths. */
function leaves(target: Target, inputs: Inputs): readonly (readonly [string, LibTensor])[] {
  const positional = pathsOfLeaves(list(inputs.values), "");
  const named = pathsOfLeaves(inputs.kwargValues, "").map((path) => `kw:${path}`);
  return [...positional, ...named].map((path) => {
    const leaf = argumentAt(inputs, path);
    if (!target.isTensor(leaf)) throw new Error(`no tensor at input ${path}`);
    return [path, leaf] as const;
  });
}

function pathsOfLeaves(value: Value, path: string): readonly string[] {
  if (value === null || typeof value !== "object") return [];
  const inside = (key: string, v: Value): readonly string[] => pathsOfLeaves(v, path === "" ? key : `${path}.${key}`);
  switch (value.kind) {
    case "tensor":
    case "sparse":
      return value.requiresGrad ? [path] : [];
    case "list":
      return value.items.flatMap((item, i) => inside(String(i), item));
    case "dict":
      return entriesByName(value).flatMap(([key, item]) => inside(key, item));
    case "packed":
      return pathsOfLeaves(dict(value.parts.entries), path);
    default:
      return [];
  }
}
