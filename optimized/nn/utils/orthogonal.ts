import { no_grad } from "../../autograd/grad_mode.js";
import { finfo } from "../../core/dtype_info.js";
import { DtypeError, NotImplementedError, ValueError } from "../../core/errors.js";
import { sameShape } from "../../core/strides.js";
import { Tensor } from "../../core/tensor.js";
import { allclose } from "../../ops/closeness.js";
import { clone, contiguous } from "../../ops/copy.js";
import { eye } from "../../ops/creation.js";
import { cat } from "../../ops/join.js";
import { matmul } from "../../ops/matmul.js";
import { sub } from "../../ops/pointwise.js";
import { randn } from "../../ops/random.js";
import { tril } from "../../ops/triangle.js";
import { narrow, transpose } from "../../ops/views.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { Module } from "../module.js";
import { fieldOf } from "../module_state.js";
import {
  cayley,
  exponential,
  householder,
  householderInverse,
  minusIdentity,
  orthogonalized,
  squared,
} from "./orthogonal_maps.js";
import { register_parametrization } from "./parametrize.js";

export type OrthogonalMap = "matrix_exp" | "cayley" | "householder";
const MAPS: readonly string[] = ["matrix_exp", "cayley", "householder"];

const turned = (x: Tensor): Tensor => transpose(x, -2, -1);

class _Orthogonal extends Module {
  shape: readonly number[];
  orthogonal_map: OrthogonalMap;
  declare base: Tensor | null | undefined;

  constructor(weight: Tensor, orthogonal_map: OrthogonalMap, use_trivialization: boolean) {
    super();
    if (weight.dtype.is_complex) throw new DtypeError("orthogonal", `expected a real weight; got ${weight.dtype}`);
    this.shape = weight.shape;
    this.orthogonal_map = orthogonal_map;
    if (use_trivialization) this.register_buffer("base", null);
  }

  override forward(weight: Tensor): Tensor {
    const wide = weight.shape.at(-2)! < weight.shape.at(-1)!;
    const q = this.mapped(wide ? turned(weight) : weight);
    const moved = this.base == null ? q : matmul(this.base, q);
    return wide ? turned(moved) : moved;
  }

  /** The map of a tall matrix. */
  private mapped(x: Tensor): Tensor {
    if (this.orthogonal_map === "householder") return householder(x);
    const lower = squared(tril(x));
    const skew = sub(lower, turned(lower));
    const q = this.orthogonal_map === "cayley" ? cayley(skew) : exponential(skew);
    return narrow(q, -1, 0, x.shape.at(-1)!);
  }

  right_inverse(value: Tensor): Tensor {
    if (!sameShape(value.shape, this.shape)) {
      throw new ValueError(
        "right_inverse",
        `Expected a matrix or batch of matrices of shape [${this.shape.join(", ")}]. Got a tensor of shape [${value.shape.join(", ")}].`,
      );
    }
    const wide = value.shape.at(-2)! < value.shape.at(-1)!;
    const q = wide ? turned(value) : value;
    return no_grad(() => {
      if (this.base !== undefined) {
        this.base = completed(q);
        return minusIdentity(value);
      }
      if (this.orthogonal_map !== "householder") {
        throw new NotImplementedError(
          "right_inverse",
          "It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False.",
        );
      }
      const x = householderInverse(q);
      return wide ? contiguous(turned(x)) : x;
    });
  }
}

/** A square orthogonal matrix that begins with the columns of `q`, made orthonormal. */
function completed(q: Tensor): Tensor {
  const [n, k] = q.shape.slice(-2) as [number, number];
  if (n === k) return isOrthogonal(q) ? clone(q) : orthogonalized(q);
  const others = randn([...q.shape.slice(0, -2), n, n - k], { dtype: q.dtype, device: q.device });
  return orthogonalized(cat([q, others], -1));
}

function isOrthogonal(q: Tensor): boolean {
  const n = q.shape.at(-1)!;
  const product = matmul(turned(q), q);
  const one = eye(n, { dtype: q.dtype, device: q.device });
  return allclose(product, one.expand(product.shape), { atol: 10 * n * finfo(q.dtype).eps });
}

const orthogonalArguments = signature<
  [name?: string, orthogonal_map?: OrthogonalMap | null, use_trivialization?: boolean]
>()("orthogonal", 0, ["name", "orthogonal_map", "use_trivialization"]);

/**
 * Keeps the matrix `name` ("weight") orthogonal: it becomes a map of an unconstrained matrix X, of which A = X − Xᵀ (of
 * the lower triangle) is skew-symmetric.
 *
 *     matrix_exp  e^A      cayley  (I − A/2)⁻¹ (I + A/2)      householder  the product of reflectors in X
 *
 * The default is matrix_exp for square matrices, else householder. With use_trivialization the map is multiplied by a
 * buffer, `base`, so that it starts at the weight, made orthogonal.
 *
 * Source  torch.nn.utils.parametrizations.orthogonal; Lezcano-Casado (2019).
 */
export function orthogonal<M extends Module>(module: M, ...args: ArgumentsOf<typeof orthogonalArguments>): M {
  const { name = "weight", orthogonal_map, use_trivialization = true } = orthogonalArguments(args);
  const weight = fieldOf(module, name);
  if (!(weight instanceof Tensor)) {
    throw new ValueError("orthogonal", `Module '${String(module)}' has no parameter or buffer with name '${name}'`);
  }
  if (weight.ndim < 2) {
    throw new ValueError(
      "orthogonal",
      `Expected a matrix or batch of matrices. Got a tensor of ${weight.ndim} dimensions.`,
    );
  }
  const usual = weight.shape.at(-2) === weight.shape.at(-1) ? "matrix_exp" : "householder";
  const map = orthogonal_map ?? usual;
  if (!MAPS.includes(map)) {
    throw new ValueError(
      "orthogonal",
      `orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: ${String(map)}`,
    );
  }
  return register_parametrization(module, name, new _Orthogonal(weight, map, use_trivialization), { unsafe: true });
}
