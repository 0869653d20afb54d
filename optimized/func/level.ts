import { requiresGrad } from "../autograd/apply.js";
import { grad } from "../autograd/backward.js";
import { enable_grad } from "../autograd/grad_mode.js";
import { AccumulateGrad, type Node } from "../autograd/node.js";
import { gradientEdge } from "../autograd/views.js";
import { ShapeError, TorchError, TorchTypeError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import { describe } from "../core/options.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { zeros_like } from "../ops/creation.js";
import { expand } from "../ops/views.js";
import { leavesOf, mapTree } from "./tree.js";

/**
 * One transform at work. Its inputs start a graph of their own, so that transforms nest: what comes out is part of the
 * graph around it only where it depends on something that this graph reaches beyond the own inputs.
 */
export class Level {
  /** Whether the surroundings record a graph. */
  private readonly outer = gradMode.enabled;
  private readonly own = new Set<Node>();
  /** The tensors that are differentiated, in order. */
  readonly inputs: Tensor[] = [];

  /** The tensors of `value` as inputs of this level. */
  enter<T>(value: T): T {
    return mapTree(value, (t) => {
      const input = this.outer && requiresGrad(t) ? expand(t, t.shape) : this.leaf(detach(t));
      this.inputs.push(input);
      return input;
    });
  }

  /** `t` as a start of the graph that does not count as part of the surroundings. */
  leaf(t: Tensor): Tensor {
    t._requiresGrad = t.dtype.is_floating_point || t.dtype.is_complex;
    if (t._requiresGrad) this.own.add(gradientEdge(t)!);
    return t;
  }

  run<T>(f: () => T): T {
    return enable_grad(f);
  }

  /** Whether one of `tensors` depends on something outside this level. */
  isConnected(tensors: readonly Tensor[]): boolean {
    if (!this.outer) return false;
    const stack = tensors.map((t) => gradientEdge(t));
    const seen = new Set<Node>();
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node === null || seen.has(node) || this.own.has(node)) continue;
      if (node instanceof AccumulateGrad) return true;
      seen.add(node);
      stack.push(...node.edges);
    }
    return false;
  }

  /** What the caller gets: results without the graph of this level, unless they are part of that around it. */
  leave<T>(value: T): T {
    return mapTree(value, (t) => (!requiresGrad(t) || this.isConnected([t]) ? t : detach(t)));
  }

  /** The gradients of `outputs` with respect to `inputs`; zeros where there is no way. */
  gradients(
    outputs: readonly Tensor[],
    inputs: readonly Tensor[],
    weights: readonly (Tensor | null)[],
    create_graph: boolean,
  ): Tensor[] {
    const used = outputs.map((_, i) => i).filter((i) => requiresGrad(outputs[i]!));
    const wanted = inputs.filter(requiresGrad);
    const found =
      used.length === 0 || wanted.length === 0
        ? wanted.map(() => null)
        : grad(
            used.map((i) => outputs[i]!),
            wanted,
            used.map((i) => weights[i] ?? null),
            { create_graph, retain_graph: true, allow_unused: true },
          );
    let next = 0;
    return inputs.map((x) => (requiresGrad(x) ? found[next++] : null) ?? zeros_like(detach(x)));
  }
}

/** The output of a function, and what it gave besides. */
export function splitAux(op: string, result: unknown, has_aux: boolean): [output: unknown, aux: unknown] {
  if (!has_aux) return [result, undefined];
  if (!Array.isArray(result) || result.length !== 2) {
    throw new TorchError(op, "expected the function to return [output, aux] because has_aux is true");
  }
  return [result[0], result[1]];
}

/** Throws unless `value` holds nothing but tensors. */
export function expectTensors(op: string, what: string, value: unknown): Tensor[] {
  const found = leavesOf(value);
  if (found.length === 0) throw new TorchTypeError(op, `expected ${what} to be Tensors; got ${describe(value)}`);
  return found;
}

/** Throws unless the tensors of `given` have the shapes of `like`. */
export function checkLike(op: string, what: string, given: readonly Tensor[], like: readonly Tensor[]): void {
  if (given.length !== like.length) {
    throw new TorchError(op, `expected ${like.length} ${what}; got ${given.length}`);
  }
  given.forEach((t, i) => {
    if (sameShape(t.shape, like[i]!.shape)) return;
    throw new ShapeError(op, `${what} ${i} must have the shape of what it belongs to`, {
      got: t.shape,
      expected: like[i]!.shape,
    });
  });
}

/** Argument numbers counted from the front. */
export function normalizeArgnums(op: string, argnums: number | readonly number[], count: number): number[] {
  const list = typeof argnums === "number" ? [argnums] : [...argnums];
  if (list.length === 0) throw new TorchError(op, "argnums must be non-empty");
  const normal = list.map((n) => {
    if (!Number.isInteger(n)) throw new TorchError(op, `argnums must be integers; got ${String(n)}`);
    if (n < -count || n >= count) {
      throw new TorchError(op, `Got argnum=${n}, but only ${count} positional inputs`);
    }
    return n < 0 ? n + count : n;
  });
  const twice = normal.find((n, i) => normal.indexOf(n) !== i);
  if (twice !== undefined) throw new TorchError(op, `argnums elements must be unique; got ${twice} twice`);
  return normal;
}
