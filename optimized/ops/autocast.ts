import { requiresGrad } from "../autograd/apply.js";
import { autocastState } from "../core/autocast.js";
import { type DType, float32, float64, promote_types } from "../core/dtype.js";
import { gradMode } from "../core/grad_mode.js";
import { isOptions } from "../core/options.js";
import { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";

/**
 * What ops do inside torch.autocast. An op of PyTorch's lists calls itself again through one of these functions, which
 * convert its tensors and turn autocast off for the call:
 *
 *     if (autocastState.on) return lowerPrecision(mm, input, mat2, options);
 *
 * Source: aten/src/ATen/autocast_mode.cpp.
 */

/** The dtype that products on the device of `args` have; null where autocast is not on for it. */
function lowerDtype(args: readonly unknown[]): DType | null {
  const first = tensorsIn(args)[0];
  if (first === undefined) return null;
  const { enabled, dtype } = autocastState.setting[first.device.type === "cuda" ? "cuda" : "cpu"];
  return enabled ? dtype : null;
}

function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  return isOptions(value) ? Object.values(value).flatMap(tensorsIn) : [];
}

function writesToOut(args: readonly unknown[]): boolean {
  const last = args.at(-1);
  return isOptions(last) && last.out != null;
}

/** Floats but doubles are converted; weights once per region. */
function cast(t: Tensor, dtype: DType): Tensor {
  if (!t.dtype.is_floating_point || t.dtype === float64 || t.dtype === dtype) return t;
  const { cache, setting } = autocastState;
  const isWeight = t._node === null && t._base === null && requiresGrad(t);
  // Without a graph nothing is kept: a later call that records one needs a copy that is part of it.
  if (!(isWeight && dtype !== float32 && setting.cacheEnabled && gradMode.enabled)) return to(t, dtype);
  const known = cache.get(t) ?? to(t, dtype);
  cache.set(t, known);
  return known;
}

function castAll(value: unknown, dtype: DType): unknown {
  if (value instanceof Tensor) return cast(value, dtype);
  if (Array.isArray(value)) return value.map((v) => castAll(v, dtype));
  if (!isOptions(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, castAll(v, dtype)]));
}

function run<A extends readonly unknown[], R>(f: (...args: A) => R, args: A, dtype: DType | null): R {
  // Forms with `out` are left alone, as in PyTorch.
  const given = dtype === null || writesToOut(args) ? args : (castAll(args, dtype) as A);
  return autocastState.without(() => f(...given));
}

/** For products of matrices and convolutions: runs in the dtype of the region. */
export function lowerPrecision<A extends readonly unknown[], R>(f: (...args: A) => R, ...args: NoInfer<A>): R {
  return run(f, args, lowerDtype(args));
}

/** For ops that lose too much in 16 bits: runs in float32. */
export function fullPrecision<A extends readonly unknown[], R>(f: (...args: A) => R, ...args: NoInfer<A>): R {
  return run(f, args, lowerDtype(args) === null ? null : float32);
}

/** `f` as such an op, for functions that are made by functions. */
export function inFullPrecision<F extends (...args: never[]) => unknown>(f: F): F {
  return ((...args: never[]) => (autocastState.on ? fullPrecision(f, ...args) : f(...args))) as F;
}

/** For ops whose tensors must have one dtype: runs in the widest of theirs. */
export function widestPrecision<A extends readonly unknown[], R>(f: (...args: A) => R, ...args: NoInfer<A>): R {
  if (lowerDtype(args) === null) return run(f, args, null);
  const dtypes = tensorsIn(args)
    .map((t) => t.dtype)
    .filter((d) => d.is_floating_point);
  return run(f, args, dtypes.length === 0 ? null : dtypes.reduce(promote_types));
}
