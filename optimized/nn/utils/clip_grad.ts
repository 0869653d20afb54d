import { block } from "../../backends/block.js";
import { cpu } from "../../core/device.js";
import { float32, float64, realOf } from "../../core/dtype.js";
import { TorchError } from "../../core/errors.js";
import { cpuKernels } from "../../core/native.js";
import { isSparse } from "../../core/sparse_storage.js";
import { Tensor } from "../../core/tensor.js";
import { no_grad } from "../../autograd/grad_mode.js";
import { detach } from "../../ops/autograd.js";
import { to } from "../../ops/copy.js";
import { amax, amin } from "../../ops/extremum.js";
import { abs, ne, pow, sum } from "../../ops/index.js";
import { clamp_, mul_ } from "../../ops/inplace.js";
import { isOptions, scalarTensor } from "../../ops/support.js";
import { item } from "../../ops/values.js";
import { coalescedCoo } from "../../sparse/coo.js";
import { entriesOf, fitPerCall, isDense } from "../../optim/native.js";

/** Limits on gradients between backward and step. */

type TensorOrTensors = Tensor | Iterable<Tensor>;

function gradientsOf(parameters: TensorOrTensors): Tensor[] {
  const list = parameters instanceof Tensor ? [parameters] : [...parameters];
  return list.flatMap((p) => (p._grad === null ? [] : [detach(p._grad)]));
}

export interface ClipGradNormOptions {
  norm_type?: number | "inf";
  error_if_nonfinite?: boolean;
}

/**
 * Scales all gradients by the same factor so that their common norm is at most max_norm; returns the norm before.
 *
 *     total = norm_type-norm of all elements      grad ← grad · min(1, max_norm / (total + 10⁻⁶))
 *
 * A total that is not finite makes gradients NaN or 0, unless error_if_nonfinite: then it is an error and nothing
 * changes. float32 and float64 gradients take one pass for the norm, summed in double, and one to scale.
 *
 * Source  torch.nn.utils.clip_grad_norm_.
 */
export function clip_grad_norm_(
  parameters: TensorOrTensors,
  max_norm: number,
  norm_type: number | "inf" | ClipGradNormOptions = 2,
  error_if_nonfinite: boolean | ClipGradNormOptions = false,
): Tensor {
  const given: ClipGradNormOptions = {
    ...(isOptions(norm_type) ? norm_type : { norm_type }),
    ...(isOptions(error_if_nonfinite) ? error_if_nonfinite : { error_if_nonfinite }),
    ...(isOptions(norm_type) ? norm_type : {}),
  };
  const order = given.norm_type === "inf" ? Infinity : Number(given.norm_type ?? 2);
  const grads = gradientsOf(parameters);
  if (grads.length === 0) return scalarTensor(0, float32, cpu);
  const together = nativeOrder(order) !== null && canRunTogether(grads, order);
  const total = together ? nativeNorm(grads, order) : normOfNorms(grads, order);
  if (given.error_if_nonfinite === true && !Number.isFinite(total)) {
    throw new TorchError(
      "clip_grad_norm_",
      `The total norm of order ${order} for gradients from \`parameters\` is non-finite, so it cannot be clipped; got ${total}. ` +
        "To disable this error and scale the gradients by the non-finite norm anyway, set error_if_nonfinite: false",
    );
  }
  const factor = max_norm / (total + 1e-6);
  if (!(factor >= 1)) scaleAll(grads, factor, together); // also where it is NaN
  return scalarTensor(total, realOf(grads[0]!.dtype), grads[0]!.device);
}

/** How the kernel calls the order; null if it does not know it. */
function nativeOrder(order: number): number | null {
  const at = [1, 2, Infinity].indexOf(order);
  return at < 0 ? null : at;
}

/** Whether the kernels may see all gradients as one long list of numbers. */
function canRunTogether(grads: readonly Tensor[], order: number): boolean {
  const [first] = grads;
  const dtype = realOf(first!.dtype);
  if (cpuKernels.norm_of_all === undefined || (dtype !== float32 && dtype !== float64)) return false;
  if (first!.dtype.is_complex && order !== 2) return false; // |z| is not a function of its parts alone
  return grads.every((g) => !isSparse(g) && g.dtype === first!.dtype && g.device === cpu && isDense(g));
}

function nativeNorm(grads: readonly Tensor[], order: number): number {
  const parts: number[] = [];
  for (const some of inCalls(grads)) {
    writeAll(some, nativeOrder(order)!);
    cpuKernels.norm_of_all!();
    parts.push(block.result(0));
  }
  return parts.length === 1 ? parts[0]! : vectorNorm(parts, order);
}

function scaleAll(grads: readonly Tensor[], factor: number, together: boolean): void {
  if (!together) {
    no_grad(() => {
      for (const g of grads) mul_(g, factor);
    });
    return;
  }
  for (const some of inCalls(grads)) {
    writeAll(some, factor);
    cpuKernels.scale_all!();
  }
  for (const g of grads) g._storage.version++;
}

/** [dtype, rows, number, rows of numel, address] */
function writeAll(grads: readonly Tensor[], number: number): void {
  const b = block.begin();
  b.number(realOf(grads[0]!.dtype).code);
  b.number(grads.length);
  b.number(number);
  for (const g of grads) {
    b.number(entriesOf(g));
    b.address(g);
  }
}

/** As many gradients as one call takes. */
function inCalls(grads: readonly Tensor[]): Tensor[][] {
  const fit = fitPerCall(1, 2);
  const calls: Tensor[][] = [];
  for (let i = 0; i < grads.length; i += fit) calls.push(grads.slice(i, i + fit));
  return calls;
}

/** The norm of the norms: for orders and dtypes without a kernel. */
function normOfNorms(grads: readonly Tensor[], order: number): number {
  return no_grad(() =>
    vectorNorm(
      grads.map((g) => Number(item(tensorNorm(g, order)))),
      order,
    ),
  );
}

function tensorNorm(g: Tensor, order: number): Tensor {
  const size = to(abs(isSparse(g) ? coalescedCoo("norm", g).values : g), float64);
  if (order === Infinity) return amax(size);
  if (order === -Infinity) return amin(size);
  if (order === 0) return sum(ne(size, 0));
  return pow(sum(pow(size, order)), 1 / order);
}

function vectorNorm(values: readonly number[], order: number): number {
  if (order === Infinity) return Math.max(...values);
  if (order === -Infinity) return Math.min(...values);
  if (order === 0) return values.filter((v) => v !== 0).length;
  return values.reduce((total, v) => total + v ** order, 0) ** (1 / order);
}

/**
 * Clamps every element of every gradient to [−clip_value, clip_value]; NaN stays.
 *
 * Source  torch.nn.utils.clip_grad_value_.
 */
export function clip_grad_value_(parameters: TensorOrTensors, clip_value: number): void {
  no_grad(() => {
    for (const g of gradientsOf(parameters)) clamp_(g, -clip_value, clip_value);
  });
}
