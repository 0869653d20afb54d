/** Complex numbers by length and angle. Source: torch.polar, torch.angle, torch.conj. */

import { broadcastShapes, broadcastTo, type DTypeName, floatResult, map, type NdArray } from "../array.js";
import { isComplex } from "./complex_parts.js";

/** abs · (cos angle + i sin angle); the two broadcast. float64 gives complex128, float32 complex64. */
export function polar(abs: NdArray, angle: NdArray): NdArray {
  const shape = broadcastShapes("polar", abs.shape, angle.shape);
  const [length, turn] = [broadcastTo(abs, shape).data, broadcastTo(angle, shape).data];
  const data = new Float64Array(2 * length.length);
  length.forEach((r, i) => {
    data[2 * i] = r * Math.cos(turn[i]!);
    data[2 * i + 1] = r * Math.sin(turn[i]!);
  });
  return { shape, dtype: abs.dtype === "float64" ? "complex128" : "complex64", data };
}

/** The angle of a complex number, in [−π, π]; of a real one 0, or π if it is negative, or NaN. −0 counts as 0. */
export function angle(x: NdArray): NdArray {
  if (!isComplex(x.dtype)) {
    return map(x, (v) => (Number.isNaN(v) ? v : v < 0 ? Math.PI : 0), floatResult(x.dtype));
  }
  const dtype: DTypeName = x.dtype === "complex128" ? "float64" : "float32";
  const data = Float64Array.from({ length: x.data.length / 2 }, (_, i) =>
    Math.atan2(x.data[2 * i + 1]!, x.data[2 * i]!),
  );
  return { shape: x.shape, dtype, data };
}

/** The imaginary part negated; real numbers as they are. */
export function conj(x: NdArray): NdArray {
  return isComplex(x.dtype) ? { ...x, data: x.data.map((v, i) => (i % 2 === 1 ? -v : v)) } : map(x, (v) => v);
}
