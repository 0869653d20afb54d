import { full, type NdArray } from "../array.js";
import { cat, stack } from "../ops/rearrange.js";
import { narrow, select } from "../ops/shape.js";

/** Runs a recurrent layer over one sequence [L, I] from states [layers, H]: the output [L, O] and the states at the end. */
export type RunSequence = (
  x: NdArray,
  state: readonly NdArray[] | null,
) => readonly [output: NdArray, ...end: NdArray[]];

/**
 * A recurrent layer over sequences of different lengths: each as if it were alone.
 *
 * Shapes  x: [L, N, I], of which sequence n has the first lengths[n] steps; state: [layers, N, H] each, or null
 *         → output: [longest, N, O], 0 behind the end of a sequence; the states after its last step: as state
 * Source  torch.nn.utils.rnn.pack_padded_sequence, then the layer, then pad_packed_sequence.
 */
export function run_packed(
  run: RunSequence,
  x: NdArray,
  lengths: readonly number[],
  state: readonly NdArray[] | null = null,
): [output: NdArray, ...end: NdArray[]] {
  const longest = Math.max(...lengths);
  const results = lengths.map((length, n) => {
    const own = state?.map((s) => select(s, 1, n)) ?? null;
    const [output, ...end] = run(narrow(select(x, 1, n), 0, 0, length), own);
    const behind = full([longest - length, output.shape[1]!], 0, x.dtype);
    return [cat([output, behind]), ...end];
  });
  return results[0]!.map((_, k) =>
    stack(
      results.map((r) => r[k]!),
      1,
    ),
  ) as [NdArray, ...NdArray[]];
}
