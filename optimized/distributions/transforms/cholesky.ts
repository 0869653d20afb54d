import { ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { constant_pad_nd, eye, finfo } from "../../ops/index.js";
import { softplus } from "../../ops/activation.js";
import { slice } from "../../ops/getitem.js";
import {
  type Constraint,
  corr_cholesky,
  independent,
  lower_cholesky,
  real,
  real_vector,
} from "../constraints/index.js";
import { oneMinus, type Shape, tril_matrix_to_vec, vec_to_tril_matrix } from "../utils.js";
import { Transform } from "./transform.js";

/** Transforms to Cholesky factors. */

/**
 * Any matrix to a lower triangular one with a positive diagonal: exp of the diagonal, zeros above. Source:
 * torch.distributions.transforms.LowerCholeskyTransform.
 */
export class LowerCholeskyTransform extends Transform {
  get domain(): Constraint {
    return independent(real, 2);
  }
  get codomain(): Constraint {
    return lower_cholesky;
  }
  override equals(other: unknown): boolean {
    return other instanceof LowerCholeskyTransform;
  }
  override _call(x: Tensor): Tensor {
    return x.tril(-1).add(x.diagonal({ dim1: -2, dim2: -1 }).exp().diag_embed());
  }
  override _inverse(y: Tensor): Tensor {
    return y.tril(-1).add(y.diagonal({ dim1: -2, dim2: -1 }).log().diag_embed());
  }
}

/** One column to the right, with ones in the first. */
const shifted = (x: Tensor): Tensor => constant_pad_nd(x.index("...", slice(null, -1)), [1, 0], 1);

/**
 * n(n − 1)/2 numbers to the Cholesky factor of a correlation matrix of size n. With r the tanh of the numbers in a lower
 * triangle, by rows, and ones on the diagonal:
 *
 *     y_ij = r_ij √Π_{k<j} (1 − r_ik²)
 *
 * Source  torch.distributions.transforms.CorrCholeskyTransform; Lewandowski, Kurowicka & Joe (2009).
 */
export class CorrCholeskyTransform extends Transform {
  get domain(): Constraint {
    return real_vector;
  }
  get codomain(): Constraint {
    return corr_cholesky;
  }
  override get bijective(): boolean {
    return true;
  }
  override _call(x: Tensor): Tensor {
    const { eps } = finfo(x.dtype);
    const r = vec_to_tril_matrix(x.tanh().clamp({ min: -1 + eps, max: 1 - eps }), -1);
    const left = oneMinus(r.pow(2)).sqrt().cumprod(-1);
    return r.add(eye(r.shape.at(-1)!, { dtype: r.dtype, device: r.device })).mul(shifted(left));
  }
  override _inverse(y: Tensor): Tensor {
    const left = shifted(oneMinus(y.mul(y).cumsum(-1)));
    const t = tril_matrix_to_vec(y, -1).div(tril_matrix_to_vec(left, -1).sqrt());
    return t.add(1).div(oneMinus(t)).log().div(2);
  }
  override log_abs_det_jacobian(x: Tensor, y: Tensor): Tensor {
    const left = oneMinus(y.mul(y).cumsum(-1));
    const ofSticks = tril_matrix_to_vec(left, -2).log().sum(-1).mul(0.5);
    const ofTanh = x
      .add(softplus(x.mul(-2)))
      .sub(Math.LN2)
      .sum(-1)
      .mul(-2);
    return ofSticks.add(ofTanh);
  }
  override forward_shape(shape: Shape): Shape {
    if (shape.length < 1) throw new ValueError("CorrCholeskyTransform", "Too few dimensions on input");
    const count = shape.at(-1)!;
    const n = Math.round(Math.sqrt(0.25 + 2 * count) + 0.5);
    if ((n * (n - 1)) / 2 !== count) {
      throw new ValueError("CorrCholeskyTransform", "Input is not a flattend lower-diagonal number");
    }
    return [...shape.slice(0, -1), n, n];
  }
  override inverse_shape(shape: Shape): Shape {
    if (shape.length < 2) throw new ValueError("CorrCholeskyTransform", "Too few dimensions on input");
    const n = shape.at(-1)!;
    if (shape.at(-2) !== n) throw new ValueError("CorrCholeskyTransform", "Input is not square");
    return [...shape.slice(0, -2), (n * (n - 1)) / 2];
  }
}
