import * as fc from "fast-check";
import type { Json } from "../../oracle/values.js";
import { Choices, float } from "./choices.js";
import { isUnsteady, type Shape } from "./layer.js";
import { loss, type Loss } from "./losses.js";
import { network, type Network } from "./network.js";
import { type DrawnOptimizer, optimizer } from "./optimizers.js";
import { type DrawnSchedule, schedule } from "./schedules.js";
import { VOCABULARY } from "./sequences.js";
import { call, method, ref, type Step } from "./step.js";

/**
 * Random training programs: a network, a loss, an optimizer, a schedule, clipping, five steps from one seed. What is compared:
 * every loss, a loss in evaluation mode, the network as text, and its and the optimizer's state dict at the end.
 */

export interface Program {
  readonly id: string;
  readonly steps: readonly Step[];
  readonly read: readonly string[];
  readonly rtol: number;
  readonly atol: number;
}

const BATCH = 5;
const STEPS = 5;

/**
 * Five steps amplify the rounding of the first by what a step divides by: eps is 10⁻³ where gradients are rounding errors
 * alone, and a variance in a normalization over few numbers may be as small. A line search moves along differences of
 * gradients, which near the minimum have lost half of their digits.
 */
function toleranceFor(dtype: Dtype, { needsClosure }: DrawnOptimizer): { rtol: number; atol: number } {
  if (dtype === "float32") return { rtol: 5e-4, atol: 5e-4 };
  return needsClosure ? { rtol: 1e-6, atol: 1e-6 } : { rtol: 1e-9, atol: 1e-9 };
}

type Dtype = "float32" | "float64";

function input({ kind, sizes }: Shape): Step {
  if (kind === "tokens") return call("x", "torch.randint", [0, VOCABULARY, [BATCH, ...sizes]]);
  return call("x", "torch.randn", [BATCH, ...sizes]);
}

/** Steps that make the variable `model`, a Sequential or a list of layers. */
function modelSteps({ layers }: Network): Step[] {
  const made = layers.map(({ fn, args, kwargs }, i) => call(`m${i}`, fn, args, kwargs));
  const all = layers.map((_, i) => ref(`m${i}`));
  return [
    ...made,
    isChain(layers) ? call("model", "torch.nn.Sequential", all) : call("model", "torch.nn.ModuleList", [all]),
  ];
}

const isChain = (layers: Network["layers"]): boolean => !layers.some(({ givesTuple }) => givesTuple === true);

/** Steps that set `y` to the model's output for `x`. */
function forward({ layers }: Network): Step[] {
  if (isChain(layers)) return [method("y", "model", "__call__", ref("x"))];
  return layers.map((_, i) => {
    const given = i === 0 ? "x" : layers[i - 1]!.givesTuple === true ? "y/0" : "y";
    return method("y", `m${i}`, "__call__", ref(given));
  });
}

function lossSteps({ before, targets, unreduced }: Loss): Step[] {
  const extra = targets.map((_, i) => ref(`target${i}`));
  return [
    ...(before === undefined ? [] : [method("y", "before", "__call__", ref("y"))]),
    method("l", "criterion", "__call__", ref("y"), ...extra),
    ...(unreduced ? [method("l", "l", "mean")] : []),
  ];
}

/** Steps that make the loss and what it compares with. */
function criterionSteps({ fn, kwargs, weight, before, targets }: Loss): Step[] {
  const weights = weight === undefined ? {} : { [weight.option]: ref("weight") };
  return [
    ...(weight === undefined ? [] : [call("weight", weight.made.fn, weight.made.args)]),
    call("criterion", fn, [], { ...kwargs, ...weights }),
    ...(before === undefined ? [] : [call("before", before.fn, [], before.kwargs)]),
    ...targets.map(({ fn: make, args }, i) => call(`target${i}`, make, args)),
  ];
}

/** All parameters, or a group for each layer that has some, one of them with a rate of its own. */
function optimizerSteps(c: Choices, { layers }: Network, { name, kwargs, needsClosure }: DrawnOptimizer): Step[] {
  const own = layers.flatMap(({ hasParameters }, i) => (hasParameters ? [i] : []));
  const steps = [method("p", "model", "parameters")];
  if (needsClosure || own.length < 2 || c.flag()) return [...steps, call("opt", name, [ref("p")], kwargs)];
  const special = c.one(...own);
  const groups = own.map((i): Json => {
    const options: Record<string, Json> = i === special ? { lr: float(0.02) } : {};
    return { dict: { params: ref(`p${i}`), ...options } };
  });
  return [...steps, ...own.map((i) => method(`p${i}`, `m${i}`, "parameters")), call("opt", name, [groups], kwargs)];
}

