import { bool } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchIndexError, TorchTypeError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { zeros } from "./creation.js";
import { neighbours } from "./differences.js";
import { computeDtype } from "./elementwise.js";
import { add, div, mul, sub } from "./pointwise.js";
import { sum } from "./reduce.js";
import { cumsum } from "./scan.js";
import { type Arguments, describe, expectTensor, normalizeDim, signature } from "./support.js";
import { reshape, select } from "./views.js";

/** Integrals of samples by the trapezoidal rule. Formulas and shapes: reference/ops/trapezoid.ts. */

export interface TrapezoidOptions {
  /** Where the samples were taken. */
  x?: Tensor | null;
  /** Distance of the samples, where `x` is not given. */
  dx?: number;
  dim?: number;
}
type TrapezoidArguments = Arguments<[x?: Tensor | null], TrapezoidOptions>;

function reader(name: string) {
  const read = signature<TrapezoidOptions>(name, ["x"], ["dx", "dim"]);
  return (y: Tensor, args: readonly unknown[]) => {
    expectTensor(name, "y", y);
    const { x = null, dx = 1, dim = -1 } = read(args);
    if (x !== null) expectTensor(name, "x", x);
    if (y.shape.length === 0) throw new TorchIndexError(name, "y must have at least one dim; got shape []");
    const d = normalizeDim(name, dim, y.shape.length);
    const widths = x === null || (name === "trapezoid" && y.shape[d] === 0) ? dx : widthsOf(name, y, x, d);
    if (y.dtype === bool || (x !== null && x.dtype === bool)) throw new DtypeError(name, "bools have no integral");
    if (typeof dx !== "number") throw new TorchTypeError(name, `dx must be a number; got ${describe(dx)}`);
    return { y, widths, dim: d };
  };
}
const readTrapezoid = reader("trapezoid");
const readCumulative = reader("cumulative_trapezoid");

/** The distances of the samples along `dim`; an `x` with one dim belongs to that one. */
function widthsOf(name: string, y: Tensor, x: Tensor, dim: number): Tensor {
  const rank = y.shape.length;
  if (x.shape.length === 1 && x.shape[0] !== y.shape[dim]) {
    throw new ShapeError(name, "there must be one x value for each sample point", { y: y.shape, x: x.shape });
  }
  const lead = new Array<number>(Math.max(rank - x.shape.length, 0)).fill(1);
  const shape = x.shape.length === 1 ? y.shape.map((_, d) => (d === dim ? x.shape[0]! : 1)) : [...lead, ...x.shape];
  const [left, right] = neighbours(reshape(x, shape), dim);
  return sub(right, left);
}

const floats = (y: Tensor): Tensor => to(y, computeDtype("float", y.dtype));

/** The integral along `dim`. Source: torch.trapezoid. */
export function trapezoid(input: Tensor, ...args: TrapezoidArguments): Tensor {
  const { y, widths, dim } = readTrapezoid(input, args);
  if (y.shape[dim] === 0) return zeros(y.shape.toSpliced(dim, 1), { dtype: y.dtype, device: y.device });
  if (widths instanceof Tensor) {
    const [left, right] = neighbours(y, dim);
    return div(sum(mul(add(left, right), widths), dim), 2);
  }
  const ends = add(select(y, dim, 0), select(y, dim, -1));
  return mul(sub(sum(y, dim), mul(ends, 0.5)), widths);
}
export const trapz = trapezoid;

/** The integral up to each sample but the first. Source: torch.cumulative_trapezoid. */
export function cumulative_trapezoid(input: Tensor, ...args: TrapezoidArguments): Tensor {
  const { y, widths, dim } = readCumulative(input, args);
  const [left, right] = neighbours(y, dim);
  const half = widths instanceof Tensor ? div(widths, 2) : widths / 2;
  return cumsum(mul(half, floats(add(left, right))), dim);
}
