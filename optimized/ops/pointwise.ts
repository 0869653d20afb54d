import * as ref from "../../reference/ops/index.js";
import { apply, applyInplace, applyOut, type Context, defineOp } from "../autograd/op.js";
import { bool, type DType } from "../core/dtype.js";
import { iinfo } from "../core/dtype_info.js";
import { DtypeError, TorchError, TorchTypeError } from "../core/errors.js";
import { resultType, type Scalar } from "../core/promotion.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { conjugated } from "./conj.js";
import { to } from "./copy.js";
import {
  binary,
  numbersOnly,
  ofTensors,
  type OutOption,
  promoted,
  rejectBool,
  rejectComplex,
  takeOut,
  tensorFirst,
  unary,
} from "./elementwise.js";
import { type Arguments, broadcast, expectTensor, operands, scalarTensor, signature } from "./support.js";
import { item } from "./values.js";

/** Arithmetic and functions of one operand. Formulas, special values and errors: reference/ops/{arithmetic,pointwise}.ts. */

type C = Context<undefined>;
type Operand = Tensor | Scalar;

const MASK_HINT = "If you are trying to invert a mask, use the `logical_not()` function instead";

const addRow = binary({
  name: "add",
  reference: (x, y) => ref.add(x, y),
  saves: [[], []],
  backward: [(c: C) => c.grad, (c: C) => c.grad],
});
const subRow = binary({
  name: "sub",
  reference: (x, y) => ref.sub(x, y),
  saves: [[], []],
  backward: [(c: C) => c.grad, (c: C) => neg(c.grad)],
  check: rejectBool("sub", "-", MASK_HINT),
});
const mulRow = binary({
  name: "mul",
  reference: ref.mul,
  saves: [[1], [0]],
  backward: [(c: C) => mul(c.grad, conjugated(c.in(1))), (c: C) => mul(c.grad, conjugated(c.in(0)))],
});
const divRow = binary({
  name: "div",
  reference: (x, y) => ref.div(x, y),
  rule: "float",
  saves: [[1], [1, "out0"]],
  // y = a / b  ⇒  ∂y/∂b = −y / b; both conjugated
  backward: [(c: C) => div(c.grad, conjugated(c.in(1))), (c: C) => neg(mul(c.grad, conjugated(div(c.out(), c.in(1)))))],
});
const truncDivideRow = binary({
  name: "trunc_divide",
  check: numbersOnly("div"),
  reference: (x, y) => ref.div(x, y, "trunc"),
  backward: [(c: C) => mul(c.grad, 0), (c: C) => mul(c.grad, 0)],
});
const divFloorRow = binary({
  name: "div_floor",
  check: numbersOnly("div"),
  kernel: "floor_divide",
  reference: (x, y) => ref.div(x, y, "floor"),
  backward: [(c: C) => mul(c.grad, 0), (c: C) => mul(c.grad, 0)],
});
const notDifferentiable = (): never => {
  throw new TorchError("floor_divide", "derivative for aten::floor_divide is not implemented");
};
/** As div with rounding_mode "floor", but without a derivative: PyTorch's. */
const floorDivideRow = binary({
  name: "floor_divide",
  check: numbersOnly("floor_divide"),
  reference: (x, y) => ref.div(x, y, "floor"),
  backward: [notDifferentiable, notDifferentiable],
});
/** add and sub with a factor for the second operand. */
const addScaledOp = defineOp<[x: Tensor, y: Tensor], { alpha: number }>({
  name: "add_scaled",
  kernel: "add_scaled",
  infer: ([x, y]) => ({ shape: sameShape(x.shape, y.shape) ? x.shape : broadcast("add", x, y), dtype: x.dtype }),
  write: (b, [out], ins, { alpha }) => {
    b.pointwise(out!, ins);
    b.number(alpha);
    b.number(0);
  },
  reference: ([x, y], { alpha }) => ref.add(x, y, alpha),
  saves: [[], []],
  backward: [(c) => c.grad, (c) => mul(c.grad, c.attrs.alpha)],
  elementwise: true,
});

export interface AlphaOptions extends OutOption {
  /** Factor of `other`. */
  alpha?: number | bigint;
}

