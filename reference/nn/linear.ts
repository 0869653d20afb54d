import { array, type NdArray, numel, ruleError } from "../array.js";
import { linear as linearOp } from "../ops/matmul.js";
import { type Params, required } from "./params.js";

/**
 * y = x Wᵀ + b
 *
 * Shapes  x: [*, in] → y: [*, out]
 * State   weight: [out, in]; bias: [out], or none
 * Throws  RangeError if the last size of x is not `in`.
 * Source  torch.nn.Linear.
 */
export function linear(params: Params, x: NdArray): NdArray {
  return linearOp(x, required("linear", params, "weight"), params.bias ?? null);
}

/**
 * y_o = x₁ᵀ W_o x₂ + b_o
 *
 * Shapes  x1: [*, in1], x2: [*, in2], with the same leading dims → y: [*, out]
 * State   weight: [out, in1, in2]; bias: [out], or none
 * Throws  RangeError if the sizes do not match.
 * Source  torch.nn.Bilinear.
 */
export function bilinear(params: Params, x1: NdArray, x2: NdArray): NdArray {
  const weight = required("bilinear", params, "weight");
  const [out, in1, in2] = weight.shape as [number, number, number];
  const lead = x1.shape.slice(0, -1);
  if (x1.shape.at(-1) !== in1 || x2.shape.at(-1) !== in2 || x2.shape.slice(0, -1).join() !== lead.join()) {
    throw ruleError("bilinear", `x1 and x2 must end with ${in1} and ${in2}, with equal leading dims`, {
      x1,
      x2,
      weight,
    });
  }
  const y = new Float64Array(numel(lead) * out);
  y.forEach((_, flat) => {
    const [row, o] = [Math.floor(flat / out), flat % out];
    let sum = params.bias?.data[o] ?? 0;
    for (let i = 0; i < in1; i++) {
      for (let j = 0; j < in2; j++) {
        sum += x1.data[row * in1 + i]! * weight.data[(o * in1 + i) * in2 + j]! * x2.data[row * in2 + j]!;
      }
    }
    y[flat] = sum;
  });
  return array(y, [...lead, out], x1.dtype);
}
