import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { binarySpec, EXACT, EXACT_WHY, unarySpec } from "../driver/elementwise.js";
import type { Spec } from "../driver/spec.js";
import { ALL, FLOATS, REALS } from "../generators/arrays.js";

/** Arithmetic composed of other ops. */

const { ones } = torch;
const exact = { tolerance: EXACT, why: EXACT_WHY };
const bools = () => ones([2], { dtype: torch.bool });

export const arithmeticComposed: Spec[] = [
  unarySpec("positive", torch.positive, (x) => x, {
    ops: [],
    ...exact,
    dtypes: REALS,
    smooth: "tame",
    inplace: false,
    errors: [{ call: () => torch.positive(bools()), message: /on a bool tensor/, kind: "RuntimeError" }],
  }),
  binarySpec(
    "rsub",
    (x, y) => torch.rsub(x, y),
    (x, y) => ref.rsub(x, y),
    {
      ops: ["sub"],
      ...exact,
      dtypes: REALS,
      smooth: "tame",
      errors: [{ call: () => torch.rsub(bools(), bools()), message: /logical_not/, kind: "RuntimeError" }],
    },
  ),
  unarySpec("frac", torch.frac, ref.frac, {
    ops: ["trunc"],
    ...exact,
    smooth: "distinct",
    errors: [
      { call: () => torch.frac(ones([2], { dtype: torch.int64 })), message: /takes floats/, kind: "RuntimeError" },
    ],
  }),
  binarySpec("float_power", torch.float_power, ref.float_power, {
    ops: ["pow"],
    tolerance: { ulps: 2 },
    why: "the C library's pow; V8's own differs by one unit",
    dtypes: REALS,
    smooth: "positive",
    out: false,
    errors: [
      { call: () => ones([2]).float_power_(2), message: /the base has dtype torch.float32/, kind: "RuntimeError" },
    ],
  }),
  binarySpec("ldexp", torch.ldexp, ref.ldexp, {
    ops: ["pow"],
    tolerance: { ulps: 3 },
    why: "the power of 2 is rounded before the product",
    dtypes: FLOATS,
    values: "tame",
    smooth: "tame",
    inplace: true,
    errors: [
      { call: () => torch.ldexp(ones([2]), 2 as never), message: /'other' must be a Tensor/, kind: "TypeError" },
    ],
  }),
  binarySpec("copysign", torch.copysign, ref.copysign, {
    ops: ["where"],
    ...exact,
    why: "a sign",
    dtypes: ALL,
    smooth: "nonzero",
    out: true,
    errors: [
      { call: () => torch.copysign(1 as never, ones([2])), message: /'input' must be a Tensor/, kind: "TypeError" },
    ],
  }),
  binarySpec("heaviside", torch.heaviside, ref.heaviside, {
    ops: ["where"],
    ...exact,
    why: "0, 1 or an operand",
    dtypes: ALL,
    smooth: { skip: "it has no derivative in PyTorch either" },
    inplace: true,
    out: true,
    errors: [
      {
        call: () => torch.heaviside(ones([2]), ones([2], { dtype: torch.float64 })),
        message: /must have one dtype; got torch.float32 and torch.float64/,
        kind: "RuntimeError",
      },
    ],
  }),
];