function scaled(name: string, input: Operand, other: Operand, alpha: number): [Tensor, Tensor] {
  const pair = promoted(operands(name, input, other), "same");
  if (!pair[0].dtype.is_floating_point && !pair[0].dtype.is_complex && !Number.isInteger(alpha)) {
    throw new TorchTypeError(name, "For integral input tensors, argument alpha must not be a floating point number.");
  }
  return pair;
}

const ALPHA = ["alpha", "out"];

function addLike(name: "add" | "sub", sign: 1 | -1) {
  const plain = name === "add" ? addRow : subRow;
  const call = (input: Operand, other: Operand, options?: AlphaOptions): Tensor => {
    if (options === undefined) return plain.call(input, other);
    const out = takeOut(name, options, ALPHA);
    const alpha = Number(options.alpha ?? 1);
    if (alpha === 1) return plain.call(input, other, { out });
    const ins = scaled(name, input, other, alpha);
    const attrs = { alpha: sign * alpha };
    return out === null ? apply(addScaledOp, ins, attrs) : applyOut(addScaledOp, out, ins, attrs);
  };
  const inplace = (self: Tensor, other: Operand, options?: { alpha?: number | bigint }): Tensor => {
    const alpha = Number(options?.alpha ?? 1);
    if (alpha === 1) return plain.inplace(self, other);
    const ins = scaled(name, self, other, alpha);
    return applyInplace(addScaledOp, self, ins, { alpha: sign * alpha });
  };
  return { call, inplace };
}

const addFamily = addLike("add", 1);
const subFamily = addLike("sub", -1);

/** input + alpha · other. */
export const add = addFamily.call;
/** input − alpha · other. */
export const sub = subFamily.call;
export const subtract = sub;
export const mul = mulRow.call;
export const multiply = mul;

export interface DivOptions extends OutOption {
  rounding_mode?: "trunc" | "floor" | null;
}
function divFamily(options: DivOptions | undefined) {
  const mode = options?.rounding_mode ?? null;
  if (mode === null) return divRow;
  if (mode === "trunc") return truncDivideRow;
  if (mode === "floor") return divFloorRow;
  throw new TorchTypeError("div", `expected rounding_mode to be one of null, 'trunc' or 'floor' but found '${mode}'`);
}
/** input / other; integers give floats unless `rounding_mode` is "trunc" or "floor". */
export function div(input: Operand, other: Operand, options?: DivOptions): Tensor {
  if (options === undefined) return divRow.call(input, other);
  takeOut("div", options, ["rounding_mode", "out"]);
  return divFamily(options).call(input, other, { out: options.out ?? null });
}
export const divide = div;
/** input / other as floats. Source: torch.true_divide. */
export function true_divide(input: Operand, other: Operand, options?: OutOption): Tensor {
  return divRow.call(input, other, options);
}
export const floor_divide = floorDivideRow.call;

const remainderRow = binary({
  name: "remainder",
  reference: ref.remainder,
  check: numbersOnly("remainder"),
  saves: [[], [0, 1]],
  backward: [(c: C) => c.grad, (c: C) => neg(mul(c.grad, divFloorRow.call(c.in(0), c.in(1))))],
});
const fmodRow = binary({
  name: "fmod",
  reference: ref.fmod,
  check: numbersOnly("fmod"),
  saves: [[], [0, 1]],
  backward: [(c: C) => c.grad, (c: C) => neg(mul(c.grad, trunc(div(c.in(0), c.in(1)))))],
});
/** The remainder with the sign of the divisor. */
export const remainder = remainderRow.call;
/** The remainder with the sign of the dividend. */
export const fmod = tensorFirst("fmod", fmodRow.call);

