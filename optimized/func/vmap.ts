import { TorchError, ValueError } from "../core/errors.js";
import { describe, isOptions, signature } from "../core/options.js";
import { Tensor } from "../core/tensor.js";
import { zeros } from "../ops/creation.js";
import { stack } from "../ops/join.js";
import { movedim, narrow, select } from "../ops/views.js";
import { get_rng_state, set_rng_state } from "../random/index.js";
import { leavesOf, mapTree, zipTrees } from "./tree.js";

/** Which dim is the batch: a number for all tensors, null for none, or a structure of those like that of the arguments. */
export type Dims = number | null | readonly Dims[] | { readonly [name: string]: Dims };
export type Randomness = "error" | "different" | "same";

export interface VmapOptions {
  in_dims?: Dims;
  out_dims?: Dims;
  /** What random functions inside do: refuse, draw anew for each slice, or draw the same for all. */
  randomness?: Randomness;
  /** Accepted: slices are computed one by one. */
  chunk_size?: number | null;
}

const read = signature<VmapOptions>("vmap", ["in_dims", "out_dims", "randomness"], ["chunk_size"]);
const MODES = ["error", "different", "same"];

/** One dim per tensor of `value`, in order. */
function dimsFor(what: string, value: unknown, dims: Dims): (number | null)[] {
  if (dims === null || typeof dims === "number") {
    if (value instanceof Tensor) return [dims];
    return leavesOf(value).map(() => dims);
  }
  const matches = Array.isArray(dims) ? Array.isArray(value) && value.length === dims.length : isOptions(value);
  if (!matches) {
    throw new ValueError("vmap", `${what} is not compatible with the structure of the values; got ${describe(value)}`);
  }
  const names = Object.keys(dims);
  return names.flatMap((name) =>
    dimsFor(what, (value as Record<string, unknown>)[name], (dims as Record<string, Dims>)[name] as Dims),
  );
}

function checkDim(t: Tensor, dim: number, leaf: number): number {
  const rank = t.shape.length;
  if (!Number.isInteger(dim) || dim < -rank || dim >= rank) {
    throw new ValueError(
      "vmap",
      `Got in_dim=${dim} for input ${leaf}, but the input has shape [${t.shape.join(", ")}]; expected ${-rank} <= in_dim < ${rank}`,
    );
  }
  return dim < 0 ? dim + rank : dim;
}

/** The dims of all tensors among the arguments, and how many slices there are. */
function batchOf(args: readonly unknown[], in_dims: Dims): { dims: (number | null)[]; size: number } {
  const perArgument = Array.isArray(in_dims) ? in_dims : args.map(() => in_dims);
  const tensors = leavesOf(args);
  const dims = dimsFor("in_dims", args, perArgument as Dims).map((dim, i) =>
    dim === null ? null : checkDim(tensors[i]!, dim, i),
  );
  const sizes = dims.flatMap((dim, i) => (dim === null ? [] : [tensors[i]!.shape[dim]!]));
  if (sizes.length === 0) throw new ValueError("vmap", "at least one Tensor to map over is needed; got none");
  if (sizes.some((n) => n !== sizes[0])) {
    throw new ValueError(
      "vmap",
      `Expected all tensors to have the same size in the mapped dimension, got sizes ${sizes.join(", ")} for the mapped dimension`,
    );
  }
  return { dims, size: sizes[0]! };
}

function sliceOf(args: readonly unknown[], dims: readonly (number | null)[], index: number): unknown[] {
  let next = 0;
  return mapTree([...args], (t) => {
    const dim = dims[next++]!;
    return dim === null ? t : select(t, dim, index);
  });
}

/** What a slice would be if there were one: zeros. */
function emptySliceOf(args: readonly unknown[], dims: readonly (number | null)[]): unknown[] {
  let next = 0;
  return mapTree([...args], (t) => {
    const dim = dims[next++]!;
    return dim === null ? t : zeros(t.shape.toSpliced(dim, 1), { dtype: t.dtype, device: t.device });
  });
}

function sameBytes(a: Tensor, b: Tensor): boolean {
  return Buffer.compare(a.data as Uint8Array, b.data as Uint8Array) === 0;
}

/** Runs all slices under the rule for random numbers. */
function runAll(size: number, randomness: Randomness, run: (index: number) => unknown): unknown[] {
  const before = randomness === "different" ? null : get_rng_state();
  return Array.from({ length: size }, (_, i) => {
    if (before === null) return run(i);
    if (randomness === "same") set_rng_state(before);
    const result = run(i);
    if (randomness === "error" && !sameBytes(before, get_rng_state())) {
      throw new TorchError(
        "vmap",
        "called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on vmap or perform the randomness operation out of vmap",
      );
    }
    return result;
  });
}

function checkResult(result: unknown): void {
  let others = 0;
  const visit = (value: unknown): void => {
    if (value instanceof Tensor) return;
    if (Array.isArray(value) || isOptions(value)) Object.values(value).forEach(visit);
    else others++;
  };
  visit(result);
  if (others > 0) throw new ValueError("vmap", `the function must only return Tensors; got ${describe(result)}`);
}

/**
 * `func` over a batch: `vmap(func)(x)` gives what func gives for each slice of x along `in_dims`, stacked along `out_dims`.
 * null in `in_dims` hands an argument to every slice whole, null in `out_dims` takes the first slice's result. Arguments and
 * results may be arrays and objects of tensors; `in_dims` then may have their structure.
 *
 * The results are PyTorch's. The speed is that of a loop: func runs once per slice, where PyTorch runs each op once over
 * the whole batch. Transforms nest in any order: `vmap(grad(f))`, `grad(x => vmap(f)(x).sum())`.
 *
 * Throws  ValueError if the sizes of the mapped dims differ, no argument is mapped, or func gives anything but tensors;
 *         RuntimeError if func draws random numbers and `randomness` is "error".
 * Source  torch.func.vmap.
 */
export function vmap<Args extends readonly unknown[], Out>(
  func: (...args: Args) => Out,
  ...options: readonly (Dims | Randomness | VmapOptions | undefined)[]
): (...args: Args) => Out {
  const { in_dims = 0, out_dims = 0, randomness = "error" } = read(options);
  if (!MODES.includes(randomness)) {
    throw new TorchError(
      "vmap",
      `Only allowed values for randomness are 'error', 'different', or 'same'. Got ${randomness}`,
    );
  }
  return (...args) => {
    const { dims, size } = batchOf(args, in_dims);
    const run = (slice: unknown[]): unknown => {
      const result = func(...(slice as unknown as Args));
      checkResult(result);
      return result;
    };
    const results =
      size === 0 ? [run(emptySliceOf(args, dims))] : runAll(size, randomness, (i) => run(sliceOf(args, dims, i)));
    const outs = dimsFor("out_dims", results[0], out_dims);
    let next = 0;
    return zipTrees(results, (leaves) => {
      const dim = outs[next++]!;
      if (dim === null) return leaves[0]!;
      const whole = size === 0 ? narrow(stack(leaves), 0, 0, 0) : stack(leaves);
      return dim === 0 ? whole : movedim(whole, 0, dim);
    }) as Out;
  };
}
