import { LARGEST } from "../../reference/random/index.js";
import { roundTo } from "../../reference/rounding.js";
import type { DType } from "../core/dtype.js";
import { TorchTypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { drawInplace, generatorFor, type IntegerAttrs, integersOp } from "./random_draw.js";
import { expectDtype, expectRule, type GeneratorOption, isReal, LARGEST_FLOAT } from "./random_inplace.js";
import { type Arguments, expectTensor, isOptions, signature } from "./support.js";

/** Random integers: which bounds each dtype takes, and how the draws get into them. */

/** Significant bits of the float dtypes. */
const DIGITS: Partial<Record<string, number>> = {
  float32: 24,
  complex64: 24,
  float64: 53,
  complex128: 53,
  float16: 11,
  bfloat16: 8,
};
export type Bound = number | bigint;
export interface RandomOptions extends GeneratorOption {
  from?: Bound;
  to?: Bound | null;
}
const readRandom = signature<RandomOptions>("random_", ["from", "to"], ["generator"]);
/**
 * Integers in [from, to): `random_()`, `random_(to)`, `random_(from, to)`. Without `to`, up to the largest of the dtype
 * (floats: 2^digits). Source: torch.Tensor.random_.
 */
export function random_(self: Tensor, ...args: Arguments<[from?: Bound, to?: Bound | null], RandomOptions>): Tensor {
  expectTensor("random_", "self", self);
  const { from, to, generator } = readRandom(args);
  const alone = to === undefined && from !== undefined && !isOptions(args[0]); // random_(to)
  const attrs = alone
    ? integersBetween("random_", self.dtype, 0, from)
    : integersBetween("random_", self.dtype, from, to ?? null);
  return drawInplace(integersOp, self, { ...attrs, generator: generatorFor("random_", generator, self) });
}

/** How integers in [from, to) are drawn; no bounds at all: 0 to the largest of the dtype. */
export function integersBetween(
  op: string,
  dtype: DType,
  from: Bound | undefined,
  to: Bound | null,
): Omit<IntegerAttrs, "generator"> {
  expectDtype(op, dtype, isReal(dtype), "real dtypes");
  if (from === undefined && to === null) {
    const range = LARGEST[dtype.name] + 1n;
    return { range, base: 0n, wide: dtype.name === "int64" || dtype.name === "float64" };
  }
  let base = whole(op, "from", from ?? 0);
  if (base === -(2n ** 63n) && to === null) return { range: 2n ** 64n, base: 0n, wide: true };
  let end = to === null ? LARGEST[dtype.name] + 1n : whole(op, "to", to);
  expectRule(op, base < end, `expects 'from' to be less than 'to', but got from=${base} >= to=${end}`);
  checkBounds(op, dtype, base, end - 1n);
  if (dtype.is_floating_point) {
    base = storableFrom(base, dtype);
    if (to !== null) end = storableTo(end, dtype);
    const casted = `expects 'from' casted to dtype to be less than 'to' casted to dtype, but got from=${base} >= to=${end}`;
    expectRule(op, base < end, casted);
  }
  return { range: end - base, base, wide: end - base >= 2n ** 32n };
}

function whole(op: string, name: string, bound: Bound): bigint {
  if (typeof bound === "bigint" || Number.isInteger(bound)) return BigInt(bound);
  throw new TorchTypeError(op, `argument '${name}' must be int, not ${typeof bound}; got ${String(bound)}`);
}

function checkBounds(op: string, dtype: DType, from: bigint, last: bigint): void {
  const most = dtype.is_floating_point ? (LARGEST_FLOAT[dtype.name] ?? Number.MAX_VALUE) : LARGEST[dtype.name];
  const least = dtype.is_floating_point || (dtype.is_signed && dtype.name !== "bool") ? -BigInt(most) - 1n : 0n;
  expectRule(op, from >= least && from <= most, `from is out of bounds for ${dtype}; got ${from}`);
  expectRule(op, last >= least && last <= most, `to - 1 is out of bounds for ${dtype}; got ${last}`);
}

/** Where a float dtype cannot hold `from` and would round it down, the next value that it holds. */
function storableFrom(from: bigint, dtype: DType): bigint {
  const rounded = BigInt(roundTo(dtype.name, Number(from + 1n)));
  return rounded < from ? rounded + spacing(from + 1n, dtype) : from;
}
/** Where a float dtype would round the largest number up to `to`, the value below. */
function storableTo(to: bigint, dtype: DType): bigint {
  const rounded = BigInt(roundTo(dtype.name, Number(to - 1n)));
  return rounded >= to ? rounded - spacing(to - 1n, dtype) : to;
}
/** Between neighbours of `x` in the dtype. */
function spacing(x: bigint, dtype: DType): bigint {
  const bits = (x < 0n ? -x : x).toString(2).length;
  return 2n ** BigInt(bits - DIGITS[dtype.name]!);
}
