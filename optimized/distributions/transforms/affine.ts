import { Tensor } from "../../core/tensor.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { broadcast_shapes, full_like } from "../../ops/index.js";
import { type Constraint, independent, real } from "../constraints/index.js";
import { allTrue, type Shape, sumRightmost, type Value } from "../utils.js";
import { type Sign, Transform } from "./transform.js";

const read = signature<[loc: Value, scale: Value, event_dim?: number, cache_size?: number]>()("AffineTransform", 2, [
  "loc",
  "scale",
  "event_dim",
  "cache_size",
]);

const shapeOf = (x: Value): Shape => (x instanceof Tensor ? x.shape : []);
function same(a: Value, b: Value): boolean {
  if (a instanceof Tensor) return allTrue(a.eq(b));
  return b instanceof Tensor ? allTrue(b.eq(a)) : a === b;
}

/** y = loc + scale · x; an event has `event_dim` dims. Source: torch.distributions.transforms.AffineTransform. */
export class AffineTransform extends Transform {
  declare readonly loc: Value;
  declare readonly scale: Value;
  declare private readonly eventDim: number;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { loc, scale, event_dim = 0, cache_size } = read(args);
    super(cache_size);
    this.loc = loc;
    this.scale = scale;
    this.eventDim = event_dim;
  }
  override get event_dim(): number {
    return this.eventDim;
  }
  get domain(): Constraint {
    return this.eventDim === 0 ? real : independent(real, this.eventDim);
  }
  get codomain(): Constraint {
    return this.domain;
  }
  override get bijective(): boolean {
    return true;
  }
  override get sign(): Sign {
    return this.scale instanceof Tensor ? this.scale.sign() : Math.sign(this.scale);
  }
  override with_cache(cache_size = 1): Transform {
    if (this._cache_size === cache_size) return this;
    return new AffineTransform(this.loc, this.scale, this.eventDim, cache_size);
  }
  override equals(other: unknown): boolean {
    return other instanceof AffineTransform && same(this.loc, other.loc) && same(this.scale, other.scale);
  }
  override _call(x: Tensor): Tensor {
    return x.mul(this.scale).add(this.loc);
  }
  override _inverse(y: Tensor): Tensor {
    return y.sub(this.loc).div(this.scale);
  }
  override log_abs_det_jacobian(x: Tensor, _y: Tensor): Tensor {
    const { scale, eventDim } = this;
    const logs = scale instanceof Tensor ? scale.abs().log() : full_like(x, Math.log(Math.abs(scale)));
    return sumRightmost(logs, eventDim).expand(x.shape.slice(0, x.ndim - eventDim));
  }
  override forward_shape(shape: Shape): Shape {
    return broadcast_shapes(shape, shapeOf(this.loc), shapeOf(this.scale));
  }
  override inverse_shape(shape: Shape): Shape {
    return this.forward_shape(shape);
  }
}
