import * as fc from "fast-check";
import type { Json } from "../oracle/values.js";
import { broadcasting, dimOf, distinct, float, floats, ints, positive, shapes, unit } from "./values.js";

/** Random calls: an op of the oracle's format without its results. */
export interface Call {
  readonly id: string;
  readonly op: string;
  readonly call: "function" | "method" | "inplace";
  readonly args: readonly Json[];
  readonly kwargs: Readonly<Record<string, Json>>;
  readonly rtol: number;
  readonly atol: number;
  readonly grtol: number;
  readonly gatol: number;
}

/** Both sides compute in float64, in another order; functions of the math library differ by a few ulps. */
const TOLERANCE = { rtol: 1e-9, atol: 1e-10, grtol: 1e-8, gatol: 1e-9 };

type Arguments = fc.Arbitrary<readonly [args: readonly Json[], kwargs?: Readonly<Record<string, Json>>]>;

function call(op: string, args: Arguments, how: Call["call"] = "function"): fc.Arbitrary<Call> {
  return args.map(([list, kwargs = {}]) => ({
    id: op,
    op: `torch.${op}`,
    call: how,
    args: list,
    kwargs,
    ...TOLERANCE,
  }));
}

const one = (values?: fc.Arbitrary<number>): Arguments =>
  shapes.chain((s) => floats(s, values)).map((x) => [[x]] as const);
const two = (second?: fc.Arbitrary<number>): Arguments =>
  broadcasting.chain(([s, t]) => fc.tuple(floats(s), floats(t, second))).map(([x, y]) => [[x, y]] as const);
const withDim = (tensor = (s: readonly number[]) => floats(s)): Arguments =>
  shapes.chain((s) => fc.tuple(tensor(s), dimOf(s))).map(([x, dim]) => [[x, dim]] as const);
const reducing: Arguments = shapes
  .chain((s) => fc.tuple(distinct(s), dimOf(s), fc.boolean()))
  .map(([x, dim, keepdim]) => [[x, dim], { keepdim }] as const);

const unary = [
  "exp",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "erf",
  "abs",
  "neg",
  "square",
  "expm1",
  "relu",
  "sign",
  "floor",
  "ceil",
  "trunc",
];
const binary = ["add", "sub", "mul", "maximum", "minimum", "lt", "ge", "eq"];
const reductions = ["sum", "mean", "amax", "amin", "logsumexp", "max", "min", "argmax", "argmin"];

const rows: readonly fc.Arbitrary<Call>[] = [
  ...unary.map((op) => call(op, one())),
  ...["log", "sqrt", "rsqrt", "reciprocal", "log1p", "log2"].map((op) => call(op, one(positive))),
  ...["asin", "acos", "atan"].map((op) => call(op, one(unit))),
  ...binary.map((op) => call(op, two())),
  ...["div", "fmod", "remainder"].map((op) => call(op, two(positive))),
  ...["Tensor.mul_", "Tensor.add_", "Tensor.sub_"].map((op) => call(op, two(), "inplace")),
  ...reductions.map((op) => call(op, reducing)),
  ...["cumsum", "softmax", "log_softmax"].map((op) => call(op, withDim())),
  call("sum", one()),
  call("prod", one()),
  call(
    "std",
    shapes
      .filter((s) => s.length > 0 && s.every((n) => n > 1))
      .chain((s) => floats(s))
      .map((x) => [[x]] as const),
  ),
  call(
    "sort",
    withDim((s) => distinct(s)).map(([args]) => [args] as const),
  ),
  call(
    "clamp",
    one().map(([args]) => [args, { min: float(-1), max: float(1.5) }] as const),
  ),
  call(
    "transpose",
    shapes.chain((s) => fc.tuple(floats(s), dimOf(s), dimOf(s))).map((args) => [args] as const),
  ),
  call(
    "flatten",
    shapes.chain((s) => floats(s)).map((x) => [[x]] as const),
  ),
  call(
    "unsqueeze",
    shapes
      .chain((s) => fc.tuple(floats(s), fc.integer({ min: -s.length - 1, max: s.length })))
      .map((args) => [args] as const),
  ),
  call(
    "cat",
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }))
      .chain(([n, rows]) => fc.tuple(...rows.map((r) => floats([r, n]))))
      .map((tensors) => [[tensors, 0]] as const),
  ),
  call(
    "matmul",
    fc
      .tuple(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
      )
      .chain(([m, k, n, batched]) => fc.tuple(floats(batched ? [2, m, k] : [m, k]), floats([k, n])))
      .map((args) => [args] as const),
  ),
  call(
    "index_select",
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }))
      .chain(([rows, cols]) => fc.tuple(floats([rows, cols]), ints([3], rows)))
      .map(([x, index]) => [[x, 0, index]] as const),
  ),
  call(
    "nn.functional.cross_entropy",
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 5 }))
      .chain(([n, classes]) => fc.tuple(floats([n, classes]), ints([n], classes)))
      .map((args) => [args] as const),
  ),
  call(
    "nn.functional.layer_norm",
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 5 }))
      .chain(([m, n]) =>
        fc.tuple(distinct([m, n]), floats([n]), floats([n])).map(([x, w, b]) => [[x, [n], w, b]] as const),
      ),
  ),
  call(
    "nn.functional.conv2d",
    fc
      .record({
        batch: fc.integer({ min: 1, max: 2 }),
        channels: fc.integer({ min: 1, max: 2 }),
        groups: fc.integer({ min: 1, max: 2 }),
        size: fc.integer({ min: 3, max: 6 }),
        kernel: fc.integer({ min: 1, max: 3 }),
        stride: fc.integer({ min: 1, max: 2 }),
        padding: fc.integer({ min: 0, max: 2 }),
      })
      .chain(({ batch, channels, groups, size, kernel, stride, padding }) =>
        fc
          .tuple(
            floats([batch, channels * groups, size, size]),
            floats([2 * groups, channels, kernel, kernel]),
            floats([2 * groups]),
          )
          .map((args) => [args, { stride, padding, groups }] as const),
      ),
  ),
  call(
    "nn.functional.max_pool2d",
    fc
      .tuple(fc.integer({ min: 4, max: 6 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }))
      .chain(([size, kernel, stride]) => distinct([1, 1, size, size]).map((x) => [[x, kernel, stride]] as const)),
  ),
];

export const calls: fc.Arbitrary<Call> = fc.oneof(...rows);
