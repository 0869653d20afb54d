/**
 * Numbers as Python writes them: `{:.4f}`, `{:.4e}` and `repr(float)`.
 *
 * JavaScript's own `toFixed` and `toExponential` round exact ties up (0.125 at 2 places gives 0.13, in Python 0.12), drop
 * the sign of -0, switch notation at 1e21 and stop at 100 places. Every double is an integer times a power of two, so
 * here it is scaled and rounded as a bigint: exact at any size and precision.
 */

const bits = new DataView(new ArrayBuffer(8));

/** |x| = mantissa · 2^exponent, exactly, for finite x. */
function decompose(x: number): { mantissa: bigint; exponent: number } {
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xf_ffff_ffff_ffffn;
  return biased === 0 // zero and subnormals have no hidden bit
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** |x| · 10^places, rounded to an integer, ties to even. */
function scaledToInteger(x: number, places: number): bigint {
  const { mantissa, exponent } = decompose(x);
  let numerator = mantissa;
  let denominator = 1n;
  if (places >= 0) numerator *= 10n ** BigInt(places);
  else denominator *= 10n ** BigInt(-places);
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  const quotient = numerator / denominator;
  const twiceRest = 2n * (numerator - quotient * denominator);
  const up = twiceRest > denominator || (twiceRest === denominator && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

const signOf = (x: number): string => (x < 0 || Object.is(x, -0) ? "-" : "");
/** "nan" (never with a sign), "inf", "-inf"; null for a finite number. */
const nonFinite = (x: number): string | null =>
  Number.isFinite(x) ? null : Number.isNaN(x) ? "nan" : `${signOf(x)}inf`;

/** "12345" with 2 places is "123.45"; no point with 0 places. */
const withPoint = (digits: string, places: number): string =>
  places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;

/** "e-05": a sign and at least two digits. */
const exponentText = (e: number): string => `e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;

/** Python's `{:.<precision>f}`. */
export function formatFixed(x: number, precision: number): string {
  const special = nonFinite(x);
  if (special !== null) return special;
  const digits = scaledToInteger(x, precision)
    .toString()
    .padStart(precision + 1, "0");
  return signOf(x) + withPoint(digits, precision);
}

/** Python's `{:.<precision>e}`. */
export function formatScientific(x: number, precision: number): string {
  const special = nonFinite(x);
  if (special !== null) return special;
  if (x === 0) return signOf(x) + withPoint("0".repeat(precision + 1), precision) + exponentText(0);
  // Start at or just below the exponent (1e-9 is far above the error of log10): an exponent too low shows as one digit too
  // many, and so does a carry (9.99996 to 10.0000). One too high would go unseen.
  let e = Math.floor(Math.log10(Math.abs(x)) - 1e-9);
  let digits = scaledToInteger(x, precision - e).toString();
  while (digits.length > precision + 1) {
    e += 1;
    digits = scaledToInteger(x, precision - e).toString();
  }
  return signOf(x) + withPoint(digits, precision) + exponentText(e);
}

/** Python's `repr(float)`: the shortest text that reads back as x, always with a point or an exponent ("1.0", "1e-05"). */
export function formatFloatRepr(x: number): string {
  const special = nonFinite(x);
  if (special !== null) return special;
  const [digits, exponent] = Math.abs(x).toExponential().split("e") as [string, string]; // toExponential() has one "e"
  const e = Number(exponent);
  if (e < -4 || e >= 16) return signOf(x) + digits + exponentText(e);
  return signOf(x) + String(Math.abs(x)) + (Number.isInteger(x) ? ".0" : "");
}
