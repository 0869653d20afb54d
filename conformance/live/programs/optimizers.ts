import type { Json } from "../../oracle/values.js";
import { type Choices, float, type Options } from "./choices.js";

/** An optimizer of torch.optim with its options. */
export interface DrawnOptimizer {
  readonly name: string;
  readonly kwargs: Readonly<Record<string, Json>>;
  /** Whether its step calls a closure. */
  readonly needsClosure: boolean;
  /** What schedules may move besides the rate: `momentum`, or the first of `betas`. */
  readonly momentum: "momentum" | "betas" | null;
}

const floats = (...values: number[]): readonly Json[] => values.map(float);
const weight_decay = floats(0, 0.1);
const maximize = [false, false, true];
/** Not true: such steps of PyTorch 1.13 write the decay into the gradients, and those of NAdam follow another rule. */
const foreach = [false, null];
const betas: readonly Json[] = [
  [float(0.9), float(0.999)],
  [float(0.5), float(0.8)],
];
const eps = floats(1e-8, 1e-3);

const OPTIONS: Readonly<Record<string, Options>> = {
  SGD: { momentum: floats(0.9, 0.5), weight_decay, maximize, foreach },
  Adam: { betas, eps, weight_decay, amsgrad: [true], maximize, foreach },
  AdamW: { betas, eps, weight_decay, amsgrad: [true], maximize, foreach },
  Adamax: { betas, eps, weight_decay, maximize, foreach },
  NAdam: { betas, eps, weight_decay, momentum_decay: floats(0.1), foreach },
  RAdam: { betas: [...betas, [float(0.9), float(0.9)]], eps, weight_decay, foreach },
  RMSprop: { alpha: floats(0.9), eps, weight_decay, momentum: floats(0.9), centered: [true], maximize, foreach },
  Adadelta: { rho: floats(0.5), eps, weight_decay, maximize, foreach },
  Adagrad: { lr_decay: floats(0.1), weight_decay, initial_accumulator_value: floats(0.1), maximize, foreach },
  ASGD: { lambd: floats(0.1), alpha: floats(0.5), t0: floats(0, 2), weight_decay, maximize, foreach },
  Rprop: { etas: [[float(0.3), float(1.5)]], step_sizes: [[float(1e-4), float(0.05)]], maximize, foreach },
  LBFGS: { max_eval: [2, 6], history_size: [2], tolerance_change: floats(1e-4) },
};

/** What the gradients of a program are like. */
export interface Conditions {
  /**
   * Some gradients are nothing but rounding errors. A step that is the same for large and small gradients makes them count:
   * Rprop looks at signs alone, and the others divide by the size of a gradient, plus eps.
   */
  readonly cancels: boolean;
  /** The same holds for more gradients in float32, and the line search of LBFGS compares differences of losses. */
  readonly dtype: "float32" | "float64";
  /** The loss is another one at each call, or its gradient jumps: a line search ends where rounding decides. */
  readonly jumps: boolean;
}

export function optimizer(c: Choices, { cancels, dtype, jumps }: Conditions): DrawnOptimizer {
  const delicate = [
    ...(cancels || dtype === "float32" ? ["Rprop", "Adagrad"] : []),
    ...(jumps || dtype === "float32" ? ["LBFGS"] : []),
  ];
  const names = Object.keys(OPTIONS).filter((name) => !delicate.includes(name));
  const name = c.one(...names);
  const options = OPTIONS[name]!;
  const kwargs = { lr: float(c.one(0.03, 0.01, 0.003)), ...c.some(options) };
  if (name === "SGD") Object.assign(kwargs, sgdMomentum(c, kwargs));
  if (name === "LBFGS") Object.assign(kwargs, iterations(c));
  if ("eps" in options && (cancels || dtype === "float32")) Object.assign(kwargs, { eps: float(1e-3) });
  return {
    name: `torch.optim.${name}`,
    kwargs,
    needsClosure: name === "LBFGS",
    momentum: name === "SGD" || name === "RMSprop" ? "momentum" : "betas" in options ? "betas" : null,
  };
}

/**
 * Few iterations: each makes the differences of the last one larger, and without a line search leads far away. A line search that
 * begins with a tiny step goes on by the curvature between losses that are the same but for rounding.
 */
function iterations(c: Choices): Record<string, Json> {
  const searches = { max_iter: c.whole(1, 3), lr: float(c.one(1, 0.5)), line_search_fn: "strong_wolfe" };
  return c.flag() ? searches : { max_iter: 1 };
}

/** Nesterov's goes with a momentum and without dampening only. */
function sgdMomentum(c: Choices, kwargs: Readonly<Record<string, Json>>): Record<string, Json> {
  if (!("momentum" in kwargs)) return {};
  return c.one<Record<string, Json>>({}, { nesterov: true }, { dampening: float(0.3) });
}
