import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/masked_reduce.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import type { Tolerance } from "../driver/close.js";
import { epsilonOf, sumOfSizes } from "../driver/scale.js";
import { defineSpec, type ErrorCase, type Spec } from "../driver/spec.js";
import { arrays, FULL_FLOATS, maskOf } from "../generators/arrays.js";
import { dimOf, orNull, shapes, smallShapes } from "../generators/shapes.js";

/** Functions of the elements where a mask is true. */

const { masked, ones } = torch;
const bools = (shape: number[]) => ones(shape, { dtype: torch.bool });

/** A mask of the shape of x, or of one row for all, that keeps the first element. */
function masks(x: NdArray): fc.Arbitrary<NdArray> {
  return fc.tuple(fc.boolean(), fc.nat()).map(([row, seed]) => {
    const mask = maskOf(row ? x.shape.slice(1) : x.shape, seed);
    return { ...mask, data: mask.data.map((v, i) => (i === 0 ? 1 : v)) };
  });
}

type Reduce = [x: NdArray, mask: NdArray | null, dim: number | null, keepdim: boolean];
const reduceInputs = (dtypes: readonly NdArray["dtype"][]): fc.Arbitrary<Reduce> =>
  arrays({ dtypes, values: "tame", shape: shapes({ minSize: 1 }) }).chain((x) =>
    fc.tuple(fc.constant(x), orNull(masks(x)), orNull(dimOf(x.shape)), fc.boolean()),
  );
/** Over all elements: one of them is there. */
const smoothReduce: fc.Arbitrary<Reduce> = arrays({
  dtypes: ["float64"],
  values: "distinct",
  shape: smallShapes,
}).chain((x) => fc.tuple(fc.constant(x), masks(x), fc.constant(null), fc.boolean()));

const sums = (x: NdArray): Tolerance => ({ ulps: 4, floor: 4 * sumOfSizes(x) * epsilonOf(x) });

interface Reduction {
  readonly name: string;
  readonly call: (x: Tensor, mask: Tensor | null, dim: number | null, keepdim: boolean) => Tensor;
  readonly reference: (...args: Reduce) => NdArray;
  readonly ops: readonly string[];
  readonly tolerance?: Tolerance | ((x: NdArray) => Tolerance);
  readonly skip?: string;
  readonly errors?: readonly ErrorCase[];
}
function reduction({ name, call, reference, ops, tolerance = sums, skip, errors = [] }: Reduction): Spec {
  return defineSpec<Reduce>({
    name: `masked.${name}`,
    ops,
    call,
    reference,
    inputs: reduceInputs(FULL_FLOATS),
    tolerance,
    why: "sums are rounded once; what follows them once more",
    smooth: skip === undefined ? smoothReduce : { skip },
    errors,
  });
}
const simple = (name: "sum" | "prod" | "amax" | "amin" | "mean" | "logsumexp", op: string, exact = false): Spec =>
  reduction({
    name,
    ops: [op],
    call: (x, mask, dim, keepdim) => functions[name](x, dim, { keepdim, mask }),
    reference: references[name],
    ...(exact && { tolerance: { ulps: 0 } }),
    errors: [
      {
        call: () => functions[name](ones([2]), { mask: bools([2, 2]) }),
        message: /mask must not have more dims than the input; got input \[2\], mask \[2, 2\]/,
        kind: "IndexError",
      },
    ],
  });
const { sum, prod, amax, amin, mean, logsumexp } = masked;
const functions = { sum, prod, amax, amin, mean, logsumexp };
const references = {
  sum: ref.sum,
  prod: ref.prod,
  amax: ref.amax,
  amin: ref.amin,
  mean: ref.mean,
  logsumexp: ref.logsumexp,
};

