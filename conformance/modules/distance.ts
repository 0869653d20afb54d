import fc from "fast-check";
import * as ref from "../../reference/nn/index.js";
import torch from "../../optimized/index.js";
import { moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";

/** PairwiseDistance, CosineSimilarity. */

const { nn, ones } = torch;

const pairwise = moduleSpecs({
  name: "PairwiseDistance",
  make: (options: ref.PairwiseDistanceOptions) => new nn.PairwiseDistance(options),
  configs: fc.tuple(
    fc.record({
      p: fc.constantFrom(2, 1, 3, 0.5, Infinity),
      eps: fc.constantFrom(1e-6, 0.1),
      keepdim: fc.boolean(),
    }),
  ),
  inputs: (_config, draw, seed) => [draw([[4], [3, 4]][Math.abs(seed) % 2]!), draw([[4], [3, 4]][(seed >> 1) & 1]!)],
  values: "nonzero",
  reference: (_params, [options], x1, x2) => ref.pairwise_distance(x1, x2, options),
  tolerance: (x) => ({ ulps: 64, floor: 256 * epsilonOf(x) }),
  why: "powers of 4 differences below 6, their sum, and its root",
  skipSecond: "the largest difference, or lines: the second derivative jumps",
  errors: [
    {
      call: () => new nn.PairwiseDistance()(ones([2, 3]), ones([2, 4])),
      message: /size of tensor a \(3\) must match the size of tensor b \(4\)/,
    },
  ],
});

const cosine = moduleSpecs({
  name: "CosineSimilarity",
  make: (dim: number, eps: number) => new nn.CosineSimilarity(dim, eps),
  configs: fc.tuple(fc.constantFrom(1, 0, -1), fc.constantFrom(1e-8, 1e-3)),
  inputs: (_config, draw, seed) => {
    const [first, second] = (
      [
        [
          [3, 4],
          [3, 4],
        ],
        [
          [2, 3, 2],
          [2, 3, 2],
        ],
        [
          [3, 4],
          [1, 4],
        ],
      ] as const
    )[Math.abs(seed) % 3]!;
    return [draw(first), draw(second)];
  },
  values: "nonzero",
  reference: (_params, [dim, eps], x1, x2) => ref.cosine_similarity(x1, x2, dim, eps),
  tolerance: (x) => ({ ulps: 16, floor: 32 * epsilonOf(x) }),
  why: "a sum of at most 4 products of numbers below 1",
  errors: [
    {
      call: () => new nn.CosineSimilarity(3)(ones([2, 3]), ones([2, 3])),
      message: /Dimension out of range/,
      kind: "IndexError",
    },
    { call: () => new nn.CosineSimilarity()(ones([2, 3]), ones([2, 4])), message: /cannot be broadcast/ },
    {
      call: () => {
        const x = ones([2, 3], { dtype: torch.int64 });
        return new nn.CosineSimilarity()(x, x);
      },
      message: /expected common dtype to be floating point/,
    },
  ],
});

export const distanceModules: Spec[] = [...pairwise, ...cosine];
