import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import * as F from "../../optimized/nn/functional.js";
import torch from "../../optimized/index.js";
import type { Tolerance } from "../driver/close.js";
import { epsilonOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FLOATS } from "../generators/arrays.js";

/** Matrix products: every combination of ranks, sizes around the blocks of the kernels, and empty ones. */

const { ones } = torch;

/** A product of k terms: each of the k products and sums rounds once at most, in the dtype the kernel computes in. */
function products(k: number) {
  return (...arrays: readonly (NdArray | null)[]): Tolerance => {
    const [x] = arrays;
    const largest = arrays.reduce((m, a) => Math.max(m, ...(a?.data ?? [])), 1);
    const computed = x!.dtype === "float64" ? 2 ** -53 : 2 ** -24;
    return {
      ulps: 1,
      floor:
        (k + 2) * 9 * largest * Math.max(computed, x!.dtype === "float64" ? 0 : epsilonOf({ ...x!, dtype: "float32" })),
    };
  };
}
const WHY = "k products and sums in float32 (float64 for float64), in any order";

const size = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 7, max: 40 }) },
);
const small = fc.integer({ min: 1, max: 3 });
const batch = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });

interface Pair {
  readonly x: number[];
  readonly y: number[];
}

/** Shapes of two factors: vectors, matrices, batches that broadcast. */
function factorShapes(sizes: fc.Arbitrary<number>): fc.Arbitrary<Pair> {
  return fc.tuple(sizes, sizes, sizes, batch, fc.nat(5)).map(([n, k, m, b, kind]): Pair => {
    switch (kind) {
      case 0:
        return { x: [k], y: [k] };
      case 1:
        return { x: [...b, n, k], y: [k] };
      case 2:
        return { x: [k], y: [...b, k, m] };
      case 3:
        return { x: [...b, n, k], y: [k, m] };
      case 4:
        return { x: [...b.map(() => 1), n, k], y: [...b, k, m] };
      default:
        return { x: [...b, n, k], y: [...b, k, m] };
    }
  });
}

function factors(sizes: fc.Arbitrary<number>, dtypes: readonly NdArray["dtype"][]): fc.Arbitrary<[NdArray, NdArray]> {
  return fc
    .tuple(factorShapes(sizes), fc.constantFrom(...dtypes), fc.integer())
    .map(([{ x, y }, dtype, seed]) => [arrayOf(x, dtype, "tame", seed), arrayOf(y, dtype, "tame", seed + 1)]);
}

const matmul_ = defineSpec<[x: NdArray, y: NdArray]>({
  name: "matmul",
  call: (x, y) => torch.matmul(x, y),
  reference: ref.matmul,
  inputs: factors(size, FLOATS),
  tolerance: (x, y) => products(x.shape.at(-1)!)(x, y),
  why: WHY,
  smooth: factors(small, ["float64"]),
  out: true,
  errors: [
    { call: () => torch.matmul(ones([2, 3]), ones([4, 2])), message: /^matmul: .*3.*4.*\[2, 3\].*\[4, 2\]/ },
    { call: () => torch.matmul(ones([]), ones([2])), message: /^matmul: / },
  ],
});

type Affine = [x: NdArray, weight: NdArray, bias: NdArray | null];
function affine(sizes: fc.Arbitrary<number>, dtypes: readonly NdArray["dtype"][]): fc.Arbitrary<Affine> {
  return fc
    .tuple(sizes, sizes, batch, fc.boolean(), fc.constantFrom(...dtypes), fc.integer())
    .map(
      ([k, m, lead, withBias, dtype, seed]): Affine => [
        arrayOf([...lead, k], dtype, "tame", seed),
        arrayOf([m, k], dtype, "tame", seed + 1),
        withBias ? arrayOf([m], dtype, "tame", seed + 2) : null,
      ],
    );
}

const linear = defineSpec<Affine>({
  name: "linear",
  call: (x, weight, bias) => F.linear(x, weight, bias),
  reference: ref.linear,
  inputs: affine(size, FLOATS),
  tolerance: (x, weight, bias) => products(x.shape.at(-1)!)(x, weight, bias),
  why: WHY,
  smooth: affine(small, ["float64"]),
  errors: [{ call: () => F.linear(ones([2, 3]), ones([4, 5])), message: /^linear: .*\[2, 3\].*\[4, 5\]/ }],
});

type Added = [input: NdArray, x: NdArray, y: NdArray, beta: number, alpha: number];
function added(sizes: fc.Arbitrary<number>, dtypes: readonly NdArray["dtype"][]): fc.Arbitrary<Added> {
  return fc
    .tuple(
      sizes,
      sizes,
      sizes,
      fc.nat(3),
      fc.constantFrom(...dtypes),
      fc.integer(),
      fc.constantFrom<[number, number]>([1, 1], [0.5, -2], [0, 1]),
    )
    .map(
      ([n, k, m, kind, dtype, seed, [beta, alpha]]): Added => [
        arrayOf([[n, m], [m], [1, m], []][kind]!, dtype, "tame", seed),
        arrayOf([n, k], dtype, "tame", seed + 1),
        arrayOf([k, m], dtype, "tame", seed + 2),
        beta,
        alpha,
      ],
    );
}

const addmm = defineSpec<Added>({
  name: "addmm",
  call: (input, x, y, beta, alpha) => torch.addmm(input, x, y, { beta, alpha }),
  reference: ref.addmm,
  inputs: added(size, FLOATS),
  tolerance: (input, x, y) => {
    const { ulps, floor = 0 } = products(x.shape.at(-1)!)(x, y, input);
    return { ulps, floor: 3 * floor };
  },
  why: WHY,
  smooth: added(small, ["float64"]),
  errors: [
    {
      call: () => torch.addmm(ones([2]), ones([2, 3]), ones([4, 2])),
      message: /inner sizes 3 and 4 differ; got x \[2, 3\], y \[4, 2\]/,
    },
  ],
});

export const matmul: Spec[] = [matmul_, linear, addmm];
