import { isFloat, type NdArray } from "../../reference/array.js";
import type { Block } from "../backends/block.js";
import { type DType, int64 } from "../core/dtype.js";
import { DtypeError, ShapeError, TorchError, TorchIndexError, ValueError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import { numelOf, sameShape, without } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { mean, sum } from "./reduce.js";
import type { Arguments } from "./support.js";

/** What losses have in common: how they are reduced, and how samples and classes lie in their input. */

export type Reduction = "none" | "mean" | "sum";

export interface ReductionOptions {
  /** "mean", "sum", or "none" for the values themselves. */
  reduction?: string;
  /** Deprecated in PyTorch; together with `reduce` it stands for a `reduction`. */
  size_average?: boolean | null;
  reduce?: boolean | null;
}

/** The reduction that the options ask for. */
export function reductionOf(op: string, { reduction = "mean", size_average, reduce }: ReductionOptions): Reduction {
  if (size_average != null || reduce != null) {
    return !(reduce ?? true) ? "none" : (size_average ?? true) ? "mean" : "sum";
  }
  if (reduction === "none" || reduction === "mean" || reduction === "sum") return reduction;
  throw new ValueError(op, `${reduction} is not a valid value for reduction; expected "none", "mean" or "sum"`);
}

/** The values of a loss, or their mean or sum. */
export function reduced(values: Tensor, reduction: Reduction): Tensor {
  return reduction === "none" ? values : reduction === "mean" ? mean(values) : sum(values);
}

/** The last arguments of most losses. */
export const LEGACY = ["size_average", "reduce", "reduction"] as const;
export type Legacy = [size_average?: boolean | null, reduce?: boolean | null, reduction?: string];
/** Those of losses that have more arguments after them. */
export type LegacyArguments<More extends readonly unknown[], Options> = Arguments<[...Legacy, ...More], Options>;

/** Refuses to lose a gradient: there is none by this argument. */
export function requireConstant(op: string, name: string, x: Tensor): void {
  if (!x.requires_grad || !gradMode.enabled) return;
  throw new TorchError(
    op,
    `not differentiable with respect to argument '${name}': it cannot have requires_grad true. Detach it first`,
  );
}

export interface ClassAttrs {
  readonly ignore_index: number;
  readonly reduction: Reduction;
}

type Shape = readonly number[];

/** The dim of classes in [C], [N, C] or [N, C, *]. */
export const classDim = (shape: Shape): number => (shape.length === 1 ? 0 : 1);

/** The shape of the samples: that of the targets, and of the loss without reduction. */
export const sampleShape = (shape: Shape): Shape => without(shape, classDim(shape));

export const lossShape = (shape: Shape, reduction: Reduction): Shape =>
  reduction === "none" ? sampleShape(shape) : [];

const CODES = { none: 0, mean: 1, sum: 2 } as const;

/** For ReadClassLoss in native/cpu/classes.h: the shape and dtype of x; target and weight are dense. */
export function writeClassLoss(
  b: Block,
  { shape, dtype }: { readonly shape: Shape; readonly dtype: DType },
  target: Tensor,
  weight: Tensor | null,
  attrs: ClassAttrs,
): void {
  const dim = classDim(shape);
  b.number(dtype.code);
  b.number(numelOf(shape.slice(0, dim)));
  b.number(shape[dim]!);
  b.number(numelOf(shape.slice(dim + 1)));
  b.address(target);
  b.number(weight === null ? 0 : weight._address);
  b.number(attrs.ignore_index);
  b.number(CODES[attrs.reduction]);
}

/** The inputs of an op of classes: checked, dense, the weight in the dtype of x. */
export function classInputs(
  op: string,
  x: Tensor,
  target: Tensor,
  weight: Tensor | null,
): [Tensor, Tensor, Tensor | null] {
  const { shape } = x;
  if (shape.length === 0) throw new ValueError(op, "Expected 1 or more dimensions, one of them the classes (got 0)");
  if (!x.dtype.is_floating_point)
    throw new DtypeError(op, `not implemented for ${x.dtype}: expected a floating point input`);
  if (shape.length > 1 && target.shape[0] !== shape[0]) {
    throw new ValueError(op, `Expected input batch_size (${shape[0]}) to match target batch_size (${target.shape[0]})`);
  }
  if (!sameShape(target.shape, sampleShape(shape))) {
    throw new ShapeError(
      op,
      `target must have the shape of the input without the class dim, [${sampleShape(shape).join(", ")}]`,
      {
        input: shape,
        target: target.shape,
      },
    );
  }
  if (target.dtype !== int64) throw new DtypeError(op, `expected target of ${int64} but found ${target.dtype}`);
  checkClassWeight(op, x, weight);
  return [contiguous(x), contiguous(target), weight === null ? null : contiguous(to(weight, x.dtype))];
}

export function checkClassWeight(op: string, x: Tensor, weight: Tensor | null): void {
  const classes = x.shape[classDim(x.shape)]!;
  if (weight === null || (weight.shape.length === 1 && weight.shape[0] === classes)) return;
  throw new ShapeError(op, `weight tensor should be defined either for all ${classes} classes or no classes`, {
    input: x.shape,
    weight: weight.shape,
  });
}

/** The check that native code does itself. */
export function checkTargets(op: string, x: NdArray, target: NdArray, ignore_index: number): void {
  if (!isFloat(x.dtype)) return;
  const classes = x.shape[x.shape.length === 1 ? 0 : 1]!;
  const at = target.data.findIndex((t) => t !== ignore_index && !(t >= 0 && t < classes));
  if (at < 0) return;
  throw new TorchIndexError(
    op,
    `Target ${target.data[at]} at index ${at} is out of bounds; expected 0 <= target < ${classes}`,
  );
}
