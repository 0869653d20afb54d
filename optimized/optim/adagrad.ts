import { TorchError } from "../core/errors.js";
import { isSparse } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { fillInto } from "../ops/copy.js";
import { add, div, empty_like, mul, neg, sqrt } from "../ops/index.js";
import { add_ } from "../ops/inplace.js";
import { coalescedCoo, fromValues, valuesAt } from "../sparse/coo.js";
import { asReal, type NativeRule } from "./native.js";
import { type Arguments, checkRange, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";
import { addRatio_, decayed, decayNumbers } from "./rules.js";
import { numberOf, scalar } from "./state.js";

export interface AdagradOptions {
  lr: number;
  lr_decay: number;
  eps: number;
  weight_decay: number;
  initial_accumulator_value: number;
  foreach: boolean | null;
  maximize: boolean;
}

interface AdagradState {
  step: Tensor;
  sum: Tensor;
}

const DEFAULTS: AdagradOptions = {
  lr: 1e-2,
  lr_decay: 0,
  eps: 1e-10,
  weight_decay: 0,
  initial_accumulator_value: 0,
  foreach: null,
  maximize: false,
};

type Positional = [lr: number, lr_decay: number, weight_decay: number, initial_accumulator_value: number, eps: number];

/** The step size of step t: γ / (1 + (t−1)η). */
const stepSize = (state: AdagradState, o: AdagradOptions): number =>
  o.lr / (1 + (numberOf(state.step) - 1) * o.lr_decay);

/**
 * Adagrad. With γ = lr, η = lr_decay, λ = weight_decay, t the number of the step from 1; s starts at
 * initial_accumulator_value when the optimizer is made:
 *
 *     g ← −g               if maximize
 *     g ← g + λθ
 *     s ← s + g²
 *     θ ← θ − γ/(1 + (t−1)η) · g / (√s + eps)
 *
 * Of a sparse gradient g only the elements of s and θ for which it has values change; λ must be 0.
 *
 * Source  torch.optim.Adagrad; Duchi, Hazan & Singer (2011).
 */
export class Adagrad extends RuleOptimizer<AdagradOptions, AdagradState> {
  constructor(params: Params<AdagradOptions>, ...args: Arguments<Positional, AdagradOptions>) {
    const names = ["lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"] as const;
    const o = readArguments("Adagrad", DEFAULTS, names, args);
    checkRange("Adagrad", "learning rate", o.lr);
    checkRange("Adagrad", "lr_decay value", o.lr_decay);
    checkRange("Adagrad", "weight_decay value", o.weight_decay);
    checkRange("Adagrad", "initial_accumulator_value value", o.initial_accumulator_value);
    checkRange("Adagrad", "epsilon value", o.eps);
    super(params, o);
    for (const group of this.param_groups) for (const p of group.params) this.state.set(p, this.init(p, o));
  }

  protected override readonly native: NativeRule<AdagradOptions, AdagradState> = {
    kernel: "adagrad_step",
    options: (o) => [...decayNumbers(o), o.eps],
    row: (state, o) => ({ numbers: [stepSize(state, o)], tensors: [state.sum] }),
  };

  protected override init(theta: Tensor, o: AdagradOptions): AdagradState {
    const sum = empty_like(theta);
    fillInto(asReal(sum), o.initial_accumulator_value);
    return { step: scalar(0), sum };
  }

  /** Sparse gradients step the elements for which they have values. */
  protected override checkGradient(): void {}

  protected override update(theta: Tensor, grad: Tensor, state: AdagradState, o: AdagradOptions): void {
    if (isSparse(grad)) {
      updateSparse(theta, grad, state, o);
      return;
    }
    const g = decayed(theta, grad, o);
    add_(state.sum, mul(g, g));
    addRatio_(theta, g, add(sqrt(state.sum), o.eps), -stepSize(state, o));
  }
}

function updateSparse(theta: Tensor, grad: Tensor, state: AdagradState, o: AdagradOptions): void {
  if (o.weight_decay !== 0) {
    throw new TorchError("Adagrad", "weight_decay option is not compatible with sparse gradients");
  }
  const { indices, values } = coalescedCoo("Adagrad", o.maximize ? neg(grad) : grad);
  const at = (v: Tensor): Tensor => fromValues(indices, v, theta.shape, true);
  add_(state.sum, at(mul(values, values)));
  const root = add(sqrt(valuesAt(state.sum, indices)), o.eps);
  add_(theta, at(div(values, root)), { alpha: -stepSize(state, o) });
}
