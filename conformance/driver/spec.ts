import type fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import type { Tolerance } from "./close.js";

/** Arguments with arrays as tensors. */
export type Lifted<T> = T extends NdArray
  ? Tensor
  : T extends readonly unknown[] | Record<string, unknown>
    ? { -readonly [K in keyof T]: Lifted<T[K]> }
    : T;

export type Result = Tensor | readonly (Tensor | null)[] | Iterable<Tensor> | object;

export interface ErrorCase {
  /** What is called, and must throw. */
  readonly call: () => unknown;
  readonly message: RegExp;
  /** Name of the Python exception; RuntimeError if absent. */
  readonly kind?: string;
}

/** What a function of tensors must do, in terms of its reference and of the calls to try. */
export interface Spec<Args extends readonly unknown[] = readonly unknown[]> {
  /** The public name: `torch.<name>`, or an internal op. */
  readonly name: string;
  /** Op values that this spec is about; each of them must run. Its name alone if absent. */
  readonly ops?: readonly string[];
  readonly call: (...args: Lifted<Args>) => Result;
  /** The same in pure TypeScript; absent: the call itself on device "reference". */
  readonly reference?: (...args: Args) => NdArray | readonly NdArray[] | object;
  readonly inputs: fc.Arbitrary<Args>;
  readonly tolerance: Tolerance | ((...args: Args) => Tolerance);
  /** The reason for the tolerance. */
  readonly why: string;
  /** Arguments where the derivative exists, or why there is none to check. Float arrays are taken as float64. */
  readonly smooth: fc.Arbitrary<Args> | { readonly skip: string };
  /** Why second derivatives are not checked. */
  readonly skipSecond?: string;
  /** Whether there is a method `<name>_` that changes its first argument. */
  readonly inplace?: boolean;
  /** Whether the last options take `out`. */
  readonly out?: boolean;
  /** Draws random numbers: the generator is seeded before each call. */
  readonly random?: boolean;
  /** The result is a view: it shares memory with the first argument, except where the function says that it copies. */
  readonly view?: boolean;
  readonly errors?: readonly ErrorCase[];
}

/** Checks the types of a spec, then forgets the argument types, so that specs fit in one list. */
export function defineSpec<Args extends readonly unknown[]>(spec: Spec<Args>): Spec {
  return spec as unknown as Spec;
}
