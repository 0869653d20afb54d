import { isOptions } from "../core/options.js";
import { Tensor } from "../core/tensor.js";

/** Values with tensors in them: a tensor, an array or an object of such values, or anything else, which counts as none. */

/** `value` with `f` of every tensor in the tensor's place; `f` also gets the path to it. */
export function mapTree<T>(value: T, f: (leaf: Tensor, path: string) => unknown, path = ""): T {
  if (value instanceof Tensor) return f(value, path) as T;
  if (Array.isArray(value)) return value.map((v, i) => mapTree(v, f, `${path}[${i}]`)) as T;
  if (!isOptions(value)) return value;
  const entries = Object.entries(value).map(([name, v]) => [name, mapTree(v, f, `${path}.${name}`)] as const);
  return Object.fromEntries(entries) as T;
}

/** The tensors in `value`, in order. */
export function leavesOf(value: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapTree(value, (leaf) => found.push(leaf));
  return found;
}

/** `value` with the tensors replaced, in order, by `leaves`. */
export function withLeaves(value: unknown, leaves: readonly unknown[]): unknown {
  let next = 0;
  return mapTree(value, () => leaves[next++]);
}

/** Several trees of one structure as one, whose leaves are `f` of the leaves at the same place. */
export function zipTrees<T>(trees: readonly T[], f: (leaves: readonly Tensor[]) => Tensor): T {
  const lists = trees.map(leavesOf);
  let next = 0;
  return mapTree(trees[0]!, () => {
    const at = next++;
    return f(lists.map((list) => list[at]!));
  });
}