/** A layer whose parameters do not learn, now and then; never all of them. */
function frozen(c: Choices, { layers }: Network): Step[] {
  const own = layers.flatMap(({ hasParameters }, i) => (hasParameters ? [i] : []));
  return own.length > 1 && c.rarely(5) ? [method(null, `m${c.one(...own)}`, "requires_grad_", false)] : [];
}

function clipping(c: Choices): Step[] {
  const norm = (norm_type: Json): Step =>
    call("norm", "torch.nn.utils.clip_grad_norm_", [ref("p"), float(0.5)], { norm_type });
  return c.one<Step[]>(
    [],
    [],
    [norm(float(2))],
    [norm(float(1))],
    [norm(float(Infinity))],
    [call(null, "torch.nn.utils.clip_grad_value_", [ref("p"), float(0.05)])],
  );
}

function zeroing(c: Choices): Step {
  return c.one(
    method(null, "opt", "zero_grad"),
    { ...method(null, "opt", "zero_grad"), kwargs: { set_to_none: true } },
    method(null, "model", "zero_grad"),
  );
}

interface Parts {
  readonly net: Network;
  readonly criterion: Loss;
  readonly chosen: DrawnOptimizer;
  readonly rates: DrawnSchedule | null;
}

/** One step of training: with a closure, or one call after the other. */
function iteration(c: Choices, { net, criterion, chosen, rates }: Parts): (k: number) => Step[] {
  const evaluate = [...forward(net), ...lossSteps(criterion)];
  const zero = zeroing(c);
  const clip = chosen.needsClosure ? [] : clipping(c); // a clipped gradient leads a line search astray
  const gradients = [zero, ...evaluate, method(null, "l", "backward"), ...clip];
  const closes = chosen.needsClosure || c.rarely(5);
  const accumulates = !closes && c.rarely(6);
  const next = rates === null ? [] : [method(null, "schedule", "step", ...(rates.takesLoss ? [ref("l")] : []))];
  return (k) => [
    ...(closes
      ? [{ set: "closure", closure: gradients, returns: "l" }, method("l", "opt", "step", ref("closure"))]
      : [...(accumulates && k % 2 === 1 ? gradients.slice(1) : gradients), method(null, "opt", "step")]),
    method(`loss${k}`, "l", "item"),
    ...next,
  ];
}

function programOf(c: Choices): Program {
  const dtype = c.rarely(5) ? "float32" : "float64";
  const net = network(c);
  const criterion = loss(c, BATCH, net.outputs);
  const cancels = net.layers.some((layer) => layer.cancels === true);
  const jumps = criterion.bends || net.layers.some(isUnsteady);
  const chosen = optimizer(c, { cancels, dtype, jumps });
  const rates = schedule(c, chosen);
  const train = iteration(c, { net, criterion, chosen, rates });
  const seed = c.whole(0, 999);
  const steps: Step[] = [
    call(null, "torch.set_default_dtype", [{ dtype }]),
    call(null, "torch.manual_seed", [seed]),
    ...modelSteps(net),
    ...frozen(c, net),
    ...optimizerSteps(c, net, chosen),
    ...(rates?.steps ?? []),
    input(net.input),
    ...criterionSteps(criterion),
    ...Array.from({ length: STEPS }, (_, k) => train(k)).flat(),
    method(null, "model", "eval"),
    ...forward(net),
    ...lossSteps(criterion),
    method("evaluated", "l", "item"),
    method("text", "model", "__repr__"),
    method("state", "model", "state_dict"),
    method("optimizer", "opt", "state_dict"),
  ];
  const losses = Array.from({ length: STEPS }, (_, k) => `loss${k}`);
  // What LBFGS keeps differs: PyTorch's holds scratch space and tensors of single numbers.
  const read = [...losses, "evaluated", "text", "state", ...(chosen.needsClosure ? [] : ["optimizer"])];
  return { id: "program", steps, read, ...toleranceFor(dtype, chosen) };
}

/** Programs, each made by choices that fast-check draws, and makes simpler where one fails. */
export const programs: fc.Arbitrary<Program> = fc.gen().map((draw) => programOf(new Choices(draw)));
