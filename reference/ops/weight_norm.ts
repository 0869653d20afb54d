import { array, build, indices, type NdArray, normalizeDim, offsetOf, stridesOf } from "../array.js";

/** Lengths of the parts of a weight. */

/**
 * The norms (Σ |v|^p)^(1/p) of the parts of v that lie behind each index of `dim`; dim −1: the norm of all of v.
 *
 * Shapes  v: [s0, s1, ...] → as many dims, 1 except `dim`; [] for dim −1
 * Throws  RangeError if dim is not one of v.
 * Source  torch.norm_except_dim.
 */
export function norm_except_dim(v: NdArray, pow = 2, dim = 0): NdArray {
  if (dim === -1) return array([total(v.data, pow)], [], v.dtype);
  const d = normalizeDim("norm_except_dim", dim, v.shape);
  const parts = Array.from({ length: v.shape[d] ?? 1 }, (): number[] => []);
  let flat = 0;
  for (const index of indices(v.shape)) parts[index[d] ?? 0]!.push(v.data[flat++]!);
  const shape = v.shape.map((size, at) => (at === d ? size : 1));
  return build(shape, v.dtype, (_, at) => total(parts[at]!, pow));
}

function total(values: Iterable<number>, pow: number): number {
  let sum = 0;
  for (const value of values) sum += Math.abs(value) ** pow;
  return sum ** (1 / pow);
}

/** v · g / norm_except_dim(v, 2, dim); g has the shape of the norms. Source: torch._weight_norm. */
export function weight_norm(v: NdArray, g: NdArray, dim = 0): NdArray {
  const norms = norm_except_dim(v, 2, dim);
  const strides = stridesOf(norms.shape);
  const factor = (index: readonly number[]): number => {
    const at =
      dim === -1
        ? 0
        : offsetOf(
            index.map((i, d) => (norms.shape[d] === 1 ? 0 : i)),
            strides,
          );
    return g.data[at]! / norms.data[at]!;
  };
  return build(v.shape, v.dtype, (index, flat) => v.data[flat]! * factor(index));
}
