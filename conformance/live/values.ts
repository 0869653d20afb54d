import * as fc from "fast-check";
import type { Json } from "../oracle/values.js";

/** Arbitraries of tensors and numbers, in the recorded format. */

const sizes = fc.integer({ min: 1, max: 4 });
export const shapes = fc.array(sizes, { minLength: 0, maxLength: 3 });

export function encodeFloats(values: readonly number[], shape: readonly number[], requiresGrad = true): Json {
  const bytes = Buffer.from(new Float64Array(values).buffer).toString("base64");
  return { t: "float64", s: [...shape], d: bytes, ...(requiresGrad ? { rg: true } : {}) };
}

export function encodeInts(values: readonly number[], shape: readonly number[]): Json {
  const bytes = Buffer.from(BigInt64Array.from(values, BigInt).buffer).toString("base64");
  return { t: "int64", s: [...shape], d: bytes };
}

const count = (shape: readonly number[]) => shape.reduce((n, s) => n * s, 1);

/** Multiples of 1/64 in (-4, 4): no ties with kinks at integers plus 1/128, exact in every float dtype. */
const plain = fc.integer({ min: -255, max: 255 }).map((n) => n / 64 + 1 / 128);

/** A float64 tensor that requires grad. */
export function floats(shape: readonly number[], values: fc.Arbitrary<number> = plain): fc.Arbitrary<Json> {
  const n = count(shape);
  return fc.array(values, { minLength: n, maxLength: n }).map((data) => encodeFloats(data, shape));
}

/** Like `floats`, all different: for ops that order their elements. */
export function distinct(shape: readonly number[]): fc.Arbitrary<Json> {
  const n = count(shape);
  return fc.uniqueArray(plain, { minLength: n, maxLength: n }).map((data) => encodeFloats(data, shape));
}

export const positive = fc.integer({ min: 1, max: 256 }).map((n) => n / 64);
export const unit = fc.integer({ min: 1, max: 63 }).map((n) => n / 64);

export function ints(shape: readonly number[], max: number): fc.Arbitrary<Json> {
  const n = count(shape);
  return fc
    .array(fc.integer({ min: 0, max: max - 1 }), { minLength: n, maxLength: n })
    .map((data) => encodeInts(data, shape));
}

export const float = (x: number): Json => ({ f: String(x) });

/** A dim of `shape`, counted from the front or the back. */
export function dimOf(shape: readonly number[]): fc.Arbitrary<number> {
  const rank = Math.max(shape.length, 1);
  return fc.integer({ min: -rank, max: rank - 1 });
}

/** Two shapes that broadcast: `shape`, and it with some sizes 1 and leading dims dropped. */
export const broadcasting = shapes.chain((shape) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat({ max: shape.length }))
    .map(([ones, drop]) => [shape, shape.map((s, d) => (ones[d] ? 1 : s)).slice(drop)] as const),
);
