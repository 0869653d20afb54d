import { TorchError } from "../core/errors.js";
import { describe, isOptions, signature } from "../core/options.js";
import { Tensor } from "../core/tensor.js";
import { Level, normalizeArgnums, splitAux } from "./level.js";
import { mapTree } from "./tree.js";

export type Argnums = number | readonly number[];
/** The arguments that `N` picks: one of them, or a list. */
export type Picked<Args extends readonly unknown[], N extends Argnums> = N extends number
  ? Args[N]
  : { -readonly [K in keyof N]: N[K] extends number ? Args[N[K]] : never };

export interface GradOptions<N extends Argnums = Argnums, Aux extends boolean = boolean> {
  /** Which arguments are differentiated: a number, or a list of numbers for a list of gradients. */
  argnums?: N;
  /** Whether the function gives [output, aux], of which only the output is differentiated. */
  has_aux?: Aux;
}

/** Positional arguments of grad and its kin: `(func, argnums, has_aux)` or `(func, { argnums, has_aux })`. */
export type GradArguments<N extends Argnums, Aux extends boolean> =
  | [argnums?: N, has_aux?: Aux | GradOptions<never, Aux>]
  | [options: GradOptions<N, Aux>];
export type NeedsAux<N extends Argnums> =
  | [argnums: N, has_aux: true | (GradOptions<never, true> & { has_aux: true })]
  | [options: GradOptions<N, true> & { has_aux: true }];

const readGrad = signature<GradOptions>("grad", ["argnums", "has_aux"]);
const readBoth = signature<GradOptions>("grad_and_value", ["argnums", "has_aux"]);

interface Derivative {
  readonly grads: unknown;
  readonly value: Tensor;
  readonly aux: unknown;
}

function differentiate(
  op: string,
  func: (...args: never[]) => unknown,
  argnums: Argnums,
  has_aux: boolean,
  args: readonly unknown[],
): Derivative {
  const level = new Level();
  const chosen = normalizeArgnums(op, argnums, args.length);
  const inside = [...args];
  for (const i of chosen) inside[i] = level.enter(args[i]);
  const [output, aux] = level.run(() => splitAux(op, func(...(inside as never[])), has_aux));
  if (!(output instanceof Tensor)) {
    throw new TorchError(op, `expected the function to return a Tensor; got ${describe(output)}`);
  }
  if (output.shape.length !== 0) {
    throw new TorchError(
      op,
      `expected the function to return a scalar tensor; got shape [${output.shape.join(", ")}]. Maybe you wanted to use the vjp or jacrev APIs instead?`,
    );
  }
  const connected = level.isConnected([output]);
  const found = level.run(() => level.gradients([output], level.inputs, [null], connected));
  const outside = level.leave(found);
  let next = 0;
  const trees = chosen.map((i) => mapTree(args[i], () => outside[next++]));
  return {
    grads: typeof argnums === "number" ? trees[0] : trees,
    value: level.leave(output),
    aux: level.leave(aux),
  };
}

/**
 * The function that gives ∂func/∂args[argnums]: `grad(f)(x)`. func gives one 0-dim tensor; arguments may be tensors, and
 * arrays and objects of tensors, and the gradient has the structure of the argument. With `has_aux` func gives
 * [output, aux], and the result is [gradient, aux]. May be nested: `grad(grad(f))`.
 *
 * Throws  RuntimeError if the output is not a tensor of 0 dims, or an argnum is out of range.
 * Source  torch.func.grad.
 */
export function grad<Args extends readonly unknown[], const N extends Argnums = 0>(
  func: (...args: Args) => Tensor,
  ...options: GradArguments<N, false>
): (...args: Args) => Picked<Args, NoInfer<N>>;
export function grad<Args extends readonly unknown[], Aux, const N extends Argnums = 0>(
  func: (...args: Args) => readonly [Tensor, Aux],
  ...options: NeedsAux<N>
): (...args: Args) => [Picked<Args, N>, Aux];
export function grad(func: (...args: never[]) => unknown, ...options: readonly unknown[]): unknown {
  const { argnums = 0, has_aux = false } = readGrad(options);
  return (...args: readonly unknown[]) => {
    const { grads, aux } = differentiate("grad", func, argnums, has_aux, args);
    return has_aux ? [grads, aux] : grads;
  };
}

/**
 * As `grad`, with the value: [gradient, value], or [gradient, [value, aux]] with `has_aux`.
 * Source: torch.func.grad_and_value.
 */
export function grad_and_value<Args extends readonly unknown[], const N extends Argnums = 0>(
  func: (...args: Args) => Tensor,
  ...options: GradArguments<N, false>
): (...args: Args) => [Picked<Args, NoInfer<N>>, Tensor];
export function grad_and_value<Args extends readonly unknown[], Aux, const N extends Argnums = 0>(
  func: (...args: Args) => readonly [Tensor, Aux],
  ...options: NeedsAux<N>
): (...args: Args) => [Picked<Args, N>, [Tensor, Aux]];
export function grad_and_value(func: (...args: never[]) => unknown, ...options: readonly unknown[]): unknown {
  const { argnums = 0, has_aux = false } = readBoth(options);
  return (...args: readonly unknown[]) => {
    const { grads, value, aux } = differentiate("grad_and_value", func, argnums, has_aux, args);
    return [grads, has_aux ? [value, aux] : value];
  };
}

/** The options that end a list of primals: an object of nothing but known options. */
export function takeOptions<O extends object>(
  args: readonly unknown[],
  known: readonly string[],
): [unknown[], Partial<O>] {
  const last = args.at(-1);
  const names = isOptions(last) ? Object.keys(last) : [];
  if (names.length === 0 || names.some((name) => !known.includes(name))) return [[...args], {}];
  return [args.slice(0, -1), last as Partial<O>];
}
