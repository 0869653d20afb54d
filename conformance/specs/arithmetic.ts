import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { binarySpec, EXACT, EXACT_WHY } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { ALL, arrays, broadcasting, FLOATS, INTEGERS, REALS } from "../generators/arrays.js";
import { smallShapes } from "../generators/shapes.js";

/** Functions of two operands, comparisons, choices. */

const { ones, zeros } = torch;
const exact = { tolerance: EXACT, why: EXACT_WHY };
const NO_GRADIENT = { skip: "the result is bool or an integer" };
const STEPS = { skip: "piecewise constant: the gradient is 0 and there is no curve to follow" };

const pair = (list: readonly NdArray[]): [NdArray, NdArray] => [list[0]!, list[1]!];
const smoothPair = (values: "tame" | "nonzero" | "positive") =>
  broadcasting(2, { dtypes: ["float64"], values, shape: smallShapes }).map(pair);

const sizesDiffer = (name: string, f: (x: Tensor, y: Tensor) => unknown) => [
  {
    call: () => f(ones([2, 3]), ones([2, 4])),
    message: new RegExp(
      `^${name}: .*\\(3\\) must match the size of tensor b \\(4\\) at non-singleton dimension 1; got a \\[2, 3\\], b \\[2, 4\\]`,
    ),
  },
  {
    call: () => f(zeros([2]), {} as never),
    message: /argument 'other' must be a Tensor; got a Object/,
    kind: "TypeError",
  },
];

const add = binarySpec(
  "add",
  (x, y) => torch.add(x, y),
  (x, y) => ref.add(x, y),
  {
    ...exact,
    smooth: "tame",
    inplace: true,
    out: true,
    errors: sizesDiffer("add", (x, y) => torch.add(x, y)),
  },
);

const sub = binarySpec(
  "sub",
  (x, y) => torch.sub(x, y),
  (x, y) => ref.sub(x, y),
  {
    ...exact,
    dtypes: REALS,
    smooth: "tame",
    inplace: true,
    out: true,
    errors: [
      ...sizesDiffer("sub", (x, y) => torch.sub(x, y)),
      { call: () => torch.sub(torch.ones([2]), torch.ones([2]).gt(0)), message: /with a bool tensor/ },
      { call: () => torch.sub(torch.ones([2]).gt(0), 1), message: /with a bool tensor/ },
      { call: () => torch.sub(torch.ones([2]), torch.ones([2]).gt(0), { alpha: 2 }), message: /with a bool tensor/ },
      {
        call: () => torch.sub(zeros([2], { dtype: torch.bool }), zeros([2], { dtype: torch.bool })),
        message: /logical_not/,
        kind: "RuntimeError",
      },
    ],
  },
);

const addScaled = defineSpec<[x: NdArray, y: NdArray, alpha: number]>({
  name: "add_scaled",
  call: (x, y, alpha) => torch.add(x, y, { alpha }),
  reference: (x, y, alpha) => ref.add(x, y, alpha),
  inputs: fc
    .tuple(broadcasting(2, { dtypes: REALS, values: "tame" }), fc.constantFrom(2, -3, 1))
    .map(([l, a]) => [...pair(l), a]),
  tolerance: { ulps: 1, floor: 1e-6 },
  why: "the product is rounded before the sum, which may cancel",
  smooth: fc.tuple(smoothPair("tame"), fc.constantFrom(0.5, -3)).map(([p, a]) => [...p, a]),
  errors: [
    {
      call: () => torch.add(zeros([2], { dtype: torch.int64 }), zeros([2], { dtype: torch.int64 }), { alpha: 0.5 }),
      message: /alpha must not be a floating point number/,
      kind: "TypeError",
    },
  ],
});

/** Integers whose divisor is not 0, and floats of all kinds. */
const quotients = fc.oneof(
  { weight: 2, arbitrary: broadcasting(2, { dtypes: FLOATS }).map(pair) },
  { weight: 1, arbitrary: broadcasting(2, { dtypes: INTEGERS, values: "nonzero" }).map(pair) },
);

