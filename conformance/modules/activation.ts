import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { Module } from "../../optimized/nn/module.js";
import { type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";

/** Activations of each element. Those along a dim: softmax.ts. */

const { nn, ones } = torch;
const integers = (shape: number[]): Tensor => ones(shape, { dtype: torch.int64 });

/** The module in place, on a copy of its input, which must be what it returns. */
class OnCopy extends Module {
  constructor(readonly inplace: Module) {
    super();
  }
  override forward(input: Tensor): Tensor {
    const copy = input.clone();
    if (this.inplace(copy) !== copy) throw new Error(`${String(this.inplace)} gives another tensor than its input`);
    return copy;
  }
}

interface Options<C extends readonly unknown[]>
  extends Partial<Pick<ModuleSpec<C, [NdArray]>, "skipSecond" | "evaluate" | "values">> {
  readonly errors?: readonly ErrorCase[];
}

const LINES = { skipSecond: "made of straight lines" };

/** An activation and the arguments of its constructor; the reference takes the same ones. */
function row<C extends readonly unknown[]>(
  type: new (...config: C) => Module,
  configs: fc.Arbitrary<C>,
  f: (x: NdArray, ...config: C) => NdArray,
  options: Options<C> = {},
): Spec[] {
  return moduleSpecs<C, [NdArray]>({
    name: type.name,
    make: (...config) => {
      const module = new type(...config);
      return "inplace" in module && module.inplace === true ? new OnCopy(module) : module;
    },
    configs,
    inputs: (_config, draw, seed) => [draw([[], [3], [2, 3], [2, 3, 2], [0]][Math.abs(seed) % 5]!)],
    values: "nonzero", // away from the kink at 0
    reference: (_params, config, x) => f(x, ...config),
    tolerance: (x) => ({ ulps: 16, floor: 16 * epsilonOf(x) }),
    why: "a few functions of numbers below 4, which may cancel",
    ...options,
  });
}

const none = fc.constant<[]>([]);
const inplace = fc.tuple(fc.boolean());
const number = (...list: readonly number[]) => fc.constantFrom(...list);
const floatsOnly = (module: () => Module): readonly ErrorCase[] => [
  { call: () => module()(integers([2])), message: /not implemented for torch\.int64/ },
];

const curves: Spec[] = [
  ...row(nn.Sigmoid, none, ref.sigmoid),
  ...row(nn.Tanh, none, ref.tanh),
  ...row(nn.LogSigmoid, none, ref.logsigmoid, { errors: floatsOnly(() => new nn.LogSigmoid()) }),
  ...row(nn.Softsign, none, ref.nn.softsign),
  ...row(nn.Tanhshrink, none, ref.nn.tanhshrink),
  ...row(nn.GELU, fc.tuple(fc.constantFrom("none" as const, "tanh" as const)), ref.gelu, {
    errors: [
      ...floatsOnly(() => new nn.GELU()),
      { call: () => new nn.GELU("x" as never)(ones([2])), message: /approximate argument must be either none or tanh/ },
    ],
  }),
  ...row(nn.SiLU, inplace, (x) => ref.silu(x), { errors: floatsOnly(() => new nn.SiLU()) }),
  ...row(nn.Mish, inplace, (x) => ref.mish(x), { errors: floatsOnly(() => new nn.Mish()) }),
  ...row(nn.SELU, inplace, (x) => ref.selu(x), { errors: floatsOnly(() => new nn.SELU()) }),
  ...row(nn.ELU, fc.tuple(number(1, 0.5, 2), fc.boolean()), (x, alpha) => ref.elu(x, alpha), {
    errors: [
      ...floatsOnly(() => new nn.ELU()),
      {
        call: () => new nn.ELU({ inplace: true })(ones([2], { requires_grad: true })),
        message: /a leaf Variable that requires grad is being used in an in-place operation/,
      },
    ],
  }),
  ...row(nn.CELU, fc.tuple(number(1, 0.5, 2), fc.boolean()), (x, alpha) => ref.celu(x, alpha), {
    errors: [
      ...floatsOnly(() => new nn.CELU()),
      { call: () => new nn.CELU(0)(ones([2])), message: /ZeroDivisionError: alpha cannot be 0 for CELU/ },
    ],
  }),
  ...row(nn.Softplus, fc.tuple(number(1, 0.5, 3), number(20, 2)), ref.softplus, {
    errors: floatsOnly(() => new nn.Softplus()),
  }),
];

const lines: Spec[] = [
  ...row(nn.ReLU, inplace, (x) => ref.relu(x), {
    ...LINES,
    errors: [
      { call: () => new nn.ReLU()(ones([2], { dtype: torch.bool })), message: /not implemented for torch\.bool/ },
    ],
  }),
  ...row(nn.ReLU6, inplace, (x) => ref.relu6(x), LINES),
  ...row(nn.LeakyReLU, fc.tuple(number(0.01, 0.5), fc.boolean()), (x, slope) => ref.leaky_relu(x, slope), {
    ...LINES,
    errors: floatsOnly(() => new nn.LeakyReLU()),
  }),
  ...row(
    nn.Hardtanh,
    fc.tuple(number(-1, -0.5), number(1, 2), fc.boolean()),
    (x, low, high) => ref.hardtanh(x, low, high),
    {
      ...LINES,
      errors: [2, 1].map((low) => ({
        call: () => new nn.Hardtanh(low, 1),
        message: /max_val must be larger than min_val/,
        kind: "AssertionError",
      })),
    },
  ),
  ...row(nn.Hardsigmoid, inplace, (x) => ref.hardsigmoid(x), {
    ...LINES,
    errors: floatsOnly(() => new nn.Hardsigmoid()),
  }),
  ...row(nn.Hardswish, inplace, (x) => ref.hardswish(x), {
    skipSecond: "made of a parabola and lines",
    errors: floatsOnly(() => new nn.Hardswish()),
  }),
  ...row(
    nn.Threshold,
    fc.tuple(number(0.5, -1), number(0, 20), fc.boolean()),
    (x, limit, value) => ref.threshold(x, limit, value),
    {
      ...LINES,
      errors: [
        {
          call: () => Reflect.construct(nn.Threshold, [1]),
          message: /missing required argument 'value'/,
          kind: "TypeError",
        },
      ],
    },
  ),
  ...row(nn.Hardshrink, fc.tuple(number(0.5, 1.2)), ref.hardshrink, {
    ...LINES,
    errors: floatsOnly(() => new nn.Hardshrink()),
  }),
  ...row(nn.Softshrink, fc.tuple(number(0.5, 1.2)), ref.softshrink, {
    ...LINES,
    errors: [
      { call: () => new nn.Softshrink(-1)(ones([2])), message: /lambda must be greater or equal to 0.*found to be -1/ },
    ],
  }),
  ...row(nn.RReLU, fc.tuple(number(0.125, 0), number(0.3, 0.5), fc.boolean()), (x, l, u) => ref.nn.rrelu(x, l, u), {
    ...LINES,
    evaluate: true,
    errors: [false, true].map((evaluate) => ({
      call: () => new nn.RReLU(2, 1).train(!evaluate)(ones([2])),
      message: /Lower bound should be less than or equal to the upper bound/,
    })),
  }),
];

/** In training the slopes are drawn; reference/random/rrelu.ts has its spec in specs/random.ts. */
const rrelu = moduleSpecs({
  name: "RReLU",
  make: (lower: number, upper: number) => new nn.RReLU(lower, upper),
  configs: fc.tuple(number(0.125, 0), number(0.3, 0.5)),
  inputs: (_config, draw) => [draw([2, 3])],
  values: "nonzero",
  random: true,
  tolerance: { ulps: 1 },
  why: "a slope and one product",
  ...LINES,
});

const prelu = moduleSpecs({
  name: "PReLU",
  make: (count: number, init: number) => new nn.PReLU(count, init),
  configs: fc.tuple(number(1, 1, 3), number(0.25, -0.5)),
  inputs: ([count], draw, seed) => [
    draw(
      (count === 1
        ? [[], [3], [2, 4]]
        : [
            [2, 3],
            [2, 3, 2],
          ])[Math.abs(seed) % (count === 1 ? 3 : 2)]!,
    ),
  ],
  values: "nonzero",
  reference: (params, _config, x) => ref.nn.prelu(params, x),
  tolerance: { ulps: 1 },
  why: "the operand or one product",
  errors: [
    {
      call: () => new nn.PReLU(2)(ones([2, 3])),
      message: /Found parameter numbers = 2 and channel size = 3/,
    },
    { call: () => new nn.PReLU()(ones([2]).double()), message: /got input torch\.float64, weight torch\.float32/ },
    { call: () => new nn.PReLU(-1), message: /negative dimension -1/ },
  ],
});

export const activationModules: Spec[] = [...curves, ...lines, ...rrelu, ...prelu];
