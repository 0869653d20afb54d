import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { copy_, fillInto } from "../ops/copy.js";
import { empty_like, gt, lt, mul, neg, ones_like, sign, where, zeros_like } from "../ops/index.js";
import { add_, clamp_, mul_ } from "../ops/inplace.js";
import { asReal, type NativeRule } from "./native.js";
import { type Arguments, checkRange, readArguments } from "./options.js";
import type { Params } from "./optimizer.js";
import { RuleOptimizer } from "./rule.js";

export interface RpropOptions {
  lr: number;
  etas: readonly [number, number];
  step_sizes: readonly [number, number];
  foreach: boolean | null;
  maximize: boolean;
}

interface RpropState {
  step: number;
  prev: Tensor;
  step_size: Tensor;
}

const DEFAULTS: RpropOptions = { lr: 1e-2, etas: [0.5, 1.2], step_sizes: [1e-6, 50], foreach: null, maximize: false };

type Positional = [lr: number, etas: readonly [number, number], step_sizes: readonly [number, number]];

/**
 * Resilient backpropagation: only signs of gradients count; each element has its own step size Δ. With η⁻, η⁺ = etas;
 * before the first step g' = 0 and Δ = lr:
 *
 *     g ← −g                                     if maximize
 *     Δ ← clamp(Δ·f, step_sizes)                 f = η⁺ where g·g' > 0, η⁻ where g·g' < 0, else 1
 *     g ← 0                                      where g·g' < 0
 *     θ ← θ − sign(g)Δ
 *     g' ← g
 *
 * Source  torch.optim.Rprop; Riedmiller & Braun (1993).
 */
export class Rprop extends RuleOptimizer<RpropOptions, RpropState> {
  protected override readonly stepsInTensor = false;

  constructor(params: Params<RpropOptions>, ...args: Arguments<Positional, RpropOptions>) {
    const o = readArguments("Rprop", DEFAULTS, ["lr", "etas", "step_sizes"], args);
    checkRange("Rprop", "learning rate", o.lr);
    const [down, up] = o.etas;
    if (!(down > 0 && down < 1 && up > 1)) throw new ValueError("Rprop", `Invalid eta values: ${down}, ${up}`);
    super(params, o);
  }

  protected override readonly native: NativeRule<RpropOptions, RpropState> = {
    kernel: "rprop_step",
    options: (o) => [o.maximize ? -1 : 1, ...o.etas, ...o.step_sizes],
    row: (state) => ({ numbers: [], tensors: [state.prev, state.step_size] }),
  };

  protected override init(theta: Tensor, o: RpropOptions): RpropState {
    const step_size = empty_like(theta);
    fillInto(asReal(step_size), o.lr);
    return { step: 0, prev: zeros_like(theta), step_size };
  }

  protected override update(theta: Tensor, grad: Tensor, state: RpropState, o: RpropOptions): void {
    const [down, up] = o.etas;
    const signed = o.maximize ? neg(grad) : grad;
    const turn = mul(signed, state.prev);
    const factor = where(gt(turn, 0), up, where(lt(turn, 0), down, ones_like(turn))); // in θ's precision
    clamp_(mul_(state.step_size, factor), ...o.step_sizes);
    const g = where(lt(turn, 0), 0, signed);
    add_(theta, mul(sign(g), state.step_size), { alpha: -1 });
    copy_(state.prev, g);
  }
}
