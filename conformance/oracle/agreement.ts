/** When two numbers agree, and which element of a tensor agrees least (FORMAT.md, "Agreement"). */
import { coordinates, type Elements, isComplex } from "./elements.js";
import { numel, type TensorValue } from "./values.js";

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** Where and how a result disagrees; `index` and the numbers are those of the worst element. */
export interface Difference {
  readonly path: string;
  readonly why: string;
  readonly index?: readonly number[];
  readonly got?: string;
  readonly want?: string;
  readonly abs?: number;
  readonly rel?: number;
}

export const EXACT: Tolerance = { rtol: 0, atol: 0 };

export function numberAgrees(got: number, want: number, tol: Tolerance): boolean {
  if (Number.isNaN(want)) return Number.isNaN(got);
  if (got === want) return true; // also equal infinities, and zeros of either sign
  return Number.isFinite(want) && Math.abs(got - want) <= tol.atol + tol.rtol * Math.abs(want);
}

/** By modulus; a number with a NaN part is NaN; where one part is infinite, each part is compared alone. */
export function complexAgrees(gotRe: number, gotIm: number, wantRe: number, wantIm: number, tol: Tolerance): boolean {
  const gotNaN = Number.isNaN(gotRe) || Number.isNaN(gotIm);
  if (Number.isNaN(wantRe) || Number.isNaN(wantIm)) return gotNaN;
  if (gotNaN) return false;
  if (gotRe === wantRe && gotIm === wantIm) return true;
  if (!Number.isFinite(wantRe) || !Number.isFinite(wantIm))
    return numberAgrees(gotRe, wantRe, tol) && numberAgrees(gotIm, wantIm, tol);
  return Math.hypot(gotRe - wantRe, gotIm - wantIm) <= tol.atol + tol.rtol * Math.hypot(wantRe, wantIm);
}

/** Integers and bools are exact, unless atol >= 1 (8-bit images). */
export function elementTolerance(dtype: string, tol: Tolerance): Tolerance {
  const approximate = isComplex(dtype) || /^b?float/.test(dtype) || (tol.atol >= 1 && dtype !== "bool");
  return approximate ? tol : EXACT;
}

/** Each element of `got` agrees with that of one of `accepted`; the first of them is the recorded result. */
export function compareElements(
  got: Elements,
  accepted: readonly Elements[],
  want: TensorValue,
  tol: Tolerance,
  path: string,
): Difference | null {
  const width = isComplex(want.dtype) ? 2 : 1;
  const count = numel(want.shape);
  let bad = 0;
  let worst = { at: -1, abs: -1 };
  for (let i = 0; i < count; i++) {
    if (accepted.some((other) => elementAgrees(got, other, i, width, tol))) continue;
    bad++;
    const abs = distance(got, accepted[0]!, i, width);
    if (abs > worst.abs || worst.at < 0) worst = { at: i, abs };
  }
  if (bad === 0) return null;
  const show = (e: Elements): string =>
    width === 2 ? `${e[2 * worst.at]}+${e[2 * worst.at + 1]}j` : String(e[worst.at]);
  const size = magnitude(accepted[0]!, worst.at, width);
  return {
    path,
    why: `${bad} of ${count} elements of ${want.dtype}[${want.shape}] differ`,
    index: coordinates(worst.at, want.shape),
    got: show(got),
    want: show(accepted[0]!),
    abs: worst.abs,
    rel: worst.abs / size,
  };
}

function elementAgrees(got: Elements, want: Elements, i: number, width: number, tol: Tolerance): boolean {
  if (width === 2) {
    return complexAgrees(Number(got[2 * i]), Number(got[2 * i + 1]), Number(want[2 * i]), Number(want[2 * i + 1]), tol);
  }
  if (tol === EXACT && typeof want[i] === "bigint") return got[i] === want[i]; // as doubles, neighbours beyond 2^53 are equal
  return numberAgrees(Number(got[i]), Number(want[i]), tol);
}

function distance(got: Elements, want: Elements, i: number, width: number): number {
  const d =
    width === 2
      ? Math.hypot(Number(got[2 * i]) - Number(want[2 * i]), Number(got[2 * i + 1]) - Number(want[2 * i + 1]))
      : Math.abs(Number(got[i]) - Number(want[i]));
  return Number.isNaN(d) ? Infinity : d;
}

const magnitude = (e: Elements, i: number, width: number): number =>
  width === 2 ? Math.hypot(Number(e[2 * i]), Number(e[2 * i + 1])) : Math.abs(Number(e[i]));
