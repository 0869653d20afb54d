import { Guard } from "../autograd/grad_mode.js";
import { TorchTypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { default_generator, Generator } from "./generator.js";

/** The namespace `torch.random`: the state of the default generator. */

export { default_generator, Generator };

/** Starts the stream of `seed`, an integer in [-2^63, 2^64); a fraction is cut off. Source: torch.manual_seed. */
export function manual_seed(seed: number | bigint): Generator {
  return default_generator.manual_seed(typeof seed === "number" ? Math.trunc(seed) : seed);
}

/** Seeds with a number that nobody can foretell, and returns it. Source: torch.seed. */
export function seed(): number {
  return default_generator.seed();
}

/** The seed that the stream started with; a bigint beyond 2^53. Source: torch.initial_seed. */
export function initial_seed(): number | bigint {
  return default_generator.initial_seed();
}

/** A copy of the state: 5056 bytes. Source: torch.get_rng_state. */
export function get_rng_state(): Tensor {
  return default_generator.get_state();
}

/** Puts back what `get_rng_state` gave. Source: torch.set_rng_state. */
export function set_rng_state(new_state: Tensor): void {
  default_generator.set_state(new_state);
}

export interface ForkOptions {
  /** CUDA devices whose generators are forked too. */
  devices?: readonly (number | string)[] | null;
  /** false: nothing is forked. */
  enabled?: boolean;
}

/**
 * Numbers drawn inside do not count outside: `fork_rng(() => ...)` or `using guard = fork_rng()`. A first argument that is
 * no function holds the options; a list is that of the devices. Source: torch.random.fork_rng.
 */
export function fork_rng(options?: ForkOptions | readonly (number | string)[] | null): Guard;
export function fork_rng<T>(f: () => T, options?: ForkOptions): T;
export function fork_rng<T>(
  f?: (() => T) | ForkOptions | readonly (number | string)[] | null,
  options?: ForkOptions,
): T | Guard {
  const { enabled = true } =
    (typeof f === "function" ? options : Array.isArray(f) ? null : (f as ForkOptions | null)) ?? {};
  const state = enabled ? default_generator.get_state() : null;
  const guard = new Guard(() => {
    if (state !== null) default_generator.set_state(state);
  });
  if (typeof f !== "function") return guard;
  try {
    const result = f();
    if (result instanceof Promise) {
      throw new TorchTypeError(
        "fork_rng",
        "an async function leaves the scope at its first await; use `using guard = fork_rng()` around each part",
      );
    }
    return result;
  } finally {
    guard[Symbol.dispose]();
  }
}
