import type { Tensor } from "../../core/tensor.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { zeros_like } from "../../ops/index.js";
import { type Constraint, independent, real } from "../constraints/index.js";
import { type Shape, sumRightmost } from "../utils.js";
import { type Sign, Transform } from "./transform.js";

const read = signature<[parts: readonly Transform[], cache_size?: number]>()("ComposeTransform", 1, [
  "parts",
  "cache_size",
]);

/** The dims of an event that goes through all `parts`, at the first; each part gains or loses some. */
function eventDimAt(parts: readonly Transform[], from: "domain" | "codomain"): number {
  const to = from === "domain" ? "codomain" : "domain";
  const order = from === "domain" ? parts.toReversed() : parts;
  let dim = order[0]![to].event_dim;
  for (const part of order) dim = Math.max(dim + part[from].event_dim - part[to].event_dim, part[from].event_dim);
  return dim;
}

function withEventDim(region: Constraint, dim: number): Constraint {
  return dim > region.event_dim ? independent(region, dim - region.event_dim) : region;
}

/** Several transforms, the first is applied first. Source: torch.distributions.transforms.ComposeTransform. */
export class ComposeTransform extends Transform {
  declare readonly parts: readonly Transform[];

  constructor(...args: ArgumentsOf<typeof read>) {
    const { parts, cache_size = 0 } = read(args);
    super(cache_size);
    this.parts = cache_size === 0 ? parts : parts.map((part) => part.with_cache(cache_size));
  }
  get domain(): Constraint {
    const { parts } = this;
    return parts.length === 0 ? real : withEventDim(parts[0]!.domain, eventDimAt(parts, "domain"));
  }
  get codomain(): Constraint {
    const { parts } = this;
    return parts.length === 0 ? real : withEventDim(parts.at(-1)!.codomain, eventDimAt(parts, "codomain"));
  }
  override get bijective(): boolean {
    return this.parts.every((part) => part.bijective);
  }
  override get sign(): Sign {
    return productOfSigns(this.parts);
  }
  override get inv(): Transform {
    if (this._inv === null) {
      this._inv = new ComposeTransform(this.parts.toReversed().map((part) => part.inv));
      this._inv._inv = this;
    }
    return this._inv;
  }
  override with_cache(cache_size = 1): Transform {
    return this._cache_size === cache_size ? this : new ComposeTransform(this.parts, cache_size);
  }
  override equals(other: unknown): boolean {
    if (!(other instanceof ComposeTransform) || other.parts.length !== this.parts.length) return false;
    return this.parts.every((part, i) => part.equals(other.parts[i]));
  }
  override _forward(x: Tensor): Tensor {
    return this.parts.reduce((value, part) => part(value), x);
  }
  override _backward(y: Tensor): Tensor {
    return this.inv(y);
  }
  override log_abs_det_jacobian(x: Tensor, y: Tensor): Tensor {
    if (this.parts.length === 0) return zeros_like(x);
    let eventDim = this.domain.event_dim;
    let before = x;
    const terms = this.parts.map((part, i) => {
      const after = i === this.parts.length - 1 ? y : part(before);
      const log = part.log_abs_det_jacobian(before, after);
      const term = sumRightmost(log, eventDim - part.domain.event_dim);
      eventDim += part.codomain.event_dim - part.domain.event_dim;
      before = after;
      return term;
    });
    return terms.reduce((sum, term) => sum.add(term));
  }
  override forward_shape(shape: Shape): Shape {
    return this.parts.reduce((s, part) => part.forward_shape(s), shape);
  }
  override inverse_shape(shape: Shape): Shape {
    return this.parts.reduceRight((s, part) => part.inverse_shape(s), shape);
  }
  override toString(): string {
    return `${this.constructor.name}(\n    ${this.parts.map(String).join(",\n    ")}\n)`;
  }
}

/** The direction of several transforms, one after the other. */
export function productOfSigns(parts: readonly Transform[]): Sign {
  return parts.reduce<Sign>((sign, part) => {
    const next = part.sign;
    if (typeof sign !== "number") return sign.mul(next);
    return typeof next === "number" ? sign * next : next.mul(sign);
  }, 1);
}

export const identity_transform = new ComposeTransform([]);
