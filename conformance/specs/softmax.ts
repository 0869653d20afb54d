import type fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { largestOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";
import { specWithRest } from "../driver/with_rest.js";
import { dimOf } from "../generators/shapes.js";

/** Softmax along a dim. */

const aDim = (x: NdArray): fc.Arbitrary<[dim: number]> => dimOf(x.shape).map((dim): [number] => [dim]);
const outOfRange = (call: () => unknown) => [
  { call, message: /Dimension out of range: dim 5 of a tensor with 2 dims/, kind: "IndexError" },
];

/** The rounding of x − m, in units of the result: with m far away it is all there is. */
const shifted = (x: NdArray): number =>
  largestOf({ ...x, data: x.data.filter((v) => Math.abs(v) < 1e4) }) * (x.dtype === "float64" ? 2 ** -52 : 2 ** -22);

export const softmax: Spec[] = [
  specWithRest<[dim: number]>({
    name: "softmax",
    ops: ["softmax", "_softmax_backward_data"],
    call: (x, dim) => torch.softmax(x, dim),
    reference: ref.softmax,
    rest: aDim,
    tolerance: (x) => ({ ulps: 8, floor: 1e-38 + shifted(x) }),
    why: "an exponential of a rounded difference, and a sum; float32 all through",
    smooth: "tame",
    errors: outOfRange(() => torch.softmax(torch.ones([2, 3]), 5)),
  }),
  specWithRest<[dim: number]>({
    name: "log_softmax",
    ops: ["log_softmax", "_log_softmax_backward_data"],
    call: (x, dim) => torch.log_softmax(x, dim),
    reference: ref.log_softmax,
    rest: aDim,
    tolerance: (x) => ({ ulps: 4, floor: 2e-7 + 2 * shifted(x) }),
    why: "differences of numbers as large as x, rounded to float32",
    smooth: "tame",
    errors: outOfRange(() => torch.log_softmax(torch.ones([2, 3]), 5)),
  }),
];
