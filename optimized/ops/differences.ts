import { bool } from "../core/dtype.js";
import { ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { clone } from "./copy.js";
import type { OutOption } from "./elementwise.js";
import { cat } from "./join.js";
import { moveTo } from "./out.js";
import { logical_xor, sub } from "./pointwise.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";
import { narrow } from "./views.js";

/** Differences of neighbours. Formula and shapes: reference/ops/differences.ts. */

/** Both ends of each step along `dim`: all elements but the last, and all but the first. */
export function neighbours(x: Tensor, dim: number): [left: Tensor, right: Tensor] {
  const steps = Math.max(x.shape[dim]! - 1, 0);
  return [narrow(x, dim, 0, steps), narrow(x, dim, x.shape[dim]! - steps, steps)];
}

export interface DiffOptions extends OutOption {
  /** How many times the difference is taken. */
  n?: number;
  dim?: number;
  /** Elements put before the first. */
  prepend?: Tensor | null;
  /** Elements put after the last. */
  append?: Tensor | null;
}
const readDiff = signature<DiffOptions>("diff", ["n", "dim", "prepend", "append"], ["out"]);

function checkJoins(input: Tensor, other: Tensor, name: string, dim: number): void {
  expectTensor("diff", name, other);
  if (other.shape.length !== input.shape.length) {
    throw new ShapeError("diff", `${name} must have as many dims as the input`, {
      input: input.shape,
      [name]: other.shape,
    });
  }
  if (other.shape.some((size, d) => d !== dim && size !== input.shape[d])) {
    throw new ShapeError("diff", `${name} must have the shape of the input except at dim ${dim}`, {
      input: input.shape,
      [name]: other.shape,
    });
  }
}

function extended(input: Tensor, dim: number, prepend: Tensor | null, append: Tensor | null): Tensor {
  if (prepend !== null) checkJoins(input, prepend, "prepend", dim);
  if (append !== null) checkJoins(input, append, "append", dim);
  const parts = [prepend, input, append].filter((x) => x !== null);
  return parts.length === 1 ? input : cat(parts, dim);
}

function step(x: Tensor, dim: number): Tensor {
  const [left, right] = neighbours(x, dim);
  return x.dtype === bool ? logical_xor(right, left) : sub(right, left);
}

/** Each element minus the one before it along `dim`, n times; of bools whether they differ. Source: torch.diff. */
export function diff(
  input: Tensor,
  ...args: Arguments<[n?: number, dim?: number, prepend?: Tensor | null, append?: Tensor | null], DiffOptions>
): Tensor {
  expectTensor("diff", "input", input);
  const { n = 1, dim = -1, prepend = null, append = null, out } = readDiff(args);
  if (input.shape.length === 0) throw new TorchError("diff", "input must have at least one dim; got shape []");
  const d = normalizeDim("diff", dim, input.shape.length);
  if (n === 0) return moveTo(out, "diff", clone(input));
  let result = extended(input, d, prepend, append);
  for (let i = Math.min(n, result.shape[d]!); i > 0; i--) result = step(result, d);
  return moveTo(out, "diff", result);
}
