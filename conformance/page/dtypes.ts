import type { DTypeName, NdArray } from "../../reference/array.js";
import { dtypes } from "../../optimized/core/dtype.js";
import { TorchError } from "../../optimized/core/errors.js";
import { arraysIn, isFloat, mapArrays } from "../driver/arrays.js";
import { lift } from "../driver/lift.js";
import { callOf } from "../driver/run.js";
import type { Spec } from "../driver/spec.js";

/** In which dtypes an op works on the CPU: tried, with the draws of its spec converted. */

/** These specs take the real and imaginary parts as an array and make complex numbers of them. */
const OF_PARTS = / of complex numbers$/;
const complexOf: Partial<Record<DTypeName, DTypeName>> = { float32: "complex64", float64: "complex128" };

const isComplex = (dtype: DTypeName): boolean => dtype.startsWith("complex");

/** The dtypes in which some draw is computed and not refused. */
export function workingDtypes(spec: Spec, draws: readonly (readonly unknown[])[]): DTypeName[] {
  const full = draws.filter((args) => arraysIn(args).some((x) => x.data.length > 0));
  const working = dtypes.map(({ name }) => name).filter((d) => full.some((args) => works(spec, converted(args, d))));
  return OF_PARTS.test(spec.name) ? working.flatMap((dtype) => complexOf[dtype] ?? []) : working;
}

function works(spec: Spec, args: readonly unknown[]): boolean {
  try {
    callOf(spec, lift(args) as unknown[]);
    return true;
  } catch (error) {
    if (error instanceof TorchError) return false;
    throw error;
  }
}

/** The arrays that carry the values, in another dtype; indices and masks beside them stay what they are. */
function converted(args: readonly unknown[], dtype: DTypeName): readonly unknown[] {
  const arrays = arraysIn(args);
  const main = (arrays.find((x) => isFloat(x.dtype) || isComplex(x.dtype)) ?? arrays[0]!).dtype;
  const carries = (x: NdArray): boolean => x.dtype === main || (isFloat(main) && isFloat(x.dtype));
  return mapArrays(args, (x) => (carries(x) ? convert(x, dtype) : x)) as readonly unknown[];
}

function convert(x: NdArray, dtype: DTypeName): NdArray {
  const reals = isComplex(x.dtype) ? x.data.filter((_, i) => i % 2 === 0) : x.data;
  const values = reals.map((v) => fitting(v, dtype));
  return { shape: x.shape, dtype, data: isComplex(dtype) ? withZeros(values) : values };
}

/** A value that the dtype holds: the question is whether the op takes it, not what it does at the edges. */
function fitting(v: number, dtype: DTypeName): number {
  if (dtype === "bool") return v > 0 ? 1 : 0;
  if (isFloat(dtype) || isComplex(dtype)) return v;
  const whole = Number.isFinite(v) ? Math.trunc(Math.max(-100, Math.min(100, v))) : 1;
  return dtype === "uint8" ? Math.abs(whole) : whole;
}

function withZeros(values: Float64Array): Float64Array {
  const pairs = new Float64Array(2 * values.length);
  values.forEach((v, i) => {
    pairs[2 * i] = v;
  });
  return pairs;
}

const GROUPS: readonly (readonly [name: string, members: readonly DTypeName[]])[] = [
  ["floats", ["float32", "float64", "float16", "bfloat16"]],
  ["ints", ["int8", "int16", "int32", "int64", "uint8"]],
  ["bool", ["bool"]],
  ["complex", ["complex64", "complex128"]],
];

/** "all", or names of groups, and of single dtypes where a group is not complete. */
export function dtypesInWords(names: readonly DTypeName[]): string {
  const has = (dtype: DTypeName): boolean => names.includes(dtype);
  if (dtypes.every(({ name }) => has(name))) return "all";
  return GROUPS.flatMap(([group, members]) => (members.every(has) ? [group] : members.filter(has))).join(", ");
}
