import fc from "fast-check";
import type { DTypeName } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { dtypeByName } from "../../optimized/core/dtype.js";
import torch from "../../optimized/index.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type ErrorCase, type Spec } from "../driver/spec.js";
import { FLOATS } from "../generators/arrays.js";

/** Window functions. */

type Args = [n: number, periodic: boolean, dtype: DTypeName];
const args = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean(), fc.constantFrom(...FLOATS));
const shared = {
  ops: ["_to_copy"],
  inputs: args,
  tolerance: EXACT,
  why: "the formula in float64, rounded once",
  smooth: { skip: "a window depends on no tensor" },
};
const dtypeOf = (name: DTypeName) => ({ dtype: dtypeByName[name] });

type Plain = "bartlett_window" | "blackman_window" | "hann_window";
const plain = (name: Plain, call: typeof torch.hann_window, reference: typeof ref.hann_window): Spec =>
  defineSpec<Args>({
    ...shared,
    name,
    call: (n, periodic, dtype) => call(n, periodic, dtypeOf(dtype)),
    reference: (n, periodic, dtype) => reference(n, periodic, dtype),
    errors: errorsOf(call),
  });

function errorsOf(window: typeof torch.hann_window): ErrorCase[] {
  return [
    { call: () => window(-1), message: /window_length must not be negative; got -1/ },
    { call: () => window(2.5), message: /must be an integer; got number 2.5/, kind: "TypeError" },
    { call: () => window(3, { dtype: torch.int64 }), message: /expects a floating point dtype; got torch.int64/ },
  ];
}

export const windows: Spec[] = [
  plain("bartlett_window", torch.bartlett_window, ref.bartlett_window),
  plain("blackman_window", torch.blackman_window, ref.blackman_window),
  plain("hann_window", torch.hann_window, ref.hann_window),
  defineSpec<Args>({
    ...shared,
    name: "hamming_window",
    call: (n, periodic, dtype) => torch.hamming_window(n, periodic, 0.5, { beta: 0.25, ...dtypeOf(dtype) }),
    reference: (n, periodic, dtype) => ref.hamming_window(n, periodic, 0.5, 0.25, dtype),
    errors: errorsOf(torch.hamming_window as typeof torch.hann_window),
  }),
  defineSpec<Args>({
    ...shared,
    name: "kaiser_window",
    call: (n, periodic, dtype) => torch.kaiser_window(n, periodic, 8, dtypeOf(dtype)),
    reference: (n, periodic, dtype) => ref.kaiser_window(n, periodic, 8, dtype),
    errors: errorsOf(torch.kaiser_window as typeof torch.hann_window),
  }),
];