const divideByZero = (name: string, f: (x: Tensor, y: Tensor) => unknown) => [
  {
    call: () => f(ones([2], { dtype: torch.int64 }), zeros([2], { dtype: torch.int64 })),
    message: /ZeroDivisionError/,
  },
  ...sizesDiffer(name, f),
];

interface Division {
  readonly name: string;
  readonly call: (x: Tensor, y: Tensor) => Tensor;
  readonly reference: (x: NdArray, y: NdArray) => NdArray;
  readonly smooth: Spec["smooth"] | "nonzero";
  readonly floor?: number;
  readonly why?: string;
  readonly inplace?: boolean;
}

function divisionSpec({ name, call, reference, smooth, floor = 0, why = EXACT_WHY, inplace = false }: Division): Spec {
  return defineSpec<[x: NdArray, y: NdArray]>({
    name,
    call,
    reference,
    inputs: quotients,
    tolerance: { ulps: floor === 0 ? 0 : 1, floor },
    why,
    smooth: smooth === "nonzero" ? smoothPair("nonzero") : (smooth as { skip: string }),
    inplace,
    errors: divideByZero(name, call),
  });
}

const IN_OWN_DTYPE =
  "the quotient is rounded to the dtype before it is cut, which may move it to the next whole number";

const divisions: Spec[] = [
  binarySpec(
    "div",
    (x, y) => torch.div(x, y),
    (x, y) => ref.div(x, y),
    { ...exact, smooth: "nonzero", inplace: true, out: true },
  ),
  divisionSpec({
    name: "trunc_divide",
    call: (x, y) => torch.div(x, y, { rounding_mode: "trunc" }),
    reference: (x, y) => ref.div(x, y, "trunc"),
    smooth: STEPS,
    floor: 1,
    why: IN_OWN_DTYPE,
  }),
  divisionSpec({
    name: "div_floor",
    call: (x, y) => torch.div(x, y, { rounding_mode: "floor" }),
    reference: (x, y) => ref.div(x, y, "floor"),
    smooth: STEPS,
    floor: 1,
    why: IN_OWN_DTYPE,
  }),
  divisionSpec({
    name: "floor_divide",
    call: torch.floor_divide,
    reference: ref.floor_divide,
    smooth: STEPS,
    floor: 1,
    why: IN_OWN_DTYPE,
    inplace: true,
  }),
  divisionSpec({
    name: "remainder",
    call: torch.remainder,
    reference: ref.remainder,
    smooth: "nonzero",
    inplace: true,
  }),
  divisionSpec({ name: "fmod", call: torch.fmod, reference: ref.fmod, smooth: "nonzero", inplace: true }),
];

const pow = defineSpec<[x: NdArray, y: NdArray]>({
  name: "pow",
  call: (x, y) => torch.pow(x, y),
  reference: ref.pow,
  inputs: fc.oneof(
    broadcasting(2, { dtypes: FLOATS }).map(pair),
    broadcasting(2, { dtypes: INTEGERS, values: "tame" }).map(pair),
  ),
  tolerance: { ulps: 2 },
  why: "the C library's pow, rounded once from double in float32; V8's own differs by one unit",
  smooth: smoothPair("positive"),
  inplace: true,
  out: true,
});

const arithmetic_: Spec[] = [
  add,
  sub,
  addScaled,
  binarySpec("mul", (x, y) => torch.mul(x, y), ref.mul, {
    ...exact,
    smooth: "tame",
    inplace: true,
    out: true,
    errors: sizesDiffer("mul", (x, y) => torch.mul(x, y)),
  }),
  ...divisions,
  pow,
  binarySpec("maximum", torch.maximum, ref.maximum, {
    ...exact,
    why: "one of the operands",
    smooth: "distinct",
    out: true,
  }),
  binarySpec("minimum", torch.minimum, ref.minimum, {
    ...exact,
    why: "one of the operands",
    smooth: "distinct",
    out: true,
  }),
];

