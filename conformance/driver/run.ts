import type { NdArray } from "../../reference/array.js";
import { no_grad } from "../../optimized/autograd/grad_mode.js";
import { reference as referenceDevice } from "../../optimized/core/device.js";
import torch from "../../optimized/index.js";
import { arraysIn } from "./arrays.js";
import { lift, lower, tensorsOf } from "./lift.js";
import type { Result, Spec } from "./spec.js";

/** What calls of random functions start from. */
export const SEED = 1234;

/** Calls what a spec is about; functions that draw random numbers start from the same seed each time. */
export function callOf(spec: Spec, lifted: readonly unknown[]): Result {
  if (spec.random === true) torch.manual_seed(SEED);
  return (spec.call as (...args: readonly unknown[]) => Result)(...lifted);
}

/** What the reference says. Numbers may be drawn in the order of memory, so the layouts are part of the call. */
export function resultsOf(spec: Spec, args: readonly unknown[], layouts?: readonly number[]): NdArray[] {
  if (spec.reference === undefined) return onDeviceReference(spec, args, layouts);
  return arraysIn(spec.reference(...args));
}

/** The same call on device "reference". */
export function onDeviceReference(spec: Spec, args: readonly unknown[], layouts?: readonly number[]): NdArray[] {
  const lifted = lift(args, { device: referenceDevice, ...(layouts === undefined ? {} : { layouts }) }) as unknown[];
  return no_grad(() => tensorsOf(callOf(spec, lifted)).map(lower));
}