const powRow = binary({
  name: "pow",
  reference: ref.pow,
  saves: [
    [0, 1],
    [0, 1, "out0"],
  ],
  // ∂(xʸ)/∂x = y·xʸ⁻¹ (0 where y = 0);  ∂(xʸ)/∂y = xʸ·log x (0 where x = 0 and y ≥ 0)
  backward: [
    (c: C) => {
      const [x, y] = [c.in(0), c.in(1)];
      return where(eq(y, 0), mul(c.grad, 0), mul(c.grad, mul(y, pow(x, sub(y, 1)))));
    },
    (c: C) => {
      const [x, y] = [c.in(0), c.in(1)];
      const flat = logical_and(eq(x, 0), ge(y, 0));
      return where(flat, mul(c.grad, 0), mul(c.grad, mul(c.out(), log(x))));
    },
  ],
});
function powArguments(input: Operand, exponent: Operand): Tensor | null {
  if (!(input instanceof Tensor) || typeof exponent !== "number") return null;
  if (!input.dtype.is_floating_point) {
    if (exponent < 0 && Number.isInteger(exponent)) {
      throw new TorchError("pow", "Integers to negative integer powers are not allowed.");
    }
    return null;
  }
  if (exponent === 2) return square(input);
  if (exponent === 1) return mul(input, 1);
  if (exponent === 0.5) return sqrt(input);
  return null;
}
/** inputᵉˣᵖᵒⁿᵉⁿᵗ. */
export function pow(input: Operand, exponent: Operand, options?: OutOption): Tensor {
  if (options === undefined) {
    const special = powArguments(input, exponent);
    if (special !== null) return special;
  }
  return powRow.call(input, exponent, options);
}

const shareAtTies = (larger: typeof gt) => (own: 0 | 1) => (c: C) => {
  const [x, y] = own === 0 ? [c.in(0), c.in(1)] : [c.in(1), c.in(0)];
  const grad = where(eq(x, y), mul(c.grad, 0.5), c.grad);
  return where(logical_or(larger(x, y), eq(x, y)), grad, 0);
};
const maximumRow = binary({
  name: "maximum",
  reference: ref.maximum,
  check: rejectComplex("maximum"),
  saves: [
    [0, 1],
    [0, 1],
  ],
  backward: [(c: C) => shareAtTies(gt)(0)(c), (c: C) => shareAtTies(gt)(1)(c)],
});
const minimumRow = binary({
  name: "minimum",
  reference: ref.minimum,
  check: rejectComplex("minimum"),
  saves: [
    [0, 1],
    [0, 1],
  ],
  backward: [(c: C) => shareAtTies(lt)(0)(c), (c: C) => shareAtTies(lt)(1)(c)],
});
/** The larger of two; NaN if either is NaN; ties share the gradient. */
export const maximum = ofTensors("maximum", maximumRow.call);
/** The smaller of two; NaN if either is NaN; ties share the gradient. */
export const minimum = ofTensors("minimum", minimumRow.call);

const toBool = (name: string, reference: typeof ref.eq, check?: (dtype: DType) => void) =>
  binary({ name, reference, rule: "bool", ...(check && { check }) }).call;
const comparison = (name: string, reference: typeof ref.eq) => tensorFirst(name, toBool(name, reference));
const ordering = (name: string, reference: typeof ref.eq) =>
  tensorFirst(name, toBool(name, reference, rejectComplex(name)));
/** Kernels of logic read real numbers: a complex one is true where it is not 0. */
const truth = (x: Tensor | Scalar): Tensor | Scalar => (x instanceof Tensor && x.dtype.is_complex ? ne(x, 0) : x);
const logical = (name: string, reference: typeof ref.eq) => {
  const call = toBool(name, reference);
  return ofTensors(name, (input, other, options) => call(truth(input), truth(other), options));
};
export const eq = comparison("eq", ref.eq);
export const ne = comparison("ne", ref.ne);
export const not_equal = ne;
export const lt = ordering("lt", ref.lt);
export const less = lt;
export const le = ordering("le", ref.le);
export const less_equal = le;
export const gt = ordering("gt", ref.gt);
export const greater = gt;
export const ge = ordering("ge", ref.ge);
export const greater_equal = ge;
export const logical_and = logical("logical_and", ref.logical_and);
export const logical_or = logical("logical_or", ref.logical_or);
export const logical_xor = logical("logical_xor", ref.logical_xor);

