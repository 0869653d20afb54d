import { cpu } from "../core/device.js";
import { get_default_dtype } from "../core/dtype.js";
import { formatFloatRepr } from "../core/number_format.js";
import { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { clone, fillInto, to } from "../ops/copy.js";
import { scalarTensor } from "../ops/support.js";
import { transfer } from "../ops/transfer.js";
import { item } from "../ops/values.js";

/** What optimizers keep per parameter, and how it is counted, copied and printed. */

/** Tensors like the parameter, 0-dim tensors and numbers that count steps, lists of them. */
export type StateValue = Tensor | number | null | readonly StateValue[];

/** Numbers that do not depend on the parameter's dtype. */
const COUNTERS = ["step", "mu_product", "eta", "mu", "func_evals", "n_iter"];

export function isCounter(name: string): boolean {
  return COUNTERS.includes(name);
}

/** A number as PyTorch keeps it in checkpoints: a 0-dim tensor of the default dtype on the CPU. */
export function scalar(value: number): Tensor {
  return scalarTensor(value, get_default_dtype(), cpu);
}

export function numberOf(value: Tensor | number): number {
  return typeof value === "number" ? value : Number(item(value));
}

/** One more step. */
export function countStep(state: { step: Tensor | number }): void {
  const { step } = state;
  if (typeof step === "number") state.step = step + 1;
  else fillInto(step, numberOf(step) + 1);
}

/** A loaded counter, as a tensor or as a number. */
export function counter(value: Tensor | number, inTensor: boolean): Tensor | number {
  if (!inTensor) return numberOf(value);
  return value instanceof Tensor ? clone(detach(value)) : scalar(value);
}

/** A copy of loaded state, converted to dtype and device of the parameter. */
export function loaded(theta: Tensor, value: StateValue): StateValue {
  if (Array.isArray(value)) return value.map((v: StateValue) => loaded(theta, v));
  if (!(value instanceof Tensor)) return value;
  const own = theta.dtype.is_floating_point ? to(detach(value), theta.dtype) : detach(value);
  const moved = transfer(own, theta.device);
  return moved._storage === value._storage ? clone(moved) : moved;
}

/** A copy of options, lists included. */
export function copied(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
  );
}

/** An option as Python prints it. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : formatFloatRepr(value);
  if (Array.isArray(value)) return `(${value.map(python).join(", ")})`;
  return String(value);
}
