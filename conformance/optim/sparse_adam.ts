import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import type { SparseArray } from "../../reference/ops/sparse.js";
import { sparse_adam, type SparseAdamOptions, type SparseAdamState } from "../../reference/optim/index.js";
import torch from "../../optimized/index.js";
import { epsilonOf } from "../driver/scale.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, indexArray } from "../generators/arrays.js";

/** SparseAdam: gradients are rows of a table, some of them twice. */

const { optim, ones } = torch;

type Step = [indices: NdArray, values: NdArray];
type Args = [theta: NdArray, steps: Step[], options: SparseAdamOptions];

const options: fc.Arbitrary<SparseAdamOptions> = fc.record(
  {
    lr: fc.constantFrom(1e-3, 0.1),
    betas: fc.constantFrom<[number, number]>([0.9, 0.999], [0.5, 0.9]),
    eps: fc.constantFrom(1e-8, 1e-3),
    maximize: fc.boolean(),
  },
  { requiredKeys: [] },
);

const drawn: fc.Arbitrary<Args> = fc
  .tuple(
    fc.constantFrom("float32" as const, "float64" as const),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
    fc.integer(),
    options,
  )
  .map(
    ([dtype, rows, columns, counts, seed, chosen]): Args => [
      arrayOf([rows, columns], dtype, "unit", seed),
      counts.map(
        (n, k): Step => [
          indexArray([1, n], 0, rows - 1, seed + 2 * k + 1),
          arrayOf([n, columns], dtype, "unit", seed + 2 * k + 2),
        ],
      ),
      chosen,
    ],
  );

export const sparseAdam: Spec = defineSpec<Args>({
  name: "SparseAdam",
  ops: [],
  call: (theta, steps, o) => {
    const leaf = theta.clone().requires_grad_();
    const optimizer = new optim.SparseAdam([leaf], o as SparseAdamOptions);
    return steps.map(([indices, values]) => {
      leaf.grad = torch.sparse_coo_tensor(indices, values, leaf.shape);
      optimizer.step();
      return leaf.detach().clone();
    });
  },
  reference: (theta, steps, o) => {
    let now: { theta: NdArray; state: SparseAdamState | null } = { theta, state: null };
    return steps.map(([indices, values]) => {
      const grad: SparseArray = { shape: theta.shape, indices, values };
      now = sparse_adam(now.theta, grad, now.state, o);
      return now.theta;
    });
  },
  inputs: drawn,
  tolerance: (theta, steps) => ({ ulps: 8, floor: 64 * steps.length * epsilonOf(theta) }),
  why: "a step moves by about lr: the quotient of two averages of gradients",
  smooth: { skip: "a step changes parameters in place, outside of the graph" },
  errors: [
    { call: () => new optim.SparseAdam([ones(2)], { lr: 0 }), message: /Invalid learning rate: 0/, kind: "ValueError" },
    {
      call: () => new optim.SparseAdam([ones(2)], { eps: 0 }),
      message: /Invalid epsilon value: 0/,
      kind: "ValueError",
    },
    {
      call: () => new optim.SparseAdam([ones(2).to_sparse()]),
      message: /Sparse params at indices \[0\]: SparseAdam requires dense parameter tensors/,
      kind: "ValueError",
    },
    {
      call: () => {
        const theta = ones(2).requires_grad_();
        theta.grad = ones(2);
        new optim.SparseAdam([theta]).step();
      },
      message: /SparseAdam does not support dense gradients, please consider Adam instead/,
    },
  ],
});