function integral(name: string) {
  return (dtype: DType): void => {
    if (dtype.is_floating_point || dtype.is_complex) {
      throw new DtypeError(name, `not implemented for ${dtype}: it takes integers and bools`);
    }
  };
}
const bitwise = (name: string, reference: typeof ref.eq) => binary({ name, reference, check: integral(name) });
const bitwiseAndRow = bitwise("bitwise_and", ref.bitwise_and);
const bitwiseOrRow = bitwise("bitwise_or", ref.bitwise_or);
const bitwiseXorRow = bitwise("bitwise_xor", ref.bitwise_xor);
export const bitwise_and = bitwiseAndRow.call;
export const bitwise_or = bitwiseOrRow.call;
export const bitwise_xor = bitwiseXorRow.call;

const negRow = unary({
  name: "neg",
  reference: ref.neg,
  backward: (c: C) => neg(c.grad),
  check: rejectBool("neg", "-", MASK_HINT),
});
const absRow = unary({ name: "abs", reference: ref.abs, saves: [0], backward: (c: C) => mul(c.grad, sign(c.in(0))) });
const signRow = unary({
  name: "sign",
  reference: ref.sign,
  backward: (c: C) => mul(c.grad, 0),
  check: rejectComplex("sign"),
});
const squareRow = unary({
  name: "square",
  reference: ref.square,
  saves: [0],
  backward: (c: C) => mul(c.grad, mul(c.in(0), 2)),
});
const float = "float" as const;
const expRow = unary({
  name: "exp",
  reference: ref.exp,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, c.out()),
});
const exp2Row = unary({
  name: "exp2",
  reference: ref.exp2,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, mul(c.out(), Math.LN2)),
});
const expm1Row = unary({
  name: "expm1",
  reference: ref.expm1,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, add(c.out(), 1)),
});
const logRow = unary({
  name: "log",
  reference: ref.log,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, c.in(0)),
});
const log2Row = unary({
  name: "log2",
  reference: ref.log2,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, mul(c.in(0), Math.LN2)),
});
const log10Row = unary({
  name: "log10",
  reference: ref.log10,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, mul(c.in(0), Math.LN10)),
});
const log1pRow = unary({
  name: "log1p",
  reference: ref.log1p,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, add(c.in(0), 1)),
});
const sqrtRow = unary({
  name: "sqrt",
  reference: ref.sqrt,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => div(c.grad, mul(c.out(), 2)),
});
const rsqrtRow = unary({
  name: "rsqrt",
  reference: ref.rsqrt,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(mul(c.grad, -0.5), mul(c.out(), mul(c.out(), c.out()))),
});
const reciprocalRow = unary({
  name: "reciprocal",
  reference: ref.reciprocal,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => neg(mul(c.grad, mul(c.out(), c.out()))),
});
const sinRow = unary({
  name: "sin",
  reference: ref.sin,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, cos(c.in(0))),
});
const cosRow = unary({
  name: "cos",
  reference: ref.cos,
  rule: float,
  saves: [0],
  backward: (c: C) => neg(mul(c.grad, sin(c.in(0)))),
});
const tanRow = unary({
  name: "tan",
  reference: ref.tan,
  rule: float,
  saves: ["out0"],
  backward: (c: C) => mul(c.grad, add(square(c.out()), 1)),
});
const asinRow = unary({
  name: "asin",
  reference: ref.asin,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, rsqrt(sub(1, square(c.in(0))))),
});
const acosRow = unary({
  name: "acos",
  reference: ref.acos,
  rule: float,
  saves: [0],
  backward: (c: C) => neg(mul(c.grad, rsqrt(sub(1, square(c.in(0)))))),
});
const atanRow = unary({
  name: "atan",
  reference: ref.atan,
  rule: float,
  saves: [0],
  backward: (c: C) => div(c.grad, add(square(c.in(0)), 1)),
});
const sinhRow = unary({
  name: "sinh",
  reference: ref.sinh,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, cosh(c.in(0))),
});
const coshRow = unary({
  name: "cosh",
  reference: ref.cosh,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, sinh(c.in(0))),
});
const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
const erfRow = unary({
  name: "erf",
  check: rejectComplex("erf"),
  reference: ref.erf,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, mul(exp(neg(square(c.in(0)))), TWO_OVER_SQRT_PI)),
});
const erfcRow = unary({
  name: "erfc",
  check: rejectComplex("erfc"),
  reference: ref.erfc,
  rule: float,
  saves: [0],
  backward: (c: C) => mul(c.grad, mul(exp(neg(square(c.in(0)))), -TWO_OVER_SQRT_PI)),
});
const stepwise = (name: string, reference: typeof ref.floor) =>
  unary({ name, reference, backward: (c: C) => mul(c.grad, 0), check: rejectComplex(name) });
