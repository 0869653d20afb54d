import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp, type Saves } from "../autograd/op.js";
import type { DType } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import { resultType, type Scalar } from "../core/promotion.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { copy_, to } from "./copy.js";
import { metaLike, type OutOption, takeOut } from "./elementwise.js";
import { moveTo } from "./out.js";
import { add, div, mul, neg, sub } from "./pointwise.js";
import { broadcast, expectTensor, scalarTensor } from "./support.js";

/** Arithmetic of three operands in one pass over memory. Formulas: reference/ops/arithmetic.ts. */

interface Factor {
  readonly value: number;
}
type Ternary = [x: Tensor, y: Tensor, z: Tensor];
type TernaryOp = ComputeOp<Ternary, Factor>;
type Backward = (c: Context<Factor>) => Tensor;

function ternary(
  name: string,
  reference: (x: NdArray, y: NdArray, z: NdArray, value: number) => NdArray,
  saves: readonly (readonly Saves[])[],
  backward: [Backward, Backward, Backward],
): TernaryOp {
  return defineOp<Ternary, Factor>({
    name,
    kernel: name,
    infer: ([x, y, z]) => {
      const shape = broadcast(name, { shape: broadcast(name, x, y) } as Tensor, z);
      return metaLike(sameShape(shape, x.shape) ? x : y, shape, "same");
    },
    write: (b, [out], ins, { value }) => {
      b.pointwise(out!, ins);
      b.number(value);
      b.number(0);
    },
    reference: ([x, y, z], { value }) => reference(x, y, z, value),
    saves,
    backward,
    elementwise: true,
  });
}

export interface ValueOptions extends OutOption {
  /** Factor of the product or quotient. */
  value?: Scalar;
}
const VALUE = ["value", "out"];

/** x + value · f(y, z): `op` computes it for real numbers; complex ones go through `formula`. */
interface Family {
  readonly name: string;
  readonly op: TernaryOp;
  readonly formula: (y: Tensor, z: Tensor) => Tensor;
  readonly check?: (dtype: DType) => void;
}

function fused({ name, op, formula, check }: Family) {
  const prepare = (ins: Ternary): Ternary => {
    (["input", "tensor1", "tensor2"] as const).forEach((label, i) => expectTensor(name, label, ins[i]));
    const dtype = resultType(ins);
    check?.(dtype);
    return ins.map((x) => to(x, dtype)) as Ternary;
  };
  const composed = ([x, y, z]: Ternary, value: Scalar): Tensor => add(x, mul(formula(y, z), value));
  const call = (input: Tensor, tensor1: Tensor, tensor2: Tensor, options?: ValueOptions): Tensor => {
    const out = takeOut(name, options, VALUE);
    const value = options?.value ?? 1;
    const ins = prepare([input, tensor1, tensor2]);
    if (ins[0].dtype.is_complex) return moveTo(out, name, composed(ins, value));
    const attrs = { value: Number(value) };
    return out === null ? apply(op, ins, attrs) : applyOut(op, out, ins, attrs);
  };
  const inplace = (self: Tensor, tensor1: Tensor, tensor2: Tensor, options?: ValueOptions): Tensor => {
    const value = options?.value ?? 1;
    const ins = prepare([self, tensor1, tensor2]);
    if (ins[0].dtype.is_complex) return copy_(self, composed(ins, value));
    return applyInplace(op, self, ins, { value: Number(value) });
  };
  return { call, inplace };
}

const addcmulFamily = fused({
  name: "addcmul",
  formula: (y, z) => mul(y, z),
  op: ternary(
    "addcmul",
    ref.addcmul,
    [[], [2], [1]],
    [(c) => c.grad, (c) => mul(c.grad, mul(c.in(2), c.attrs.value)), (c) => mul(c.grad, mul(c.in(1), c.attrs.value))],
  ),
});
const addcdivFamily = fused({
  name: "addcdiv",
  formula: (y, z) => div(y, z),
  check: (dtype) => {
    if (dtype.is_floating_point || dtype.is_complex) return;
    throw new TorchError(
      "addcdiv",
      `Integer division with addcdiv is no longer supported; got ${dtype}. Use input + value * torch.trunc(tensor1 / tensor2), or convert an operand with .float()`,
    );
  },
  op: ternary(
    "addcdiv",
    ref.addcdiv,
    [[], [2], [1, 2]],
    [
      (c) => c.grad,
      (c) => mul(c.grad, div(c.attrs.value, c.in(2))),
      (c) => neg(mul(c.grad, div(mul(c.in(1), c.attrs.value), mul(c.in(2), c.in(2))))),
    ],
  ),
});
/** input + value · tensor1 · tensor2. Source: torch.addcmul. */
export const addcmul = addcmulFamily.call;
/** input + value · tensor1 / tensor2, of floats. Source: torch.addcdiv. */
export const addcdiv = addcdivFamily.call;

const lerpOp = ternary(
  "lerp",
  (x, y, w) => ref.lerp(x, y, w),
  [[2], [2], [0, 1]],
  [(c) => mul(c.grad, sub(1, c.in(2))), (c) => mul(c.grad, c.in(2)), (c) => mul(c.grad, sub(c.in(1), c.in(0)))],
);

function lerpOperands(input: Tensor, end: Tensor, weight: Tensor | Scalar): Ternary {
  expectTensor("lerp", "input", input);
  expectTensor("lerp", "end", end);
  const { dtype } = input;
  const others = weight instanceof Tensor ? { end, weight } : { end };
  for (const [name, x] of Object.entries(others)) {
    if (x.dtype !== dtype)
      throw new DtypeError("lerp", `expected dtype ${dtype} for \`${name}\` but got dtype ${x.dtype}`);
  }
  if (!dtype.is_floating_point && !dtype.is_complex) {
    throw new DtypeError("lerp", `not implemented for ${dtype}: it takes floats. Convert the operands with .float()`);
  }
  return [input, end, weight instanceof Tensor ? weight : scalarTensor(weight, dtype, input.device)];
}

const complexLerp = ([x, y, w]: Ternary): Tensor => add(x, mul(w, sub(y, x)));

/** input + weight · (end − input), from the nearer end. Source: torch.lerp. */
export function lerp(input: Tensor, end: Tensor, weight: Tensor | Scalar, options?: OutOption): Tensor {
  const out = takeOut("lerp", options, ["out"]);
  const ins = lerpOperands(input, end, weight);
  if (ins[0].dtype.is_complex) return moveTo(out, "lerp", complexLerp(ins));
  return out === null ? apply(lerpOp, ins, { value: 0 }) : applyOut(lerpOp, out, ins, { value: 0 });
}

/** In-place forms: methods only. */
export const fusedInplace = {
  addcmul_: addcmulFamily.inplace,
  addcdiv_: addcdivFamily.inplace,
  lerp_: (self: Tensor, end: Tensor, weight: Tensor | Scalar): Tensor => {
    const ins = lerpOperands(self, end, weight);
    return self.dtype.is_complex ? copy_(self, complexLerp(ins)) : applyInplace(lerpOp, self, ins, { value: 0 });
  },
};
