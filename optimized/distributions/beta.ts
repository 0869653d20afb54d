import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { stack } from "../ops/index.js";
import { positive, unit_interval } from "./constraints/index.js";
import { Dirichlet } from "./dirichlet.js";
import type { SampleShape } from "./distribution.js";
import { ExponentialFamily } from "./exp_family.js";
import { broadcast_all, oneMinus, type Value } from "./utils.js";

const read = signature<[concentration1: Value, concentration0: Value, validate_args?: boolean | null]>()("Beta", 2, [
  "concentration1",
  "concentration0",
  "validate_args",
]);

/**
 * Numbers between 0 and 1, with α = concentration1 and β = concentration0: the first of two Dirichlet numbers.
 *
 *     log p(x) = (α − 1) log x + (β − 1) log(1 − x) − log B(α, β)
 *
 * Source  torch.distributions.Beta.
 */
export class Beta extends ExponentialFamily {
  static override readonly arg_constraints = { concentration1: positive, concentration0: positive };
  static override readonly support = unit_interval;
  static override readonly has_rsample = true;
  static override readonly _batched = ["_dirichlet"];
  /** @internal */ readonly _dirichlet: Dirichlet;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { concentration1, concentration0, validate_args } = read(args);
    const both = stack(broadcast_all(concentration1, concentration0), -1);
    const dirichlet = new Dirichlet(both, validate_args);
    super(dirichlet.batch_shape, [], validate_args);
    this._dirichlet = dirichlet;
    this._check_arguments();
  }
  get concentration1(): Tensor {
    return this._dirichlet.concentration.select(-1, 0);
  }
  get concentration0(): Tensor {
    return this._dirichlet.concentration.select(-1, 1);
  }
  override get mean(): Tensor {
    return this.concentration1.div(this.concentration1.add(this.concentration0));
  }
  override get mode(): Tensor {
    return this._dirichlet.mode.select(-1, 0);
  }
  override get variance(): Tensor {
    const total = this.concentration1.add(this.concentration0);
    return this.concentration1.mul(this.concentration0).div(total.pow(2).mul(total.add(1)));
  }
  override rsample(sample_shape: SampleShape = []): Tensor {
    return this._dirichlet.rsample(sample_shape).select(-1, 0);
  }
  override log_prob(value: Tensor): Tensor {
    this._validate_sample(value);
    return this._dirichlet.log_prob(stack([value, oneMinus(value)], -1));
  }
  override entropy(): Tensor {
    return this._dirichlet.entropy();
  }
  override get _natural_params(): readonly Tensor[] {
    return [this.concentration1, this.concentration0];
  }
  override _log_normalizer(x: Tensor, y: Tensor): Tensor {
    return x.lgamma().add(y.lgamma()).sub(x.add(y).lgamma());
  }
}
