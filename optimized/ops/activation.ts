import * as complexFunctions from "../../reference/ops/complex_functions.js";
import * as ref from "../../reference/ops/index.js";
import { apply } from "../autograd/apply.js";
import { applyToGrad } from "../autograd/donation.js";
import { defineOp } from "../autograd/op.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { activation, derivative, type InplaceArguments, type InplaceOption, withInplace } from "./activation_op.js";
import { complex, imag, real } from "./complex.js";
import { conjugated } from "./conj.js";
import { copy_ } from "./copy.js";
import { metaLike, unary } from "./elementwise.js";
import { abs, add, cos, div, exp, gt, mul, neg, sin, square, sub, where } from "./pointwise.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";
import { narrow, reshape } from "./views.js";

/**
 * Activations; those with kinks other than at 0 are in activation_clipped.ts. Formulas and special values:
 * reference/ops/activation.ts.
 */

const reluDerivative = derivative({ kernel: "relu_backward", reference: ref.relu_backward });
const reluRow = activation({
  name: "relu",
  reference: ref.relu,
  reads: "output",
  derivative: reluDerivative,
  integers: true,
});
/** max(x, 0). Source: torch.relu. */
export const relu = withInplace("relu", reluRow);
export const relu_ = (input: Tensor): Tensor => reluRow.inplace(input);

const sigmoidDerivative = derivative({
  kernel: "sigmoid_backward",
  reference: ref.sigmoid_backward,
  curvature: (y) => sub(1, mul(y, 2)),
});
const sigmoidRow = unary({
  name: "sigmoid",
  reference: ref.sigmoid,
  rule: "float",
  saves: ["out0"],
  backward: (c) => {
    const y = c.out();
    if (y.dtype.is_complex) return mul(c.grad, conjugated(mul(y, sub(1, y))));
    return applyToGrad(sigmoidDerivative, c, [c.grad, y], []);
  },
  complex: complexFunctions.sigmoid,
});
/** 1/(1 + e⁻ˣ); integers give floats. Source: torch.sigmoid. */
export const sigmoid = sigmoidRow.call;
export const sigmoid_ = sigmoidRow.inplace;

const tanhDerivative = derivative({
  kernel: "tanh_backward",
  reference: ref.tanh_backward,
  curvature: (y) => mul(y, -2),
});
const tanhRow = unary({
  name: "tanh",
  reference: ref.tanh,
  rule: "float",
  saves: ["out0"],
  backward: (c) => {
    const y = c.out();
    if (y.dtype.is_complex) return mul(c.grad, conjugated(sub(1, square(y))));
    return applyToGrad(tanhDerivative, c, [c.grad, y], []);
  },
  complex: complexFunctions.tanh,
});
/** Hyperbolic tangent; integers give floats. Source: torch.tanh. */
export const tanh = tanhRow.call;
export const tanh_ = tanhRow.inplace;

const leakyDerivative = derivative({ kernel: "leaky_relu_backward", reference: ref.leaky_relu_backward });
const leakyRow = { name: "leaky_relu", reference: ref.leaky_relu, derivative: leakyDerivative } as const;
const leaky = activation({ ...leakyRow, reads: "input" });
/** With a slope ≥ 0 the output has the sign of the input, which an in-place op no longer has. */
const leakyFromOutput = activation({ ...leakyRow, name: "leaky_relu_", kernel: "leaky_relu", reads: "output" });

interface LeakyOptions {
  negative_slope?: number;
  inplace?: boolean;
}
const readLeaky = signature<LeakyOptions>("leaky_relu", ["negative_slope", "inplace"]);
type LeakyArguments = Arguments<[negative_slope?: number, inplace?: boolean], LeakyOptions>;
/** x where x > 0, else negative_slope · x. Source: torch.nn.functional.leaky_relu. */
export function leaky_relu(input: Tensor, ...args: LeakyArguments): Tensor {
  const { negative_slope = 0.01, inplace = false } = readLeaky(args);
  return inplace ? leaky_relu_(input, negative_slope) : leaky.call(input, [negative_slope]);
}
export function leaky_relu_(input: Tensor, negative_slope = 0.01): Tensor {
  return (negative_slope < 0 ? leaky : leakyFromOutput).inplace(input, [negative_slope]);
}

