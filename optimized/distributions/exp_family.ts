import { grad } from "../autograd/backward.js";
import { NotImplementedError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { Distribution } from "./distribution.js";

/**
 * Distributions with a density of the form  exp(⟨t(x), θ⟩ − F(θ) + k(x)),  where θ are the natural parameters, F the
 * log-normalizer and k the carrier measure. Entropy and divergence follow from F and its gradient.
 *
 * Source  torch.distributions.ExponentialFamily; Nielsen & Nock, Entropies and cross-entropies of exponential families
 *         (2010).
 */
export abstract class ExponentialFamily extends Distribution {
  /** @internal θ */
  get _natural_params(): readonly Tensor[] {
    throw new NotImplementedError(this.constructor.name, "has no natural parameters");
  }
  /** @internal F(θ) */
  _log_normalizer(..._natural_params: Tensor[]): Tensor {
    throw new NotImplementedError(this.constructor.name, "has no log-normalizer");
  }
  /** @internal E[k(x)] */
  get _mean_carrier_measure(): number {
    throw new NotImplementedError(this.constructor.name, "has no carrier measure");
  }

  /** F(θ) − ⟨θ, ∇F(θ)⟩ − E[k(x)] */
  override entropy(): Tensor {
    const parameters = this._natural_params.map((p) => p.detach().requires_grad_());
    const normalizer = this._log_normalizer(...parameters);
    const gradients = grad(normalizer.sum(), [...parameters], { create_graph: true });
    return parameters.reduce(
      (entropy, p, i) =>
        entropy.sub(
          p
            .mul(gradients[i]!)
            .reshape([...this._batch_shape, -1])
            .sum(-1),
        ),
      normalizer.sub(this._mean_carrier_measure),
    );
  }
}
