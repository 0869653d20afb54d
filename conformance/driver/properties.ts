import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import { allOps } from "../../optimized/autograd/op.js";
import { cpu } from "../../optimized/core/device.js";
import { TorchError } from "../../optimized/core/errors.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { layoutSeeds, writableLayouts } from "../generators/layouts.js";
import { arraysIn, describe, isFloat, mapArrays, withFloats } from "./arrays.js";
import { difference, type Tolerance } from "./close.js";
import { backward, checkGradient, checkGradientsAgree, checkSecondGradient } from "./gradients.js";
import { fit, lift, lower, tensorOf, tensorsIn, tensorsOf } from "./lift.js";
import { callOf, onDeviceReference, resultsOf } from "./run.js";
import type { Spec } from "./spec.js";
import { opsOf } from "./trace.js";

/** What is checked for every spec. A property throws an error that says what was called and what was wrong. */

export interface Property {
  readonly name: string;
  /** Why it does not apply to this spec. */
  readonly skip?: string;
  readonly check: (runs: number) => void;
}

type Args = readonly unknown[];

/** How many draws a property gets, for each draw of the first one: gradients cost more. */
const SHARE = { agreement: 1, device: 0.25, forms: 0.25, gradient: 0.25, second: 0.1 };

export function propertiesOf(spec: Spec): Property[] {
  return [
    { name: "agrees with the reference in every layout and leaves its inputs alone", check: (n) => agreement(spec, n) },
    { name: "gives the same on device reference", check: (n) => deviceReference(spec, n) },
    ...(spec.smooth !== undefined && "skip" in spec.smooth
      ? [{ name: "gradient", skip: spec.smooth.skip, check: () => {} }]
      : gradients(spec)),
    ...(spec.inplace === true
      ? [{ name: "has the same result in place", check: (n: number) => inplace(spec, n) }]
      : []),
    ...(spec.view === true ? [{ name: "shares memory with its input", check: (n: number) => isView(spec, n) }] : []),
    ...(spec.out === true ? [{ name: "has the same result in `out`", check: (n: number) => outOption(spec, n) }] : []),
    ...(spec.errors ?? []).map((e) => ({ name: `rejects bad input with ${e.message}`, check: () => rejects(e) })),
    { name: "runs the ops that it is about", check: (n: number) => runsItsOps(spec, n) },
  ];
}

function gradients(spec: Spec): Property[] {
  const smooth = spec.smooth as fc.Arbitrary<Args>;
  const draws = (n: number, share: number): number => Math.max(3, Math.ceil(n * share));
  const first: Property[] = [
    {
      name: "has the gradient of the reference",
      check: (n) =>
        forAll(smooth, draws(n, SHARE.gradient), (args) => checkGradient(spec, withFloats(args, "float64"))),
    },
    {
      name: "has the same float32 gradient on device reference",
      check: (n) =>
        forAll(smooth, draws(n, SHARE.gradient), (args) => checkGradientsAgree(spec, roundedTo32(args), 1e-4)),
    },
  ];
  const second: Property = {
    name: "has the second derivative of the reference",
    ...(spec.skipSecond === undefined ? {} : { skip: spec.skipSecond }),
    check: (n) =>
      forAll(smooth, draws(n, SHARE.second), (args) => checkSecondGradient(spec, withFloats(args, "float64"))),
  };
  return [...first, second];
}

/** Draws `runs` inputs; the first that fails is made smaller, then reported with the seed that gives it again. */
function forAll<T>(inputs: fc.Arbitrary<T>, runs: number, check: (args: T) => void): void {
  const seed = Number(process.env.TSTORCH_SEED ?? 42);
  const property = fc.property(inputs, (args) => check(args));
  const details = fc.check(property, { numRuns: runs, seed, interruptAfterTimeLimit: 20_000 });
  if (!details.failed) return;
  const cause = details.errorInstance;
  const message = cause instanceof Error ? cause.message : String(cause);
  const called = details.counterexample === null ? "" : `\ncalled with ${describe(details.counterexample[0])}`;
  throw new Error(`${message}${called}\nseed ${details.seed} (TSTORCH_SEED), path ${details.counterexamplePath}`, {
    cause,
  });
}

function toleranceOf(spec: Spec, args: Args): Tolerance {
  return typeof spec.tolerance === "function" ? spec.tolerance(...args) : spec.tolerance;
}

function expectClose(got: readonly NdArray[], want: readonly NdArray[], tolerance: Tolerance, what: string): void {
  if (got.length !== want.length) throw new Error(`${what} has ${got.length} outputs, expected ${want.length}`);
  got.forEach((array, k) => {
    const wrong = difference(array, want[k]!, tolerance);
    if (wrong !== null) throw new Error(`${what}, output ${k}: ${wrong}`);
  });
}

function expectUnchanged(tensors: readonly Tensor[], arrays: readonly NdArray[], what: string): void {
  tensors.forEach((t, k) => {
    const wrong = difference(lower(t), arrays[k]!, { ulps: 0 });
    if (wrong !== null) throw new Error(`${what} changed its input ${k}: ${wrong}`);
  });
}

const layoutLists = fc.array(layoutSeeds, { minLength: 4, maxLength: 4 });

