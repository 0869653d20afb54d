import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import type { Tolerance } from "../driver/close.js";
import { EXACT } from "../driver/elementwise.js";
import { epsilonOf, largestOf, sumOfSizes } from "../driver/scale.js";
import { defineSpec, type ErrorCase, type Result, type Spec } from "../driver/spec.js";
import { ALL, type ArrayOptions, FLOATS, REALS, withMore } from "../generators/arrays.js";
import { dimOf, dimsOf, shapes, smallShapes } from "../generators/shapes.js";
import type { Values } from "../generators/values.js";

/** Reductions over any dims. */

const { ones, zeros } = torch;
type Dims = number | number[] | null;
type Args = [x: NdArray, dim: Dims, keepdim: boolean];

const manyDims = (x: NdArray): fc.Arbitrary<Dims> =>
  fc.oneof(
    fc.constant(null),
    dimOf(x.shape),
    dimsOf(x.shape, 1).filter((dims) => dims.length > 0 || x.shape.length === 0),
  );
const oneDim = (x: NdArray): fc.Arbitrary<Dims> => fc.oneof(fc.constant(null), dimOf(x.shape));

function drawn(options: ArrayOptions, dims: (x: NdArray) => fc.Arbitrary<Dims>): fc.Arbitrary<Args> {
  return withMore(options, (x) => fc.tuple(dims(x), fc.boolean())).map(
    ([x, [dim, keepdim]]): Args => [x, dim, keepdim],
  );
}

interface Reduction {
  readonly name: string;
  readonly call: (x: Tensor, dim: Dims, keepdim: boolean) => Result;
  readonly reference: (x: NdArray, dim: Dims, keepdim: boolean) => NdArray | object;
  readonly tolerance: Tolerance | ((x: NdArray) => Tolerance);
  readonly why: string;
  readonly dtypes?: ArrayOptions["dtypes"];
  readonly values?: Values;
  readonly smooth: Values | { readonly skip: string };
  readonly dims?: (x: NdArray) => fc.Arbitrary<Dims>;
  /** Slices may not be empty. */
  readonly full?: boolean;
  readonly ops?: readonly string[];
  readonly errors?: readonly ErrorCase[];
  readonly skipSecond?: string;
  readonly smoothShape?: fc.Arbitrary<number[]>;
}

function reduction(r: Reduction): Spec {
  const { dims = manyDims, dtypes = FLOATS, values = "moderate", full = false, smooth, smoothShape = smallShapes } = r;
  return defineSpec<Args>({
    name: r.name,
    ...(r.ops === undefined ? {} : { ops: r.ops }),
    call: r.call,
    reference: r.reference,
    inputs: drawn({ dtypes, values, shape: shapes({ minSize: full ? 1 : 0 }) }, dims),
    tolerance: r.tolerance,
    why: r.why,
    smooth:
      typeof smooth === "string" ? drawn({ dtypes: ["float64"], values: smooth, shape: smoothShape }, dims) : smooth,
    ...(r.skipSecond === undefined ? {} : { skipSecond: r.skipSecond }),
    errors: [
      ...(r.errors ?? []),
      {
        call: () => r.call(ones([2, 3]), 5, false),
        message: /Dimension out of range: dim 5 of a tensor with 2 dims; expected -2 <= dim <= 1$/,
        kind: "IndexError",
      },
    ],
  });
}

/** Sums are kept in float64 and rounded once; in float64 the order of summation shows. */
const sums = (x: NdArray): Tolerance => ({ ulps: 1, floor: sumOfSizes(x) * 2 ** -50 });
const SUMS_WHY = "kept in float64 and rounded once; float64 sums are taken in another order than the reference's";

const noGradient = (why: string) => ({ skip: why });

