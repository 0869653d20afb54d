import { AssertionError, NotImplementedError, TorchError } from "../../core/errors.js";
import { type Arguments, signature } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { requiresGrad } from "../apply.js";
import { enable_grad } from "../grad_mode.js";
import { gradOps } from "../grad_ops.js";
import {
  checkDependence,
  gradients,
  like,
  type Like,
  listOf,
  outputsOf,
  released,
  scalarOutput,
  type TensorFunction,
  type Tensors,
  variables,
  zerosLike,
} from "./arguments.js";

/** Whole matrices of derivatives, one backward pass per row. */

export type Strategy = "reverse-mode" | "forward-mode";

export interface JacobianOptions {
  /** Whether the result can be differentiated again. */
  create_graph?: boolean;
  /** Whether what does not depend on the inputs is an error instead of zeros. */
  strict?: boolean;
  /** Accepted: PyTorch then runs all rows at once. The result is the same. */
  vectorize?: boolean;
  /** "forward-mode" gives the dtype of the output instead of the input's; rows are computed backward all the same. */
  strategy?: Strategy;
}

export interface HessianOptions extends Omit<JacobianOptions, "strategy"> {
  outer_jacobian_strategy?: Strategy;
}

const readJacobian = signature<JacobianOptions>("jacobian", ["create_graph", "strict", "vectorize", "strategy"]);
const readHessian = signature<HessianOptions>("hessian", [
  "create_graph",
  "strict",
  "vectorize",
  "outer_jacobian_strategy",
]);

function checkStrategy(op: string, { create_graph, strict, vectorize, strategy }: Required<JacobianOptions>): void {
  const clash = (a: string, b: string): string =>
    `\`${a}\` and \`${b}\` are not supported together. Leave one of them at its default`;
  if (strategy !== "forward-mode" && strategy !== "reverse-mode") {
    throw new AssertionError(
      op,
      `expected strategy to be either "forward-mode" or "reverse-mode"; got ${String(strategy)}`,
    );
  }
  if (strategy === "forward-mode") {
    const name = 'strategy="forward-mode"';
    if (create_graph) throw new NotImplementedError(op, clash("create_graph=True", name));
    if (strict) throw new TorchError(op, clash("strict=True", name));
    if (!vectorize) throw new NotImplementedError(op, `\`${name}\` is only implemented for \`vectorize=True\``);
  } else if (vectorize && strict) throw new TorchError(op, clash("strict=True", "vectorize=True"));
}

/** Row j of the Jacobian of output `o` for each input: the gradients of one element. */
function rowOf(
  flat: Tensor,
  o: number,
  j: number,
  xs: readonly Tensor[],
  { strict, create_graph }: { strict: boolean; create_graph: boolean },
): Tensor[] {
  const element = gradOps.select(flat, 0, j);
  return gradients([element], xs, null, create_graph, true).map((g, i) => {
    if (g === null) {
      if (!strict) return zerosLike(xs[i]!);
      throw new TorchError(
        "jacobian",
        `output ${o} of the user-provided function is independent of input ${i}. This is not allowed in strict mode`,
      );
    }
    if (strict && create_graph && !requiresGrad(g)) {
      throw new TorchError(
        "jacobian",
        `the jacobian of the user-provided function is independent of input ${i}. This is not allowed in strict mode when create_graph=True`,
      );
    }
    return g;
  });
}

/**
 * J[i][j] = ∂ output_i / ∂ input_j, with the dims of the output before those of the input.
 *
 * Shapes  output [*o], input [*x] → [*o, *x]; a list for the inputs if they are one, in a list for the outputs if they are.
 * Throws  RuntimeError in strict mode where an output does not depend on an input; else those entries are 0.
 * Source  torch.autograd.functional.jacobian.
 */
export function jacobian<In extends Tensors, Out extends Tensors>(
  func: TensorFunction<Out>,
  inputs: In,
  ...args: Arguments<
    [create_graph?: boolean, strict?: boolean, vectorize?: boolean, strategy?: Strategy],
    JacobianOptions
  >
): Like<Out, Like<In>> {
  const { create_graph = false, strict = false, vectorize = false, strategy = "reverse-mode" } = readJacobian(args);
  checkStrategy("jacobian", { create_graph, strict, vectorize, strategy });
  const given = listOf("jacobian", "inputs", inputs);
  const xs = variables(given.tensors, create_graph, true);
  const outs = enable_grad(() => outputsOf("jacobian", func(...xs)));
  checkDependence("jacobian", outs.tensors, "outputs", strict);
  const rows = outs.tensors.map((out, o) => {
    const flat = enable_grad(() => gradOps.reshape(out, [-1]));
    const byElement = Array.from({ length: out._numel }, (_, j) =>
      enable_grad(() => rowOf(flat, o, j, xs, { strict, create_graph })),
    );
    const matrices = xs.map((x, i) =>
      enable_grad(() => {
        const matrix = stacked(
          byElement.map((row) => row[i]!),
          [...out.shape, ...x.shape],
          x,
        );
        return strategy === "forward-mode" ? gradOps.to(matrix, out.dtype) : matrix;
      }),
    );
    return like(given.many, released(matrices, create_graph));
  });
  return like(outs.many, rows) as Like<Out, Like<In>>;
}

function stacked(rows: readonly Tensor[], shape: readonly number[], x: Tensor): Tensor {
  return rows.length === 0 ? gradOps.zeros(shape, x.dtype, x.device) : gradOps.reshape(gradOps.stack(rows), shape);
}

/**
 * H[i][j] = ∂² output / ∂ input_i ∂ input_j of a function with one output element: the Jacobian of the gradient.
 *
 * Shapes  inputs [*x], [*y] → [*x, *y] for each pair; one tensor for one input
 * Throws  RuntimeError if func gives anything but one tensor of one element.
 * Source  torch.autograd.functional.hessian.
 */
export function hessian<In extends Tensors>(
  func: TensorFunction<Tensor>,
  inputs: In,
  ...args: Arguments<
    [create_graph?: boolean, strict?: boolean, vectorize?: boolean, outer_jacobian_strategy?: Strategy],
    HessianOptions
  >
): Like<In, Like<In>> {
  const {
    create_graph = false,
    strict = false,
    vectorize = false,
    outer_jacobian_strategy: strategy = "reverse-mode",
  } = readHessian(args);
  const { many } = listOf("hessian", "inputs", inputs);
  const single = (...xs: Tensor[]): Tensor => gradOps.reshape(scalarOutput("hessian", func(...xs), strict), []);
  const gradientOf = (...xs: Tensor[]): Tensors => {
    const rows = jacobian(single, xs, { create_graph: true });
    checkDependence("hessian", rows, "jacobian", strict);
    return like(many, rows) as Tensors;
  };
  return jacobian(gradientOf, inputs, { create_graph, strict, vectorize, strategy }) as Like<In, Like<In>>;
}
