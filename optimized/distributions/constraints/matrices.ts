import { bool } from "../../core/dtype.js";
import type { Tensor } from "../../core/tensor.js";
import { finfo, full, isclose } from "../../ops/index.js";
import { eigvalsh, isPositiveDefinite } from "../linear_algebra.js";
import { allTrue } from "../utils.js";
import { Constraint } from "./constraint.js";

/** Regions of matrices: the last two dims are one event. */

abstract class MatrixConstraint extends Constraint {
  override get event_dim(): number {
    return 2;
  }
}

const isLowerTriangular = (value: Tensor): Tensor => value.tril().eq(value).all(-1).all(-1);

/** Zeros above the diagonal. */
export class LowerTriangularConstraint extends MatrixConstraint {
  check(value: Tensor): Tensor {
    return isLowerTriangular(value);
  }
}

/** Lower triangular with a positive diagonal. */
export class LowerCholeskyConstraint extends MatrixConstraint {
  check(value: Tensor): Tensor {
    return isLowerTriangular(value).logical_and(value.diagonal({ dim1: -2, dim2: -1 }).gt(0).all(-1));
  }
}

/** Cholesky factors of correlation matrices: lower triangular, positive diagonal, rows of norm 1. */
export class CorrCholeskyConstraint extends LowerCholeskyConstraint {
  override check(value: Tensor): Tensor {
    const tolerance = finfo(value.dtype).eps * value.shape.at(-1)! * 10;
    const norms = value.detach().square().sum(-1).sqrt();
    return super.check(value).logical_and(norms.sub(1).abs().le(tolerance).all(-1));
  }
}

/** As many rows as columns. */
export class SquareConstraint extends MatrixConstraint {
  check(value: Tensor): Tensor {
    const [rows, columns] = value.shape.slice(-2);
    return full(value.shape.slice(0, -2), rows === columns, { dtype: bool, device: value.device });
  }
}

/** Equal to its transpose, up to 1e-6. */
export class SymmetricConstraint extends SquareConstraint {
  override check(value: Tensor): Tensor {
    const square = super.check(value);
    if (!allTrue(square)) return square;
    return isclose(value, value.mT, { atol: 1e-6 }).all(-2).all(-1);
  }
}

/** Symmetric with eigenvalues >= 0. */
export class PositiveSemidefiniteConstraint extends SymmetricConstraint {
  override check(value: Tensor): Tensor {
    const symmetric = super.check(value);
    return allTrue(symmetric) ? eigvalsh(value).ge(0).all(-1) : symmetric;
  }
}

/** Symmetric with eigenvalues > 0. */
export class PositiveDefiniteConstraint extends SymmetricConstraint {
  override check(value: Tensor): Tensor {
    const symmetric = super.check(value);
    return allTrue(symmetric) ? isPositiveDefinite(value) : symmetric;
  }
}