const floorRow = stepwise("floor", ref.floor);
const ceilRow = stepwise("ceil", ref.ceil);
const truncRow = stepwise("trunc", ref.trunc);

export const neg = negRow.call;
export const negative = neg;
export const abs = absRow.call;
export const absolute = abs;
/** −1, 0 or 1; bools are returned as they are. Source: torch.sign. */
export function sign(input: Tensor, options?: OutOption): Tensor {
  expectTensor("sign", "input", input);
  return input.dtype === bool ? logical_or(input, input, options) : signRow.call(input, options);
}
export const square = squareRow.call;
export const exp = expRow.call;
export const exp2 = exp2Row.call;
export const expm1 = expm1Row.call;
export const log = logRow.call;
export const log2 = log2Row.call;
export const log10 = log10Row.call;
export const log1p = log1pRow.call;
export const sqrt = sqrtRow.call;
export const rsqrt = rsqrtRow.call;
export const reciprocal = reciprocalRow.call;
export const sin = sinRow.call;
export const cos = cosRow.call;
export const tan = tanRow.call;
export const asin = asinRow.call;
export const arcsin = asin;
export const acos = acosRow.call;
export const arccos = acos;
export const atan = atanRow.call;
export const arctan = atan;
export const sinh = sinhRow.call;
export const cosh = coshRow.call;
export const erf = erfRow.call;
export const erfc = erfcRow.call;
/** Integers are returned as they are. */
export const floor = integersAsTheyAre(floorRow.call);
export const ceil = integersAsTheyAre(ceilRow.call);
export const trunc = integersAsTheyAre(truncRow.call);
export const fix = trunc;

function integersAsTheyAre(f: (x: Tensor, options?: OutOption) => Tensor) {
  return (input: Tensor, options?: OutOption): Tensor => {
    expectTensor("floor", "input", input);
    const exact = !input.dtype.is_floating_point && !input.dtype.is_complex;
    if (exact && options === undefined) return mul(input, 1);
    return f(input, options);
  };
}

const predicate = (name: string, reference: typeof ref.isnan) => unary({ name, reference, rule: "bool" });
const logicalNotRow = predicate("logical_not", ref.logical_not);
/** True where the element is 0. Source: torch.logical_not. */
export function logical_not(input: Tensor, options?: OutOption): Tensor {
  expectTensor("logical_not", "input", input);
  return logicalNotRow.call(truth(input) as Tensor, options);
}
const isnanRow = predicate("isnan", ref.isnan);
const isinfRow = predicate("isinf", ref.isinf);
const isfiniteRow = predicate("isfinite", ref.isfinite);
const constant =
  (row: typeof isnanRow, value: boolean) =>
  (input: Tensor): Tensor =>
    input.dtype.is_floating_point ? row.call(input) : value ? eq(input, input) : ne(input, input);
export const isnan = constant(isnanRow, false);
export const isinf = constant(isinfRow, false);
export const isfinite = constant(isfiniteRow, true);

const bitwiseNotRow = unary({ name: "bitwise_not", reference: ref.bitwise_not });
/** Every bit inverted; bools are negated. */
export function bitwise_not(input: Tensor, options?: OutOption): Tensor {
  integral("bitwise_not")(input.dtype);
  return input.dtype === bool ? logical_not(input, options) : bitwiseNotRow.call(input, options);
}

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
function checkFits(name: string, value: number, dtype: DType): void {
  if (dtype.is_floating_point || dtype.is_complex || dtype === bool) return;
  const { min, max } = iinfo(dtype);
  const least = min === 0 ? -max : min; // negative numbers wrap round in unsigned dtypes
  if (!(value >= least && value <= max)) throw doesNotFit(name, String(value), dtype);
}
function doesNotFit(name: string, value: string, dtype: DType): TorchError {
  return new TorchError(name, `value cannot be converted to type ${dtype} without overflow; got ${value}`);
}

