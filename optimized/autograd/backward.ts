import { ShapeError, TorchError } from "../core/errors.js";
import { checkOptions, isOptions } from "../core/options.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { collectGradients, type Root, runBackward, type Target } from "./engine.js";
import { gradOps } from "./grad_ops.js";
import { requiresGrad } from "./apply.js";
import { gradientEdge } from "./views.js";

/** The public entrances of autograd. */

type OneOrMany<T> = T | readonly T[];

function list<T>(x: OneOrMany<T>): readonly T[] {
  return Array.isArray(x) ? x : [x as T];
}

function makeRoots(tensors: readonly Tensor[], grads: readonly (Tensor | null | undefined)[]): Root[] {
  const roots: Root[] = [];
  tensors.forEach((t, i) => {
    const given = grads[i] ?? null;
    if (!requiresGrad(t)) {
      throw new TorchError("backward", `element ${i} of tensors does not require grad and does not have a grad_fn`);
    }
    if (given === null && t._numel !== 1) {
      throw new TorchError(
        "backward",
        `grad can be implicitly created only for scalar outputs; got shape [${t.shape.join(", ")}]`,
      );
    }
    if (given !== null && !sameShape(given.shape, t.shape)) {
      throw new ShapeError("backward", `Mismatch in shape: grad_output[${i}] and output[${i}]`, {
        grad: given.shape,
        output: t.shape,
      });
    }
    const grad = given ?? gradOps.ones(t.shape, t.dtype, t.device);
    roots.push({ node: gradientEdge(t)!, output: t._outputNr, grad });
  });
  return roots;
}

export interface BackwardOptions {
  retain_graph?: boolean | null;
  create_graph?: boolean;
  inputs?: OneOrMany<Tensor> | null;
}

/**
 * Adds the gradients of `tensors` to the `.grad` of the leaves they were made from (or of `inputs` only).
 *
 * `grad_tensors` weigh the elements of tensors that are not scalars. The graph is freed unless `retain_graph` (by
 * default: `create_graph`). Source: torch.autograd.backward.
 */
export function backward(
  tensors: OneOrMany<Tensor>,
  grad_tensors:
    | OneOrMany<Tensor | null>
    | null
    | (BackwardOptions & { grad_tensors?: OneOrMany<Tensor | null> | null }) = null,
  options: BackwardOptions = {},
): void {
  if (isOptions(grad_tensors)) {
    const { grad_tensors: weights = null, ...named } = grad_tensors as BackwardOptions & {
      grad_tensors?: OneOrMany<Tensor | null>;
    };
    backward(tensors, weights, named);
    return;
  }
  checkOptions("backward", options, ["retain_graph", "create_graph", "inputs"]);
  const { retain_graph = null, create_graph = false, inputs = null } = options;
  const roots = makeRoots(list(tensors), grad_tensors === null ? [] : list(grad_tensors as OneOrMany<Tensor | null>));
  const keep = retain_graph ?? create_graph;
  if (inputs === null) {
    runBackward(roots, keep, create_graph);
    return;
  }
  const wanted = list(inputs);
  if (wanted.length === 0) throw new TorchError("backward", "'inputs' argument to backward() cannot be empty.");
  const grads = collectGradients(roots, targetsOf("backward", wanted), keep, create_graph);
  wanted.forEach((t, i) => {
    const g = grads[i] ?? null;
    if (g === null) return;
    if (t._grad === null) t._grad = create_graph ? g : gradOps.clone(g);
    else if (create_graph) t._grad = gradOps.add(t._grad, g);
    else gradOps.addInto(t._grad, g);
  });
}

function targetsOf(op: string, inputs: readonly Tensor[]): Target[] {
  return inputs.map((t) => {
    const node = gradientEdge(t);
    if (node === null) throw new TorchError(op, "One of the differentiated Tensors does not require grad");
    return { node, output: t._outputNr };
  });
}

export interface GradOptions {
  retain_graph?: boolean | null;
  create_graph?: boolean;
  allow_unused?: boolean;
}

/**
 * The gradients of `outputs` with respect to `inputs`, without touching any `.grad`.
 *
 * Throws for an input that the outputs do not depend on, unless `allow_unused`: then its gradient is null.
 * Source: torch.autograd.grad.
 */
export function grad(
  outputs: OneOrMany<Tensor>,
  inputs: OneOrMany<Tensor>,
  grad_outputs:
    | OneOrMany<Tensor | null>
    | null
    | (GradOptions & { grad_outputs?: OneOrMany<Tensor | null> | null }) = null,
  options: GradOptions = {},
): (Tensor | null)[] {
  if (isOptions(grad_outputs)) {
    const { grad_outputs: weights = null, ...named } = grad_outputs as GradOptions & {
      grad_outputs?: OneOrMany<Tensor | null>;
    };
    return grad(outputs, inputs, weights, named);
  }
  checkOptions("grad", options, ["retain_graph", "create_graph", "allow_unused"]);
  const { retain_graph = null, create_graph = false, allow_unused = false } = options;
  const roots = makeRoots(list(outputs), grad_outputs === null ? [] : list(grad_outputs as OneOrMany<Tensor | null>));
  const wanted = list(inputs);
  if (wanted.length === 0) throw new TorchError("grad", "grad requires non-empty inputs.");
  const grads = collectGradients(roots, targetsOf("grad", wanted), retain_graph ?? create_graph, create_graph);
  if (!allow_unused && grads.includes(null)) {
    throw new TorchError(
      "grad",
      `One of the differentiated Tensors appears to not have been used in the graph (input ${grads.indexOf(null)}). Set allow_unused: true if this is the desired behavior`,
    );
  }
  return grads;
}
