import { TorchError, TorchTypeError } from "../../core/errors.js";
import { describe } from "../../core/options.js";
import { sameShape } from "../../core/strides.js";
import { Tensor } from "../../core/tensor.js";
import { requiresGrad } from "../apply.js";
import { grad } from "../backward.js";
import { gradOps } from "../grad_ops.js";

/** What the functions of this folder share: one tensor or a list of them, in and out. */

export type Tensors = Tensor | readonly Tensor[];
/** As many `Value`s as `T` has tensors: one, or a list. */
export type Like<T, Value = Tensor> = T extends Tensor ? Value : Value[];
export type TensorFunction<Out extends Tensors> = (...inputs: Tensor[]) => Out;

export interface TensorList {
  readonly many: boolean;
  readonly tensors: readonly Tensor[];
}

/** `value` as a list, and whether it was one; `what` names it in the error. */
export function listOf(op: string, what: string, value: unknown): TensorList {
  const many = Array.isArray(value);
  const list: readonly unknown[] = many ? value : [value];
  list.forEach((t, i) => {
    if (t instanceof Tensor) return;
    const got = many ? `value at index ${i} has type` : `given ${what} has type`;
    throw new TorchTypeError(
      op,
      `the ${what} given to ${op} must be either a Tensor or a list of Tensors but the ${got} ${describe(t)}`,
    );
  });
  return { many, tensors: list as readonly Tensor[] };
}

export function outputsOf(op: string, value: unknown): TensorList {
  return listOf(op, "outputs of the user-provided function", value);
}

/** The list, or its only element. */
export function like<T>(many: boolean, list: readonly T[]): T | readonly T[] {
  return many ? list : list[0]!;
}

/** Starts of the graph: connected to their history where that is wanted, else new leaves. */
export function variables(tensors: readonly Tensor[], connected: boolean, needGraph: boolean): Tensor[] {
  return tensors.map((t) => {
    if (connected && requiresGrad(t)) return gradOps.alias(t);
    const leaf = withoutGraph(t);
    leaf._requiresGrad = needGraph;
    return leaf;
  });
}

/** The same memory outside the graph. */
export function withoutGraph(t: Tensor): Tensor {
  return new Tensor(t._storage, t.shape, t._strides, t._offset, t.dtype);
}

/** Results as the caller gets them: part of a graph only if that was asked for. */
export function released(tensors: readonly Tensor[], create_graph: boolean): readonly Tensor[] {
  return create_graph ? tensors : tensors.map(withoutGraph);
}

export function zerosLike(t: Tensor, requires_grad = false): Tensor {
  const zeros = gradOps.zeros(t.shape, t.dtype, t.device);
  zeros._requiresGrad = requires_grad;
  return zeros;
}

/** The vector `v`, checked against the tensors that it weighs; null where that may be left out. */
export function vectorFor(
  op: string,
  v: Tensors | null,
  { many, tensors }: TensorList,
  create_graph: boolean,
  absent: string,
): readonly Tensor[] | null {
  if (v === null) {
    if (tensors.length !== 1 || tensors[0]!._numel !== 1) {
      throw new TorchError(op, `the vector v can only be None if ${absent} a single Tensor with a single element`);
    }
    return null;
  }
  const given = variables(listOf(op, "v", v).tensors, create_graph, false);
  if (given.length !== tensors.length) {
    throw new TorchError(
      op,
      many
        ? `v is a tuple of invalid length: should be ${tensors.length} but got ${given.length}`
        : "the given v should contain a single Tensor",
    );
  }
  given.forEach((t, i) => {
    const want = tensors[i]!.shape;
    if (sameShape(t.shape, want)) return;
    const which = many ? `entry ${i} in ` : "";
    throw new TorchError(
      op,
      `${which}v has invalid size: should be [${want.join(", ")}] but got [${t.shape.join(", ")}]`,
    );
  });
  return given;
}

