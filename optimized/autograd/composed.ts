import { gradMode } from "../core/grad_mode.js";
import { Tensor } from "../core/tensor.js";
import { grad } from "./backward.js";
import { enable_grad } from "./grad_mode.js";
import { gradOps } from "./grad_ops.js";
import { requiresGrad } from "./apply.js";

/**
 * The gradients of a fused op by those of a composition of ops that computes the same: for derivatives of backward ops,
 * which are rarely wanted and then need not be fast. `wanted[i]` tells for which inputs.
 */
export function composedGradients(
  compose: (...ins: (Tensor | null)[]) => readonly Tensor[],
  ins: readonly (Tensor | null)[],
  grads: readonly (Tensor | null)[],
  wanted: readonly boolean[],
): (Tensor | null)[] {
  const create = gradMode.enabled;
  const variables = ins.map((x, i) => (x === null || !wanted[i] ? x : variableOf(x, create)));
  const outs = enable_grad(() => compose(...variables));
  const used = outs
    .map((out, i) => [out, grads[i] ?? null] as const)
    .filter(([out, g]) => g !== null && requiresGrad(out));
  const targets = variables.filter((x, i): x is Tensor => x !== null && wanted[i] === true);
  if (used.length === 0 || targets.length === 0) return ins.map(() => null);
  const results = grad(
    used.map(([out]) => out),
    targets,
    used.map(([, g]) => g),
    { create_graph: create, allow_unused: true },
  );
  let next = 0;
  return variables.map((x, i) => (x !== null && wanted[i] ? (results[next++] ?? null) : null));
}

/** `x` as the start of a graph of its own; connected to its history if derivatives of the result are wanted too. */
function variableOf(x: Tensor, connected: boolean): Tensor {
  if (connected && requiresGrad(x)) return gradOps.alias(x);
  const variable = new Tensor(x._storage, x.shape, x._strides, x._offset, x.dtype);
  variable._requiresGrad = true;
  return variable;
}
