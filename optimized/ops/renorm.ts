import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { roundedOnce, valuesBefore } from "./composed.js";
import { copy_ } from "./copy.js";
import { type OutOption, takeOut } from "./elementwise.js";
import { vectorNorm } from "./norm.js";
import { moveTo } from "./out.js";
import { add, div, gt, mul, where } from "./pointwise.js";
import { expectTensor, normalizeDim } from "./support.js";

/** Slices that are too long, shortened. Formula and special values: reference/ops/renorm.ts. */

/** Keeps the quotient finite; PyTorch's number. */
const EPSILON = 1e-7;

function shortened(name: string, input: Tensor, p: number, dim: number, maxnorm: number): Tensor {
  expectTensor(name, "input", input);
  if (!(p > 0)) throw new TorchError(name, `p must be positive; got ${p}`);
  if (!(maxnorm >= 0)) throw new TorchError(name, `maxnorm must not be negative; got ${maxnorm}`);
  if (input.shape.length < 2) throw new ShapeError(name, "input needs at least 2 dims", { input: input.shape });
  if (!input.dtype.is_floating_point && !input.dtype.is_complex) {
    throw new DtypeError(name, `expected floats or complex numbers; got ${input.dtype}`);
  }
  const d = normalizeDim(name, dim, input.shape.length);
  const others = input.shape.map((_, k) => k).filter((k) => k !== d);
  return roundedOnce([input], (x) => {
    const norm = vectorNorm(x!, p, others, true);
    return mul(x!, where(gt(norm, maxnorm), div(maxnorm, add(norm, EPSILON)), 1));
  });
}

/** Slices along `dim` whose p-norm is above `maxnorm`, scaled to it. Source: torch.renorm. */
export function renorm(input: Tensor, p: number, dim: number, maxnorm: number, options?: OutOption): Tensor {
  return moveTo(takeOut("renorm", options, ["out"]), "renorm", shortened("renorm", input, p, dim, maxnorm));
}

/** In-place forms: methods only. */
export const renormInplace = {
  renorm_: (self: Tensor, p: number, dim: number, maxnorm: number): Tensor =>
    copy_(self, shortened("renorm_", valuesBefore(self), p, dim, maxnorm)),
};
