import { get_rng_state, set_rng_state } from "../../random/index.js";
import type { Module } from "../module.js";

/**
 * A module whose parameters are not meant to be read before they are set: no random numbers are used up for them.
 *
 * Source  torch.nn.utils.skip_init.
 */
export function skip_init<M extends Module, Args extends readonly unknown[]>(
  module_cls: new (...args: Args) => M,
  ...args: Args
): M {
  const state = get_rng_state();
  try {
    return new module_cls(...args);
  } finally {
    set_rng_state(state);
  }
}
