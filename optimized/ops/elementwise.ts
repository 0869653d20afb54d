import type { NdArray } from "../../reference/array.js";
import { mapPairs, type Pair } from "../../reference/ops/complex_parts.js";
import { apply, applyInplace, applyOut } from "../autograd/apply.js";
import { type ComputeOp, type Context, defineOp, type Saves } from "../autograd/op.js";
import { bool, type DType, get_default_dtype } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import { resultType, type Scalar } from "../core/promotion.js";
import { preservedStrides, sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { broadcast, checkOptions, expectTensor, operands } from "./support.js";

/** Factories for elementwise ops: from one row with kernel, reference and derivative to the function, `out` and `name_`. */

export interface OutOption {
  /** Where the result goes; it is resized if its shape does not fit. */
  out?: Tensor | null;
}

const OUT = ["out"];

/** Which dtype an op computes in and which it returns. */
export type DTypeRule = "same" | "float" | "bool";

export function computeDtype(rule: DTypeRule, dtype: DType): DType {
  return rule === "float" && !dtype.is_floating_point && !dtype.is_complex ? get_default_dtype() : dtype;
}

/** Shape, dtype and, where the input is dense in another order, strides of an elementwise result. */
export function metaLike(x: Tensor, shape: readonly number[], rule: DTypeRule) {
  const dtype = rule === "bool" ? bool : x.dtype;
  if (x._contiguous || !sameShape(shape, x.shape)) return { shape, dtype };
  return { shape, dtype, strides: preservedStrides(x.shape, x._strides) };
}

const NO_DERIVATIVE = { notDifferentiable: "its results are not continuous" } as const;

export interface UnaryRow {
  readonly name: string;
  /** The kernel's name, if it is another one. */
  readonly kernel?: string;
  readonly reference: (x: NdArray) => NdArray;
  readonly rule?: DTypeRule;
  readonly saves?: readonly Saves[];
  /** The gradient of the input; absent: the op has none. */
  readonly backward?: (c: Context<undefined>) => Tensor;
  /** Throws for dtypes that the op does not take. */
  readonly check?: (dtype: DType) => void;
  /** f of a complex number, whose kernel is `<name>_complex`; "alike": kernel and reference take both; absent: f takes real numbers. */
  readonly complex?: ((z: Pair) => Pair) | "alike";
}

export type UnaryFunction = (input: Tensor, options?: OutOption) => Tensor;
export type UnaryInplace = (self: Tensor) => Tensor;

export interface Unary {
  readonly op: ComputeOp<[Tensor], undefined>;
  readonly call: UnaryFunction;
  readonly inplace: UnaryInplace;
}

function unaryOp(row: UnaryRow, kernel: string, reference: UnaryRow["reference"]): Unary["op"] {
  const { name, rule = "same", backward } = row;
  return defineOp<[x: Tensor], undefined>({
    name,
    kernel,
    infer: ([x]) => metaLike(x, x.shape, rule),
    write: (b, [out], ins) => b.pointwise(out!, ins),
    reference: ([x]) => reference(x),
    saves: backward === undefined ? "nothing" : [row.saves ?? []],
    backward: backward === undefined ? NO_DERIVATIVE : [backward],
    elementwise: true,
  });
}

export function unary(row: UnaryRow): Unary {
  const { name, rule = "same", complex } = row;
  const op = unaryOp(row, row.kernel ?? name, row.reference);
  const complexOp =
    typeof complex === "function" ? unaryOp(row, `${name}_complex`, (z) => mapPairs(z, complex)) : complex && op;
  const opFor = (dtype: DType): Unary["op"] => {
    if (!dtype.is_complex) return op;
    if (complexOp === undefined) rejectComplex(name)(dtype);
    return complexOp!;
  };
  const prepare = (input: Tensor): Tensor => {
    expectTensor(name, "input", input);
    row.check?.(input.dtype);
    return to(input, computeDtype(rule, input.dtype));
  };
  return {
    op,
    call: (input, options) => {
      const x = prepare(input);
      const out = takeOut(name, options, OUT);
      return out === null ? apply(opFor(x.dtype), [x], undefined) : applyOut(opFor(x.dtype), out, [x], undefined);
    },
    inplace: (self) => {
      const x = prepare(self);
      return applyInplace(opFor(x.dtype), self, [x], undefined);
    },
  };
}

/** The `out` option, after a check of the names of all options. */
export function takeOut(name: string, options: OutOption | undefined, known: readonly string[]): Tensor | null {
  if (options === undefined) return null;
  checkOptions(name, options, known);
  return options.out ?? null;
}

export interface BinaryRow {
  readonly name: string;
  /** The kernel's name, if it is another one. */
  readonly kernel?: string;
  readonly reference: (x: NdArray, y: NdArray) => NdArray;
  readonly rule?: DTypeRule;
  readonly saves?: readonly [readonly Saves[], readonly Saves[]];
  readonly backward?: readonly [(c: Context<undefined>) => Tensor, (c: Context<undefined>) => Tensor];
  /** Throws for dtypes that the op does not take. */
  readonly check?: OperandCheck;
}

/** Sees the dtype that the operands have in common, and the operands. */
export type OperandCheck = (common: DType, pair: readonly Tensor[]) => void;

export type BinaryFunction = (input: Tensor | Scalar, other: Tensor | Scalar, options?: OutOption) => Tensor;
export type BinaryInplace = (self: Tensor, other: Tensor | Scalar) => Tensor;

export interface Binary {
  readonly op: ComputeOp<[Tensor, Tensor], undefined>;
  readonly call: BinaryFunction;
  readonly inplace: BinaryInplace;
}

export function binary(row: BinaryRow): Binary {
  const { name, rule = "same", backward, check } = row;
  const op = defineOp<[x: Tensor, y: Tensor], undefined>({
    name,
    kernel: row.kernel ?? name,
    infer: ([x, y]) => {
      const shape = sameShape(x.shape, y.shape) ? x.shape : broadcast(name, x, y);
      return metaLike(sameShape(shape, x.shape) ? x : y, shape, rule);
    },
    write: (b, [out], ins) => b.pointwise(out!, ins),
    reference: ([x, y]) => row.reference(x, y),
    saves: backward === undefined ? "nothing" : (row.saves ?? [[], []]),
    backward: backward === undefined ? NO_DERIVATIVE : backward,
    elementwise: true,
  });
  const prepare = (input: Tensor | Scalar, other: Tensor | Scalar): [Tensor, Tensor] => {
    const pair = operands(name, input, other);
    return promoted(pair, rule, check);
  };
  return {
    op,
    call: (input, other, options) => {
      const ins = prepare(input, other);
      const out = takeOut(name, options, OUT);
      return out === null ? apply(op, ins, undefined) : applyOut(op, out, ins, undefined);
    },
    inplace: (self, other) => {
      expectTensor(`${name}_`, "self", self);
      return applyInplace(op, self, prepare(self, other), undefined);
    },
  };
}

/** The same, for a first operand that may be no number. */
export function tensorFirst(name: string, call: BinaryFunction) {
  return (input: Tensor, other: Tensor | Scalar, options?: OutOption): Tensor => {
    expectTensor(name, "input", input);
    return call(input, other, options);
  };
}

/** The same, for operands that may be no numbers. */
export function ofTensors(name: string, call: BinaryFunction) {
  return (input: Tensor, other: Tensor, options?: OutOption): Tensor => {
    expectTensor(name, "input", input);
    expectTensor(name, "other", other);
    return call(input, other, options);
  };
}

/** Both operands in the dtype that the op computes in. */
export function promoted(pair: [Tensor, Tensor], rule: DTypeRule, check?: OperandCheck): [Tensor, Tensor] {
  const [a, b] = pair;
  const common = a.dtype === b.dtype ? a.dtype : resultType(pair);
  check?.(common, pair);
  const dtype = computeDtype(rule, common);
  if (a.dtype === dtype && b.dtype === dtype) return pair;
  return [to(a, dtype), to(b, dtype)];
}

export const MASK_HINT = "If you are trying to invert a mask, use the `logical_not()` function instead";
/** For an op that takes no operand that is bool, also where the other is not. */
export function rejectBool(name: string, symbol: string, hint: string) {
  return (common: DType, pair: readonly Tensor[] = []): void => {
    if (common === bool || pair.some(({ dtype }) => dtype === bool)) {
      throw new DtypeError(name, `the '${symbol}' operator, with a bool tensor, is not supported. ${hint}`);
    }
  };
}

/** For ops that need an order, or that have no meaning for complex numbers. */
export function rejectComplex(name: string) {
  return (dtype: DType): void => {
    if (dtype.is_complex) throw new DtypeError(name, `not implemented for ${dtype}: it takes real numbers`);
  };
}

export function floatsOnly(name: string) {
  return (dtype: DType): void => {
    if (!dtype.is_floating_point) throw new DtypeError(name, `not implemented for ${dtype}: it takes floats`);
  };
}

/** For arithmetic without complex numbers that has no meaning for bools either. */
export function numbersOnly(name: string) {
  const real = rejectComplex(name);
  return (dtype: DType): void => {
    real(dtype);
    if (dtype === bool) throw new DtypeError(name, `not implemented for ${dtype}: it takes integers and floats`);
  };
}
