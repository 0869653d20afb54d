import { needsGraph } from "../autograd/apply.js";
import { bfloat16, can_cast, float16, float32 } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import type { Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { clone, copy_, to } from "./copy.js";
import { type OutOption, takeOut } from "./elementwise.js";
import { moveTo } from "./out.js";
import { expectTensor } from "./support.js";

/** Factories for elementwise functions without a kernel of their own: from a formula over ops to the function, `out` and `name_`. */

type Operand = Tensor | Scalar;
const OUT = ["out"];

export function composedUnary(name: string, formula: (x: Tensor) => Tensor) {
  const compute = (input: Tensor): Tensor => {
    expectTensor(name, "input", input);
    return formula(input);
  };
  return {
    call: (input: Tensor, options?: OutOption): Tensor => moveTo(takeOut(name, options, OUT), name, compute(input)),
    inplace: (self: Tensor): Tensor => overwrite(name, self, compute(valuesBefore(self))),
  };
}

export function composedBinary<Input extends Operand, Other extends Operand>(
  name: string,
  formula: (x: Input, y: Other) => Tensor,
) {
  return {
    call: (input: Input, other: Other, options?: OutOption): Tensor =>
      moveTo(takeOut(name, options, OUT), name, formula(input, other)),
    inplace: (self: Tensor & Input, other: Other): Tensor => {
      expectTensor(`${name}_`, "self", self);
      const before = valuesBefore(self, other) as Tensor & Input;
      const result = formula(before, (other as Operand) === self ? (before as Operand as Other) : other);
      return overwrite(name, self, result);
    },
  };
}

/** `self`, after it has received the result of a formula. */
export function overwrite(name: string, self: Tensor, result: Tensor): Tensor {
  if (can_cast(result.dtype, self.dtype)) return copy_(self, result);
  throw new TorchError(
    `${name}_`,
    `result type ${result.dtype} can't be cast to the desired output type ${self.dtype}`,
  );
}

/** The operand that is about to be overwritten: a copy where the gradient of the formula may read it. */
export function valuesBefore(self: Tensor, other?: Operand): Tensor {
  const graph = needsGraph(other instanceof Tensor ? [self, other] : [self]);
  return graph ? clone(self) : self;
}

/** The formula of half-precision operands: computed in float32 and rounded once, as one kernel would. */
export function roundedOnce(ins: readonly Tensor[], formula: (...xs: Tensor[]) => Tensor): Tensor {
  const { dtype } = ins[0]!;
  if (dtype !== float16 && dtype !== bfloat16) return formula(...ins);
  return to(formula(...ins.map((x) => to(x, float32))), dtype);
}
