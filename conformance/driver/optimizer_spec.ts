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
  readonly make: (params: readonly Tensor[], options: Options) => Optimizer;
  readonly rule: (
    params: readonly NdArray[],
    grads: readonly (NdArray | null)[],
    state: readonly (State | null)[] | null,
    options: Options,
  ) => Update<State>;
  readonly options: fc.Arbitrary<Options>;
  /** How far a step may be off, in rounding errors of a number of size 1. */
  readonly errorsPerStep: number;
  readonly why: string;
  readonly errors?: readonly ErrorCase[];
}

/** Options besides those of the rule: they choose how it runs, not what it does. */
const how = fc.constantFrom({}, { foreach: true }, { foreach: false });

/** Gradients of each step; a parameter may have none in some of them. */
type Args<Options> = [params: NdArray[], grads: (NdArray | null)[][], options: Options, how: object];

const parameterShapes = shapes({ maxRank: 3, longSize: 40 });

function drawn<Options extends object>(options: fc.Arbitrary<Options>): fc.Arbitrary<Args<Options>> {
  const lists = fc.array(parameterShapes, { minLength: 1, maxLength: 4 });
  return fc
    .tuple(
      lists,
      fc.constantFrom<DTypeName>("float32", "float64"),
      fc.integer({ min: 1, max: 4 }),
      fc.integer(),
      options,
      how,
    )
    .map(([sizes, dtype, steps, seed, chosen, way]) => {
      const draw = (size: readonly number[], k: number): NdArray => arrayOf(size, dtype, "unit", seed + k);
      const params = sizes.map(draw);
      const missing = (step: number, i: number): boolean => (seed + 3 * step + 5 * i) % 7 === 0;
      const grads = Array.from({ length: steps }, (_, step) =>
        sizes.map((size, i) => (missing(step, i) ? null : draw(size, 100 * (step + 1) + i))),
      );
      return [params, grads, chosen, way];
    });
}

/** Parameters after each step. */
export function optimizerSpec<Options extends object, State>(o: OptimizerSpec<Options, State>): Spec {
  return defineSpec<Args<Options>>({
    name: o.name,
    ops: [],
    call: (params, grads, options, way) => {
      const leaves = params.map((p) => p.clone().requires_grad_());
      const optimizer = o.make(leaves, { ...(options as Options), ...way });
      return grads.flatMap((step) => {
        leaves.forEach((leaf, i) => {
          leaf.grad = step[i] ?? null;
        });
        optimizer.step();
        return leaves.map((leaf) => leaf.detach().clone());
      });
    },
    reference: (params, grads, options) => {
      let now: Update<State> = { params, state: params.map(() => null) };
      return grads.flatMap((step) => {
        now = o.rule(now.params, step, now.state, options);
        return [...now.params];
      });
    },
    inputs: drawn(o.options),
    tolerance: ([first], grads) => ({ ulps: 8, floor: o.errorsPerStep * grads.length * epsilonOf(first!) }),
    why: o.why,
    smooth: { skip: "a step changes parameters in place, outside of the graph" },
    ...(o.errors === undefined ? {} : { errors: o.errors }),
  });
}
