import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/attention.js";
import torch from "../../optimized/index.js";
import * as F from "../../optimized/nn/functional.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";

/** Attention without the matrix of scores. */

type Args = [q: NdArray, k: NdArray, v: NdArray, mask: NdArray | null, is_causal: boolean];

function drawn(dtypes: readonly DTypeName[], most: number): fc.Arbitrary<Args> {
  const size = fc.integer({ min: 1, max: most });
  return fc
    .tuple(
      fc.constantFrom([], [2], [2, 3]),
      size,
      size,
      size,
      size,
      fc.constantFrom("none", "causal", "keys", "all"),
      fc.constantFrom(...dtypes),
      fc.integer(),
    )
    .map(([lead, queries, keys, width, depth, kind, dtype, seed]): Args => {
      const maskShape =
        kind === "keys" ? [...lead.slice(0, 1), ...lead.slice(1).map(() => 1), 1, keys] : [...lead, queries, keys];
      const masked = kind === "keys" || kind === "all";
      return [
        arrayOf([...lead, queries, width], dtype, "tame", seed),
        arrayOf([...lead, keys, width], dtype, "tame", seed + 1),
        arrayOf([...lead, keys, depth], dtype, "tame", seed + 2),
        masked ? arrayOf(maskShape, dtype, "tame", seed + 3) : null,
        kind === "causal",
      ];
    });
}

const { ones } = torch;

/** Result and gradients, of the sum of squares. */
function withGradients(q: Tensor, k: Tensor, v: Tensor, attn_mask: Tensor | null, is_causal: boolean): Tensor[] {
  return torch.enable_grad(() => {
    const leaves = [q, k, v].map((t) => t.detach().clone().requires_grad_()) as [Tensor, Tensor, Tensor];
    const y = F.scaled_dot_product_attention(...leaves, { attn_mask, is_causal });
    return torch.autograd.grad(y, leaves, { grad_outputs: [y.detach()] }) as Tensor[];
  });
}
function referenceGradients(...[q, k, v, mask, is_causal]: Args): NdArray[] {
  const y = ref.scaled_dot_product_attention(q, k, v, mask, is_causal);
  const g = ref.scaled_dot_product_attention_backward(y, q, k, v, mask, is_causal);
  return [g.grad_q, g.grad_k, g.grad_v];
}

export const attention: Spec[] = [
  defineSpec<Args>({
    name: "scaled_dot_product_attention",
    call: (q, k, v, attn_mask, is_causal) => F.scaled_dot_product_attention(q, k, v, { attn_mask, is_causal }),
    reference: (q, k, v, mask, is_causal) => ref.scaled_dot_product_attention(q, k, v, mask, is_causal),
    inputs: drawn(FULL_FLOATS, 40),
    smooth: drawn(["float64"], 4),
    tolerance: { ulps: 16, floor: 1e-5 },
    why: "two products and a softmax; the second product may cancel",
    errors: [
      { call: () => F.scaled_dot_product_attention(ones([2]), ones([2]), ones([2])), message: /needs at least 2 dims/ },
      {
        call: () => F.scaled_dot_product_attention(ones([2, 3]), ones([2, 4]), ones([2, 3])),
        message: /same last size/,
      },
      {
        call: () => F.scaled_dot_product_attention(ones([2, 3]), ones([2, 3]), ones([4, 3])),
        message: /as many values as keys/,
      },
      {
        call: () =>
          F.scaled_dot_product_attention(ones([2, 3]), ones([2, 3]), ones([2, 3]), {
            attn_mask: ones([2, 2]),
            is_causal: true,
          }),
        message: /exclude each other/,
      },
    ],
  }),
  defineSpec<Args>({
    name: "gradients of attention",
    ops: ["scaled_dot_product_attention", "scaled_dot_product_attention_backward"],
    call: withGradients,
    reference: referenceGradients,
    inputs: drawn(FULL_FLOATS, 90),
    smooth: { skip: "these are the gradients; the spec above differentiates the op" },
    tolerance: { ulps: 64, floor: 5e-4 },
    why: "sums of up to 90 products of size 10, which cancel, through five products of matrices",
  }),
];
