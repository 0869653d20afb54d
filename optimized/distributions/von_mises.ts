import { no_grad } from "../autograd/grad_mode.js";
import { bool } from "../core/dtype.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { div, zeros } from "../ops/index.js";
import { where } from "../ops/where.js";
import { positive, real } from "./constraints/index.js";
import { Distribution, type SampleShape } from "./distribution.js";
import { standardUniform, uninitialized } from "./noise.js";
import { allTrue, anyTrue, broadcast_all, oneMinus, type Value } from "./utils.js";

const read = signature<[loc: Value, concentration: Value, validate_args?: boolean | null]>()("VonMises", 2, [
  "loc",
  "concentration",
  "validate_args",
]);

type Coefficients = readonly number[];

/** Polynomials for the modified Bessel functions I0 and I1, of (x/3.75)² below 3.75 and of 3.75/x above. Source: AS 9.8.1-4. */
const SMALL: readonly Coefficients[] = [
  [1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.360768e-1, 0.45813e-2],
  [0.5, 0.87890594, 0.51498869, 0.15084934, 0.2658733e-1, 0.301532e-2, 0.32411e-3],
];
const LARGE: readonly Coefficients[] = [
  [
    0.39894228, 0.1328592e-1, 0.225319e-2, -0.157565e-2, 0.916281e-2, -0.2057706e-1, 0.2635537e-1, -0.1647633e-1,
    0.392377e-2,
  ],
  [
    0.39894228, -0.3988024e-1, -0.362018e-2, 0.163801e-2, -0.1031555e-1, 0.2282967e-1, -0.2895312e-1, 0.1787654e-1,
    -0.420059e-2,
  ],
];

function polynomial(y: Tensor, coefficients: Coefficients): Tensor {
  const [last, ...others] = coefficients.toReversed() as [number, ...number[]];
  const [next, ...rest] = others as [number, ...number[]];
  return rest.reduce((sum, c) => y.mul(sum).add(c), y.mul(last).add(next));
}

/** log I_order(x) for x > 0. */
function logBessel(x: Tensor, order: 0 | 1): Tensor {
  const y = x.div(3.75);
  const below = polynomial(y.mul(y), SMALL[order]!);
  const small = (order === 1 ? x.abs().mul(below) : below).log();
  const large = x.sub(x.log().mul(0.5)).add(polynomial(div(3.75, x), LARGE[order]!).log());
  return where(x.lt(3.75), small, large);
}

/**
 * Angles around μ = loc, the closer the larger κ = concentration is.
 *
 *     log p(x) = κ cos(x − μ) − log 2π − log I₀(κ)
 *
 * Samples by rejection from a wrapped Cauchy distribution. Source: torch.distributions.VonMises; Best & Fisher (1979).
 */
export class VonMises extends Distribution {
  static override readonly arg_constraints = { loc: real, concentration: positive };
  static override readonly support = real;
  static override readonly _batched = ["loc", "concentration", "proposal"];
  readonly loc: Tensor;
  readonly concentration: Tensor;
  /** The parameter of the Cauchy distribution. */
  private readonly proposal: Tensor;
  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, concentration, validate_args } = read(args);
    const [mu, kappa] = broadcast_all(loc, concentration);
    super(mu.shape, [], validate_args);
    this.loc = mu;
    this.concentration = kappa;
    const tau = kappa.pow(2).mul(4).add(1).sqrt().add(1);
    const rho = tau.sub(tau.mul(2).sqrt()).div(kappa.mul(2));
    this.proposal = rho.pow(2).add(1).div(rho.mul(2));
    this._check_arguments();
  }
  override get mean(): Tensor {
    return this.loc;
  }
  override get mode(): Tensor {
    return this.loc;
  }
  /** 1 − I₁(κ) / I₀(κ) */
  override get variance(): Tensor {
    return oneMinus(logBessel(this.concentration, 1).sub(logBessel(this.concentration, 0)).exp());
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const cosine = this.concentration.mul(value.sub(this.loc).cos());
    return cosine.sub(Math.log(2 * Math.PI)).sub(logBessel(this.concentration, 0));
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    const shape = this._extended_shape(sample_shape);
    return no_grad(() => {
      const angle = this.rejection(uninitialized(shape, this.loc));
      return angle
        .add(Math.PI)
        .add(this.loc)
        .remainder(2 * Math.PI)
        .sub(Math.PI);
    });
  }
  /** Angles around 0, drawn again all together until each was accepted once. */
  private rejection(x: Tensor): Tensor {
    const { concentration, proposal } = this;
    let done = zeros(x.shape, { dtype: bool, device: x.device });
    while (!allTrue(done)) {
      const [u1, u2, u3] = standardUniform([3, ...x.shape], this.loc).unbind() as [Tensor, Tensor, Tensor];
      const z = u1.mul(Math.PI).cos();
      const f = proposal.mul(z).add(1).div(proposal.add(z));
      const c = concentration.mul(proposal.sub(f));
      const sure = c.mul(c.neg().add(2)).sub(u2).gt(0);
      const accept = sure.logical_or(c.div(u2).log().add(1).sub(c).ge(0));
      if (!anyTrue(accept)) continue;
      x = where(accept, u3.sub(0.5).sign().mul(f.acos()), x);
      done = done.logical_or(accept);
    }
    return x;
  }
}
