import type { NdArray } from "../../reference/array.js";
import { multiply, zipPairs } from "../../reference/ops/complex_parts.js";
import * as ref from "../../reference/ops/index.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { TorchError, TorchTypeError } from "../core/errors.js";
import type { Complex, Scalar } from "../core/promotion.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { mul } from "./arithmetic.js";
import { type OperandCheck, type OutOption, promoted } from "./elementwise.js";
import { broadcast, operands } from "./support.js";

/** x + alpha · y: what add and sub do with a factor for the second operand. */

export interface AlphaOptions extends OutOption {
  /** Factor of `other`. */
  alpha?: number | bigint | Complex;
}

interface Factor {
  readonly re: number;
  readonly im: number;
}
type ScaledOp = ComputeOp<[x: Tensor, y: Tensor], Factor>;

const conjugate = ({ re, im }: Factor): Scalar => (im === 0 ? re : [re, -im]);

function scaledOp(kernel: string, reference: (x: NdArray, y: NdArray, factor: Factor) => NdArray): ScaledOp {
  return defineOp<[x: Tensor, y: Tensor], Factor>({
    name: "add_scaled",
    kernel,
    infer: ([x, y]) => ({ shape: sameShape(x.shape, y.shape) ? x.shape : broadcast("add", x, y), dtype: x.dtype }),
    write: (b, [out], ins, { re, im }) => {
      b.pointwise(out!, ins);
      b.number(re);
      b.number(im);
    },
    reference: ([x, y], factor) => reference(x, y, factor),
    saves: [[], []],
    backward: [(c) => c.grad, (c) => mul(c.grad, conjugate(c.attrs))],
    elementwise: true,
  });
}

const realOp = scaledOp("add_scaled", (x, y, { re }) => ref.add(x, y, re));
const complexOp = scaledOp("add_scaled_complex", (x, y, { re, im }) =>
  zipPairs("add", x, y, ([a, b], w) => {
    const [c, d] = multiply([re, im], w);
    return [a + c, b + d];
  }),
);

/** The factor among the options of `add`; 1 if absent. */
export function factorOf(options: AlphaOptions | undefined): number | Complex {
  const alpha = options?.alpha ?? 1;
  return typeof alpha === "object" ? alpha : Number(alpha);
}

/** Op, operands and attributes of input + sign · alpha · other. */
export function scaled(
  name: string,
  sign: 1 | -1,
  input: Tensor | Scalar,
  other: Tensor | Scalar,
  alpha: number | Complex,
  check?: OperandCheck,
): [ScaledOp, [Tensor, Tensor], Factor] {
  const ins = promoted(operands(name, input, other), "same", check);
  const [re, im] = typeof alpha === "object" ? alpha : [alpha, 0];
  const { dtype } = ins[0];
  const factor = { re: sign * re, im: sign * im };
  if (dtype.is_complex) return [complexOp, ins, factor];
  if (typeof alpha === "object") {
    throw new TorchError(name, "For non-complex input tensors, argument alpha must not be a complex number.");
  }
  if (!dtype.is_floating_point && !Number.isInteger(re)) {
    throw new TorchTypeError(name, "For integral input tensors, argument alpha must not be a floating point number.");
  }
  return [realOp, ins, factor];
}
