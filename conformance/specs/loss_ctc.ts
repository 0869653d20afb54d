import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";
import { Stream } from "../generators/random.js";

/** Labels found in sequences. */

const { ones } = torch;

interface Labels {
  readonly rows: Int32Array;
  readonly target_lengths: number[];
  readonly input_lengths: number[];
}
type Args = [x: NdArray, labels: Labels];

/** Sequences that are long enough for their labels, even if all are equal. */
function sequences(dtypes: readonly DTypeName[], most: number): fc.Arbitrary<Args> {
  return fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: most }), fc.constantFrom(...dtypes), fc.integer())
    .map(([batch, longest, dtype, seed]): Args => {
      const stream = new Stream(seed);
      const lengths = Array.from({ length: batch }, () => stream.integer(0, longest));
      const steps = 2 * longest + 1;
      const input_lengths = lengths.map((length) => stream.integer(Math.max(2 * length, 1), steps));
      const total = lengths.reduce((n, length) => n + length, 0);
      const rows = Int32Array.from({ length: total }, () => stream.integer(1, 3));
      return [arrayOf([steps, batch, 4], dtype, "tame", seed), { rows, target_lengths: lengths, input_lengths }];
    });
}

function split({ rows, target_lengths }: Labels): number[][] {
  let start = 0;
  return target_lengths.map((length) => {
    start += length;
    return [...rows.slice(start - length, start)];
  });
}

const ctc = defineSpec<Args>({
  name: "ctc_loss",
  ops: ["log_softmax"],
  call: (x, given) => {
    const { rows, target_lengths, input_lengths } = given as unknown as Labels;
    const targets = torch.from_numpy(rows).to(x.device.type);
    return F.ctc_loss(F.log_softmax(x, -1), targets, input_lengths, target_lengths, { reduction: "none" });
  },
  reference: (x, labels) => ref.ctc_loss(ref.log_softmax(x, 2), split(labels), labels.input_lengths),
  inputs: sequences(FULL_FLOATS, 6),
  tolerance: (x) => ({ ulps: 8, floor: x.dtype === "float64" ? 1e-13 : 1e-5 }),
  why: "sums of log probabilities, one per step",
  smooth: sequences(["float64"], 2),
  skipSecond: "the gradient is computed with the loss, outside the graph",
  errors: [
    {
      call: () => F.ctc_loss(ones([2, 1, 3]), ones([1, 1], { dtype: torch.int64 }), [3], [1]),
      message: /input_lengths to have value at most 2, but got value 3/,
    },
    {
      call: () => F.ctc_loss(ones([2, 1, 3]), ones([1, 1], { dtype: torch.int64 }), [2], [1], 3),
      message: /blank must be in label range \[0, 3\); got 3/,
    },
    {
      call: () => F.ctc_loss(ones([2, 1, 3]), ones([1, 1], { dtype: torch.int64 }), [2, 2], [1]),
      message: /input_lengths must be of size batch_size 1; got 2/,
    },
    {
      call: () => F.ctc_loss(ones([2, 1, 3]), ones([3], { dtype: torch.int64 }), [2], [1]),
      message: /as many targets as target_lengths say, 1; got targets \[3\]/,
    },
    {
      call: () => F.ctc_loss(ones([2, 1, 3]), torch.full([1], 3, { dtype: torch.int64 }), [2], [1]),
      message: /target 3 is out of range for 3 classes/,
      kind: "IndexError",
    },
  ],
});

export const lossCtc: Spec[] = [ctc];
