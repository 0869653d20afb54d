import * as refs from "../../reference/distributions/index.js";
import { sample_dirichlet, standard_gamma } from "../../reference/random/gamma.js";
import { Function, type FunctionContext, once_differentiable } from "../autograd/function.js";
import { float32, float64 } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { generatorFor } from "../ops/random_draw.js";
import type { GeneratorOption } from "../ops/random_inplace.js";
import { expectTensor, oneOption } from "../ops/support.js";
import type { Generator } from "../random/generator.js";
import { onHost } from "./host.js";

/**
 * Gamma and Dirichlet numbers that move with their parameters. How they are drawn: reference/random/gamma.ts; how they
 * move: reference/distributions.
 */

type Stream = Generator | null | undefined;

function expectFloats(op: string, x: Tensor): void {
  expectTensor(op, "input", x);
  if (x.dtype !== float32 && x.dtype !== float64) {
    throw new DtypeError(op, `not implemented for '${x.dtype}': it takes float32 and float64`);
  }
}

class StandardGamma extends Function {
  static override forward(ctx: FunctionContext, alpha: Tensor, stream: Stream): Tensor {
    const { _state } = generatorFor("_standard_gamma", stream, alpha);
    const x = onHost((a) => standard_gamma(_state, a), [alpha]);
    ctx.save_for_backward(alpha, x);
    return x;
  }
  static override backward = once_differentiable((ctx: FunctionContext, grad: Tensor) => {
    const [alpha, x] = ctx.saved_tensors as [Tensor, Tensor];
    return [grad.mul(_standard_gamma_grad(alpha, x)), null];
  });
}

/** Gamma numbers of shape `input` and rate 1, float32 or float64. Source: torch._standard_gamma. */
export function _standard_gamma(input: Tensor, generator?: Stream | GeneratorOption): Tensor {
  expectFloats("_standard_gamma", input);
  return StandardGamma.apply(input, oneOption<Stream>("_standard_gamma", "generator", generator as object));
}

/** dx/dα of such numbers. Source: torch._standard_gamma_grad. */
export function _standard_gamma_grad(alpha: Tensor, output: Tensor): Tensor {
  return onHost(refs.standard_gamma_grad, [alpha, output]);
}

/** Dirichlet numbers; without gradient, as in PyTorch. Source: torch._sample_dirichlet. */
export function _sample_dirichlet(input: Tensor, generator?: Stream | GeneratorOption): Tensor {
  expectFloats("_sample_dirichlet", input);
  const stream = oneOption<Stream>("_sample_dirichlet", "generator", generator as object);
  const { _state } = generatorFor("_sample_dirichlet", stream, input);
  return onHost((a) => sample_dirichlet(_state, a), [input]);
}

/** How each component moves with its own parameter. Source: torch._dirichlet_grad. */
export function _dirichlet_grad(x: Tensor, alpha: Tensor, total: Tensor): Tensor {
  return onHost(refs.dirichlet_grad, [x, alpha, total]);
}

class DirichletNumbers extends Function {
  static override forward(ctx: FunctionContext, concentration: Tensor): Tensor {
    const x = _sample_dirichlet(concentration);
    ctx.save_for_backward(x, concentration);
    return x;
  }
  static override backward = once_differentiable((ctx: FunctionContext, grad: Tensor) => {
    const [x, concentration] = ctx.saved_tensors as [Tensor, Tensor];
    const total = concentration.sum(-1, true).expand(concentration.shape);
    return _dirichlet_grad(x, concentration, total).mul(grad.sub(x.mul(grad).sum(-1, true)));
  });
}

/** Dirichlet numbers with their implicit gradient. */
export function dirichletNumbers(concentration: Tensor): Tensor {
  return DirichletNumbers.apply(concentration);
}
