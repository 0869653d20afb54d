import * as ref from "../../reference/ops/index.js";
import type { DType } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import { binary, ofTensors } from "./elementwise.js";
import { add, div, exp, exp2, sub } from "./pointwise.js";
import type { Tensor } from "../core/tensor.js";

/** Sums of numbers given by their logarithms. Formulas: reference/ops/arithmetic.ts. */

function sumOf(name: string, reference: typeof ref.logaddexp, power: (x: Tensor) => Tensor) {
  /** The share of x in the sum: 1/(1 + e^(y − x)). */
  const share = (x: Tensor, y: Tensor): Tensor => add(power(sub(y, x)), 1);
  const row = binary({
    name,
    reference,
    saves: [
      [0, 1],
      [0, 1],
    ],
    backward: [(c) => div(c.grad, share(c.in(0), c.in(1))), (c) => div(c.grad, share(c.in(1), c.in(0)))],
    check: (dtype: DType) => {
      if (!dtype.is_floating_point) throw new DtypeError(name, `not implemented for ${dtype}: it takes floats`);
    },
  });
  return ofTensors(name, row.call);
}

/** log(eˣ + eʸ), without overflow. Source: torch.logaddexp. */
export const logaddexp = sumOf("logaddexp", ref.logaddexp, exp);
/** log₂(2ˣ + 2ʸ), without overflow. Source: torch.logaddexp2. */
export const logaddexp2 = sumOf("logaddexp2", ref.logaddexp2, exp2);
