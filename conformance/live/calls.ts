import type fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { arraysIn, withFloats } from "../driver/arrays.js";
import type { Spec } from "../driver/spec.js";
import type { Json } from "../oracle/values.js";
import { encodeArguments, Unsendable } from "./encode.js";
import { knownDifferences } from "./known.js";
import type { PythonCall, Spelling } from "./spelling.js";
import { spellings } from "./spellings.js";

/** Random calls for PyTorch, made of what the specs draw. */

/** A case of the oracle's format without its results. */
export interface Call {
  readonly id: string;
  readonly op: string;
  readonly call: "function" | "method" | "inplace";
  readonly args: readonly Json[];
  readonly kwargs: Readonly<Record<string, Json>>;
  readonly rtol: number;
  readonly atol: number;
  readonly grtol: number;
  readonly gatol: number;
}

/** The function of a spec's name, with the arguments of the spec. */
function sameName(name: string): Exclude<Spelling, string> | null {
  const special = name.replace(/^special_/, "");
  if (special !== name) return (args) => ({ op: `torch.special.${special}`, args });
  if (!/^[a-z]\w*$/.test(name) || name.endsWith("_")) return null;
  if (name in torch.nn.functional) return (args) => ({ op: `torch.nn.functional.${name}`, args: namedReduction(args) });
  if (name in torch) return (args) => ({ op: `torch.${name}`, args });
  if (name in Tensor.prototype) return (args) => ({ op: `torch.Tensor.${name}`, how: "method", args });
  return null;
}

const REDUCTIONS: readonly unknown[] = ["none", "mean", "sum"];

/** Losses have deprecated arguments before `reduction`, so it is passed by name. */
function namedReduction(args: readonly unknown[]): readonly unknown[] {
  return REDUCTIONS.includes(args.at(-1)) ? [...args.slice(0, -1), { reduction: args.at(-1) }] : args;
}

/** The reason for specs that spellings.ts ought to name. */
export const NO_FUNCTION = "there is no function of this name, and no spelling";

/** Why calls of a spec are not sent; null if they are. */
export function notSent(spec: Spec): string | null {
  const spelling = spellings[spec.name];
  if (typeof spelling === "string") return spelling;
  return spelling !== undefined || sameName(spec.name) !== null ? null : NO_FUNCTION;
}

/** A call with its gradients, of what is drawn at smooth points, or one with special values and of any dtype. */
export function specCalls(spec: Spec): {
  readonly smooth: fc.Arbitrary<Call | null> | null;
  readonly any: fc.Arbitrary<Call | null>;
} {
  const spelling = spellings[spec.name] ?? sameName(spec.name);
  if (typeof spelling === "string" || spelling === null) throw new Error(`${spec.name} is not sent`);
  const { smooth } = spec;
  return {
    any: spec.inputs.map((args) => callFor(spec, spelling(args), args, false)),
    smooth:
      "skip" in smooth
        ? null
        : smooth.map((args) => {
            const doubles = withFloats(args, "float64");
            return callFor(spec, spelling(doubles), doubles, true);
          }),
  };
}

function callFor(spec: Spec, python: PythonCall, args: readonly unknown[], grad: boolean): Call | null {
  if (knownDifferences[spec.name]?.concerns?.(arraysIn(args)) === true) return null;
  try {
    const call = python.how ?? "function";
    return { id: spec.name, op: python.op, call, ...encodeArguments(python.args, grad), ...toleranceFor(spec, args) };
  } catch (error) {
    if (error instanceof Unsendable) return null;
    throw error;
  }
}

const EPSILON: Readonly<Record<string, number>> = {
  float64: 2 ** -52,
  float32: 2 ** -23,
  float16: 2 ** -10,
  bfloat16: 2 ** -7,
};

/**
 * Both sides round: as the spec says, and PyTorch by as much in its own way. float64 functions of PyTorch that are computed by
 * series have a few hundred units; in float32 and below it is tens.
 */
function toleranceFor(spec: Spec, args: readonly unknown[]): Omit<Call, "id" | "op" | "call" | "args" | "kwargs"> {
  const arrays = arraysIn(args);
  const epsilon = Math.max(0, ...arrays.map(({ dtype }) => EPSILON[dtype] ?? 0)) || 2 ** -23;
  const { floor = 0, ulps } = typeof spec.tolerance === "function" ? spec.tolerance(...args) : spec.tolerance;
  const units = (epsilon < 2 ** -40 ? 4096 : 32) + 4 * Math.min(ulps, 1000);
  const coarse = knownDifferences[spec.name]?.rtol ?? 0;
  const rtol = Math.max(units * epsilon, coarse);
  const atol = 4 * (Number.isFinite(floor) ? floor : 0) + rtol * Math.min(scaleOf(arrays), 1e6);
  return { rtol, atol, grtol: Math.max(1e-8, coarse), gatol: 1e-8 };
}

/** The size of the operands, which results that cancel are accurate to. */
function scaleOf(arrays: readonly NdArray[]): number {
  let largest = 1;
  for (const { data } of arrays) for (const v of data) if (Number.isFinite(v)) largest = Math.max(largest, Math.abs(v));
  return largest;
}
