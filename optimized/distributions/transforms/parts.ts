import { AssertionError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { type ArgumentsOf, signature } from "../arguments.js";
import { cat, stack } from "../../ops/index.js";
import { cat as catConstraint, type Constraint, stack as stackConstraint } from "../constraints/index.js";
import { sumRightmost } from "../utils.js";
import { Transform } from "./transform.js";

/** Transforms that treat parts of a tensor each by its own transform. */

type Seq = readonly Transform[];

const readCat = signature<[tseq: Seq, dim?: number, lengths?: readonly number[] | null, cache_size?: number]>()(
  "CatTransform",
  1,
  ["tseq", "dim", "lengths", "cache_size"],
);
const readStack = signature<[tseq: Seq, dim?: number, cache_size?: number]>()("StackTransform", 1, [
  "tseq",
  "dim",
  "cache_size",
]);

function expectTransforms(op: string, seq: Seq): void {
  if (!seq.every((t) => t instanceof Transform)) throw new AssertionError(op, "every element must be a Transform");
}

const cached = (seq: Seq, cache_size: number): Seq =>
  cache_size === 0 ? [...seq] : seq.map((t) => t.with_cache(cache_size));

function expectSize(op: string, x: Tensor, dim: number, size: number): void {
  if (dim < -x.ndim || dim >= x.ndim || x.shape.at(dim) !== size) {
    throw new AssertionError(op, `needs size ${size} in dim ${dim}; got shape [${x.shape.join(", ")}]`);
  }
}

abstract class Parts extends Transform {
  declare transforms: Seq;
  declare dim: number;

  override get bijective(): boolean {
    return this.transforms.every((t) => t.bijective);
  }
}

/**
 * Transforms of the pieces of `lengths` (1 each if absent) that lie one after the other along `dim`. Source:
 * torch.distributions.transforms.CatTransform.
 */
export class CatTransform extends Parts {
  declare readonly lengths: readonly number[];

  constructor(...args: ArgumentsOf<typeof readCat>) {
    const { tseq, dim = 0, lengths, cache_size = 0 } = readCat(args);
    expectTransforms("CatTransform", tseq);
    super(cache_size);
    this.transforms = cached(tseq, cache_size);
    this.lengths = lengths == null ? tseq.map(() => 1) : [...lengths];
    this.dim = dim;
    if (this.lengths.length !== tseq.length) {
      throw new AssertionError(
        "CatTransform",
        `needs a length per transform; got ${lengths!.length} for ${tseq.length}`,
      );
    }
  }
  override get event_dim(): number {
    return Math.max(...this.transforms.map((t) => t.event_dim));
  }
  override get length(): number {
    return this.lengths.reduce((a, b) => a + b, 0);
  }
  get domain(): Constraint {
    return catConstraint(
      this.transforms.map((t) => t.domain),
      this.dim,
      this.lengths,
    );
  }
  get codomain(): Constraint {
    return catConstraint(
      this.transforms.map((t) => t.codomain),
      this.dim,
      this.lengths,
    );
  }
  override with_cache(cache_size = 1): Transform {
    if (this._cache_size === cache_size) return this;
    return new CatTransform(this.transforms, this.dim, this.lengths, cache_size);
  }
  /** The piece of each transform. */
  private pieces(x: Tensor): Tensor[] {
    expectSize("CatTransform", x, this.dim, this.length);
    let start = 0;
    return this.lengths.map((length) => {
      const piece = x.narrow(this.dim, start, length);
      start += length;
      return piece;
    });
  }
  override _call(x: Tensor): Tensor {
    return cat(
      this.pieces(x).map((piece, i) => this.transforms[i]!(piece)),
      this.dim,
    );
  }
  override _inverse(y: Tensor): Tensor {
    return cat(
      this.pieces(y).map((piece, i) => this.transforms[i]!.inv(piece)),
      this.dim,
    );
  }
  override log_abs_det_jacobian(x: Tensor, y: Tensor): Tensor {
    const { event_dim } = this;
    const ys = this.pieces(y);
    const logs = this.pieces(x).map((piece, i) => {
      const transform = this.transforms[i]!;
      return sumRightmost(transform.log_abs_det_jacobian(piece, ys[i]!), event_dim - transform.event_dim);
    });
    const dim = (this.dim >= 0 ? this.dim - x.ndim : this.dim) + event_dim;
    return dim < 0 ? cat(logs, dim) : logs.reduce((sum, log) => sum.add(log));
  }
}

/** Transforms of the slices along `dim`. Source: torch.distributions.transforms.StackTransform. */
export class StackTransform extends Parts {
  constructor(...args: ArgumentsOf<typeof readStack>) {
    const { tseq, dim = 0, cache_size = 0 } = readStack(args);
    expectTransforms("StackTransform", tseq);
    super(cache_size);
    this.transforms = cached(tseq, cache_size);
    this.dim = dim;
  }
  get domain(): Constraint {
    return stackConstraint(
      this.transforms.map((t) => t.domain),
      this.dim,
    );
  }
  get codomain(): Constraint {
    return stackConstraint(
      this.transforms.map((t) => t.codomain),
      this.dim,
    );
  }
  override with_cache(cache_size = 1): Transform {
    return this._cache_size === cache_size ? this : new StackTransform(this.transforms, this.dim, cache_size);
  }
  private slices(x: Tensor): Tensor[] {
    expectSize("StackTransform", x, this.dim, this.transforms.length);
    return this.transforms.map((_, i) => x.select(this.dim, i));
  }
  override _call(x: Tensor): Tensor {
    return stack(
      this.slices(x).map((part, i) => this.transforms[i]!(part)),
      this.dim,
    );
  }
  override _inverse(y: Tensor): Tensor {
    return stack(
      this.slices(y).map((part, i) => this.transforms[i]!.inv(part)),
      this.dim,
    );
  }
  override log_abs_det_jacobian(x: Tensor, y: Tensor): Tensor {
    const ys = this.slices(y);
    const logs = this.slices(x).map((part, i) => this.transforms[i]!.log_abs_det_jacobian(part, ys[i]!));
    return stack(logs, this.dim);
  }
}
