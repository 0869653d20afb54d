import { bool } from "../core/dtype.js";
import { DtypeError, ShapeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import type { OutOption } from "./elementwise.js";
import { roll } from "./flip.js";
import { moveTo } from "./out.js";
import { mul, sub } from "./pointwise.js";
import { type Arguments, broadcast, expectTensor, normalizeDim, signature } from "./support.js";

/** The cross product. Formula: reference/ops/cross.ts. */

export interface CrossOptions extends OutOption {
  /** The dim of size 3; absent or null: the first that has this size. */
  dim?: number | null;
}

function checkOperands(name: string, input: Tensor, other: Tensor): void {
  expectTensor(name, "input", input);
  expectTensor(name, "other", other);
  const shapes = { input: input.shape, other: other.shape };
  if (input.shape.length !== other.shape.length) {
    throw new ShapeError(name, "inputs must have the same number of dims", shapes);
  }
  if (input.dtype !== other.dtype || input.dtype === bool) {
    throw new DtypeError(name, `inputs must have one dtype of numbers; got ${input.dtype} and ${other.dtype}`);
  }
}

/** With r turning the three components around, x × y = r(x) · r²(y) − r²(x) · r(y). */
export function crossAlong(name: string, x: Tensor, y: Tensor, dim: number): Tensor {
  const d = normalizeDim(name, dim, x.shape.length);
  if (x.shape[d] !== 3 || y.shape[d] !== 3) {
    throw new ShapeError(name, `inputs must have size 3 at dim ${dim}`, { input: x.shape, other: y.shape });
  }
  broadcast(name, x, y);
  const turned = (v: Tensor, by: number): Tensor => roll(v, -by, d);
  return sub(mul(turned(x, 1), turned(y, 2)), mul(turned(x, 2), turned(y, 1)));
}

const readCross = signature<CrossOptions>("cross", ["dim"], ["out"]);
/** The cross product along `dim`, else along the first dim of size 3; the others broadcast. Source: torch.cross. */
export function cross(input: Tensor, other: Tensor, ...args: Arguments<[dim?: number | null], CrossOptions>): Tensor {
  const { dim, out } = readCross(args);
  checkOperands("cross", input, other);
  const along = dim ?? input.shape.indexOf(3);
  if (dim == null && along < 0) {
    throw new ShapeError("cross", "there is no dim of size 3", { input: input.shape, other: other.shape });
  }
  return moveTo(out, "cross", crossAlong("cross", input, other, along));
}

const readVectorCross = signature<CrossOptions>("linalg.cross", [], ["dim", "out"]);
/** The cross product along `dim`, by default the last one. Source: torch.linalg.cross. */
export function vectorCross(input: Tensor, other: Tensor, ...args: Arguments<[], CrossOptions>): Tensor {
  const { dim, out } = readVectorCross(args);
  checkOperands("linalg.cross", input, other);
  return moveTo(out, "linalg.cross", crossAlong("linalg.cross", input, other, dim ?? -1));
}