const compared = { tolerance: EXACT, why: "true or false", smooth: NO_GRADIENT, out: true };
const bits = {
  tolerance: EXACT,
  why: "integers",
  smooth: NO_GRADIENT,
  dtypes: [...INTEGERS, "bool" as const],
  inplace: true,
};

const comparisons: Spec[] = [
  binarySpec("eq", torch.eq, ref.eq, compared),
  binarySpec("ne", torch.ne, ref.ne, compared),
  binarySpec("lt", torch.lt, ref.lt, compared),
  binarySpec("le", torch.le, ref.le, compared),
  binarySpec("gt", torch.gt, ref.gt, compared),
  binarySpec("ge", torch.ge, ref.ge, compared),
  binarySpec("logical_and", torch.logical_and, ref.logical_and, compared),
  binarySpec("logical_or", torch.logical_or, ref.logical_or, compared),
  binarySpec("logical_xor", torch.logical_xor, ref.logical_xor, compared),
  binarySpec("bitwise_and", torch.bitwise_and, ref.bitwise_and, bits),
  binarySpec("bitwise_or", torch.bitwise_or, ref.bitwise_or, bits),
  binarySpec("bitwise_xor", torch.bitwise_xor, ref.bitwise_xor, bits),
];

/** A bool condition and two operands of one dtype, of shapes that broadcast together. */
function choice(dtypes: readonly NdArray["dtype"][], values: "any" | "tame", shape = smallShapes) {
  return broadcasting(3, { dtypes, values, shape }).map(([c, x, y]): [NdArray, NdArray, NdArray] => [
    { ...c!, dtype: "bool", data: c!.data.map((v) => Number(v > 0.3)) },
    x!,
    y!,
  ]);
}

const where = defineSpec<[condition: NdArray, x: NdArray, y: NdArray]>({
  name: "where",
  call: (condition, x, y) => torch.where(condition, x, y),
  reference: ref.where,
  inputs: choice(ALL, "any"),
  tolerance: EXACT,
  why: "one of the operands",
  smooth: choice(["float64"], "tame"),
  errors: [
    { call: () => torch.where(ones([2]), ones([2]), ones([2])), message: /expected condition to be a boolean tensor/ },
  ],
});

type Bounds = [min: number | null, max: number | null];
const realBounds = fc.constantFrom<Bounds>([-1, 1], [0, 0], [-2.5, 0.5], [2, -2], [0.5, null], [null, -0.25]);
const wholeBounds = fc.constantFrom<Bounds>([0, 3], [4, 2], [1, null], [null, 2]); // in the range of every dtype

const clamp = defineSpec<[x: NdArray, min: number | null, max: number | null]>({
  name: "clamp",
  ops: ["clamp", "maximum", "minimum"],
  call: (x, min, max) => torch.clamp(x, min, max),
  reference: (x, min, max) => ref.clamp(x, min, max),
  inputs: arrays({ dtypes: REALS }).chain((x) =>
    (INTEGERS.includes(x.dtype) ? wholeBounds : realBounds).map(([min, max]) => [x, min, max]),
  ),
  tolerance: EXACT,
  why: "an operand or a bound",
  smooth: arrays({ dtypes: ["float64"], values: "distinct", shape: smallShapes }).map((x) => [x, -0.513, 0.717]),
  inplace: true,
  errors: [
    { call: () => torch.clamp(ones([2])), message: /At least one of 'min' or 'max'/, kind: "TypeError" },
    { call: () => torch.clamp(ones([2], { dtype: torch.uint8 }), 0, 300), message: /without overflow; got 300/ },
  ],
});

export const arithmetic: Spec[] = [...arithmetic_, ...comparisons, where, clamp];