type Along = [x: NdArray, mask: NdArray | null, dim: number];
const alongInputs = (smooth: boolean): fc.Arbitrary<Along> =>
  arrays({
    dtypes: smooth ? ["float64"] : FULL_FLOATS,
    values: smooth ? "nonzero" : "tame",
    shape: smooth ? smallShapes : shapes({ minSize: 1 }),
  }).chain((x) => fc.tuple(fc.constant(x), smooth ? fc.constant(null) : orNull(masks(x)), dimOf(x.shape)));

function along(
  name: string,
  op: string,
  call: (x: Tensor, mask: Tensor | null, dim: number) => Tensor,
  reference: (...args: Along) => NdArray,
  tolerance: Spec["tolerance"] = { ulps: 8, floor: 1e-6 },
): Spec {
  return defineSpec<Along>({
    name: `masked.${name}`,
    ops: [op],
    call,
    reference,
    inputs: alongInputs(false),
    tolerance,
    why: "exponentials, their sum and a quotient are rounded",
    smooth: alongInputs(true),
  });
}

export const maskedReduce: Spec[] = [
  simple("sum", "sum"),
  simple("prod", "prod"),
  simple("amax", "amax", true),
  simple("amin", "amin", true),
  simple("mean", "sum"),
  simple("logsumexp", "logsumexp"),
  reduction({
    name: "var",
    ops: ["sum", "where"],
    call: (x, mask, dim, keepdim) => masked.var(x, dim, true, { keepdim, mask }),
    reference: (x, mask, dim, keepdim) => ref.variances(x, mask, dim, true, keepdim),
    skip: "NaN for one element",
  }),
  reduction({
    name: "var with divisor n",
    ops: ["sum", "where"],
    call: (x, mask, dim, keepdim) => masked.var(x, dim, { keepdim, mask }),
    reference: (x, mask, dim, keepdim) => ref.variances(x, mask, dim, false, keepdim),
  }),
  reduction({
    name: "std",
    ops: ["sqrt"],
    call: (x, mask, dim, keepdim) => masked.std(x, dim, false, { keepdim, mask }).square(),
    reference: (x, mask, dim, keepdim) => ref.variances(x, mask, dim, false, keepdim),
    skip: "as var, and infinite at 0",
  }),
  reduction({
    name: "norm",
    ops: ["norm"],
    call: (x, mask, dim, keepdim) => masked.norm(x, 3, dim, { keepdim, mask }),
    reference: (x, mask, dim, keepdim) => ref.norm(x, mask, 3, dim, keepdim),
  }),
  defineSpec<Along>({
    name: "masked.median",
    ops: ["nanmedian"],
    call: (x, mask, dim) => masked.median(x, dim, { mask }),
    reference: (x, mask, dim) => ref.median(x, mask, dim),
    inputs: alongInputs(false),
    tolerance: { ulps: 0 },
    why: "one of the elements",
    smooth: { skip: "as nanmedian" },
    errors: [
      {
        call: () => masked.median(ones([2], { dtype: torch.int64 }), { mask: bools([2]).logical_not() }),
        message: /no row may be masked out in full/,
        kind: "ValueError",
      },
    ],
  }),
  along("softmax", "softmax", (x, mask, dim) => masked.softmax(x, dim, { mask }), ref.softmax),
  along("log_softmax", "log_softmax", (x, mask, dim) => masked.log_softmax(x, dim, { mask }), ref.log_softmax),
  along("softmin", "softmax", (x, mask, dim) => masked.softmin(x, dim, { mask }), ref.softmin),
  along("cumsum", "cumsum", (x, mask, dim) => masked.cumsum(x, dim, { mask }), ref.cumsum, sums as never),
  along("cumprod", "cumprod", (x, mask, dim) => masked.cumprod(x, dim, { mask }), ref.cumprod, {
    ulps: 200,
  }),
  along(
    "normalize",
    "norm",
    (x, mask, dim) => masked.normalize(x, 2, dim, { mask }),
    (x, mask, dim) => ref.normalize(x, mask, 2, dim),
  ),
];
