import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/nn/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { type Draw, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";
import { maskOf } from "../generators/arrays.js";

/** MultiheadAttention: masks of both kinds, sizes of keys and values, more keys, weights. */

const { nn, ones } = torch;
const EMBED = 4;

interface Options {
  readonly num_heads: number;
  readonly bias: boolean;
  readonly add_bias_kv: boolean;
  readonly add_zero_attn: boolean;
  readonly kdim: number | null;
  readonly vdim: number | null;
  readonly batch_first: boolean;
}
interface Call {
  readonly key_padding_mask: NdArray | null;
  readonly attn_mask: NdArray | null;
  readonly need_weights: boolean;
  readonly average_attn_weights: boolean;
}

const size = fc.constantFrom(null, null, 3);
const options: fc.Arbitrary<Options> = fc.record({
  num_heads: fc.constantFrom(1, 2, 4),
  bias: fc.boolean(),
  add_bias_kv: fc.boolean(),
  add_zero_attn: fc.boolean(),
  kdim: size,
  vdim: size,
  batch_first: fc.boolean(),
});

/** A mask of places that count; the first key always does, because a query without keys is NaN. */
export function boolMask(shape: readonly number[], seed: number): NdArray {
  const mask = maskOf(shape, seed);
  const keys = shape.at(-1)!;
  return { ...mask, data: mask.data.map((v, at) => (at % keys === 0 ? 0 : v)) };
}

/** No mask, one that is true where there is no way, or numbers to add. */
export function anyMask(shape: readonly number[], draw: Draw, seed: number): NdArray | null {
  return [null, boolMask(shape, seed), draw(shape)][Math.abs(seed) % 3]!;
}

/** Flags by the bits of a number. */
const bit = (seed: number, at: number): boolean => ((seed >> at) & 1) === 1;

function callOf(
  { num_heads }: Options,
  batch: number | null,
  steps: number,
  keys: number,
  draw: Draw,
  seed: number,
): Call {
  const perHead = [(batch ?? 1) * num_heads, steps, keys];
  return {
    key_padding_mask: anyMask(batch === null ? [keys] : [batch, keys], draw, seed >> 2),
    attn_mask: anyMask(bit(seed, 7) ? perHead : [steps, keys], draw, seed >> 4),
    need_weights: bit(seed, 8),
    average_attn_weights: bit(seed, 9),
  };
}

const bools = (...shape: number[]): Tensor => torch.zeros(shape, { dtype: torch.bool });
const x = (...shape: number[]): Tensor => ones(shape);

function errors(): ErrorCase[] {
  const of =
    (o: object, q: Tensor, k: Tensor, v: Tensor, call: object = {}) =>
    () =>
      new nn.MultiheadAttention(EMBED, 2, o)(q, k, v, call);
  const masked = (call: object) => of({}, x(2, 1, 4), x(3, 1, 4), x(3, 1, 4), call);
  const asserted = (call: () => unknown, message: RegExp): ErrorCase => ({ call, message, kind: "AssertionError" });
  return [
    asserted(() => new nn.MultiheadAttention(4, 3), /embed_dim must be divisible by num_heads/),
    asserted(of({}, x(2, 4), x(2, 3, 4), x(2, 3, 4)), /key and value must have 2 dims/),
    asserted(of({}, x(4), x(4), x(4)), /query should be unbatched 2D or batched 3D/),
    asserted(of({}, x(2, 1, 3), x(2, 1, 4), x(2, 1, 4)), /was expecting embedding dimension of 4/),
    asserted(of({}, x(2, 1, 4), x(3, 1, 4), x(2, 1, 4)), /key and value do not match/),
    asserted(of({ kdim: 3 }, x(2, 1, 4), x(3, 1, 4), x(3, 1, 4)), /key must have the size 3/),
    { call: of({}, x(2, 1, 4), x(3, 2, 4), x(3, 2, 4)), message: /batch size of the query, 1/ },
    { call: masked({ attn_mask: bools(2, 2) }), message: /the shape of attn_mask should be \[2, 3\]/ },
    { call: masked({ attn_mask: bools(3, 2, 3) }), message: /the shape of attn_mask should be \[2, 2, 3\]/ },
    asserted(masked({ attn_mask: bools(1, 1, 2, 3) }), /attn_mask must have 2 or 3 dims/),
    asserted(masked({ attn_mask: bools(2, 3).long() }), /Only float, byte, and bool types are supported for attn_mask/),
    asserted(masked({ key_padding_mask: bools(1, 2) }), /key_padding_mask must have the shape \[1, 3\]/),
    asserted(masked({ key_padding_mask: bools(3) }), /key_padding_mask must have 2 dims/),
    asserted(masked({ key_padding_mask: bools(1, 3).long() }), /only bool and floating types of key_padding_mask/),
    { call: of({}, x(2, 1, 4).double(), x(3, 1, 4).double(), x(3, 1, 4).double()), message: /same dtype/ },
  ];
}

const attention = moduleSpecs<[Options], [query: NdArray, key: NdArray, value: NdArray, call: Call]>({
  name: "MultiheadAttention",
  make: ({ num_heads, ...o }) => new nn.MultiheadAttention(EMBED, num_heads, o),
  configs: fc.tuple(options),
  inputs: ([o], draw, seed) => {
    const [steps, keys, batch] = [2, 3, 2];
    const batched = bit(seed, 0);
    const of = (n: number, features: number): NdArray =>
      draw(!batched ? [n, features] : o.batch_first ? [batch, n, features] : [n, batch, features]);
    const call = callOf(o, batched ? batch : null, steps, keys, draw, seed >> 1);
    return [of(steps, EMBED), of(keys, o.kdim ?? EMBED), of(keys, o.vdim ?? EMBED), call];
  },
  reference: (params, [o], query, key, value, call) =>
    ref.multi_head_attention_forward(params, query, key, value, { ...o, ...call }),
  tolerance: (q) => ({ ulps: 16, floor: 256 * epsilonOf(q) }),
  why: "four products of sums of at most 4 terms, and exponentials",
  skipSecond: "that of each of its ops",
  errors: errors(),
});

export const attentionModules: Spec[] = attention;
