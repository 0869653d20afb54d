import { TorchError, type ErrorKind } from "../core/errors.js";
import { float64 } from "../core/dtype.js";
import { typedView } from "../core/elements.js";
import { positions } from "../backends/reference.js";
import { Tensor } from "../core/tensor.js";
import { grad } from "./backward.js";
import { enable_grad, no_grad } from "./grad_mode.js";
import { gradOps } from "./grad_ops.js";
import { requiresGrad } from "./apply.js";

export class GradcheckError extends TorchError {
  override readonly kind: ErrorKind = "GradcheckError";
}

export interface GradcheckOptions {
  /** Step of the central differences. */
  eps?: number;
  atol?: number;
  rtol?: number;
  /** Whether to throw on a mismatch, or to return false. */
  raise_exception?: boolean;
  check_undefined_grad?: boolean;
  nondet_tol?: number;
}

type Output = Tensor | readonly Tensor[];
type Fn = (...inputs: Tensor[]) => Output;

function outputsOf(result: Output): Tensor[] {
  const list = Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor];
  return list.filter((t) => t instanceof Tensor && t.dtype.is_floating_point);
}

function valuesOf(t: Tensor): Float64Array {
  const view = typedView(t._storage, float64) as Float64Array;
  return Float64Array.from(positions(t), (at) => view[at]!);
}

/** d output_j / d input_k for one input, column by column, by central differences. */
function numericalJacobian(f: Fn, inputs: readonly Tensor[], which: number, eps: number): Float64Array[][] {
  const x = inputs[which]!;
  const view = typedView(x._storage, float64) as Float64Array;
  const columns: Float64Array[][] = [];
  for (const at of [...positions(x)]) {
    const before = view[at]!;
    const run = (value: number) => {
      view[at] = value;
      return no_grad(() => outputsOf(f(...inputs)).map(valuesOf));
    };
    const high = run(before + eps);
    const low = run(before - eps);
    view[at] = before;
    columns.push(high.map((h, o) => h.map((v, i) => (v - low[o]![i]!) / (2 * eps))));
  }
  return columns;
}

/**
 * Whether the gradients of `func` agree with central differences, for every floating point input that requires grad and
 * every floating point output. Inputs must be float64. Throws a GradcheckError that names input, output and numbers, or
 * returns false. Source: torch.autograd.gradcheck.
 */
export function gradcheck(func: Fn, inputs: Tensor | readonly Tensor[], options: GradcheckOptions = {}): boolean {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, raise_exception = true } = options;
  const list = (Array.isArray(inputs) ? inputs : [inputs]) as Tensor[];
  try {
    check(func, list, eps, atol, rtol);
    return true;
  } catch (error) {
    if (!raise_exception && error instanceof GradcheckError) return false;
    throw error;
  }
}

function check(func: Fn, inputs: Tensor[], eps: number, atol: number, rtol: number): void {
  const wanted = inputs.map((x, i) => (x instanceof Tensor && requiresGrad(x) ? i : -1)).filter((i) => i >= 0);
  if (wanted.length === 0) {
    throw new TorchError(
      "gradcheck",
      "expects at least one input tensor to require gradient, but none of them have requires_grad=True.",
    );
  }
  for (const i of wanted) {
    if (inputs[i]!.dtype !== float64) {
      throw new TorchError(
        "gradcheck",
        `input ${i} has dtype ${inputs[i]!.dtype}; central differences need torch.float64`,
      );
    }
  }
  const numerical = new Map(wanted.map((i) => [i, numericalJacobian(func, inputs, i, eps)]));
  for (const [o, output] of outputsOf(func(...inputs)).entries()) {
    if (!requiresGrad(output)) continue;
    for (let j = 0; j < output._numel; j++) {
      const seed = gradOps.zeros(output.shape, output.dtype, output.device);
      (typedView(seed._storage, float64) as Float64Array)[seed._offset + j] = 1;
      const grads = grad(
        [output],
        wanted.map((i) => inputs[i]!),
        [seed],
        { retain_graph: true, allow_unused: true },
      );
      wanted.forEach((i, w) => {
        const row = grads[w] == null ? null : valuesOf(grads[w]);
        const columns = numerical.get(i)!;
        columns.forEach((column, k) => {
          const want = column[o]![j]!;
          const got = row === null ? 0 : row[k]!;
          if (Math.abs(got - want) <= atol + rtol * Math.abs(want)) return;
          throw new GradcheckError(
            "gradcheck",
            `Jacobian mismatch for output ${o} with respect to input ${i}: d output[${j}] / d input[${k}] is ${got} analytically and ${want} numerically`,
          );
        });
      });
    }
  }
}

/**
 * As `gradcheck`, for the gradients themselves: second derivatives. `grad_outputs` weigh the outputs; by default fixed
 * pseudo-random numbers do. Source: torch.autograd.gradgradcheck.
 */
export function gradgradcheck(
  func: Fn,
  inputs: Tensor | readonly Tensor[],
  grad_outputs: readonly Tensor[] | null = null,
  options: GradcheckOptions = {},
): boolean {
  const list = (Array.isArray(inputs) ? inputs : [inputs]) as Tensor[];
  const wanted = list.map((x, i) => (requiresGrad(x) ? i : -1)).filter((i) => i >= 0);
  const outputs = outputsOf(func(...list)).filter(requiresGrad);
  const weights = grad_outputs ?? outputs.map(weightsLike);
  const first: Fn = (...args) => {
    const ins = args.slice(0, list.length);
    const seeds = args.slice(list.length);
    return enable_grad(() => {
      const outs = outputsOf(func(...ins)).filter(requiresGrad);
      const grads = grad(
        outs,
        wanted.map((i) => ins[i]!),
        seeds,
        { create_graph: true, allow_unused: true },
      );
      return grads.filter((g): g is Tensor => g !== null && requiresGrad(g));
    });
  };
  return gradcheck(first, [...list, ...weights], options);
}

/** Fixed numbers in (−1, 1) that require grad. */
function weightsLike(t: Tensor): Tensor {
  const out = gradOps.zeros(t.shape, t.dtype, t.device);
  const view = typedView(out._storage, float64) as Float64Array;
  for (let i = 0; i < out._numel; i++) view[out._offset + i] = ((i * 0.618033988749895 + 0.3) % 1) * 2 - 1;
  out._requiresGrad = true;
  return out;
}
