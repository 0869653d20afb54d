import type { NdArray } from "../../reference/array.js";
import { apply, applyInplace, needsGraph } from "../autograd/apply.js";
import { applyToGrad } from "../autograd/donation.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { bool } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { clone, copy_ } from "./copy.js";
import { zeros_like } from "./creation.js";
import { metaLike } from "./elementwise.js";
import { mul } from "./pointwise.js";
import { type Arguments, expectTensor, signature } from "./support.js";

/**
 * From a row with kernels, reference functions and curvature to an activation: a function of each element with numbers
 * as options. Its derivative f′ is an op of its own, grad · f′(s), one pass over memory; s is what the forward op keeps.
 */

export type Numbers = readonly number[];

export interface DerivativeRow {
  /** Kernel and name of grad · f′(s). */
  readonly kernel: string;
  readonly reference: (grad: NdArray, saved: NdArray, ...options: number[]) => NdArray;
  /** ∂f′/∂s; absent where f′ is a step function. */
  readonly curvature?: (saved: Tensor, options: Numbers) => Tensor;
}

export type Derivative = ComputeOp<[grad: Tensor, saved: Tensor], Numbers>;

export function derivative(row: DerivativeRow): Derivative {
  const op: Derivative = defineOp<[grad: Tensor, saved: Tensor], Numbers>({
    name: row.kernel,
    kernel: row.kernel,
    infer: ([, saved]) => metaLike(saved, saved.shape, "same"),
    write: (b, [out], ins, options) => {
      b.pointwise(out!, ins);
      for (const option of options) b.number(option);
    },
    reference: ([grad, saved], options) => row.reference(grad, saved, ...options),
    saves: [[1], row.curvature === undefined ? [1] : [0, 1]],
    backward: [
      (c) => apply(op, [c.grad, c.in(1)], c.attrs),
      (c) => {
        const saved = c.in(1);
        if (row.curvature === undefined) return zeros_like(saved);
        return mul(mul(c.grad, c.in(0)), row.curvature(saved, c.attrs));
      },
    ],
    elementwise: true,
  });
  return op;
}

export interface ActivationRow {
  readonly name: string;
  readonly kernel?: string;
  readonly reference: (x: NdArray, ...options: number[]) => NdArray;
  /** What the derivative reads. */
  readonly reads: "input" | "output";
  readonly derivative: Derivative;
  /** Whether integers are taken too. */
  readonly integers?: boolean;
}

export interface Activation {
  readonly call: (input: Tensor, options?: Numbers) => Tensor;
  readonly inplace: (self: Tensor, options?: Numbers) => Tensor;
}

const NONE: Numbers = [];

export function activation(row: ActivationRow): Activation {
  const { name, reads, integers = false } = row;
  const op = defineOp<[x: Tensor], Numbers>({
    name,
    kernel: row.kernel ?? name,
    infer: ([x]) => metaLike(x, x.shape, "same"),
    write: (b, [out], ins, options) => {
      b.pointwise(out!, ins);
      for (const option of options) b.number(option);
    },
    reference: ([x], options) => row.reference(x, ...options),
    saves: [[reads === "input" ? 0 : "out0"]],
    backward: [(c) => applyToGrad(row.derivative, c, [c.grad, reads === "input" ? c.in(0) : c.out()], c.attrs)],
    elementwise: true,
  });
  const check = (input: Tensor): void => {
    expectTensor(name, "input", input);
    if (!input.dtype.is_floating_point) checkIntegers(name, input, integers);
  };
  return {
    call: (input, options = NONE) => {
      check(input);
      return apply(op, [input], options);
    },
    inplace: (self, options = NONE) => {
      check(self);
      // The derivative reads the input, which is about to be overwritten: compute from a copy.
      if (reads === "input" && needsGraph([self])) return copy_(self, apply(op, [clone(self)], options));
      return applyInplace(op, self, [self], options);
    },
  };
}

function checkIntegers(name: string, { dtype }: Tensor, allowed: boolean): void {
  if (allowed && dtype !== bool && !dtype.is_complex) return;
  const takes = allowed ? "floats and integers" : "floats";
  throw new DtypeError(name, `not implemented for ${dtype}: it takes ${takes}. Convert the input with .float()`);
}

/** `f(x)` or, with `inplace`, x overwritten by it. */
export function run(a: Activation, input: Tensor, inplace: boolean, options?: Numbers): Tensor {
  return inplace ? a.inplace(input, options) : a.call(input, options);
}

export interface InplaceOption {
  inplace?: boolean;
}
export type InplaceArguments = Arguments<[inplace?: boolean], InplaceOption>;

/** The function of an activation whose one option is `inplace`. */
export function withInplace(
  name: string,
  a: Activation,
  options?: Numbers,
): (input: Tensor, ...args: InplaceArguments) => Tensor {
  const read = signature<InplaceOption>(name, ["inplace"]);
  return (input, ...args) => run(a, input, read(args).inplace === true, options);
}
