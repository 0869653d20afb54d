import { ValueError } from "../core/errors.js";
import { no_grad } from "../autograd/grad_mode.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { arange, cat, finfo, randn } from "../ops/index.js";
import { slice } from "../ops/getitem.js";
import { Beta } from "./beta.js";
import { corr_cholesky, positive } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { broadcast_all, oneMinus, type Value } from "./utils.js";

const read = signature<[dim: number, concentration?: Value, validate_args?: boolean | null]>()("LKJCholesky", 1, [
  "dim",
  "concentration",
  "validate_args",
]);

/**
 * The lower Cholesky factors L of correlation matrices of size n = dim, whose density is proportional to
 * det^(η − 1) with η = concentration:
 *
 *     log p(L) = Σ_{i=2..n} (2(η − 1) + n − i) log L_ii − log Z
 *
 * Source  torch.distributions.LKJCholesky: the onion method; Lewandowski, Kurowicka & Joe (2009).
 */
export class LKJCholesky extends Distribution {
  static override readonly arg_constraints = { concentration: positive };
  static override readonly support = corr_cholesky;
  static override readonly _batched = ["concentration", "beta"];
  readonly dim: number;
  readonly concentration: Tensor;
  /** The squared lengths of the rows left of the diagonal. */
  private readonly beta: Beta;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { dim, concentration = 1, validate_args } = read(args);
    if (!(dim >= 2)) {
      throw new ValueError(
        "LKJCholesky",
        `Expected dim to be an integer greater than or equal to 2. Found dim=${dim}.`,
      );
    }
    const [eta] = broadcast_all(concentration);
    super(eta.shape, [dim, dim], validate_args);
    this.dim = dim;
    this.concentration = eta;
    const steps = arange(dim - 1, { dtype: eta.dtype, device: eta.device });
    const offset = cat([steps.new_zeros([1]), steps]);
    const marginal = eta.add(0.5 * (dim - 2)).unsqueeze(-1);
    this.beta = new Beta(offset.add(0.5), marginal.sub(offset.mul(0.5)));
    this._check_arguments();
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    return no_grad(() => {
      const y = this.beta.sample(sample_shape).unsqueeze(-1);
      const { dtype, device } = y;
      const normal = randn(this._extended_shape(sample_shape), { dtype, device }).tril(-1);
      const directions = normal.div(normal.norm({ dim: -1, keepdim: true }));
      directions.select(-2, 0).fill_(0); // of the first row, 0/0
      const w = y.sqrt().mul(directions);
      const rest = oneMinus(w.pow(2).sum(-1)).clamp({ min: finfo(dtype).tiny });
      return w.add(rest.sqrt().diag_embed());
    });
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const { dim, concentration } = this;
    const diagonal = value.diagonal({ dim1: -1, dim2: -2 }).index("...", slice(1, null));
    const rows = arange(2, dim + 1, { device: concentration.device });
    const order = concentration.sub(1).unsqueeze(-1).mul(2).add(dim).sub(rows);
    return order.mul(diagonal.log()).sum(-1).sub(this.logNormalizer());
  }
  private logNormalizer(): Tensor {
    const below = this.dim - 1;
    const alpha = this.concentration.add(0.5 * below);
    const numerator = alpha.sub(0.5).mvlgamma(below);
    return numerator.sub(alpha.lgamma().mul(below)).add(0.5 * below * Math.log(Math.PI));
  }
}
