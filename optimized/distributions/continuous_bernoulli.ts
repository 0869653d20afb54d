import { no_grad } from "../autograd/grad_mode.js";
import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { binary_cross_entropy_with_logits, ones_like, zeros_like } from "../ops/index.js";
import { where } from "../ops/where.js";
import { real, unit_interval } from "./constraints/index.js";
import type { SampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { standardUniform } from "./noise.js";
import {
  allTrue,
  broadcast_all,
  clamp_probs,
  expectProbsOrLogits,
  lazy_property,
  logits_to_probs,
  oneMinus,
  probs_to_logits,
  type Value,
} from "./utils.js";

const read = signature<
  [
    probs?: Value | null,
    logits?: Value | null,
    lims?: readonly [low: number, high: number],
    validate_args?: boolean | null,
  ]
>()("ContinuousBernoulli", 0, ["probs", "logits", "lims", "validate_args"]);

/**
 * Numbers x between 0 and 1 with the density of Bernoulli's probabilities, normalized by C(λ):
 *
 *     log p(x) = x log λ + (1 − x) log(1 − λ) + log C(λ),   λ = probs
 *
 * Where λ is between `lims`, around ½, the closed forms lose all digits: Taylor's series are used there.
 *
 * Source  torch.distributions.ContinuousBernoulli; Loaiza-Ganem & Cunningham (2019).
 */
export class ContinuousBernoulli extends ExponentialFamily {
  static override readonly arg_constraints = { probs: unit_interval, logits: real };
  static override readonly support = unit_interval;
  static override readonly has_rsample = true;
  static override readonly _batched = ["probs", "logits", "_param"];
  declare readonly probs: Tensor;
  declare readonly logits: Tensor;
  /** @internal What was given. */ readonly _param: Tensor;
  private readonly lims: readonly [low: number, high: number];

  static {
    const Class = ContinuousBernoulli as { readonly prototype: { readonly probs: Tensor; readonly logits: Tensor } };
    lazy_property(Class, "probs", (d) => clamp_probs(logits_to_probs(d.logits, true)));
    lazy_property(Class, "logits", (d) => probs_to_logits(d.probs, true));
  }

  constructor(...args: ArgumentsOf<typeof read>) {
    const { probs, logits, lims = [0.499, 0.501], validate_args } = read(args);
    expectProbsOrLogits("ContinuousBernoulli", probs, logits);
    const [given] = broadcast_all((probs ?? logits)!);
    // Clamping hides values out of range: an explicit wish to check them comes first.
    if (probs != null && validate_args != null && !allTrue(unit_interval.check(given))) {
      throw new ValueError("ContinuousBernoulli", "The parameter probs has invalid values");
    }
    super(given.shape, [], validate_args);
    if (probs != null) this.probs = clamp_probs(given);
    else this.logits = given;
    this._param = probs != null ? this.probs : given;
    this.lims = lims;
    this._check_arguments();
  }
  get param_shape(): readonly number[] {
    return this._param.shape;
  }
  /** Where the closed forms are good. */
  private get stable(): Tensor {
    return this.probs.le(this.lims[0]).logical_or(this.probs.gt(this.lims[1]));
  }
  /** λ, or a value at which the closed forms are finite. */
  private get cutProbs(): Tensor {
    return where(this.stable, this.probs, ones_like(this.probs).mul(this.lims[0]));
  }
  /** @internal log C(λ) = log(2 artanh(1 − 2λ) / (1 − 2λ)) */
  _cont_bern_log_norm(): Tensor {
    const cut = this.cutProbs;
    const below = where(cut.le(0.5), cut, zeros_like(cut));
    const above = where(cut.ge(0.5), cut, ones_like(cut));
    const denominator = where(cut.le(0.5), below.mul(-2).log1p(), above.mul(2).sub(1).log());
    const closed = logOdds(cut).abs().log().sub(denominator);
    const x = this.probs.sub(0.5).pow(2);
    const taylor = x
      .mul(104 / 45)
      .add(4 / 3)
      .mul(x)
      .add(Math.LN2);
    return where(this.stable, closed, taylor);
  }
  override get mean(): Tensor {
    const cut = this.cutProbs;
    const closed = cut.div(cut.mul(2).sub(1)).add(logOdds(cut).reciprocal());
    const x = this.probs.sub(0.5);
    const taylor = x
      .pow(2)
      .mul(16 / 45)
      .add(1 / 3)
      .mul(x)
      .add(0.5);
    return where(this.stable, closed, taylor);
  }
  override get variance(): Tensor {
    const cut = this.cutProbs;
    const closed = cut
      .mul(cut.sub(1))
      .div(oneMinus(cut.mul(2)).pow(2))
      .add(logOdds(cut).pow(2).reciprocal());
    const x = this.probs.sub(0.5).pow(2);
    const taylor = x
      .mul(128 / 945)
      .sub(1 / 15)
      .mul(x)
      .add(1 / 12);
    return where(this.stable, closed, taylor);
  }
  override sample(sample_shape: SampleShape = []): Tensor {
    return no_grad(() => this.rsample(sample_shape));
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    return this.icdf(standardUniform(this._extended_shape(sample_shape), this.probs));
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    const [logits, x] = broadcast_all(this.logits, value);
    const unnormalized = binary_cross_entropy_with_logits(logits, x, { reduction: "none" }).neg();
    return unnormalized.add(this._cont_bern_log_norm());
  }
  override cdf(value: Tensor): Tensor {
    this._validate_sample(value);
    const cut = this.cutProbs;
    const closed = cut
      .pow(value)
      .mul(oneMinus(cut).pow(oneMinus(value)))
      .add(cut)
      .sub(1)
      .div(cut.mul(2).sub(1));
    const inside = where(this.stable, closed, value);
    return where(value.le(0), zeros_like(value), where(value.ge(1), ones_like(value), inside));
  }
  override icdf(value: Tensor): Tensor {
    const cut = this.cutProbs;
    const first = cut.neg().log1p();
    const closed = cut
      .neg()
      .add(value.mul(cut.mul(2).sub(1)))
      .log1p()
      .sub(first)
      .div(cut.log().sub(first));
    return where(this.stable, closed, value);
  }
  override entropy(): Tensor {
    const log0 = this.probs.neg().log1p();
    const log1 = this.probs.log();
    return this.mean.mul(log0.sub(log1)).sub(this._cont_bern_log_norm()).sub(log0);
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.logits];
  }
  override _log_normalizer(x: Tensor): Tensor {
    const [low, high] = this.lims;
    const stable = x.le(low - 0.5).logical_or(x.gt(high - 0.5));
    const cut = where(stable, x, ones_like(x).mul(low - 0.5));
    const closed = cut.exp().sub(1).abs().log().sub(cut.abs().log());
    const taylor = x.mul(0.5).add(x.pow(2).div(24)).sub(x.pow(4).div(2880));
    return where(stable, closed, taylor);
  }
  override get _mean_carrier_measure(): number {
    return 0;
  }
}

/** log((1 − λ) / λ) */
const logOdds = (probs: Tensor): Tensor => probs.neg().log1p().sub(probs.log());
