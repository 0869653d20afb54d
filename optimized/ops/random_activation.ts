import * as ref from "../../reference/random/index.js";
import { applyMulti, checkInplace } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { DtypeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { leaky_relu, leaky_relu_ } from "./activation.js";
import { detach } from "./autograd.js";
import { contiguous, copy_ } from "./copy.js";
import { zeros_like } from "./creation.js";
import { argmax } from "./extremum.js";
import { add, div, log, mul, neg, sub } from "./pointwise.js";
import { type Drawn, drawInto, exponentialOp, generatorFor, writeTarget } from "./random_draw.js";
import type { GeneratorOption } from "./random_inplace.js";
import { scatter } from "./scatter.js";
import { softmax } from "./softmax.js";
import { type Arguments, emptyTensor, expectTensor, signature } from "./support.js";

/** Activations that draw random numbers. */

interface Slopes extends Drawn {
  readonly lower: number;
  readonly upper: number;
}

/** The second output is the noise: 1 or the slope of each element. */
const rreluOp = defineOp<[x: Tensor], Slopes>({
  name: "rrelu",
  kernel: "rrelu",
  infer: ([{ shape, dtype }]) => [
    { shape, dtype },
    { shape, dtype },
  ],
  write: (b, [out, noise], [x], { generator, lower, upper }) => {
    writeTarget(b, out!, generator);
    b.address(noise!);
    b.address(x);
    b.number(lower);
    b.number(upper);
  },
  reference: ([x], { generator, lower, upper }) => ref.rrelu(generator._state, x, lower, upper),
  saves: [["out1"]],
  backward: [(c) => mul(c.grad, c.out(1))],
  nonDifferentiable: [1],
});

export interface RreluOptions extends GeneratorOption {
  lower?: number;
  upper?: number;
  training?: boolean;
  inplace?: boolean;
}
type RreluArguments = Arguments<[lower?: number, upper?: number, training?: boolean, inplace?: boolean], RreluOptions>;
const readRrelu = signature<RreluOptions>("rrelu", ["lower", "upper", "training", "inplace"], ["generator"]);

/**
 * x where x > 0, else r x: in training r is uniform in [lower, upper), by default [1/8, 1/3), for each element; else their
 * mean. Source: torch.nn.functional.rrelu; Xu et al. (2015).
 */
export function rrelu(input: Tensor, ...args: RreluArguments): Tensor {
  expectTensor("rrelu", "input", input);
  const { lower = 1 / 8, upper = 1 / 3, training = false, inplace = false, generator } = readRrelu(args);
  if (!(lower <= upper))
    throw new TorchError(
      "rrelu",
      `Lower bound should be less than or equal to the upper bound; got ${lower}, ${upper}`,
    );
  if (!input.dtype.is_floating_point)
    throw new DtypeError("rrelu", `not implemented for '${input.dtype}': it takes floating dtypes`);
  if (!training) return inplace ? leaky_relu_(input, (lower + upper) / 2) : leaky_relu(input, (lower + upper) / 2);
  if (inplace) checkInplace("rrelu_", input);
  const stream = generatorFor("rrelu", generator, input);
  const result = applyMulti(rreluOp, [contiguous(input)], { generator: stream, lower, upper })[0]!;
  return inplace ? copy_(input, result) : result;
}
export function rrelu_(input: Tensor, ...args: RreluArguments): Tensor {
  const { inplace: _, ...options } = readRrelu(args);
  return rrelu(input, { ...options, inplace: true });
}

export interface GumbelSoftmaxOptions {
  tau?: number;
  hard?: boolean;
  /** Has no effect any more. */
  eps?: number;
  dim?: number;
}
const readGumbel = signature<GumbelSoftmaxOptions>("gumbel_softmax", ["tau", "hard", "eps", "dim"]);

/**
 * A differentiable sample of a category along `dim` (the last), with the given unnormalised log probabilities:
 *
 *     y = softmax((logits + g) / tau),   g = −log e, e exponential(1)
 *
 * `hard`: one-hot at the largest y, with the gradient of y. Source: torch.nn.functional.gumbel_softmax; Jang et al. (2017).
 */
export function gumbel_softmax(
  logits: Tensor,
  ...args: Arguments<[tau?: number, hard?: boolean, eps?: number, dim?: number], GumbelSoftmaxOptions>
): Tensor {
  expectTensor("gumbel_softmax", "logits", logits);
  const { tau = 1, hard = false, dim = -1 } = readGumbel(args);
  if (!logits.dtype.is_floating_point) {
    throw new DtypeError("gumbel_softmax", `not implemented for '${logits.dtype}': it takes floating dtypes`);
  }
  const noise = emptyTensor(logits.shape, logits.dtype, logits.device);
  drawInto(exponentialOp, noise, { generator: generatorFor("gumbel_softmax", null, noise), lambd: 1 });
  const soft = softmax(div(add(logits, neg(log(noise))), tau), dim);
  if (!hard) return soft;
  const oneHot = scatter(zeros_like(logits), dim, argmax(soft, dim, true), 1);
  return add(sub(detach(oneHot), detach(soft)), soft);
}
