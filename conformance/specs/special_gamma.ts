import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { inDouble, unarySpec } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrays, broadcasting } from "../generators/arrays.js";
import { smallShapes } from "../generators/shapes.js";

/** The gamma function and its kin. */

const { ones, tensor } = torch;
const FULL = ["float32", "float64"] as const;
const complexOnes = () => ones([2], { dtype: torch.complex64 });
const needsGrad = () => ones([2], { requires_grad: true });
const why = "two methods in double: the rest is rounded to the dtype. The floor is for zeros of the function";

const anyPairs = broadcasting(2, { dtypes: FULL }).map(([a, x]): [NdArray, NdArray] => [a!, x!]);
/** Pairs of arrays with whole numbers from `least` on first: these have no gradient. */
const wholeFirst = (least: number) =>
  broadcasting(2, { dtypes: ["float64"], values: "positive", shape: smallShapes }).map(([a, x]): [NdArray, NdArray] => [
    { ...a!, dtype: "int64", data: a!.data.map((v) => Math.floor(v) + least) },
    x!,
  ]);
const likeSecond = (f: typeof ref.igamma) => (a: NdArray, x: NdArray) => f({ ...a, dtype: x.dtype }, x);

const incomplete = (name: "igamma" | "igammac"): Spec =>
  defineSpec<[a: NdArray, x: NdArray]>({
    name,
    call: name === "igamma" ? torch.igamma : torch.igammac,
    reference: likeSecond(name === "igamma" ? ref.igamma : ref.igammac),
    inputs: anyPairs,
    tolerance: inDouble(2000),
    why: "the power and the exponential in front have an error of their exponent's size",
    smooth: wholeFirst(1),
    out: true,
    errors: [
      { call: () => torch[name](ones([2]), 2 as never), message: /'other' must be a Tensor/, kind: "TypeError" },
      { call: () => torch[name](tensor([1n]), tensor([1n])), message: /not implemented for torch.int64/ },
      {
        call: () =>
          torch[name](needsGrad(), ones([2]))
            .sum()
            .backward(),
        message: new RegExp(`derivative for '${name}: input' is not implemented`),
        kind: "NotImplementedError",
      },
    ],
  });

export const specialGamma: Spec[] = [
  unarySpec("lgamma", torch.lgamma, ref.lgamma, {
    tolerance: inDouble(60, 1e-13),
    why,
    smooth: "positive",
    out: true,
    errors: [{ call: () => torch.lgamma(complexOnes()), message: /^lgamma: .*real numbers/ }],
  }),
  unarySpec("digamma", torch.digamma, ref.digamma, {
    tolerance: inDouble(60, 1e-13),
    why,
    smooth: "positive",
    out: true,
  }),
  defineSpec<[n: number, x: NdArray]>({
    name: "polygamma",
    ops: ["polygamma", "digamma"],
    call: (n, x) => (n === 0 ? torch.digamma(x) : torch.polygamma(n, x)),
    reference: ref.polygamma,
    inputs: fc.tuple(fc.integer({ min: 0, max: 6 }), arrays()),
    tolerance: (_n, x) => inDouble(100, 1e-13)(x),
    why,
    smooth: fc.tuple(
      fc.integer({ min: 0, max: 3 }),
      arrays({ dtypes: ["float64"], values: "probability", shape: smallShapes }).map((x) => ({
        ...x,
        data: x.data.map((v) => v + 1),
      })),
    ),
    errors: [
      { call: () => torch.polygamma(-1, ones([2])), message: /does not support negative n/ },
      { call: () => torch.polygamma(1.5, ones([2])), message: /'n' must be int/, kind: "TypeError" },
    ],
  }),
  defineSpec<[x: NdArray, p: number]>({
    name: "mvlgamma",
    ops: ["lgamma"],
    call: torch.mvlgamma,
    reference: ref.mvlgamma,
    inputs: fc.tuple(arrays({ values: "positive" }), fc.integer({ min: 1, max: 4 })),
    tolerance: (x, p) => ({ ulps: 2, floor: x.dtype === "float64" ? 1e-13 : 4e-6 * p }),
    why: "a sum of lgamma, whose terms cancel, at arguments that are rounded",
    smooth: fc.tuple(
      arrays({ dtypes: ["float64"], values: "positive", shape: smallShapes }).map((x) => ({
        ...x,
        data: x.data.map((v) => v + 2),
      })),
      fc.integer({ min: 1, max: 4 }),
    ),
    inplace: true,
    errors: [
      { call: () => torch.mvlgamma(ones([2]), 0), message: /p has to be greater than or equal to 1/ },
      { call: () => torch.mvlgamma(tensor([true]), 1), message: /may not be a boolean tensor/ },
    ],
  }),
  incomplete("igamma"),
  incomplete("igammac"),
  defineSpec<[s: NdArray, q: NdArray]>({
    name: "special_zeta",
    call: torch.special.zeta,
    reference: likeSecond(ref.zeta),
    inputs: anyPairs,
    tolerance: inDouble(60),
    why,
    smooth: wholeFirst(2),
    out: true,
    errors: [
      {
        call: () => torch.special.zeta(needsGrad(), 2).sum().backward(),
        message: /the derivative for 'zeta' is not implemented/,
        kind: "NotImplementedError",
      },
    ],
  }),
];
