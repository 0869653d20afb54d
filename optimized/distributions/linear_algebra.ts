import * as ref from "../../reference/distributions/linear_algebra.js";
import { Function, type FunctionContext } from "../autograd/function.js";
import { bool } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { broadcast_shapes, eye, tril } from "../ops/index.js";
import { onHost } from "./host.js";

/**
 * The matrix functions that densities need. Values: reference/distributions/linear_algebra.ts, in float64; the gradients
 * are written with ops, so they can be differentiated again.
 */

class Cholesky extends Function {
  static override forward(ctx: FunctionContext, a: Tensor): Tensor {
    const l = onHost(ref.cholesky, [a]);
    ctx.save_for_backward(l);
    return l;
  }
  // A = L Lᵀ  ⇒  gA = L⁻ᵀ Φ(Lᵀ gL) L⁻¹, made symmetric; Φ takes the lower triangle with half the diagonal.
  static override backward(ctx: FunctionContext, grad: Tensor): Tensor {
    const l = ctx.saved_tensors[0]!;
    const product = l.mT.matmul(grad);
    const half = tril(product).sub(product.diagonal({ dim1: -2, dim2: -1 }).mul(0.5).diag_embed());
    const left = solve_triangular(l.mT, half, true); // L⁻ᵀ Φ
    const g = solve_triangular(l.mT, left.mT, true).mT; // ... L⁻¹
    return g.add(g.mT).mul(0.5);
  }
}

/** L with L Lᵀ = a; a TorchError if a matrix of the batch is not positive-definite. Source: torch.linalg.cholesky. */
export function cholesky(a: Tensor): Tensor {
  return Cholesky.apply(a);
}

class SolveTriangular extends Function {
  static override forward(ctx: FunctionContext, a: Tensor, b: Tensor, upper: boolean): Tensor {
    const x = onHost((matrix, right) => ref.solve_triangular(matrix, right, upper), [a, b], { shape: b.shape });
    ctx.upper = upper;
    ctx.save_for_backward(a, x);
    return x;
  }
  // A X = B  ⇒  gB = A⁻ᵀ gX,  gA = −gB Xᵀ within the triangle
  static override backward(ctx: FunctionContext, grad: Tensor): (Tensor | null)[] {
    const [a, x] = ctx.saved_tensors as [Tensor, Tensor];
    const upper = ctx.upper as boolean;
    const gb = solve_triangular(a.mT, grad, !upper);
    const full = gb.matmul(x.mT).neg();
    return [upper ? full.triu() : full.tril(), gb, null];
  }
}

/** Both with the batch to which they broadcast. */
function sameBatch(a: Tensor, b: Tensor): [a: Tensor, b: Tensor] {
  const batch = broadcast_shapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [a.expand([...batch, ...a.shape.slice(-2)]), b.expand([...batch, ...b.shape.slice(-2)])];
}

/** X with a X = b for triangular `a`; batches broadcast. Source: torch.linalg.solve_triangular. */
export function solve_triangular(a: Tensor, b: Tensor, upper = false): Tensor {
  return SolveTriangular.apply(...sameBatch(a, b), upper);
}

const identityLike = (a: Tensor): Tensor => eye(a.shape.at(-1)!, { dtype: a.dtype, device: a.device });

class CholeskySolve extends Function {
  static override forward(ctx: FunctionContext, b: Tensor, l: Tensor): Tensor {
    const x = solve_triangular(l.mT, solve_triangular(l, b), true);
    ctx.save_for_backward(l, x);
    return x;
  }
  // L Lᵀ X = B  ⇒  gB = (L Lᵀ)⁻¹ gX,  gL = −(gB Xᵀ + X gBᵀ) L: of the whole of L, as in PyTorch
  static override backward(ctx: FunctionContext, grad: Tensor): Tensor[] {
    const [l, x] = ctx.saved_tensors as [Tensor, Tensor];
    const gb = cholesky_solve(grad, l);
    const product = gb.matmul(x.mT);
    return [gb, product.add(product.mT).matmul(l).neg()];
  }
}

/** X with L Lᵀ X = b; batches broadcast. Source: torch.cholesky_solve. */
export function cholesky_solve(b: Tensor, l: Tensor): Tensor {
  return CholeskySolve.apply(...sameBatch(b, l));
}

/** (L Lᵀ)⁻¹. Source: torch.cholesky_inverse. */
export function cholesky_inverse(l: Tensor): Tensor {
  return cholesky_solve(identityLike(l), l);
}

/** The Cholesky factor of P⁻¹. */
export function precision_to_scale_tril(precision: Tensor): Tensor {
  const flipped = cholesky(precision.flip(-2, -1));
  return solve_triangular(flipped.flip(-2, -1).mT, identityLike(precision));
}

class Inverse extends Function {
  static override forward(ctx: FunctionContext, a: Tensor): Tensor {
    const inverse = onHost(ref.inverse, [a]);
    ctx.save_for_backward(inverse);
    return inverse;
  }
  // gA = −A⁻ᵀ gX A⁻ᵀ
  static override backward(ctx: FunctionContext, grad: Tensor): Tensor {
    const transposed = ctx.saved_tensors[0]!.mT;
    return transposed.matmul(grad).matmul(transposed).neg();
  }
}

class LogAbsDet extends Function {
  static override forward(ctx: FunctionContext, a: Tensor): Tensor {
    ctx.save_for_backward(a);
    return onHost(ref.logabsdet, [a], { shape: a.shape.slice(0, -2) });
  }
  // d log|det A| = tr(A⁻¹ dA)  ⇒  gA = g A⁻ᵀ
  static override backward(ctx: FunctionContext, grad: Tensor): Tensor {
    return Inverse.apply(ctx.saved_tensors[0]!).mT.mul(grad.unsqueeze(-1).unsqueeze(-1));
  }
}

/** log|det a|. Source: torch.linalg.slogdet(a).logabsdet. */
export function logabsdet(a: Tensor): Tensor {
  return LogAbsDet.apply(a);
}

/** The eigenvalues of symmetric matrices, ascending; without gradient. */
export function eigvalsh(a: Tensor): Tensor {
  return onHost(ref.eigvalsh, [a], { shape: a.shape.slice(0, -1) });
}

/** Whether each matrix has a Cholesky factor. */
export function isPositiveDefinite(a: Tensor): Tensor {
  return onHost(ref.is_positive_definite, [a], { shape: a.shape.slice(0, -2), dtype: bool });
}
