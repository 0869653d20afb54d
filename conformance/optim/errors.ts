import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import type { ErrorCase } from "../driver/spec.js";

/** Bad input that every optimizer refuses, and values out of the range of an option. */

const { ones } = torch;

type Group = { params: Tensor[] };

/** Parameters that no optimizer takes. */
export function badParameters(make: (params: Tensor[] | Group[], options: object) => unknown): ErrorCase[] {
  const twice = ones(2);
  const leaf = ones(2, { requires_grad: true });
  return [
    { call: () => make([], {}), message: /optimizer got an empty parameter list/, kind: "ValueError" },
    {
      call: () => make([{ params: [twice] }, { params: [twice] }], {}),
      message: /some parameters appear in more than one parameter group/,
      kind: "ValueError",
    },
    { call: () => make([leaf.mul(2)], {}), message: /can't optimize a non-leaf Tensor/, kind: "ValueError" },
    { call: () => make(leaf as never, {}), message: /should be an iterable of Tensors or dicts/, kind: "TypeError" },
    {
      call: () => make([3 as never], {}),
      message: /optimizer can only optimize Tensors, but one of the params is/,
      kind: "TypeError",
    },
  ];
}

/** Options that are refused with `Invalid <rest>`. */
export function invalid<O>(
  make: (options: O) => unknown,
  cases: readonly (readonly [options: O, rest: string])[],
): ErrorCase[] {
  return cases.map(([options, rest]) => ({
    call: () => make(options),
    message: new RegExp(`Invalid ${rest}$`),
    kind: "ValueError",
  }));
}