/** The output of a function whose second derivatives are asked for: one element. */
export function scalarOutput(op: string, value: unknown, strict: boolean): Tensor {
  const { many, tensors } = outputsOf(op, value);
  checkDependence(op, tensors, "outputs", strict);
  if (many) throw new TorchError(op, `the function given to ${op} should return a single Tensor`);
  if (tensors[0]!._numel !== 1) {
    throw new TorchError(
      op,
      `the Tensor returned by the function given to ${op} should contain a single element; got shape [${tensors[0]!.shape.join(", ")}]`,
    );
  }
  return tensors[0]!;
}

/** Gradients of those outputs that have any; null where there is none. */
export function gradients(
  outputs: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  weights: readonly (Tensor | null)[] | null,
  create_graph: boolean,
  retain_graph = create_graph,
): (Tensor | null)[] {
  const used: Tensor[] = [];
  const seeds: (Tensor | null)[] = [];
  outputs.forEach((out, i) => {
    if (out === null || !requiresGrad(out)) return;
    used.push(out);
    seeds.push(weights?.[i] ?? null);
  });
  if (used.length === 0) return inputs.map(() => null);
  return grad(used, inputs, seeds, { create_graph, retain_graph, allow_unused: true });
}

const NOT_STRICT = "This is not allowed in strict mode";
const DEPENDENCE = {
  outputs: (i: number) =>
    `output ${i} of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode`,
  grad_inputs: (i: number) =>
    `the gradient with respect to input ${i} is independent of the inputs of the user-provided function. ${NOT_STRICT}`,
  jacobian: (i: number) =>
    `while computing the hessian, found that the jacobian of the user-provided function with respect to input ${i} is independent of the input. ${NOT_STRICT}. You should ensure that your function is twice differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for example)`,
  hessian: (i: number) =>
    `the hessian of the user-provided function with respect to input ${i} is independent of the input. ${NOT_STRICT}. You should ensure that your function is thrice differentiable and that the hessian depends on the inputs`,
};

/** In strict mode: throws for what does not depend on the inputs. */
export function checkDependence(
  op: string,
  tensors: readonly (Tensor | null)[],
  kind: keyof typeof DEPENDENCE,
  strict: boolean,
): void {
  if (!strict) return;
  tensors.forEach((t, i) => {
    if (t === null) {
      throw new TorchError(op, `the output of the user-provided function is independent of input ${i}. ${NOT_STRICT}`);
    }
    if (!requiresGrad(t)) throw new TorchError(op, DEPENDENCE[kind](i));
  });
}

const MISSING = {
  back: (i: number) => `the output of the user-provided function is independent of input ${i}`,
  back_trick: (i: number) =>
    `the gradient with respect to the input is independent of entry ${i} in the grad_outputs when using the double backward trick to compute forward mode gradients`,
  double_back: (i: number) => `the jacobian of the user-provided function is independent of input ${i}`,
  double_back_trick: (i: number) =>
    `the hessian of the user-provided function is independent of entry ${i} in the grad_jacobian, which prevents from using the double backward trick to replace forward mode AD`,
};

/** Zeros where there is no gradient; an error instead in strict mode. */
export function filled(
  op: string,
  grads: readonly (Tensor | null)[],
  refs: readonly Tensor[],
  stage: keyof typeof MISSING,
  strict: boolean,
  create_graph: boolean,
): Tensor[] {
  return grads.map((g, i) => {
    if (g === null) {
      if (strict) throw new TorchError(op, `${MISSING[stage](i)}. ${NOT_STRICT}`);
      return zerosLike(refs[i]!);
    }
    if (strict && create_graph && !requiresGrad(g)) {
      const what = stage.startsWith("double") ? "hessian" : "jacobian";
      throw new TorchError(
        op,
        `the ${what} of the user-provided function is independent of input ${i}. ${NOT_STRICT} when create_graph=True`,
      );
    }
    return g;
  });
}
