import { broadcastTo, type NdArray, zip } from "../array.js";
import { dropout } from "../ops/dropout.js";

/**
 * The modules that drop parts of x in training; in evaluation each of them gives x. Masks are drawn apart, of `bernoulli`
 * with probability 1 − p; for p = 0 and p = 1 none is. Dropout itself is `dropout` of reference/ops.
 */

/**
 * Dropout of whole channels: x · mask / (1 − p).
 *
 * Shapes  x: [N, C, ...] or [C, ...], mask: the same with 1 for all dims behind the channels → that of x
 * Throws  RangeError if p is not in [0, 1].
 * Source  torch.nn.Dropout1d, Dropout2d, Dropout3d; Tompson et al. (2015).
 */
export function feature_dropout(x: NdArray, mask: NdArray, p: number): NdArray {
  return dropout(x, broadcastTo(mask, x.shape), p);
}

/** −λα of SELU, its value at −∞: what drops to it says as little as 0 says after relu. */
const ALPHA = 1.7580993408473766;

/**
 * Dropout to −α, then scaled and shifted so that mean 0 and variance 1 stay.
 *
 *     y = a·(x·m + α·(m − 1)) + a·α·p,   m the mask, a = ((1 − p)(1 + p·α²))^(−½)
 *
 * Shapes  x: [*], mask: that of x or, to drop whole channels, with 1 for all dims behind the first two → that of x
 * Special p = 1 gives 0 everywhere (x · 0: NaN and ±∞ give NaN).
 * Source  torch.nn.AlphaDropout, FeatureAlphaDropout; Klambauer et al. (2017).
 */
export function alpha_dropout(x: NdArray, mask: NdArray, p: number): NdArray {
  if (p === 1) return zip("alpha_dropout", x, mask, (v) => v * 0);
  const a = 1 / Math.sqrt((1 - p) * (1 + p * ALPHA ** 2));
  return zip("alpha_dropout", x, mask, (v, m) => a * (v * m + ALPHA * (m - 1)) + a * ALPHA * p);
}
