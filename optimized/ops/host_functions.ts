import { requiresGrad } from "../autograd/apply.js";
import { float64 } from "../core/dtype.js";
import { DtypeError, TorchError, TorchTypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { copy_ } from "./copy.js";
import { tensor } from "./from_data.js";
import { describe, expectTensor } from "./support.js";
import { tolist } from "./values.js";
import { expand, reshape } from "./views.js";

/** In-place forms that call a JavaScript function for every element: slow, and outside of the graph. */

type Value = number | bigint | boolean;

function checked(name: string, f: unknown, self: Tensor, others: readonly Tensor[]): void {
  if (typeof f !== "function")
    throw new TorchTypeError(name, `the last argument must be a function; got ${describe(f)}`);
  if (requiresGrad(self)) {
    throw new TorchError(name, `can't be called on a tensor that requires grad. Use x.detach().${name}(...) instead`);
  }
  if (self.dtype.is_complex) throw new DtypeError(name, `not implemented for ${self.dtype}: it takes real numbers`);
  for (const other of others) {
    expectTensor(name, "other", other);
    if (other.dtype === self.dtype) continue;
    throw new TorchTypeError(name, `other must have the dtype of self; got ${other.dtype} and ${self.dtype}`);
  }
}

function called(name: string, self: Tensor, others: readonly Tensor[], f: (...values: Value[]) => Value): Tensor {
  checked(name, f, self, others);
  const columns = [self, ...others].map((x) => tolist(reshape(expand(x, self.shape), [-1])) as readonly Value[]);
  const results = columns[0]!.map((_, i) => f(...columns.map((column) => column[i]!)));
  const exact = results.some((value) => typeof value === "bigint");
  const list = exact ? results.map((value) => BigInt(value)) : results.map(Number);
  const made = exact ? tensor(list) : tensor(list, { dtype: float64 });
  return copy_(self, reshape(made, self.shape));
}

export const hostFunctions = {
  /** x ← f(x) for each element. Source: torch.Tensor.apply_. */
  apply_: (self: Tensor, callable: (value: Value) => Value): Tensor =>
    called("apply_", self, [], callable as (...values: Value[]) => Value),
  /** x ← f(x, y) for each element and that of a second tensor. Source: torch.Tensor.map_. */
  map_: (self: Tensor, other: Tensor, callable: (x: Value, y: Value) => Value): Tensor =>
    called("map_", self, [other], callable as (...values: Value[]) => Value),
  /** x ← f(x, y, z) with those of two more. Source: torch.Tensor.map2_. */
  map2_: (self: Tensor, x: Tensor, y: Tensor, callable: (self: Value, x: Value, y: Value) => Value): Tensor =>
    called("map2_", self, [x, y], callable as (...values: Value[]) => Value),
};