function agreement(spec: Spec, runs: number): void {
  forAll(fc.tuple(spec.inputs, layoutLists), runs, ([drawn, layouts]) => {
    const args = fit(drawn, layouts);
    const lifted = lift(args, { layouts }) as unknown[];
    const tensors = tensorsIn(lifted);
    const got = tensorsOf(callOf(spec, lifted)).map(lower);
    expectClose(got, resultsOf(spec, args, layouts), toleranceOf(spec, args), spec.name);
    expectUnchanged(tensors, arraysIn(args), spec.name);
  });
}

function deviceReference(spec: Spec, runs: number): void {
  forAll(spec.inputs, Math.ceil(runs * SHARE.device), (args) => {
    const got = onDeviceReference(spec, args);
    expectClose(got, resultsOf(spec, args), toleranceOf(spec, args), `${spec.name} on device reference`);
  });
}

/** A write through the result shows in the input. */
function isView(spec: Spec, runs: number): void {
  forAll(spec.inputs, Math.ceil(runs * SHARE.forms), (args) => {
    const lifted = lift(args) as [Tensor, ...unknown[]];
    const [self] = lifted;
    const [view] = tensorsOf(callOf(spec, lifted));
    if (view!._storage !== self._storage) throw new Error(`${spec.name} copies`);
  });
}

/** `x.name_(...)` on a copy of x, where the result has x's shape and dtype. */
function inplace(spec: Spec, runs: number): void {
  forAll(fc.tuple(spec.inputs, writableLayouts), Math.ceil(runs * SHARE.forms), ([args, layout]) => {
    const [plain] = tensorsOf(callOf(spec, lift(args) as unknown[]));
    const [self, ...rest] = lift(args) as [Tensor, ...unknown[]];
    if (plain!.dtype !== self.dtype || plain!.shape.join() !== self.shape.join()) return;
    const before = lower(self);
    const target = tensorOf(before, {}, layout);
    const method = Reflect.get(target, `${spec.name}_`) as ((...args: unknown[]) => Tensor) | undefined;
    if (method === undefined) throw new Error(`tensors have no method ${spec.name}_`);
    const version = target._version;
    const returned = method.apply(target, rest);
    if (returned !== target) throw new Error(`${spec.name}_ does not return its tensor`);
    // Integers that are whole already are left alone.
    const changed = difference(lower(target), before, { ulps: 0 }) !== null;
    if (changed && target._version === version) throw new Error(`${spec.name}_ does not count as a change`);
    expectClose([lower(target)], [lower(plain!)], { ulps: 0 }, `${spec.name}_`);
  });
}

/** `out` of the right shape, of a wrong one, and with strides. */
function outOption(spec: Spec, runs: number): void {
  forAll(fc.tuple(spec.inputs, writableLayouts), Math.ceil(runs * SHARE.forms), ([args, layout]) => {
    const [plain] = tensorsOf(callOf(spec, lift(args) as unknown[]));
    const want = lower(plain!);
    const strided = tensorOf({ ...want, data: want.data.map(() => 0) }, {}, layout);
    const small = tensorOf({ shape: [0], dtype: want.dtype, data: new Float64Array() });
    for (const out of [strided, small]) {
      const lifted = lift(args) as unknown[];
      const last = lifted.at(-1);
      const options = { ...(isPlain(last) ? last : {}), out };
      const f = publicFunction(spec.name) as (...args: unknown[]) => unknown;
      const returned = f(...(isPlain(last) ? lifted.slice(0, -1) : lifted), options);
      if (returned !== out) throw new Error(`${spec.name} with \`out\` does not return it`);
      expectClose([lower(out)], [want], { ulps: 0 }, `${spec.name} with \`out\``);
    }
  });
}

/** `torch.<name>`, or `torch.special.<name>` for special_<name>. */
function publicFunction(name: string): unknown {
  const prefix = "special_";
  return name.startsWith(prefix) ? Reflect.get(torch.special, name.slice(prefix.length)) : Reflect.get(torch, name);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function rejects({ call, message, kind = "RuntimeError" }: NonNullable<Spec["errors"]>[number]): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof TorchError)) throw error;
    if (!message.test(error.message)) throw new Error(`the message is '${error.message}', expected ${message}`);
    if (error.kind !== kind) throw new Error(`the error is a ${error.kind}, expected ${kind}`);
    return;
  }
  throw new Error(`nothing was thrown, expected ${kind} ${message}`);
}

/** Forward and, where there are gradients, backward run an op value of each of the names. */
function runsItsOps(spec: Spec, runs: number): void {
  const names = spec.ops ?? [spec.name];
  const ran = opsOf(() => {
    forAll(spec.inputs, runs, (args) => {
      callOf(spec, lift(args) as unknown[]);
    });
    if ("skip" in spec.smooth) return;
    forAll(spec.smooth, 3, (args) => {
      backward(spec, roundedTo32(args), cpu);
    });
  });
  for (const name of names) {
    if (!allOps.some((op) => op.name === name)) throw new Error(`there is no op value named ${name}`);
    if (![...ran].some((op) => op.name === name)) throw new Error(`no op value named ${name} runs`);
  }
}

/** The same in float32: both devices then see the same numbers. */
function roundedTo32(args: Args): Args {
  const round = (x: NdArray): NdArray =>
    isFloat(x.dtype) ? { ...x, dtype: "float32", data: x.data.map(Math.fround) } : x;
  return mapArrays(args, round) as Args;
}