const INV_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
const geluRow = activation({
  name: "gelu",
  reference: (x) => ref.gelu(x),
  reads: "input",
  derivative: derivative({
    kernel: "gelu_backward",
    reference: (grad, x) => ref.gelu_backward(grad, x),
    // f″ = φ(x)(2 − x²)
    curvature: (x) => mul(mul(exp(mul(square(x), -0.5)), INV_SQRT_2PI), sub(2, square(x))),
  }),
});
const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;
const geluTanhRow = activation({
  name: "gelu_tanh",
  reference: (x) => ref.gelu(x, "tanh"),
  reads: "input",
  derivative: derivative({
    kernel: "gelu_tanh_backward",
    reference: (grad, x) => ref.gelu_backward(grad, x, "tanh"),
    // t = tanh u, s = 1 − t²:  f′ = (1 + t)/2 + x/2 · s u′,  f″ = s (u′ + x/2 · (u″ − 2t u′²))
    curvature: (x) => {
      const t = tanh(mul(add(x, mul(mul(square(x), x), TANH_CUBIC)), TANH_SCALE));
      const first = mul(add(mul(square(x), 3 * TANH_CUBIC), 1), TANH_SCALE);
      const second = mul(x, 6 * TANH_CUBIC * TANH_SCALE);
      const inner = sub(second, mul(mul(t, 2), square(first)));
      return mul(sub(1, square(t)), add(first, mul(mul(x, 0.5), inner)));
    },
  }),
});
interface GeluOptions {
  approximate?: "none" | "tanh";
}
const readGelu = signature<GeluOptions>("gelu", ["approximate"]);
/** x · Φ(x), exactly or by tanh. Source: torch.nn.functional.gelu. */
export function gelu(input: Tensor, ...args: Arguments<[approximate?: "none" | "tanh"], GeluOptions>): Tensor {
  const { approximate = "none" } = readGelu(args);
  if (approximate === "tanh") return geluTanhRow.call(input);
  if (approximate === "none") return geluRow.call(input);
  throw new TorchError("gelu", `approximate argument must be either none or tanh; got '${approximate}'`);
}

const siluRow = activation({
  name: "silu",
  reference: ref.silu,
  reads: "input",
  derivative: derivative({
    kernel: "silu_backward",
    reference: ref.silu_backward,
    // f″ = s(1 − s)(2 + x(1 − 2s))
    curvature: (x) => {
      const s = sigmoid(x);
      return mul(mul(s, sub(1, s)), add(mul(x, sub(1, mul(s, 2))), 2));
    },
  }),
});
const realSilu = withInplace("silu", siluRow);
/** x · sigmoid(x), also of complex numbers. Source: torch.nn.functional.silu. */
export function silu(input: Tensor, ...args: InplaceArguments): Tensor {
  expectTensor("silu", "input", input);
  if (!input.dtype.is_complex) return realSilu(input, ...args);
  const y = div(input, add(1, complexExp(neg(input))));
  return readSilu(args).inplace === true ? copy_(input, y) : y;
}
const readSilu = signature<InplaceOption>("silu", ["inplace"]);

/** e^(a + ib) = e^a (cos b + i sin b). */
function complexExp(x: Tensor): Tensor {
  const [size, angle] = [exp(real(x)), imag(x)];
  return complex(mul(size, cos(angle)), mul(size, sin(angle)));
}

const mishRow = activation({
  name: "mish",
  reference: ref.mish,
  reads: "input",
  derivative: derivative({
    kernel: "mish_backward",
    reference: ref.mish_backward,
    // t = tanh(log(1 + eˣ)):  f″ = (1 − t²) s (2 + x(1 − s − 2ts))
    curvature: (x) => {
      const s = sigmoid(x);
      const t = tanh(softplus(x));
      const slope = sub(sub(1, s), mul(mul(t, s), 2));
      return mul(mul(sub(1, square(t)), s), add(mul(x, slope), 2));
    },
  }),
});
/** x · tanh(log(1 + eˣ)). Source: torch.nn.functional.mish. */
export const mish = withInplace("mish", mishRow);

const logsigmoidRow = activation({
  name: "logsigmoid",
  reference: ref.logsigmoid,
  reads: "input",
  derivative: derivative({
    kernel: "logsigmoid_backward",
    reference: ref.logsigmoid_backward,
    curvature: (x) => {
      const s = sigmoid(x);
      return mul(s, sub(s, 1));
    },
  }),
});
/** log sigmoid(x). Source: torch.nn.functional.logsigmoid. */
export function logsigmoid(input: Tensor): Tensor {
  return logsigmoidRow.call(input);
}

