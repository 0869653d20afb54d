import { type Arguments, signature } from "../../core/options.js";
import { enable_grad } from "../grad_mode.js";
import {
  checkDependence,
  filled,
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
  vectorFor,
  zerosLike,
} from "./arguments.js";

/** Products of a vector with the Jacobian or the Hessian of a function: one or two passes, no matrix is made. */

export interface ProductOptions {
  /** What the matrix is multiplied with; may be left out where it has one element. */
  v?: Tensors | null;
  /** Whether the results can be differentiated again. */
  create_graph?: boolean;
  /** Whether what does not depend on the inputs is an error instead of zeros. */
  strict?: boolean;
}

type ProductArguments = Arguments<[v?: Tensors | null, create_graph?: boolean, strict?: boolean], ProductOptions>;

const NAMES = ["v", "create_graph", "strict"] as const;
const readVjp = signature<ProductOptions>("vjp", NAMES);
const readJvp = signature<ProductOptions>("jvp", NAMES);
const readVhp = signature<ProductOptions>("vhp", NAMES);
const readHvp = signature<ProductOptions>("hvp", NAMES);

const NO_INPUT_VECTOR = "the input to the user-provided function is";

/**
 * [func(inputs), vᵀJ], J the Jacobian of func at inputs: one backward pass with v as the gradient of the outputs.
 *
 * Shapes  v: those of the outputs → vᵀJ: those of the inputs
 * Throws  RuntimeError if v does not fit, or is left out and the output has more than one element.
 * Source  torch.autograd.functional.vjp.
 */
export function vjp<In extends Tensors, Out extends Tensors>(
  func: TensorFunction<Out>,
  inputs: In,
  ...args: ProductArguments
): [func_output: Out, vjp: Like<In>] {
  const { v = null, create_graph = false, strict = false } = readVjp(args);
  const given = listOf("vjp", "inputs", inputs);
  const xs = variables(given.tensors, create_graph, true);
  const [outs, weights] = enable_grad(() => {
    const outputs = outputsOf("vjp", func(...xs));
    checkDependence("vjp", outputs.tensors, "outputs", strict);
    return [outputs, vectorFor("vjp", v, outputs, create_graph, "the user-provided function returns")] as const;
  });
  const grads = gradients(outs.tensors, xs, weights, create_graph);
  const products = filled("vjp", grads, xs, "back", strict, create_graph);
  return [
    like(outs.many, released(outs.tensors, create_graph)) as Out,
    like(given.many, released(products, create_graph)) as Like<In>,
  ];
}

/**
 * [func(inputs), Jv], J the Jacobian of func at inputs, by the double-backward trick: uᵀJ is linear in u, so its
 * derivative with respect to u in the direction v is Jv.
 *
 * Shapes  v: those of the inputs → Jv: those of the outputs
 * Throws  RuntimeError if v does not fit, or is left out and the input has more than one element.
 * Source  torch.autograd.functional.jvp.
 */
export function jvp<In extends Tensors, Out extends Tensors>(
  func: TensorFunction<Out>,
  inputs: In,
  ...args: ProductArguments
): [func_output: Out, jvp: Like<Out>] {
  const { v = null, create_graph = false, strict = false } = readJvp(args);
  const given = listOf("jvp", "inputs", inputs);
  const xs = variables(given.tensors, create_graph, true);
  const weights = vectorFor("jvp", v, given, create_graph, NO_INPUT_VECTOR);
  const [outs, us, inner] = enable_grad(() => {
    const outputs = outputsOf("jvp", func(...xs));
    checkDependence("jvp", outputs.tensors, "outputs", strict);
    const dummies = outputs.tensors.map((t) => zerosLike(t, true));
    const grads = gradients(outputs.tensors, xs, dummies, true);
    checkDependence("jvp", grads, "grad_inputs", strict);
    return [outputs, dummies, grads] as const;
  });
  const grads = gradients(inner, us, weights, create_graph);
  const products = filled("jvp", grads, outs.tensors, "back_trick", strict, create_graph);
  return [
    like(outs.many, released(outs.tensors, create_graph)) as Out,
    like(outs.many, released(products, create_graph)) as Like<Out>,
  ];
}

/**
 * [func(inputs), vᵀH], H the Hessian of the scalar function func at inputs: the gradient of the gradient, weighed by v.
 *
 * Shapes  v: those of the inputs → vᵀH: the same
 * Throws  RuntimeError if v does not fit, or func gives anything but one tensor of one element.
 * Source  torch.autograd.functional.vhp.
 */
export function vhp<In extends Tensors, Out extends Tensors>(
  func: TensorFunction<Out>,
  inputs: In,
  ...args: ProductArguments
): [func_output: Out, vhp: Like<In>] {
  const { v = null, create_graph = false, strict = false } = readVhp(args);
  const given = listOf("vhp", "inputs", inputs);
  const xs = variables(given.tensors, create_graph, true);
  const weights = vectorFor("vhp", v, given, create_graph, NO_INPUT_VECTOR);
  const [out, jacobian] = enable_grad(() => {
    const output = scalarOutput("vhp", func(...xs), strict);
    const grads = gradients([output], xs, null, true);
    checkDependence("vhp", grads, "jacobian", strict);
    return [output, grads] as const;
  });
  const products = filled(
    "vhp",
    gradients(jacobian, xs, weights, create_graph),
    xs,
    "double_back",
    strict,
    create_graph,
  );
  return [released([out], create_graph)[0] as Out, like(given.many, released(products, create_graph)) as Like<In>];
}

/**
 * [func(inputs), Hv], H the Hessian of the scalar function func at inputs, by the double-backward trick over vhp: three
 * passes. Where H is symmetric, `vhp` gives the same in two.
 *
 * Shapes  v: those of the inputs → Hv: the same
 * Throws  RuntimeError if v does not fit, or func gives anything but one tensor of one element.
 * Source  torch.autograd.functional.hvp.
 */
export function hvp<In extends Tensors, Out extends Tensors>(
  func: TensorFunction<Out>,
  inputs: In,
  ...args: ProductArguments
): [func_output: Out, hvp: Like<In>] {
  const { v = null, create_graph = false, strict = false } = readHvp(args);
  const given = listOf("hvp", "inputs", inputs);
  const xs = variables(given.tensors, create_graph, true);
  const weights = vectorFor("hvp", v, given, create_graph, NO_INPUT_VECTOR);
  const [out, us, double] = enable_grad(() => {
    const output = scalarOutput("hvp", func(...xs), strict);
    const jacobian = gradients([output], xs, null, true);
    checkDependence("hvp", jacobian, "jacobian", strict);
    const dummies = xs.map((t) => zerosLike(t, true));
    const grads = gradients(jacobian, xs, dummies, true);
    checkDependence("hvp", jacobian, "hessian", strict);
    return [output, dummies, grads] as const;
  });
  const products = filled(
    "hvp",
    gradients(double, us, weights, create_graph),
    xs,
    "double_back_trick",
    strict,
    create_graph,
  );
  return [released([out], create_graph)[0] as Out, like(given.many, released(products, create_graph)) as Like<In>];
}
