import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import type { Update } from "../../reference/optim/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import type { Optimizer } from "../../optimized/optim/optimizer.js";
import { arrayOf } from "../generators/arrays.js";
import { shapes } from "../generators/shapes.js";
import { epsilonOf } from "./scale.js";
import { defineSpec, type ErrorCase, type Spec } from "./spec.js";

/** What an optimizer must do: its update rule as a pure function of parameters, gradients and states. */
export interface OptimizerSpec<Options extends object, State> {
  /** The public name: `torch.optim.<name>`. */
  readonly name: string;
  readonly make: (params: Params<Options>, options: Options) => Optimizer;
  readonly rule: (
    params: readonly NdArray[],
    grads: readonly (NdArray | null)[],
    state: readonly (State | null)[] | null,
    options: Options,
  ) => Update<State>;
  readonly options: fc.Arbitrary<Options>;
  /** Options that a group cannot have to itself: they are read once, by the constructor. */
  readonly ofAllGroups?: readonly (keyof Options)[];
  /** How many steps are taken at most; 4 if absent. */
  readonly steps?: number;
  /** How far a step may be off, in rounding errors of a number of size 1. */
  readonly errorsPerStep: number;
  readonly why: string;
  readonly errors?: readonly ErrorCase[];
}

type Drawable<Options extends object> = Pick<OptimizerSpec<Options, never>, "options" | "ofAllGroups" | "steps">;

/** One list of parameters, or groups of them with options of their own. */
type Params<Options> = Tensor[] | (Partial<Options> & { params: Tensor[] })[];

/** Options besides those of the rule: they choose how it runs, not what it does. */
const how = fc.constantFrom({}, { foreach: true }, { foreach: false });

/**
 * Gradients of each step; a parameter may have none in some of them. The first options are those of the constructor, any
 * further ones what a group of its own has in their place; parameters are dealt out to the groups in turn.
 */
type Args<Options> = [params: NdArray[], grads: (NdArray | null)[][], options: Options[], how: object];

const parameterShapes = shapes({ maxRank: 3, longSize: 40 });

function drawn<Options extends object>(o: Drawable<Options>): fc.Arbitrary<Args<Options>> {
  const { options, ofAllGroups = [], steps: most = 4 } = o;
  const ownOf = (all: Options): Options =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !ofAllGroups.includes(name as keyof Options))) as Options;

  const lists = fc.array(parameterShapes, { minLength: 1, maxLength: 4 });
  return fc
    .tuple(
      lists,
      fc.constantFrom<DTypeName>("float32", "float64"),
      fc.integer({ min: 1, max: most }),
      fc.integer(),
      options,
      fc.array(options.map(ownOf), { maxLength: 2 }),
      how,
    )
    .map(([sizes, dtype, steps, seed, common, own, way]) => {
      const draw = (size: readonly number[], k: number): NdArray => arrayOf(size, dtype, "unit", seed + k);
      const params = sizes.map(draw);
      const missing = (step: number, i: number): boolean => (seed + 3 * step + 5 * i) % 7 === 0;
      const grads = Array.from({ length: steps }, (_, step) =>
        sizes.map((size, i) => (missing(step, i) ? null : draw(size, 100 * (step + 1) + i))),
      );
      return [params, grads, [common, ...own].slice(0, sizes.length), way];
    });
}

/** The elements whose turn it is to be in group `g` of `count`. */
function dealt<T>(list: readonly T[], g: number, count: number): T[] {
  return list.filter((_, i) => i % count === g);
}

/** The lists of the groups, one again. */
function gathered<T>(groups: readonly (readonly T[])[]): T[] {
  const count = groups.reduce((n, group) => n + group.length, 0);
  return Array.from({ length: count }, (_, i) => groups[i % groups.length]![Math.floor(i / groups.length)]!);
}

/** One list of parameters, or groups with options of their own: the first group has none. */
function groupsOf<Options extends object>(params: Tensor[], [, ...own]: readonly Options[]): Params<Options> {
  if (own.length === 0) return params;
  const none: Partial<Options> = {};
  return [none, ...own].map((options, g, all) => ({ ...options, params: dealt(params, g, all.length) }));
}

/** Parameters after each step. */
export function optimizerSpec<Options extends object, State>(o: OptimizerSpec<Options, State>): Spec {
  return defineSpec<Args<Options>>({
    name: o.name,
    ops: [],
    call: (params, grads, options, way) => {
      const leaves = params.map((p) => p.clone().requires_grad_());
      const optimizer = o.make(groupsOf(leaves, options as Options[]), { ...(options[0] as Options), ...way });
      return grads.flatMap((step) => {
        leaves.forEach((leaf, i) => {
          leaf.grad = step[i] ?? null;
        });
        optimizer.step();
        return leaves.map((leaf) => leaf.detach().clone());
      });
    },
    reference: (params, grads, options) => {
      const count = options.length;
      const after = options.map((own, g) => {
        let now: Update<State> = { params: dealt(params, g, count), state: dealt(params, g, count).map(() => null) };
        return grads.map((step) => {
          now = o.rule(now.params, dealt(step, g, count), now.state, { ...options[0]!, ...own });
          return now.params;
        });
      });
      return grads.flatMap((_, step) => gathered(after.map((steps) => steps[step]!)));
    },
    inputs: drawn(o),
    tolerance: ([first], grads) => ({ ulps: 8, floor: o.errorsPerStep * grads.length * epsilonOf(first!) }),
    why: o.why,
    smooth: { skip: "a step changes parameters in place, outside of the graph" },
    ...(o.errors === undefined ? {} : { errors: o.errors }),
  });
}