const softplusRow = activation({
  name: "softplus",
  reference: ref.softplus,
  reads: "input",
  derivative: derivative({
    kernel: "softplus_backward",
    reference: ref.softplus_backward,
    curvature: (x, [beta, limit]) => {
      const s = sigmoid(mul(x, beta!));
      return where(gt(mul(x, beta!), limit!), 0, mul(mul(s, sub(1, s)), beta!));
    },
  }),
});
interface SoftplusOptions {
  beta?: number;
  threshold?: number;
}
const readSoftplus = signature<SoftplusOptions>("softplus", ["beta", "threshold"]);
/** log(1 + e^(beta·x)) / beta; x itself where beta·x > threshold. Source: torch.nn.functional.softplus. */
export function softplus(
  input: Tensor,
  ...args: Arguments<[beta?: number, threshold?: number], SoftplusOptions>
): Tensor {
  const { beta = 1, threshold = 20 } = readSoftplus(args);
  return softplusRow.call(input, [beta, threshold]);
}

/** x / (1 + |x|). Source: torch.nn.functional.softsign. */
export function softsign(input: Tensor): Tensor {
  expectTensor("softsign", "input", input);
  return div(input, add(abs(input), 1));
}

/** x − tanh(x). Source: torch.nn.functional.tanhshrink. */
export function tanhshrink(input: Tensor): Tensor {
  expectTensor("tanhshrink", "input", input);
  return sub(input, tanh(input));
}

const readGlu = signature<{ dim?: number }>("glu", ["dim"]);
/** The first half of `dim` times the sigmoid of the second. Source: torch.nn.functional.glu. */
export function glu(input: Tensor, ...args: Arguments<[dim?: number], { dim?: number }>): Tensor {
  expectTensor("glu", "input", input);
  const { dim = -1 } = readGlu(args);
  const { shape } = input;
  if (shape.length === 0) throw new TorchError("glu", "does not support scalars because halving size must be even");
  const d = normalizeDim("glu", dim, shape.length);
  const half = shape[d]! / 2;
  if (!Number.isInteger(half)) {
    throw new ShapeError("glu", `Halving dimension must be even, but dimension ${d} is size ${shape[d]}`, {
      input: shape,
    });
  }
  return mul(narrow(input, d, 0, half), sigmoid(narrow(input, d, half, half)));
}

const preluOp = defineOp<[x: Tensor, weight: Tensor]>({
  name: "prelu",
  kernel: "prelu",
  infer: ([x]) => metaLike(x, x.shape, "same"),
  write: (b, [out], ins) => b.pointwise(out!, ins),
  reference: ([x, weight]) => ref.prelu(x, weight),
  saves: [[0, 1], [0]],
  backward: [
    (c) => where(gt(c.in(0), 0), c.grad, mul(c.grad, c.in(1))),
    (c) => where(gt(c.in(0), 0), 0, mul(c.grad, c.in(0))),
  ],
  elementwise: true,
});

/** x where x > 0, else weight · x: one weight, or one for each channel (dim 1). Source: torch.nn.functional.prelu. */
export function prelu(input: Tensor, weight: Tensor): Tensor {
  expectTensor("prelu", "input", input);
  expectTensor("prelu", "weight", weight);
  const { shape } = input;
  if (input.dtype !== weight.dtype || !input.dtype.is_floating_point) {
    throw new DtypeError(
      "prelu",
      `input and weight must be floats of one dtype; got input ${input.dtype}, weight ${weight.dtype}`,
    );
  }
  if (weight.shape.length > 1) {
    throw new ShapeError(
      "prelu",
      `Expected 'weight' to be a scalar or 1D tensor, but got ndim = ${weight.shape.length}`,
      {
        weight: weight.shape,
      },
    );
  }
  if (weight._numel === 1)
    return apply(preluOp, [input, weight.shape.length === 0 ? weight : reshape(weight, [])], undefined);
  if (shape.length === 0)
    throw new ShapeError("prelu", "Not allow zero-dim input tensor with several weights", { weight: weight.shape });
  const channels = shape.length > 1 ? shape[1]! : 1;
  if (channels !== weight._numel) {
    throw new ShapeError(
      "prelu",
      `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${weight._numel} and channel size = ${channels}`,
      { input: shape, weight: weight.shape },
    );
  }
  const perChannel = shape.map((_, d) => (d === 1 ? channels : 1));
  return apply(preluOp, [input, reshape(weight, perChannel)], undefined);
}
