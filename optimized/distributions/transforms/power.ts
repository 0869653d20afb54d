import type { Tensor } from "../../core/tensor.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { broadcast_shapes } from "../../ops/index.js";
import { type Constraint, positive } from "../constraints/index.js";
import { allTrue, broadcast_all, type Shape, type Value } from "../utils.js";
import { Transform } from "./transform.js";

const read = signature<[exponent: Value, cache_size?: number]>()("PowerTransform", 1, ["exponent", "cache_size"]);

/** y = x^exponent. Source: torch.distributions.transforms.PowerTransform. */
export class PowerTransform extends Transform {
  declare readonly exponent: Tensor;

  constructor(...args: ArgumentsOf<typeof read>) {
    const { exponent, cache_size } = read(args);
    super(cache_size);
    [this.exponent] = broadcast_all(exponent);
  }
  get domain(): Constraint {
    return positive;
  }
  get codomain(): Constraint {
    return positive;
  }
  override get bijective(): boolean {
    return true;
  }
  override get sign(): number {
    return 1;
  }
  override with_cache(cache_size = 1): Transform {
    return this._cache_size === cache_size ? this : new PowerTransform(this.exponent, cache_size);
  }
  override equals(other: unknown): boolean {
    return other instanceof PowerTransform && allTrue(this.exponent.eq(other.exponent));
  }
  override _call(x: Tensor): Tensor {
    return x.pow(this.exponent);
  }
  override _inverse(y: Tensor): Tensor {
    return y.pow(this.exponent.reciprocal());
  }
  override log_abs_det_jacobian(x: Tensor, y: Tensor): Tensor {
    return this.exponent.mul(y).div(x).abs().log();
  }
  override forward_shape(shape: Shape): Shape {
    return broadcast_shapes(shape, this.exponent.shape);
  }
  override inverse_shape(shape: Shape): Shape {
    return broadcast_shapes(shape, this.exponent.shape);
  }
}
