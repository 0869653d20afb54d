import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";
import { Stream } from "../generators/random.js";

/** Pooling over windows at random places. */

const { ones } = torch;

type Args = [x: NdArray, kernel: number[], output: number[], samples: Int32Array];

function drawn(dtypes: readonly DTypeName[], most: number): fc.Arbitrary<Args> {
  const size = fc.integer({ min: 4, max: most });
  const small = fc.integer({ min: 1, max: 2 });
  return fc
    .tuple(
      fc.constantFrom(2, 3),
      fc.array(size, { minLength: 3, maxLength: 3 }),
      fc.array(small, { minLength: 3, maxLength: 3 }),
      fc.array(small, { minLength: 3, maxLength: 3 }),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(([axes, spatial, kernel, output, dtype, seed]): Args => {
      const stream = new Stream(seed);
      const x = arrayOf([1, 2, ...spatial.slice(0, axes)], dtype, "distinct", seed);
      const samples = Int32Array.from({ length: 2 * axes }, () => stream.integer(0, 15));
      return [x, kernel.slice(0, axes), output.slice(0, axes), samples];
    });
}

/** Sixteenths in [0, 1): no floats among the arguments, so that they get no gradient. */
const sixteenths = (samples: Int32Array) => Array.from(samples, (n) => n / 16);

const pool = defineSpec<Args>({
  name: "fractional_max_pool",
  ops: ["gather"],
  call: (x, kernel, output, samples) => {
    const axes = kernel.length;
    const f = axes === 2 ? F.fractional_max_pool2d_with_indices : F.fractional_max_pool3d_with_indices;
    const { dtype, device } = x;
    const given = torch.tensor(sixteenths(samples as unknown as Int32Array), { dtype, device }).reshape([1, 2, axes]);
    return f(x, kernel, output, { _random_samples: given });
  },
  reference: (x, kernel, output, samples) =>
    ref.fractional_max_poolNd(x, kernel, output, {
      shape: [1, 2, kernel.length],
      dtype: x.dtype,
      data: Float64Array.from(sixteenths(samples)),
    }),
  inputs: drawn(FULL_FLOATS, 8),
  tolerance: EXACT,
  why: "one of the elements, and where it was",
  smooth: drawn(["float64"], 4),
  errors: [
    {
      call: () => F.fractional_max_pool2d(ones([1, 1, 4, 4]), 2),
      message: /requires specifying either an output_size or an output_ratio/,
      kind: "ValueError",
    },
    {
      call: () => F.fractional_max_pool2d(ones([1, 1, 4, 4]), 3, 3),
      message: /too large relative to input; got input \[4, 4\], kernel_size \[3, 3\], output_size \[3, 3\]/,
    },
    { call: () => F.fractional_max_pool3d(ones([1, 1, 3, 3, 3]), 2, 2), message: /too large relative to input/ },
    { call: () => F.fractional_max_pool2d(ones([4, 4]), 2, 2), message: /Expected 3D or 4D tensor/ },
  ],
});

export const fractionalPool: Spec[] = [pool];
