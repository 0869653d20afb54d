import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { alike, arrayOf, broadcasting, FULL_FLOATS } from "../generators/arrays.js";
import { shapes, smallShapes } from "../generators/shapes.js";
import type { Values } from "../generators/values.js";
import { type Reduction, reductions, scaled, WHY } from "./loss.js";

/** Negative log likelihoods, composed of ops with specs of their own. */

const { ones } = torch;
const SMALL = [0.1, 1e-3, 1e-6];

type Poisson = [x: NdArray, target: NdArray, log_input: boolean, full: boolean, eps: number, reduction: Reduction];

/** Rates are positive, their logarithms any numbers. */
function rates(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<Poisson> {
  const draw = (values: Values): fc.Arbitrary<NdArray[]> => broadcasting(2, { dtypes, values, shape });
  return fc
    .tuple(fc.boolean(), fc.boolean(), fc.constantFrom(...SMALL), reductions)
    .chain(([log_input, full, eps, reduction]) =>
      draw(log_input && !full ? "tame" : "positive").map(
        ([x, target]): Poisson => [x!, target!, log_input, full, eps, reduction],
      ),
    );
}

const poisson = defineSpec<Poisson>({
  name: "poisson_nll_loss",
  ops: ["exp", "log"],
  call: (x, target, log_input, full, eps, reduction) =>
    F.poisson_nll_loss(x, target, { log_input, full, eps, reduction }),
  reference: ref.poisson_nll_loss,
  inputs: rates(FULL_FLOATS, shapes()),
  tolerance: scaled(256),
  why: `${WHY}; exp of them is at most 50`,
  smooth: rates(["float64"], smallShapes),
  errors: [
    { call: () => F.poisson_nll_loss(ones([3]), ones([2])), message: /must match/ },
    {
      call: () => F.poisson_nll_loss(ones([3]), ones([3]), { reduction: "x" }),
      message: /x is not a valid value for reduction/,
      kind: "ValueError",
    },
  ],
});

type Gaussian = [x: NdArray, target: NdArray, variance: NdArray, full: boolean, reduction: Reduction];

/** The variances have the shape of x, its shape with a last dim of 1, or without that dim. */
function normals(dtypes: readonly DTypeName[], shape: fc.Arbitrary<number[]>): fc.Arbitrary<Gaussian> {
  return fc
    .tuple(alike(2, { dtypes, values: "tame", shape }), fc.nat(2), fc.integer(), fc.boolean(), reductions)
    .map(([[x, target], form, seed, full, reduction]): Gaussian => {
      const lead = x!.shape.slice(0, -1);
      const size = [x!.shape, [...lead, 1], lead][form]!;
      return [x!, target!, arrayOf(size, x!.dtype, "positive", seed), full, reduction];
    });
}

const gaussian = defineSpec<Gaussian>({
  name: "gaussian_nll_loss",
  ops: ["log", "square"],
  call: (x, target, variance, full, reduction) => F.gaussian_nll_loss(x, target, variance, { full, reduction }),
  reference: (x, target, variance, full, reduction) =>
    ref.gaussian_nll_loss(x, target, variance, full, 1e-6, reduction),
  inputs: normals(FULL_FLOATS, shapes()),
  tolerance: scaled(256),
  why: `${WHY}; the variances are at least 0.1`,
  smooth: normals(["float64"], smallShapes),
  errors: [
    {
      call: () => F.gaussian_nll_loss(ones([2, 3]), ones([2, 3]), ones([3])),
      message: /var is of incorrect size/,
      kind: "ValueError",
    },
    {
      call: () => F.gaussian_nll_loss(ones([2, 3]), ones([2, 3]), ones([2]).neg()),
      message: /var has negative entry\/entries/,
      kind: "ValueError",
    },
    { call: () => F.gaussian_nll_loss(ones([2, 3]), ones([4]), ones([2, 3])), message: /must match/ },
  ],
});

export const lossLikelihood: Spec[] = [poisson, gaussian];
