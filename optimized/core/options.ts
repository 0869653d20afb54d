import { TorchTypeError } from "./errors.js";

/** The object that may end a call and name its optional arguments (design.md §2.2). */

const plain = Object.prototype;

/** Whether `value` is an object literal: the options that may end a call. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === plain || prototype === null;
}

/** Throws if `options` has a name that is not known. */
export function checkOptions(op: string, options: object, known: readonly string[]): void {
  for (const name in options) {
    if (!known.includes(name)) {
      throw new TorchTypeError(op, `unexpected option '${name}'; known options: ${known.join(", ") || "none"}`);
    }
  }
}
