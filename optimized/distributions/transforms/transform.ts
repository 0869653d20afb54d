import { NotImplementedError, ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { callable } from "../callable.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import type { Constraint } from "../constraints/constraint.js";
import type { Shape } from "../utils.js";

export const cacheOnly = signature<[cache_size?: number]>()("Transform", 0, ["cache_size"]);
/** The direction in which a transform of numbers goes: 1, −1, or a tensor of both. */
export type Sign = number | Tensor;

/** Calling a transform computes y = f(x). */
export interface Transform {
  (x: Tensor): Tensor;
}

/**
 * An invertible change of variables with the logarithm of its volume: `t(x)`, `t.inv(y)`, `t.log_abs_det_jacobian(x, y)`.
 *
 * Subclasses define `domain`, `codomain`, and `_call`, `_inverse`, `log_abs_det_jacobian` as far as they exist. With
 * `cache_size` 1 the last pair (x, y) is kept, so that the inverse of a result is the very tensor it was made of.
 *
 * Source  torch.distributions.transforms.Transform.
 */
export abstract class Transform {
  /** @internal */ declare readonly _cache_size: number;
  /** @internal */ declare _inv: Transform | null;
  declare private cached: readonly [x: Tensor, y: Tensor] | null;

  constructor(...args: ArgumentsOf<typeof cacheOnly>) {
    const { cache_size = 0 } = cacheOnly(args);
    if (cache_size !== 0 && cache_size !== 1) throw new ValueError(new.target.name, "cache_size must be 0 or 1");
    const self = callable<Transform, [x: Tensor], Tensor>(new.target.prototype, (t, x) => t._forward(x));
    Object.assign(self, { _cache_size: cache_size, _inv: null, cached: null });
    return self;
  }

  abstract get domain(): Constraint;
  abstract get codomain(): Constraint;
  /** Whether f is one-to-one onto its codomain. */
  get bijective(): boolean {
    return false;
  }
  /** For transforms of single numbers: whether f rises (1) or falls (−1). */
  get sign(): Sign {
    throw new NotImplementedError(this.constructor.name, "has no sign");
  }
  /** The number of dims of an event, where it is the same in both directions. */
  get event_dim(): number {
    const { event_dim } = this.domain;
    if (event_dim === this.codomain.event_dim) return event_dim;
    throw new ValueError(this.constructor.name, "Please use either .domain.event_dim or .codomain.event_dim");
  }
  /** The inverse transform; its inverse is this one. */
  get inv(): Transform {
    this._inv ??= new InverseTransform(this);
    return this._inv;
  }

  /** This transform with that cache; itself if it has it. */
  with_cache(cache_size = 1): Transform {
    if (this._cache_size === cache_size) return this;
    const Class = this.constructor as new (options: { cache_size: number }) => Transform;
    if (Class.length > 0) throw new NotImplementedError(Class.name, `${Class.name}.with_cache is not implemented`);
    return new Class({ cache_size });
  }
  /** Whether both are the same function. */
  equals(other: unknown): boolean {
    return this === other;
  }

  /** @internal f(x), from the cache if x was the last. */
  _forward(x: Tensor): Tensor {
    if (this._cache_size === 0) return this._call(x);
    if (this.cached?.[0] === x) return this.cached[1];
    const y = this._call(x);
    this.cached = [x, y];
    return y;
  }
  /** @internal f⁻¹(y), from the cache if y was the last. */
  _backward(y: Tensor): Tensor {
    if (this._cache_size === 0) return this._inverse(y);
    if (this.cached?.[1] === y) return this.cached[0];
    const x = this._inverse(y);
    this.cached = [x, y];
    return x;
  }

  /** y = f(x). */
  _call(_x: Tensor): Tensor {
    throw new NotImplementedError(this.constructor.name, "does not implement _call");
  }
  /** x = f⁻¹(y). */
  _inverse(_y: Tensor): Tensor {
    throw new NotImplementedError(this.constructor.name, "does not implement _inverse");
  }
  /** log |det ∂y/∂x| per event. */
  log_abs_det_jacobian(_x: Tensor, _y: Tensor): Tensor {
    throw new NotImplementedError(this.constructor.name, "does not implement log_abs_det_jacobian");
  }
  /** The shape of y for an x of this shape. */
  forward_shape(shape: Shape): Shape {
    return shape;
  }
  /** The shape of x for a y of this shape. */
  inverse_shape(shape: Shape): Shape {
    return shape;
  }
  toString(): string {
    return `${this.constructor.name}()`;
  }
}

/** The inverse of a transform. */
export class InverseTransform extends Transform {
  constructor(transform: Transform) {
    super(transform._cache_size);
    this._inv = transform;
  }
  override get inv(): Transform {
    return this._inv!;
  }
  get domain(): Constraint {
    return this.inv.codomain;
  }
  get codomain(): Constraint {
    return this.inv.domain;
  }
  override get bijective(): boolean {
    return this.inv.bijective;
  }
  override get sign(): Sign {
    return this.inv.sign;
  }
  override with_cache(cache_size = 1): Transform {
    return this.inv.with_cache(cache_size).inv;
  }
  override equals(other: unknown): boolean {
    return other instanceof InverseTransform && this.inv.equals(other.inv);
  }
  override _forward(x: Tensor): Tensor {
    return this.inv._backward(x);
  }
  override _backward(y: Tensor): Tensor {
    return this.inv._forward(y);
  }
  override log_abs_det_jacobian(x: Tensor, y: Tensor): Tensor {
    return this.inv.log_abs_det_jacobian(y, x).neg();
  }
  override forward_shape(shape: Shape): Shape {
    return this.inv.inverse_shape(shape);
  }
  override inverse_shape(shape: Shape): Shape {
    return this.inv.forward_shape(shape);
  }
  override toString(): string {
    return `_InverseTransform(${this.inv})`;
  }
}
