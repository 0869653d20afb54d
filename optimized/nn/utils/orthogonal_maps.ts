import { orthonormal_columns, reflectors } from "../../../reference/nn/orthogonal.js";
import type { NdArray } from "../../../reference/array.js";
import { storeNdArray, toNdArray } from "../../backends/reference.js";
import { cpu } from "../../core/device.js";
import type { Tensor } from "../../core/tensor.js";
import { detach } from "../../ops/autograd.js";
import { eye, zerosTensor } from "../../ops/creation.js";
import { amax } from "../../ops/extremum.js";
import { cat } from "../../ops/join.js";
import { matmul } from "../../ops/matmul.js";
import { abs, add, div, mul, sub } from "../../ops/pointwise.js";
import { sum } from "../../ops/reduce.js";
import { diagonal } from "../../ops/strided_views.js";
import { emptyTensor } from "../../ops/support.js";
import { transfer } from "../../ops/transfer.js";
import { tril } from "../../ops/triangle.js";
import { item } from "../../ops/values.js";
import { narrow, reshape, transpose, unsqueeze } from "../../ops/views.js";

/** Maps from matrices to orthogonal ones, composed of differentiable ops; matrices are the last two dims. */

const identity = (n: number, { dtype, device }: Tensor) => eye(n, { dtype, device });

/** Terms of the series: 1/19! is below the rounding of a sum of about 1. */
const TERMS = 18;

/** e^A by its series for A / 2^s of norm at most 1, squared s times. */
export function exponential(a: Tensor): Tensor {
  const size = a._numel === 0 ? 0 : Number(item(amax(sum(abs(detach(a)), -1))));
  const halvings = size > 1 && Number.isFinite(size) ? Math.ceil(Math.log2(size)) : 0;
  const x = div(a, 2 ** halvings);
  const one = identity(a.shape.at(-1)!, a);
  let result = one;
  for (let k = TERMS; k > 0; k--) result = add(one, div(matmul(x, result), k));
  for (let i = 0; i < halvings; i++) result = matmul(result, result);
  return result;
}

/**
 * (I − A/2)⁻¹ (I + A/2), by elimination. A is skew-symmetric, so the symmetric part of I − A/2 is I: no pivoting is
 * needed.
 */
export function cayley(a: Tensor): Tensor {
  const n = a.shape.at(-1)!;
  const one = identity(n, a);
  const half = div(a, 2);
  let both = cat([sub(one, half), add(one, half)], -1);
  for (let k = 0; k < n; k++) {
    const column = narrow(both, -1, k, 1);
    const row = div(narrow(both, -2, k, 1), narrow(column, -2, k, 1));
    both = sub(both, matmul(sub(column, narrow(one, -1, k, 1)), row)); // row k becomes `row`
  }
  return narrow(both, -1, n, n);
}

/** The first columns of the product of the reflectors whose vectors are the columns of `x` below its diagonal. */
export function householder(x: Tensor): Tensor {
  const [n, k] = x.shape.slice(-2) as [number, number];
  const below = tril(x, -1);
  const start = narrow(identity(n, x), -1, 0, k);
  const tau = div(2, add(sum(mul(below, below), -2), 1));
  let q: Tensor = start;
  for (let j = k - 1; j >= 0; j--) {
    const v = add(narrow(below, -1, j, 1), narrow(start, -1, j, 1));
    q = sub(q, mul(unsqueeze(narrow(tau, -1, j, 1), -1), matmul(v, matmul(transpose(v, -2, -1), q))));
  }
  return mul(q, unsqueeze(detach(diagonal(x, 0, -2, -1)), -2)); // the diagonal holds signs
}

/** `f` of every matrix of `x`, outside the graph. */
function eachMatrix(x: Tensor, f: (matrix: NdArray) => NdArray): Tensor {
  const host = transfer(detach(x), cpu);
  const shape = x.shape.slice(-2);
  const size = shape[0]! * shape[1]!;
  const { data, dtype } = toNdArray(host);
  const results = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += size) {
    results.set(f({ shape, dtype, data: data.slice(at, at + size) }).data, at);
  }
  const out = emptyTensor(x.shape, x.dtype, cpu);
  storeNdArray({ shape: x.shape, dtype, data: results }, out);
  return transfer(out, x.device);
}

/** The Q of x = Q R with a positive diagonal of R. */
export function orthogonalized(x: Tensor): Tensor {
  return eachMatrix(x, orthonormal_columns);
}

/** What `householder` maps to `q`, which has orthonormal columns. */
export function householderInverse(q: Tensor): Tensor {
  return eachMatrix(q, (matrix) => {
    const { factors, tau } = reflectors(matrix);
    const k = matrix.shape[1]!;
    tau.forEach((t, j) => {
      const at = j * k + j;
      factors.data[at] = Math.sign(factors.data[at]!) * (t === 0 ? -1 : 1); // without reflector there is one of −1
    });
    return factors;
  });
}

/** A square matrix: `x` with columns of 0 behind it. */
export function squared(x: Tensor): Tensor {
  const [n, k] = x.shape.slice(-2) as [number, number];
  return n === k ? x : cat([x, zerosTensor([...x.shape.slice(0, -1), n - k], x.dtype, x.device)], -1);
}

/** Minus the identity, with the shape of `like`. */
export function minusIdentity(like: Tensor): Tensor {
  const [n, k] = like.shape.slice(-2) as [number, number];
  const zeros = zerosTensor(like.shape, like.dtype, like.device);
  return sub(zeros, reshape(eye(n, k, { dtype: like.dtype, device: like.device }), [n, k]));
}
