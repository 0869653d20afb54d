import * as ref from "../../reference/ops/index.js";
import type { NdArray } from "../../reference/array.js";
import { apply } from "../autograd/apply.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import type { DType } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { clone, contiguous, to } from "./copy.js";
import { exp, mul, neg, sub } from "./pointwise.js";
import { wideFloat } from "./reduction.js";
import { sumKeepingDims } from "./reduce.js";
import { writeSlices } from "./slices.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";

/** Softmax and its logarithm. Formulas and special values: reference/ops/softmax.ts. */

interface DimAttrs {
  readonly dim: number;
}

const sumAlong = (x: Tensor, dim: number): Tensor => (x.shape.length === 0 ? x : sumKeepingDims(x, [dim]));

/** An op of the gradient g and the output y of the forward op, both dense. */
function gradientOp(
  name: string,
  kernel: string,
  reference: (g: NdArray, y: NdArray, dim: number) => NdArray,
  backward: {
    readonly ofGrad: (h: Tensor, y: Tensor, dim: number) => Tensor;
    readonly ofOutput: (h: Tensor, g: Tensor, y: Tensor, dim: number) => Tensor;
  },
) {
  return defineOp<[g: Tensor, y: Tensor], DimAttrs>({
    name,
    kernel,
    infer: ([, y]) => ({ shape: y.shape, dtype: y.dtype }),
    write: (b, [out], [g, y], { dim }) => {
      b.address(out!);
      b.address(g);
      b.address(y);
      writeSlices(b, y, dim);
    },
    reference: ([g, y], { dim }) => reference(g, y, dim),
    saves: [[1], [0, 1]],
    backward: [
      (c) => backward.ofGrad(c.grad, c.in(1), c.attrs.dim),
      (c) => backward.ofOutput(c.grad, c.in(0), c.in(1), c.attrs.dim),
    ],
  });
}

type GradientOp = ComputeOp<[g: Tensor, y: Tensor], DimAttrs>;

// gx = y (g − Σ g y). By g the same with h for g; by y: h (g − Σ g y) − g Σ h y.
const softmaxBackwardOp: GradientOp = gradientOp("_softmax_backward_data", "softmax_backward", ref.softmax_backward, {
  ofGrad: (h, y, dim) => softmaxGradient(h, y, dim),
  ofOutput: (h, g, y, dim) => {
    const dot = sumAlong(mul(g, y), dim);
    return sub(mul(h, sub(g, dot)), mul(g, sumAlong(mul(h, y), dim)));
  },
});
// gx = g − exp(y) Σ g. By g: h − Σ h exp(y); by y: −h exp(y) Σ g.
const logSoftmaxBackwardOp: GradientOp = gradientOp(
  "_log_softmax_backward_data",
  "log_softmax_backward",
  ref.log_softmax_backward,
  {
    ofGrad: (h, y, dim) => sub(h, sumAlong(mul(h, exp(y)), dim)),
    ofOutput: (h, g, y, dim) => neg(mul(mul(h, exp(y)), sumAlong(g, dim))),
  },
);

/** The gradient of softmax with result y: differentiable. */
export function softmaxGradient(g: Tensor, y: Tensor, dim: number): Tensor {
  return apply(softmaxBackwardOp, [contiguous(g), contiguous(y)], { dim });
}

function forwardOp(name: string, reference: (x: NdArray, dim: number) => NdArray, gradient: GradientOp) {
  return defineOp<[x: Tensor], DimAttrs>({
    name,
    kernel: name,
    infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
    write: (b, [out], [x], { dim }) => {
      b.address(out!);
      b.address(x);
      writeSlices(b, x, dim);
    },
    reference: ([x], { dim }) => reference(x, dim),
    saves: [["out0"]],
    backward: [(c) => apply(gradient, [contiguous(c.grad), c.out()], c.attrs)],
  });
}
const softmaxOp = forwardOp("softmax", ref.softmax, softmaxBackwardOp);
const logSoftmaxOp = forwardOp("log_softmax", ref.log_softmax, logSoftmaxBackwardOp);

export interface SoftmaxOptions {
  dim: number;
  /** The input is converted to it first. */
  dtype?: DType | null;
}
export type SoftmaxArguments = Arguments<[dim: number, dtype?: DType | null], SoftmaxOptions>;

function softmaxFunction(op: ComputeOp<[x: Tensor], DimAttrs>) {
  const { name } = op;
  const read = signature<SoftmaxOptions>(name, ["dim", "dtype"]);
  return (input: Tensor, ...args: SoftmaxArguments): Tensor => {
    expectTensor(name, "input", input);
    const { dim, dtype } = read(args);
    const wanted = dtype ?? input.dtype;
    const d = normalizeDim(name, dim as number, input.shape.length);
    const x = to(input, wanted);
    if (!wanted.is_floating_point) {
      if (x._numel === 0) return clone(x);
      throw new DtypeError(name, `not implemented for ${wanted}. Give a floating point dtype`);
    }
    return to(apply(op, [contiguous(to(x, wideFloat(wanted)))], { dim: d }), wanted);
  };
}

/** exp(x) / Σ exp(x) along `dim`. Source: torch.softmax. */
export const softmax = softmaxFunction(softmaxOp);
/** log(exp(x) / Σ exp(x)) along `dim`. Source: torch.log_softmax. */
export const log_softmax = softmaxFunction(logSoftmaxOp);

/** softmax(−x) along `dim`. Source: torch.nn.functional.softmin. */
export function softmin(input: Tensor, ...args: SoftmaxArguments): Tensor {
  expectTensor("softmin", "input", input);
  return softmax(neg(input), ...args);
}
