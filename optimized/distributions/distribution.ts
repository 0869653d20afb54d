import { no_grad } from "../autograd/grad_mode.js";
import { checkOptions, isOptions } from "../core/options.js";
import { NotImplementedError, ValueError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { type Constraint, is_dependent, resolveConstraint } from "./constraints/constraint.js";
import { formatSize, formatTensor, formatTuple } from "./text.js";
import { allTrue, isLazy, type Shape } from "./utils.js";

/** The shape of a sample: a list of sizes, also by its name. */
export type SampleShape = Shape | { readonly sample_shape?: Shape };
export type ExpandOption = boolean | { readonly expand?: boolean };

/** The shape that a call asks for. */
export function sampleShape(given: SampleShape): Shape {
  if (!isOptions(given)) return given as Shape;
  checkOptions("sample", given, ["sample_shape"]);
  return (given.sample_shape as Shape | undefined) ?? [];
}

/** Whether values are repeated for the batch. */
export function expandOption(given: ExpandOption): boolean {
  if (!isOptions(given)) return given as boolean;
  checkOptions("enumerate_support", given, ["expand"]);
  return (given.expand as boolean | undefined) ?? true;
}

type Constraints = Readonly<Record<string, Constraint>>;

/**
 * The base of all distributions: a batch of independent random events, `batch_shape` times `event_shape`.
 *
 * A subclass calls `super(batch_shape, event_shape, validate_args)`, sets its parameters, and ends its constructor with
 * `this._check_arguments()`. What PyTorch has as class attributes are static fields: `arg_constraints`, `support`,
 * `has_rsample`, `has_enumerate_support`.
 *
 * Source  torch.distributions.Distribution.
 */
export abstract class Distribution {
  /** The region of each parameter. */
  static readonly arg_constraints: Constraints | null = null;
  /** The region of events. */
  static readonly support: Constraint | null = null;
  static readonly has_rsample: boolean = false;
  static readonly has_enumerate_support: boolean = false;
  /** @internal Fields whose first dims are the batch, for `expand`: tensors, or distributions. */
  static readonly _batched: readonly string[] | null = null;
  /** @internal */ static _validate_args = true;

  /** @internal */ declare readonly _batch_shape: Shape;
  /** @internal */ declare readonly _event_shape: Shape;
  /** @internal null: as set_default_validate_args says. */ declare readonly _validate_args: boolean | null;

  /** Whether parameters and values are checked where a distribution does not say it itself; they are, at first. */
  static set_default_validate_args(value: boolean): void {
    if (typeof value !== "boolean") throw new ValueError("set_default_validate_args", `takes a boolean; got ${value}`);
    Distribution._validate_args = value;
  }

  constructor(batch_shape: Shape = [], event_shape: Shape = [], validate_args: boolean | null = null) {
    this._batch_shape = batch_shape;
    this._event_shape = event_shape;
    this._validate_args = validate_args;
  }

  /** @internal */
  protected get Class(): typeof Distribution {
    return this.constructor as typeof Distribution;
  }
  /** The shape of the batch of parameters. */
  get batch_shape(): Shape {
    return this._batch_shape;
  }
  /** The shape of one event. */
  get event_shape(): Shape {
    return this._event_shape;
  }
  get arg_constraints(): Constraints {
    return this.Class.arg_constraints ?? this.missing("arg_constraints");
  }
  get support(): Constraint {
    const { support } = this.Class;
    return support === null ? this.missing("support") : resolveConstraint(support, this);
  }
  get has_rsample(): boolean {
    return this.Class.has_rsample;
  }
  get has_enumerate_support(): boolean {
    return this.Class.has_enumerate_support;
  }

  private missing(name: string): never {
    throw new NotImplementedError(this.constructor.name, `${this.constructor.name} does not implement ${name}`);
  }
  get mean(): Tensor {
    return this.missing("mean");
  }
  get mode(): Tensor {
    return this.missing("mode");
  }
  get variance(): Tensor {
    return this.missing("variance");
  }
  get stddev(): Tensor {
    return this.variance.sqrt();
  }

  /** This distribution with parameters repeated to `batch_shape`, without copies. */
  expand(batch_shape: Shape): this {
    const { _batched } = this.Class;
    if (_batched === null) this.missing("expand");
    return this.expanded(batch_shape, _batched!);
  }

  /** A copy of this with other parameters: those in `names` repeated, `others` as they are. */
  protected expanded(
    batch_shape: Shape,
    names: readonly string[],
    others: Readonly<Record<string, unknown>> = {},
  ): this {
    const copy = Object.create(Object.getPrototypeOf(this) as object) as this;
    const fields = this as unknown as Record<string, unknown>;
    const repeated = names.filter((name) => Object.hasOwn(this, name));
    const kept = Object.keys(this).filter((name) => !isLazy(this, name));
    for (const name of kept) (copy as Record<string, unknown>)[name] = fields[name];
    for (const name of repeated) (copy as Record<string, unknown>)[name] = this.repeated(batch_shape, fields[name]);
    return Object.assign(copy, others, { _batch_shape: [...batch_shape] });
  }
  private repeated(batch_shape: Shape, field: unknown): unknown {
    const rest = (shape: Shape): Shape => [...batch_shape, ...shape.slice(this._batch_shape.length)];
    if (field instanceof Distribution) return field.expand(rest(field.batch_shape));
    return field instanceof Tensor ? field.expand(rest(field.shape)) : field;
  }

  /** Random events of shape sample_shape + batch_shape + event_shape, without gradient. */
  sample(sample_shape: SampleShape = []): Tensor {
    return no_grad(() => this.rsample(sample_shape));
  }
  /** Random events that move with the parameters. */
  rsample(_sample_shape: SampleShape = []): Tensor {
    return this.missing("rsample");
  }
  /** n random events. */
  sample_n(n: number): Tensor {
    return this.sample([n]);
  }
  /** The logarithm of the density, or of the probability, of each event. */
  log_prob(_value: Tensor): Tensor {
    return this.missing("log_prob");
  }
  /** The probability of a number of at most `value`. */
  cdf(_value: Tensor): Tensor {
    return this.missing("cdf");
  }
  /** The number at which `cdf` is `value`. */
  icdf(_value: Tensor): Tensor {
    return this.missing("icdf");
  }
  /** All values of a discrete distribution along dim 0; with `expand` repeated for the batch. */
  enumerate_support(_expand: ExpandOption = true): Tensor {
    return this.missing("enumerate_support");
  }
  entropy(): Tensor {
    return this.missing("entropy");
  }
  perplexity(): Tensor {
    return this.entropy().exp();
  }

  /** @internal The shape of a sample. */
  _extended_shape(sample_shape: SampleShape = []): Shape {
    return [...sampleShape(sample_shape), ...this._batch_shape, ...this._event_shape];
  }

  /** @internal Whether arguments are checked. */
  get _validates(): boolean {
    return this._validate_args ?? Distribution._validate_args;
  }

  /** Throws a ValueError if a parameter that is set is outside its region; nothing if arguments are not checked. */
  _check_arguments(): void {
    if (!this._validates) return;
    for (const [name, constraint] of Object.entries(this.arg_constraints)) {
      if (is_dependent(constraint) || (!Object.hasOwn(this, name) && isLazy(this, name))) continue;
      const value = (this as unknown as Record<string, Tensor | undefined>)[name];
      if (value !== undefined && !allTrue(constraint.check(value))) {
        throw new ValueError(
          "",
          `Expected parameter ${name} (Tensor of shape ${formatTuple(value.shape)}) of distribution ${this} to satisfy the ` +
            `constraint ${constraint}, but found invalid values:\n${value}`,
        );
      }
    }
  }

  /** Throws a ValueError unless `value` holds events of this distribution; nothing if arguments are not checked. */
  _validate_sample(value: Tensor): void {
    if (!this._validates) return;
    if (!(value instanceof Tensor)) throw new ValueError("", "The value argument to log_prob must be a Tensor");
    this.checkValueShape(value.shape);
    const { support } = this;
    if (!allTrue(support.check(value))) {
      throw new ValueError(
        "",
        `Expected value argument (Tensor of shape ${formatTuple(value.shape)}) to be within the support (${support}) of the ` +
          `distribution ${this}, but found invalid values:\n${value}`,
      );
    }
  }
  private checkValueShape(shape: Shape): void {
    const { _batch_shape: batch, _event_shape: event } = this;
    if (!sameShape(shape.slice(Math.max(0, shape.length - event.length)), event)) {
      throw new ValueError(
        "",
        `The right-most size of value must match event_shape: ${formatSize(shape)} vs ${formatSize(event)}.`,
      );
    }
    const expected = [...batch, ...event];
    for (let i = 1; i <= Math.min(shape.length, expected.length); i++) {
      const [a, b] = [shape.at(-i)!, expected.at(-i)!];
      if (a === 1 || b === 1 || a === b) continue;
      throw new ValueError(
        "",
        `Value is not broadcastable with batch_shape+event_shape: ${formatSize(shape)} vs ${formatSize(expected)}.`,
      );
    }
  }

  /** The class and its own parameters: single numbers by value, others by size. */
  toString(): string {
    const fields = this as unknown as Record<string, Tensor | undefined>;
    const own = Object.keys(this.arg_constraints).filter(
      (name) => Object.hasOwn(this, name) && fields[name] !== undefined,
    );
    const texts = own.map((name) => {
      const value = fields[name]!;
      return `${name}: ${value.numel() === 1 ? formatTensor(value) : formatSize(value.shape)}`;
    });
    return `${this.constructor.name}(${texts.join(", ")})`;
  }
}
