import type { DTypeName, NdArray } from "../../reference/array.js";
import { readElement, typedView, writeElement } from "../core/elements.js";
import type { Tensor } from "../core/tensor.js";

/** Between tensors and the arrays of `reference/`: float64 values, exact for integers up to 2^53. */

/** Positions of all elements of a strided tensor, relative to its storage, in row-major order. */
export function* positions(t: Tensor): Generator<number> {
  const { shape, _strides: strides } = t;
  if (t._numel === 0) return;
  const index = new Array<number>(shape.length).fill(0);
  let at = t._offset;
  for (;;) {
    yield at;
    let d = shape.length - 1;
    for (; d >= 0; d--) {
      at += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      at -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

/** The values of `t`; complex numbers as pairs of entries. */
export function toNdArray(t: Tensor): NdArray {
  const { dtype } = t;
  const view = typedView(t._storage, dtype);
  const width = dtype.is_complex ? 2 : 1;
  const data = new Float64Array(t._numel * width);
  let n = 0;
  for (const at of positions(t)) {
    const value = readElement(view, dtype, at);
    if (typeof value === "object") {
      data[n++] = value[0];
      data[n++] = value[1];
    } else {
      data[n++] = Number(value);
    }
  }
  return { shape: t.shape, dtype: dtype.name as DTypeName, data };
}

/** Writes `array` to `out`, each value rounded or wrapped once to the dtype of `out`. */
export function storeNdArray(array: NdArray, out: Tensor): void {
  const { dtype } = out;
  const view = typedView(out._storage, dtype);
  let n = 0;
  for (const at of positions(out)) {
    writeElement(view, dtype, at, dtype.is_complex ? [array.data[2 * n]!, array.data[2 * n + 1]!] : array.data[n]!);
    n++;
  }
}

/** Every second entry of a complex array, from `first` on; other arrays as they are. */
function part<T>(x: T, first: 0 | 1): T {
  const array = x as NdArray | null;
  if (array === null || typeof array !== "object" || !array.dtype.startsWith("complex")) return x;
  const dtype: DTypeName = array.dtype === "complex64" ? "float32" : "float64";
  return { shape: array.shape, dtype, data: array.data.filter((_, i) => i % 2 === first) } as T;
}

/** `f` of real arrays for complex ones, where it works on real and imaginary parts alike. */
export function eachPart<Ins extends readonly unknown[]>(
  ins: Ins,
  f: (ins: Ins) => NdArray | readonly NdArray[],
): NdArray | readonly NdArray[] {
  const complex = ins.find((x) => (x as NdArray | null)?.dtype?.startsWith("complex")) as NdArray | undefined;
  if (complex === undefined) return f(ins);
  const [re, im] = ([0, 1] as const).map((first) => f(ins.map((x) => part(x, first)) as unknown as Ins) as NdArray);
  return {
    ...re!,
    dtype: complex.dtype,
    data: new Float64Array(re!.data.length * 2).map((_, i) => (i % 2 === 0 ? re : im)!.data[i >> 1]!),
  };
}
