import { uint8 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { cat } from "./join.js";
import { add, div, mul, neg, sub } from "./pointwise.js";
import { type Arguments, expectTensor, normalizeDims, signature } from "./support.js";
import { item } from "./values.js";
import { narrow, reshape } from "./views.js";

/** Estimates of derivatives from samples. Formulas: reference/ops/gradient.ts. */

export interface GradientOptions {
  /** The distance of samples, for all dims or for each; or the places where they were taken, a 1-d tensor for each dim. */
  spacing?: number | Tensor | readonly (number | Tensor)[] | null;
  /** Along which dims; null: all. */
  dim?: number | readonly number[] | null;
  /** 1: the slope at both ends is that of a line; 2: of a parabola. */
  edge_order?: number;
}
const readGradient = signature<GradientOptions>("gradient", [], ["spacing", "dim", "edge_order"]);

interface Line {
  readonly x: Tensor;
  readonly dim: number;
  readonly n: number;
  readonly edgeOrder: number;
}
const part = ({ x, dim, n }: Line, from: number, cut: number): Tensor => narrow(x, dim, from, n - cut);
const at = ({ x, dim, n }: Line, i: number): Tensor => narrow(x, dim, i < 0 ? i + n : i, 1);

/** Samples at equal distances h. */
function even(line: Line, h: number): Tensor {
  const middle = div(sub(part(line, 2, 2), part(line, 0, 2)), 2 * h);
  const [x0, x1, y1, y0] = [at(line, 0), at(line, 1), at(line, -2), at(line, -1)];
  if (line.edgeOrder === 1) return cat([div(sub(x1, x0), h), middle, div(sub(y0, y1), h)], line.dim);
  const [x2, y2] = [at(line, 2), at(line, -3)];
  const first = div(sub(sub(mul(x1, 4), mul(x0, 3)), x2), 2 * h);
  const last = div(add(sub(mul(y0, 3), mul(y1, 4)), y2), 2 * h);
  return cat([first, middle, last], line.dim);
}

/** Samples u, v, w at distances a and b: the slope of their parabola at v. */
function slopeAtMiddle(u: Tensor, v: Tensor, w: Tensor, a: Tensor, b: Tensor): Tensor {
  const total = add(a, b);
  const outer = sub(mul(w, div(a, mul(b, total))), mul(u, div(b, mul(a, total))));
  return add(outer, mul(v, div(sub(b, a), mul(a, b))));
}

/** The same at w; at u it is the negative for the samples in reverse. */
function slopeAtEnd(u: Tensor, v: Tensor, w: Tensor, a: Tensor, b: Tensor): Tensor {
  const total = add(a, b);
  const outer = add(mul(u, div(b, mul(a, total))), mul(w, div(add(mul(b, 2), a), mul(b, total))));
  return sub(outer, mul(v, div(total, mul(a, b))));
}

/** Samples at `places`. */
function uneven(line: Line, places: Tensor): Tensor {
  const { x, dim, n, edgeOrder } = line;
  const shape = x.shape.map((_, d) => (d === dim ? n - 1 : 1));
  const distances = reshape(sub(narrow(places, 0, 1, n - 1), narrow(places, 0, 0, n - 1)), shape);
  const gap = (i: number): Tensor => narrow(distances, dim, i < 0 ? i + n - 1 : i, 1);
  const middle = slopeAtMiddle(
    part(line, 0, 2),
    part(line, 1, 2),
    part(line, 2, 2),
    narrow(distances, dim, 0, n - 2),
    narrow(distances, dim, 1, n - 2),
  );
  const [x0, x1, y1, y0] = [at(line, 0), at(line, 1), at(line, -2), at(line, -1)];
  if (edgeOrder === 1) return cat([div(sub(x1, x0), gap(0)), middle, div(sub(y0, y1), gap(-1))], dim);
  const first = neg(slopeAtEnd(at(line, 2), x1, x0, gap(1), gap(0)));
  return cat([first, middle, slopeAtEnd(at(line, -3), y1, y0, gap(-2), gap(-1))], dim);
}

/** The spacing of each dim. */
function spacings(spacing: GradientOptions["spacing"], dims: readonly number[]): readonly (number | Tensor)[] {
  if (!Array.isArray(spacing)) {
    if (spacing instanceof Tensor && spacing.shape.length > 0) {
      throw new ShapeError("gradient", "places of samples must be given as a list of tensors", {
        spacing: spacing.shape,
      });
    }
    const h = spacing instanceof Tensor ? Number(item(spacing)) : ((spacing as number | null | undefined) ?? 1);
    return dims.map(() => h);
  }
  if (spacing.length === dims.length) return spacing as readonly (number | Tensor)[];
  throw new TorchError(
    "gradient",
    `spacing must be a number or have as many entries as there are dims; got ${spacing.length} for ${dims.length} dims`,
  );
}

function alongDim(input: Tensor, dim: number, edgeOrder: number, spacing: number | Tensor): Tensor {
  const line = { x: input, dim, n: input.shape[dim]!, edgeOrder };
  if (typeof spacing === "number") return even(line, spacing);
  if (spacing.shape.length === 1 && spacing.shape[0] === line.n) return uneven(line, spacing);
  throw new ShapeError("gradient", `there must be one place for each of ${line.n} samples along dim ${dim}`, {
    input: input.shape,
    spacing: spacing.shape,
  });
}

/** The derivatives along each dim, estimated from samples. Source: torch.gradient. */
export function gradient(input: Tensor, ...args: Arguments<[], GradientOptions>): Tensor[] {
  expectTensor("gradient", "input", input);
  const { spacing, dim, edge_order = 1 } = readGradient(args);
  if (input.dtype === uint8) throw new DtypeError("gradient", "does not support uint8 input");
  if (edge_order !== 1 && edge_order !== 2) {
    throw new TorchError("gradient", `only supports edge_order 1 and 2; got ${edge_order}`);
  }
  const none = Array.isArray(dim) && dim.length === 0;
  const dims = none ? [] : normalizeDims("gradient", dim, input.shape.length);
  const distances = spacings(spacing, dims);
  if (dims.some((d) => input.shape[d]! <= edge_order)) {
    throw new ShapeError("gradient", `each dim must have at least edge_order + 1 = ${edge_order + 1} elements`, {
      input: input.shape,
    });
  }
  return dims.map((d, i) => alongDim(input, d, edge_order, distances[i]!));
}