const clampOp = defineOp<[x: Tensor], { min: number; max: number }>({
  name: "clamp",
  kernel: "clamp",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], ins, { min, max }) => {
    b.pointwise(out!, ins);
    b.number(min);
    b.number(max);
  },
  reference: ([x], { min, max }) => ref.clamp(x, min, max),
  saves: [[0]],
  // The bounds themselves pass the gradient.
  backward: [
    (c) => {
      const x = c.in(0);
      return where(logical_and(ge(x, c.attrs.min), le(x, c.attrs.max)), c.grad, 0);
    },
  ],
  elementwise: true,
});

export type Bound = number | bigint | Tensor | null | undefined;
export interface ClampOptions {
  min?: Bound;
  max?: Bound;
}
const readClamp = signature<ClampOptions>("clamp", ["min", "max"]);

/** min ≤ result ≤ max, where given; numbers or tensors. Source: torch.clamp. */
export function clamp(input: Tensor, ...args: Arguments<[min?: Bound, max?: Bound], ClampOptions>): Tensor {
  expectTensor("clamp", "input", input);
  const { min: low = null, max: high = null } = readClamp(args);
  if (low == null && high == null) throw new TorchTypeError("clamp", "At least one of 'min' or 'max' must not be None");
  if (low instanceof Tensor || high instanceof Tensor) {
    const raised = low == null ? input : maximumRow.call(input, low as Operand);
    return high == null ? raised : minimumRow.call(raised, high as Operand);
  }
  const bounds = [low, high].filter((x) => x != null) as Scalar[];
  const x = to(input, resultType([input, ...bounds]));
  rejectComplex("clamp")(x.dtype);
  return apply(clampOp, [x], { min: Number(low ?? -Infinity), max: Number(high ?? Infinity) });
}
export const clip = clamp;
/** At least `min`. Source: torch.clamp_min. */
export function clamp_min(input: Tensor, min: Operand): Tensor {
  return clamp(input, min as Bound);
}
/** At most `max`. Source: torch.clamp_max. */
export function clamp_max(input: Tensor, max: Operand): Tensor {
  return clamp(input, null, max as Bound);
}

function integersStay(inplace: (self: Tensor) => Tensor) {
  return (self: Tensor): Tensor => (self.dtype.is_floating_point ? inplace(self) : self);
}

/** In-place forms: methods only. */
export const pointwiseInplace = {
  add_: addFamily.inplace,
  sub_: subFamily.inplace,
  mul_: mulRow.inplace,
  div_: (self: Tensor, other: Operand, options?: DivOptions): Tensor => divFamily(options).inplace(self, other),
  floor_divide_: floorDivideRow.inplace,
  remainder_: remainderRow.inplace,
  fmod_: fmodRow.inplace,
  pow_: powRow.inplace,
  bitwise_and_: bitwiseAndRow.inplace,
  bitwise_or_: bitwiseOrRow.inplace,
  bitwise_xor_: bitwiseXorRow.inplace,
  neg_: negRow.inplace,
  abs_: absRow.inplace,
  sign_: signRow.inplace,
  square_: squareRow.inplace,
  exp_: expRow.inplace,
  expm1_: expm1Row.inplace,
  log_: logRow.inplace,
  log1p_: log1pRow.inplace,
  sqrt_: sqrtRow.inplace,
  rsqrt_: rsqrtRow.inplace,
  reciprocal_: reciprocalRow.inplace,
  sin_: sinRow.inplace,
  cos_: cosRow.inplace,
  floor_: integersStay(floorRow.inplace),
  ceil_: integersStay(ceilRow.inplace),
  trunc_: integersStay(truncRow.inplace),
  erf_: erfRow.inplace,
  masked_fill_,
  clamp_: (self: Tensor, ...args: Arguments<[min?: Bound, max?: Bound], ClampOptions>): Tensor => {
    const { min = null, max = null } = readClamp(args);
    if (min instanceof Tensor || max instanceof Tensor) {
      if (min !== null) maximumRow.inplace(self, min as Operand);
      return max === null ? self : minimumRow.inplace(self, max as Operand);
    }
    return applyInplace(clampOp, self, [self], { min: Number(min ?? -Infinity), max: Number(max ?? Infinity) });
  },
};
