import { checkOptions, isOptions, signature } from "../core/options.js";
import type { Tensor } from "../core/tensor.js";
import { stack } from "../ops/join.js";
import { zeros } from "../ops/creation.js";
import { permute, reshape, select } from "../ops/views.js";
import type { Argnums } from "./grad.js";
import { expectTensors, Level, normalizeArgnums, splitAux } from "./level.js";
import { Linearized } from "./products.js";
import { leavesOf, mapTree, withLeaves } from "./tree.js";
import { basis } from "./basis.js";

/** Whole Jacobians: row by row (jacrev), or column by column (jacfwd). */

export interface JacobianOptions {
  argnums?: Argnums;
  has_aux?: boolean;
  /** Accepted: rows are computed one by one. */
  chunk_size?: number | null;
  /** Accepted, for jacfwd: what random functions in func draw is the same for all columns. */
  randomness?: "error" | "different" | "same";
}

/** A Jacobian's structure is only known at run time: that of the output, in which each tensor has that of the input. */
// biome-ignore lint/suspicious/noExplicitAny: the caller knows what the function gives
export type Jacobian = any;

const readRev = signature<JacobianOptions>("jacrev", ["argnums"], ["has_aux", "chunk_size"]);
const readFwd = signature<JacobianOptions>("jacfwd", ["argnums", "has_aux"], ["randomness", "chunk_size"]);

/** The Jacobian of one output, in the structure of the arguments that were asked for. */
function arranged(argnums: Argnums, chosen: readonly unknown[], matrices: readonly Tensor[]): unknown {
  let next = 0;
  const trees = chosen.map((arg) => mapTree(arg, () => matrices[next++]));
  return typeof argnums === "number" ? trees[0] : trees;
}

function stacked(rows: readonly Tensor[], shape: readonly number[], like: Tensor): Tensor {
  return rows.length === 0 ? zeros(shape, { dtype: like.dtype, device: like.device }) : reshape(stack(rows), shape);
}

/**
 * The function that gives ∂func/∂args[argnums], one backward pass per element of the output: `jacrev(f)(x)`. For output
 * [*o] and argument [*x] the result is [*o, *x]; outputs and arguments may be arrays and objects of tensors, and the
 * result then has the structure of the output with that of the arguments in it. With `has_aux` it gives [jacobian, aux].
 *
 * Source: torch.func.jacrev.
 */
export function jacrev<Args extends readonly unknown[]>(
  func: (...args: Args) => unknown,
  ...options: readonly (Argnums | JacobianOptions)[]
): (...args: Args) => Jacobian {
  const { argnums = 0, has_aux = false } = readRev(options);
  return (...args) => {
    const level = new Level();
    const numbers = normalizeArgnums("jacrev", argnums, args.length);
    const inside: unknown[] = [...args];
    for (const i of numbers) inside[i] = level.enter(args[i]);
    const [output, aux] = level.run(() => splitAux("jacrev", func(...(inside as unknown as Args)), has_aux));
    const chosen = numbers.map((i) => args[i]);
    const outs = expectTensors("jacrev", "the outputs of the function", output);
    const connected = level.isConnected(outs);
    const jacobians = outs.map((out) =>
      level.run(() => {
        const flat = reshape(out, [-1]);
        const rows = Array.from({ length: out._numel }, (_, j) =>
          level.gradients([select(flat, 0, j)], level.inputs, [null], connected),
        );
        const matrices = level.inputs.map((x, i) =>
          stacked(
            rows.map((row) => row[i]!),
            [...out.shape, ...x.shape],
            x,
          ),
        );
        return arranged(argnums, chosen, level.leave(matrices));
      }),
    );
    const result = withLeaves(output, jacobians);
    return has_aux ? [result, level.leave(aux)] : result;
  };
}

/**
 * As `jacrev`, with one pass per element of the arguments instead of the output: better for many outputs of few inputs.
 * Source: torch.func.jacfwd.
 */
export function jacfwd<Args extends readonly unknown[]>(
  func: (...args: Args) => unknown,
  ...options: readonly (Argnums | boolean | JacobianOptions)[]
): (...args: Args) => Jacobian {
  const { argnums = 0, has_aux = false } = readFwd(options);
  return (...args) => {
    const numbers = normalizeArgnums("jacfwd", argnums, args.length);
    const chosen = numbers.map((i) => args[i]);
    const ofChosen = (...values: unknown[]): unknown => {
      const inside: unknown[] = [...args];
      numbers.forEach((n, i) => {
        inside[n] = values[i];
      });
      return func(...(inside as unknown as Args));
    };
    const at = new Linearized("jacfwd", ofChosen as (...primals: never[]) => unknown, chosen, has_aux);
    const inputs = leavesOf(chosen);
    const columns = inputs.map((_, i) => basis(inputs, i).map((tangents) => at.along(tangents)));
    const jacobians = at.outs.map((out, o) => {
      const matrices = inputs.map((x, i) => {
        const list = columns[i]!.map((column) => column[o]!);
        const last = out.shape.map((_, d) => d + 1);
        const shape = [...out.shape, ...x.shape];
        return list.length === 0 ? stacked([], shape, out) : reshape(permute(stack(list), [...last, 0]), shape);
      });
      return arranged(argnums, chosen, matrices);
    });
    const result = withLeaves(at.output, jacobians);
    return has_aux ? [result, at.level.leave(at.aux)] : result;
  };
}

/** The function that gives the matrix of second derivatives: jacfwd(jacrev(func)). Source: torch.func.hessian. */
export function hessian<Args extends readonly unknown[]>(
  func: (...args: Args) => unknown,
  argnums: Argnums | { argnums?: Argnums } = 0,
): (...args: Args) => Jacobian {
  if (isOptions(argnums)) checkOptions("hessian", argnums, ["argnums"]);
  const which = isOptions(argnums) ? ((argnums as { argnums?: Argnums }).argnums ?? 0) : (argnums as Argnums);
  return jacfwd(jacrev(func, which), which);
}
