import { erfinv as reference } from "../../reference/ops/erfinv.js";
import { unary } from "./elementwise.js";
import { exp, mul, square } from "./pointwise.js";

const row = unary({
  name: "erfinv",
  reference,
  rule: "float",
  saves: ["out0"],
  // x = erf⁻¹ y  ⇒  dx/dy = √π/2 · exp(x²)
  backward: (c) => mul(c.grad, mul(exp(square(c.out())), Math.sqrt(Math.PI) / 2)),
});

/** The inverse of erf. Special values: reference/ops/erfinv.ts. Source: torch.erfinv. */
export const erfinv = row.call;
export const erfinv_ = row.inplace;
