import { requiresGrad } from "../autograd/apply.js";
import { TorchTypeError } from "../core/errors.js";
import { checkOptions, describe } from "../core/options.js";
import type { Tensor } from "../core/tensor.js";
import { gradMode } from "../core/grad_mode.js";
import { zeros_like } from "../ops/creation.js";
import { detach } from "../ops/autograd.js";
import { takeOptions } from "./grad.js";
import { checkLike, expectTensors, Level, splitAux } from "./level.js";
import { leavesOf, withLeaves } from "./tree.js";

/** Products with the Jacobian of a function of any number of arguments. */

interface AuxOptions {
  has_aux?: boolean;
}

/**
 * [func(...primals), vjp_fn] where vjp_fn(v) = vᵀJ: one backward pass for each call. v has the structure of the output; the
 * result is that of the primals, a list if there are several. With `{ has_aux: true }` as last argument func gives
 * [output, aux], and aux comes third. Source: torch.func.vjp.
 */
export function vjp<Args extends readonly unknown[], Out, Aux>(
  func: (...primals: Args) => readonly [Out, Aux],
  ...primals: [...Args, options: { has_aux: true }]
): [output: Out, vjp_fn: VjpFunction<Args, Out>, aux: Aux];
export function vjp<Args extends readonly unknown[], Out>(
  func: (...primals: Args) => Out,
  ...primals: Args
): [output: Out, vjp_fn: VjpFunction<Args, Out>];
export function vjp(func: (...primals: never[]) => unknown, ...args: readonly unknown[]): readonly unknown[] {
  const [primals, { has_aux = false }] = takeOptions<AuxOptions>(args, ["has_aux"]);
  const level = new Level();
  const inside = level.enter(primals);
  const [output, aux] = level.run(() => splitAux("vjp", func(...(inside as never[])), has_aux));
  const outs = expectTensors("vjp", "the outputs of the function", output);
  const connected = level.isConnected(outs);
  const vjp_fn = (cotangents: unknown): unknown => {
    const vs = expectTensors("vjp", "the cotangents", cotangents);
    checkLike("vjp", "cotangents", vs, outs);
    const create = gradMode.enabled && (connected || vs.some(requiresGrad));
    const found = level.run(() => level.gradients(outs, level.inputs, vs, create));
    const grads = withLeaves(primals, level.leave(found)) as unknown[];
    return primals.length === 1 ? grads[0] : grads;
  };
  const result = [level.leave(output), vjp_fn];
  return has_aux ? [...result, level.leave(aux)] : result;
}
export type VjpFunction<Args extends readonly unknown[], Out> = (
  cotangents: Out,
) => Args extends readonly [infer Only] ? Only : Args;

/** A function at a point, ready for its derivatives in any number of directions. */
export class Linearized {
  readonly level = new Level();
  readonly output: unknown;
  readonly aux: unknown;
  readonly outs: readonly Tensor[];
  private readonly inputs: readonly Tensor[];
  private readonly weights: readonly Tensor[];
  private readonly inner: readonly Tensor[];
  private readonly connected: boolean;

  constructor(
    private readonly op: string,
    func: (...primals: never[]) => unknown,
    primals: readonly unknown[],
    has_aux: boolean,
  ) {
    const { level } = this;
    expectTensors(op, "the primals", primals);
    const inside = level.enter(primals);
    this.inputs = level.inputs;
    [this.output, this.aux] = level.run(() => splitAux(op, func(...(inside as never[])), has_aux));
    this.outs = expectTensors(op, "the outputs of the function", this.output);
    this.weights = this.outs.map((t) => level.leaf(zeros_like(detach(t))));
    this.inner = level.run(() => level.gradients(this.outs, this.inputs, this.weights, true));
    this.connected = level.isConnected(this.outs);
  }

  /** J·tangents, one tensor per output: uᵀJ is linear in u, and this is its derivative in the direction of the tangents. */
  along(tangents: readonly Tensor[]): Tensor[] {
    checkLike(this.op, "tangents", tangents, this.inputs);
    const { level, inner, weights } = this;
    const create = gradMode.enabled && (this.connected || tangents.some(requiresGrad));
    return level.leave(level.run(() => level.gradients(inner, weights, tangents, create)));
  }
}

export interface JvpOptions {
  /** Accepted: a function that does not depend on its input has derivative 0 either way. */
  strict?: boolean;
  has_aux?: boolean;
}

/**
 * [func(...primals), J·tangents] by the double-backward trick (two backward passes; the numbers are those of forward mode).
 * primals and tangents are lists of the same structure. With `has_aux` func gives [output, aux], and aux comes third.
 * Source: torch.func.jvp.
 */
export function jvp<Args extends readonly unknown[], Out, Aux>(
  func: (...primals: Args) => readonly [Out, Aux],
  primals: Args,
  tangents: Args,
  options: JvpOptions & { has_aux: true },
): [output: Out, jvp: Out, aux: Aux];
export function jvp<Args extends readonly unknown[], Out>(
  func: (...primals: Args) => Out,
  primals: Args,
  tangents: Args,
  options?: JvpOptions & { has_aux?: false },
): [output: Out, jvp: Out];
export function jvp(
  func: (...primals: never[]) => unknown,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  options: JvpOptions = {},
): readonly unknown[] {
  checkOptions("jvp", options, ["strict", "has_aux"]);
  for (const [what, value] of Object.entries({ primals, tangents })) {
    if (!Array.isArray(value)) throw new TorchTypeError("jvp", `expected ${what} to be a list; got ${describe(value)}`);
  }
  const { has_aux = false } = options;
  const at = new Linearized("jvp", func, primals, has_aux);
  const result = [at.level.leave(at.output), withLeaves(at.output, at.along(leavesOf(tangents)))];
  return has_aux ? [...result, at.level.leave(at.aux)] : result;
}

/**
 * [func(...primals), jvp_fn] where jvp_fn(...tangents) = J·tangents: the function is run once for all directions.
 * Source: torch.func.linearize.
 */
export function linearize<Args extends readonly unknown[], Out>(
  func: (...primals: Args) => Out,
  ...primals: Args
): [output: Out, jvp_fn: (...tangents: Args) => Out] {
  const at = new Linearized("linearize", func as (...primals: never[]) => unknown, primals, false);
  const jvp_fn = (...tangents: Args): Out => withLeaves(at.output, at.along(leavesOf(tangents))) as Out;
  return [at.level.leave(at.output) as Out, jvp_fn];
}
