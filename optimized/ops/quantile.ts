import type { Interpolation } from "../../reference/ops/quantile.js";
import { float32, float64, int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { inFullPrecision } from "./autocast.js";
import { detach } from "./autograd.js";
import { to } from "./copy.js";
import type { OutOption } from "./elementwise.js";
import { gather } from "./indexing.js";
import { moveTo } from "./out.js";
import { add, ceil, clip, floor, ge, isnan, le, logical_and, logical_not, lt, mul, sub, where } from "./pointwise.js";
import { all, any, sum } from "./reduce.js";
import { round } from "./round.js";
import { sort } from "./sort.js";
import { type Arguments, expectTensor, normalizeDim, scalarTensor, signature } from "./support.js";
import { item } from "./values.js";
import { expand, movedim, reshape, squeeze, unsqueeze } from "./views.js";

/** Values below which a part of the elements lies. Formulas and special values: reference/ops/quantile.ts. */

const INTERPOLATIONS: readonly Interpolation[] = ["linear", "lower", "higher", "midpoint", "nearest"];

export interface QuantileOptions extends OutOption {
  /** null: all elements. */
  dim?: number | null;
  keepdim?: boolean;
  interpolation?: Interpolation;
}
type QuantileArguments = Arguments<[dim?: number | null, keepdim?: boolean], QuantileOptions>;

/** q as a tensor of the input's dtype: a number or a list. */
function partsOf(name: string, input: Tensor, q: number | Tensor): Tensor {
  if (typeof q === "number") {
    if (!(q >= 0 && q <= 1)) throw new TorchError(name, `q must be in the range [0, 1]; got ${q}`);
    return scalarTensor(q, input.dtype, input.device);
  }
  expectTensor(name, "q", q);
  if (q.shape.length > 1) throw new ShapeError(name, "q must be a number or 1-d", { q: q.shape });
  if (q.dtype !== input.dtype) {
    throw new DtypeError(name, `q must have the dtype of the input; got ${q.dtype} and ${input.dtype}`);
  }
  if (item(all(logical_and(ge(q, 0), le(q, 1)))) !== true) {
    throw new TorchError(name, "q values must be in the range [0, 1]");
  }
  return q;
}

function checkInput(name: string, input: Tensor, interpolation: Interpolation): void {
  expectTensor(name, "input", input);
  if (input.dtype !== float32 && input.dtype !== float64) {
    throw new DtypeError(name, `input must be float32 or float64; got ${input.dtype}`);
  }
  if (input._numel === 0) throw new ShapeError(name, "input must not be empty", { input: input.shape });
  if (!INTERPOLATIONS.includes(interpolation)) {
    throw new TorchError(name, `interpolation must be one of ${INTERPOLATIONS.join(", ")}; got ${interpolation}`);
  }
}

/** The places q · (n − 1) in sorted rows; where there is NaN, the last place: NaN is sorted to the end. */
function placesAmongAll(rows: Tensor, parts: Tensor): Tensor {
  const last = rows.shape.at(-1)! - 1;
  return where(any(isnan(rows), -1, true), last, mul(parts, last));
}

/** The same among the elements that are no NaN; 0 if there are none. */
function placesAmongNumbers(rows: Tensor, parts: Tensor): Tensor {
  const count = sum(logical_not(isnan(rows)), -1, true);
  return mul(parts, to(clip(sub(count, 1), 0), rows.dtype));
}

/** The elements of sorted rows at whole places. */
const elementsAt = (rows: Tensor, places: Tensor): Tensor => gather(rows, -1, to(detach(places), int64));

/** a + w (b − a), from the nearer end. */
function between(a: Tensor, b: Tensor, w: Tensor | number): Tensor {
  const step = sub(b, a);
  if (typeof w === "number") return add(a, mul(step, w));
  return where(lt(w, 0.5), add(a, mul(step, w)), sub(b, mul(step, sub(1, w))));
}

function interpolated(rows: Tensor, places: Tensor, interpolation: Interpolation): Tensor {
  if (interpolation === "lower") return elementsAt(rows, floor(places));
  if (interpolation === "higher") return elementsAt(rows, ceil(places));
  if (interpolation === "nearest") return elementsAt(rows, round(places));
  const [below, above] = [elementsAt(rows, floor(places)), elementsAt(rows, ceil(places))];
  return between(below, above, interpolation === "midpoint" ? 0.5 : sub(places, floor(places)));
}

/** Results in the last dim, one for each part, as the caller wants them: in front, or as no dim where q is a number. */
function arranged(results: Tensor, input: Tensor, q: Tensor, dim: number | null, keepdim: boolean): Tensor {
  const full = input.shape.map((size, d) => (dim === null || d === dim ? 1 : size));
  if (q.shape.length === 0) {
    if (!keepdim || input.shape.length === 0) return squeeze(results, -1);
    return dim === null ? reshape(results, full) : movedim(results, -1, dim);
  }
  const front = movedim(results, -1, 0);
  if (!keepdim || input.shape.length === 0) return front;
  return dim === null ? reshape(front, [q.shape[0]!, ...full]) : unsqueeze(front, dim + 1);
}

function quantileFunction(name: string, placesOf: typeof placesAmongAll) {
  const read = signature<QuantileOptions>(name, ["dim", "keepdim"], ["interpolation", "out"]);
  return (input: Tensor, q: number | Tensor, ...args: QuantileArguments): Tensor => {
    const { dim = null, keepdim = false, interpolation = "linear", out } = read(args);
    checkInput(name, input, interpolation);
    const d = dim === null ? null : normalizeDim(name, dim, input.shape.length);
    const parts = partsOf(name, input, q);
    const flat = d === null || input.shape.length === 0;
    const rows = sort(flat ? reshape(input, [-1]) : movedim(input, d, -1)).values;
    const list = reshape(parts, [-1]);
    const places = placesOf(rows, list);
    const all = expand(places, [...rows.shape.slice(0, -1), list.shape[0]!]);
    return moveTo(out, name, arranged(interpolated(rows, all, interpolation), input, parts, d, keepdim));
  };
}

/** The elements along `dim` below which a part q of them lies; NaN where there is NaN. Source: torch.quantile. */
export const quantile = inFullPrecision(quantileFunction("quantile", placesAmongAll));
/** The same for the elements that are not NaN. Source: torch.nanquantile. */
export const nanquantile = inFullPrecision(quantileFunction("nanquantile", placesAmongNumbers));
