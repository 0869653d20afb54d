import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { bool, type DType } from "../core/dtype.js";
import { iinfo } from "../core/dtype_info.js";
import { TorchError } from "../core/errors.js";
import { resultType, type Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { broadcast, expectTensor, scalarTensor } from "./support.js";
import { item } from "./values.js";

/** A choice between two operands, element by element. */

type Operand = Tensor | Scalar;

const whereOp = defineOp<[condition: Tensor, x: Tensor, y: Tensor], undefined>({
  name: "where",
  kernel: "where",
  infer: ([condition, x, y]) => {
    const shape = broadcast("where", x, y);
    return { shape: broadcast("where", condition, { shape } as Tensor), dtype: x.dtype };
  },
  write: (b, [out], ins) => b.pointwise(out!, ins),
  reference: ([condition, x, y]) => ref.where(condition, x, y),
  byParts: true,
  saves: [[], [0], [0]],
  backward: [null, (c) => where(c.in(0), c.grad, 0), (c) => where(c.in(0), 0, c.grad)],
  elementwise: true,
});

/** input where condition holds, else other. Source: torch.where. */
export function where(condition: Tensor, input: Operand, other: Operand): Tensor {
  expectTensor("where", "condition", condition);
  if (condition.dtype !== bool && condition.dtype.name !== "uint8") {
    throw new TorchError("where", `expected condition to be a boolean tensor, but got ${condition.dtype}`);
  }
  const dtype =
    input instanceof Tensor || other instanceof Tensor ? resultType([input, other]) : resultType([input, other]);
  const side = (x: Operand) => (x instanceof Tensor ? to(x, dtype) : scalarTensor(x, dtype, condition.device));
  return apply(whereOp, [to(condition, bool), side(input), side(other)], undefined);
}

/** `value` where mask is true. Source: torch.masked_fill. */
export function masked_fill(input: Tensor, mask: Tensor, value: Operand): Tensor {
  return where(mask, maskValue(input, mask, value), input);
}
export function masked_fill_(self: Tensor, mask: Tensor, value: Operand): Tensor {
  return applyInplace(whereOp, self, [mask, maskValue(self, mask, value), self], undefined);
}
function maskValue(input: Tensor, mask: Tensor, value: Operand): Tensor {
  if (mask.dtype !== bool) {
    throw new TorchError("masked_fill", `only supports boolean masks, but got mask with dtype ${mask.dtype}`);
  }
  if (!(value instanceof Tensor)) {
    checkFits("masked_fill", Number(value), input.dtype);
    return scalarTensor(value, input.dtype, input.device);
  }
  if (value.shape.length > 0) {
    throw new TorchError(
      "masked_fill",
      `only supports a 0-dimensional value tensor, but got tensor with ${value.shape.length} dimension(s).`,
    );
  }
  if (value.dtype.is_complex && !input.dtype.is_complex && (item(value) as readonly [number, number])[1] !== 0) {
    throw doesNotFit("masked_fill", "a complex value", input.dtype);
  }
  return to(value, input.dtype);
}
export function checkFits(name: string, value: number, dtype: DType): void {
  if (dtype.is_floating_point || dtype.is_complex || dtype === bool) return;
  const { min, max } = iinfo(dtype);
  const least = min === 0 ? -max : min; // negative numbers wrap round in unsigned dtypes
  if (!(value >= least && value <= max)) throw doesNotFit(name, String(value), dtype);
}
function doesNotFit(name: string, value: string, dtype: DType): TorchError {
  return new TorchError(name, `value cannot be converted to type ${dtype} without overflow; got ${value}`);
}