const sumLike: Spec[] = [
  reduction({
    name: "sum",
    call: (x, dim, keepdim) => torch.sum(x, dim, keepdim),
    reference: ref.sum,
    dtypes: ALL,
    tolerance: sums,
    why: SUMS_WHY,
    smooth: "tame",
    errors: [
      { call: () => torch.sum(ones([2, 3]), [0, 0]), message: /dim 0 appears multiple times in the list of dims/ },
    ],
  }),
  reduction({
    name: "nansum",
    call: (x, dim, keepdim) => torch.nansum(x, dim, keepdim),
    reference: ref.nansum,
    tolerance: sums,
    why: SUMS_WHY,
    smooth: "tame",
  }),
  reduction({
    name: "mean",
    call: (x, dim, keepdim) => torch.mean(x, dim, keepdim),
    reference: ref.mean,
    tolerance: sums,
    why: SUMS_WHY,
    smooth: "tame",
    errors: [{ call: () => torch.mean(zeros([2], { dtype: torch.int64 })), message: /^mean: / }],
  }),
];

const products: Spec = reduction({
  name: "prod",
  call: (x, dim, keepdim) => torch.prod(x, { ...(dim === null ? {} : { dim }), keepdim: dim !== null && keepdim }),
  reference: (x, dim, keepdim) => ref.prod(x, dim, dim !== null && keepdim),
  dims: oneDim,
  dtypes: REALS,
  values: "moderate",
  tolerance: (x) => ({ ulps: 1 + (x.dtype === "float64" ? x.data.length : 0) }),
  why: "kept in float64 and rounded once; in float64 every factor rounds",
  smooth: "nonzero",
});

const truth: Spec[] = [
  reduction({
    name: "all",
    call: (x, dim, keepdim) => torch.all(x, dim as number | null, keepdim),
    reference: ref.all,
    dims: oneDim,
    dtypes: ALL,
    tolerance: EXACT,
    why: "true or false",
    smooth: noGradient("the result is bool"),
  }),
  reduction({
    name: "any",
    call: (x, dim, keepdim) => torch.any(x, dim as number | null, keepdim),
    reference: ref.any,
    dims: oneDim,
    dtypes: ALL,
    tolerance: EXACT,
    why: "true or false",
    smooth: noGradient("the result is bool"),
  }),
];

const selected = {
  tolerance: EXACT,
  why: "one of the elements, or its index",
  full: true,
  values: "any" as const,
  dtypes: REALS,
};

const extrema: Spec[] = [
  reduction({
    ...selected,
    name: "amax",
    call: (x, dim, keepdim) => torch.amax(x, dim ?? [], keepdim),
    reference: ref.amax,
    smooth: "distinct",
  }),
  reduction({
    ...selected,
    name: "amin",
    call: (x, dim, keepdim) => torch.amin(x, dim ?? [], keepdim),
    reference: ref.amin,
    smooth: "distinct",
  }),
  reduction({
    ...selected,
    name: "argmax",
    call: (x, dim, keepdim) => torch.argmax(x, dim as number | null, keepdim),
    reference: (x, dim, keepdim) => ref.argmax(x, dim as number | null, keepdim),
    dims: oneDim,
    smooth: noGradient("indices have no gradient"),
  }),
  reduction({
    ...selected,
    name: "argmin",
    call: (x, dim, keepdim) => torch.argmin(x, dim as number | null, keepdim),
    reference: (x, dim, keepdim) => ref.argmin(x, dim as number | null, keepdim),
    dims: oneDim,
    smooth: noGradient("indices have no gradient"),
  }),
  reduction({
    ...selected,
    name: "max",
    call: (x, dim, keepdim) => (dim === null ? torch.max(x) : torch.max(x, dim as number, keepdim)),
    reference: (x, dim, keepdim) => (dim === null ? ref.max(x) : ref.max(x, dim as number, keepdim)),
    dims: oneDim,
    smooth: "distinct",
  }),
  reduction({
    ...selected,
    name: "min",
    call: (x, dim, keepdim) => (dim === null ? torch.min(x) : torch.min(x, dim as number, keepdim)),
    reference: (x, dim, keepdim) => (dim === null ? ref.min(x) : ref.min(x, dim as number, keepdim)),
    dims: oneDim,
    smooth: "distinct",
  }),
];

/** Several elements in every slice: of one, the variance is NaN. */
const severalEach = shapes({ minRank: 1, maxRank: 2, minSize: 2, maxSize: 4, longSize: 0 }).filter(
  (shape) => !shape.includes(1),
);

