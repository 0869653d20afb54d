import { type NdArray, numel } from "../../reference/array.js";
import { grad as gradOf } from "../../optimized/autograd/backward.js";
import { cpu, type Device, reference as referenceDevice } from "../../optimized/core/device.js";
import { requiresGrad } from "../../optimized/autograd/apply.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import { Stream } from "../generators/random.js";
import { arraysIn, isFloat, mapArrays } from "./arrays.js";
import { lift, lower, tensorOf, tensorsIn, tensorsOf } from "./lift.js";
import { callOf, resultsOf } from "./run.js";
import type { Spec } from "./spec.js";

/** Derivatives against central differences. */

const STEP = 1e-6; // central differences are then good to about 1e-9 of the function's size
const RELATIVE = 1e-5;

/** Fixed weights in (−1, 1) that make one number of a result: its gradient has every element of every output in it. */
function weightsFor(shape: readonly number[], seed: number): NdArray {
  const stream = new Stream(seed + 1);
  return { shape, dtype: "float64", data: Float64Array.from({ length: numel(shape) }, () => stream.next() * 2 - 1) };
}

function floatResults(spec: Spec, args: readonly unknown[]): NdArray[] {
  return resultsOf(spec, args).filter((r) => isFloat(r.dtype));
}

function weighted(results: readonly NdArray[]): number {
  let total = 0;
  results.forEach((r, k) => {
    const { data } = weightsFor(r.shape, k);
    r.data.forEach((value, i) => {
      total += value * data[i]!;
    });
  });
  return total;
}

/** d f / d x for every float array of the arguments. */
function centralDifferences<T>(args: T, f: (args: T) => number): Float64Array[] {
  const gradients: Float64Array[] = [];
  arraysIn(args).forEach((x, which) => {
    if (!isFloat(x.dtype)) return;
    const gradient = new Float64Array(x.data.length);
    for (let i = 0; i < gradient.length; i++) {
      const moved = (step: number): number => {
        const data = x.data.slice();
        data[i]! += step;
        return f(mapArrays(args, (y, k) => (k === which ? { ...x, data } : y)) as T);
      };
      gradient[i] = (moved(STEP) - moved(-STEP)) / (2 * STEP);
    }
    gradients.push(gradient);
  });
  return gradients;
}

interface Backward {
  readonly inputs: readonly Tensor[];
  readonly grads: readonly (Tensor | null)[];
}

/** Gradients of the weighted sum of all float outputs that have one. */
export function backward(spec: Spec, args: readonly unknown[], device: Device, createGraph = false): Backward {
  const lifted = lift(args, { device, grad: true }) as unknown[];
  const inputs = tensorsIn(lifted).filter((t) => t.requires_grad);
  const outputs = tensorsOf(callOf(spec, lifted));
  const floats = outputs.filter((t) => t.dtype.is_floating_point);
  const differentiable = floats.filter(requiresGrad);
  if (differentiable.length === 0) throw new Error("no output requires grad");
  const weights = floats.map((t, k) => tensorOf({ ...weightsFor(t.shape, k), dtype: t.dtype.name }, { device }));
  const used = weights.filter((_, k) => requiresGrad(floats[k]!));
  return { inputs, grads: gradOf(differentiable, inputs, used, { allow_unused: true, create_graph: createGraph }) };
}

function compareGradients(
  got: readonly (Tensor | null)[],
  want: readonly Float64Array[],
  relative: number,
  what: string,
): void {
  want.forEach((expected, k) => {
    const grad = got[k] ?? null;
    const values = grad === null ? new Float64Array(expected.length) : lower(grad).data;
    const size = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    expected.forEach((w, i) => {
      const g = values[i]!;
      if (Math.abs(g - w) <= relative * size || (Number.isNaN(g) && Number.isNaN(w))) return;
      throw new Error(`${what} with respect to float input ${k}, element ${i}: ${g}, expected ${w}`);
    });
  });
}

/** float64 backward on the CPU against central differences of the reference. */
export function checkGradient(spec: Spec, args: readonly unknown[]): void {
  const want = centralDifferences(args, (a) => weighted(floatResults(spec, a)));
  compareGradients(backward(spec, args, cpu).grads, want, RELATIVE, "gradient");
}

/** Backward on the CPU against the same on device "reference": other kernels for the same formulas. */
export function checkGradientsAgree(spec: Spec, args: readonly unknown[], relative: number): void {
  const got = backward(spec, args, cpu).grads;
  const want = backward(spec, args, referenceDevice).grads;
  compareGradients(
    got,
    want.map((g) => (g === null ? new Float64Array() : lower(g).data)),
    relative,
    "gradient, compared with device reference,",
  );
}

/** Derivatives of the gradients themselves against central differences of the (checked) gradients. */
export function checkSecondGradient(spec: Spec, args: readonly unknown[]): void {
  const first = (a: readonly unknown[]): number =>
    weighted(backward(spec, a, cpu).grads.flatMap((g) => (g === null ? [] : [lower(g)])));
  const { inputs, grads } = backward(spec, args, cpu, true);
  const present = grads.filter((g): g is Tensor => g !== null);
  const curved = present.filter(requiresGrad);
  const want = centralDifferences(args, first);
  if (curved.length === 0) {
    compareGradients([], want, RELATIVE, "second derivative of a function whose gradient has no graph");
    return;
  }
  const weights = present.map((g, k) => tensorOf(weightsFor(g.shape, k)));
  const used = weights.filter((_, k) => requiresGrad(present[k]!));
  const second = gradOf(curved, inputs, used, { allow_unused: true });
  compareGradients(second, want, RELATIVE, "second derivative");
}
