import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { TorchTypeError } from "../core/errors.js";
import { resultType, type Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { maximumRow, minimumRow } from "./arithmetic.js";
import { ge, le, logical_and } from "./comparison.js";
import { to } from "./copy.js";
import { rejectComplex } from "./elementwise.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { checkFits, where } from "./where.js";

/** Bounds. Special values and errors: reference/ops/arithmetic.ts. */

type Operand = Tensor | Scalar;

const clampOp = defineOp<[x: Tensor], { min: number; max: number }>({
  name: "clamp",
  kernel: "clamp",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], ins, { min, max }) => {
    b.pointwise(out!, ins);
    b.number(min);
    b.number(max);
  },
  reference: ([x], { min, max }) => ref.clamp(x, min, max),
  saves: [[0]],
  // The bounds themselves pass the gradient.
  backward: [
    (c) => {
      const x = c.in(0);
      return where(logical_and(ge(x, c.attrs.min), le(x, c.attrs.max)), c.grad, 0);
    },
  ],
  elementwise: true,
});

export type Bound = number | bigint | Tensor | null | undefined;
export interface ClampOptions {
  min?: Bound;
  max?: Bound;
}
const readClamp = signature<ClampOptions>("clamp", ["min", "max"]);

/** min ≤ result ≤ max, where given; numbers or tensors. Source: torch.clamp. */
export function clamp(input: Tensor, ...args: Arguments<[min?: Bound, max?: Bound], ClampOptions>): Tensor {
  expectTensor("clamp", "input", input);
  const { min: low = null, max: high = null } = readClamp(args);
  if (low == null && high == null) throw new TorchTypeError("clamp", "At least one of 'min' or 'max' must not be None");
  if (low instanceof Tensor || high instanceof Tensor) {
    const raised = low == null ? input : maximumRow.call(input, low as Operand);
    return high == null ? raised : minimumRow.call(raised, high as Operand);
  }
  const bounds = [low, high].filter((x) => x != null) as Scalar[];
  const x = to(input, resultType([input, ...bounds]));
  rejectComplex("clamp")(x.dtype);
  for (const bound of bounds) checkFits("clamp", Number(bound), x.dtype);
  if (x.dtype.is_floating_point) return apply(clampOp, [x], limits(low, high));
  const raised = low == null ? x : maximumRow.call(x, low as Scalar);
  return high == null ? raised : minimumRow.call(raised, high as Scalar);
}
export const clip = clamp;
/** At least `min`. Source: torch.clamp_min. */
export function clamp_min(input: Tensor, min: Operand): Tensor {
  return clamp(input, min as Bound);
}
/** At most `max`. Source: torch.clamp_max. */
export function clamp_max(input: Tensor, max: Operand): Tensor {
  return clamp(input, null, max as Bound);
}

function limits(low: Bound, high: Bound): { min: number; max: number } {
  return { min: Number(low ?? -Infinity), max: Number(high ?? Infinity) };
}

/** In place: a method. Integers, which have no infinite bound, go bound by bound, as tensors do. */
export function clamp_(self: Tensor, ...args: Arguments<[min?: Bound, max?: Bound], ClampOptions>): Tensor {
  const { min = null, max = null } = readClamp(args);
  if (self.dtype.is_floating_point && !(min instanceof Tensor) && !(max instanceof Tensor)) {
    return applyInplace(clampOp, self, [self], limits(min, max));
  }
  for (const bound of [min, max]) {
    if (bound != null && !(bound instanceof Tensor)) checkFits("clamp_", Number(bound), self.dtype);
  }
  if (min != null) maximumRow.inplace(self, min as Operand);
  return max == null ? self : minimumRow.inplace(self, max as Operand);
}