/** Squared deviations cancel where elements are nearly equal. */
const variances = (x: NdArray): Tolerance => ({
  ulps: 2,
  floor: x.dtype === "float64" ? sumOfSizes(x) ** 2 * 2 ** -50 : 0,
});
const VARIANCE_WHY = "two passes in float64, rounded once; in float64 the order of summation shows";

const spread: Spec[] = [
  reduction({
    name: "var",
    call: (x, dim, keepdim) => torch.var(x, { dim, keepdim }),
    reference: (x, dim, keepdim) => ref.var(x, dim, 1, keepdim),
    tolerance: variances,
    why: VARIANCE_WHY,
    smooth: "distinct",
    smoothShape: severalEach,
  }),
  reduction({
    name: "std",
    call: (x, dim, keepdim) => torch.std(x, { dim, keepdim, correction: 0 }),
    reference: (x, dim, keepdim) => ref.std(x, dim, 0, keepdim),
    tolerance: (x) => ({ ulps: 2, floor: x.dtype === "float64" ? sumOfSizes(x) * 2 ** -26 : 0 }),
    why: `${VARIANCE_WHY}; the root magnifies what cancelled`,
    smooth: "distinct",
    smoothShape: severalEach,
  }),
  reduction({
    name: "var_mean",
    values: "tame", // beside an infinity the mean is NaN or infinite, as the order of steps will have it
    call: (x, dim, keepdim) => torch.var_mean(x, { dim, keepdim }),
    reference: (x, dim, keepdim) => ref.var_mean(x, dim, 1, keepdim),
    tolerance: variances,
    why: VARIANCE_WHY,
    smooth: "distinct",
    smoothShape: severalEach,
  }),
  reduction({
    name: "std_mean",
    values: "tame",
    call: (x, dim, keepdim) => torch.std_mean(x, { dim, keepdim }),
    reference: (x, dim, keepdim) => [ref.std(x, dim, 1, keepdim), ref.mean(x, dim, keepdim)],
    tolerance: (x) => ({ ulps: 2, floor: x.dtype === "float64" ? sumOfSizes(x) * 2 ** -26 : 0 }),
    why: `${VARIANCE_WHY}; the root magnifies what cancelled`,
    smooth: "distinct",
    smoothShape: severalEach,
  }),
];

const norms: Spec[] = [
  defineSpec<[...Args, p: number]>({
    name: "norm",
    call: (x, dim, keepdim, p) => torch.norm(x, p, dim, keepdim),
    reference: (x, dim, keepdim, p) => ref.norm(x, p, dim, keepdim),
    inputs: fc
      .tuple(
        drawn({ dtypes: FLOATS, values: "moderate" }, manyDims),
        fc.constantFrom(2, 1, 3, 0.5, 0, Infinity, -Infinity),
      )
      .map(([args, p]) => [...args, p]),
    tolerance: (x) => ({ ulps: x.dtype === "float64" ? 32 : 4 }),
    why: "powers and sums in float64, rounded once; in float64 powers differ between C and JavaScript, and so do their sums",
    smooth: fc
      .tuple(
        drawn({ dtypes: ["float64"], values: "nonzero", shape: smallShapes }, manyDims),
        fc.constantFrom(2, 1, 3, 1.5),
      )
      .map(([args, p]) => [...args, p]),
  }),
  reduction({
    name: "logsumexp",
    call: (x, dim, keepdim) => torch.logsumexp(x, dim ?? x.shape.map((_, d) => d), keepdim),
    reference: (x, dim, keepdim) => ref.logsumexp(x, dim ?? x.shape.map((_, d) => d), keepdim),
    values: "any",
    tolerance: (x) => ({ ulps: 4, floor: (largestOf(x) + 4) * epsilonOf(x) * 4 }),
    why: "sums of exponentials of rounded differences; results near 0 cancel",
    smooth: "tame",
  }),
];

export const reduce: Spec[] = [...sumLike, products, ...truth, ...extrema, ...spread, ...norms];
