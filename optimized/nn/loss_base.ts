import type { Tensor } from "../core/tensor.js";
import { signature } from "./arguments.js";
import { Module } from "./module.js";

/** How the losses of the elements become one: their mean, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none";

/** Arguments of PyTorch before 0.4 that say the same as `reduction`. */
export type Legacy = [size_average?: boolean | null, reduce?: boolean | null];
export const LEGACY = ["size_average", "reduce"] as const;

export interface ReductionValues {
  readonly size_average?: boolean | null;
  readonly reduce?: boolean | null;
  readonly reduction?: string;
}

function reductionOf({ size_average, reduce, reduction = "mean" }: ReductionValues): Reduction {
  if (size_average == null && reduce == null) return reduction as Reduction; // checked by the function that uses it
  if (!(reduce ?? true)) return "none";
  return (size_average ?? true) ? "mean" : "sum";
}

export abstract class Loss extends Module {
  reduction: Reduction;

  constructor(values: ReductionValues) {
    super();
    this.reduction = reductionOf(values);
  }
}

/** A loss with a weight per class or element, a buffer. */
export abstract class WeightedLoss extends Loss {
  declare weight: Tensor | null;

  constructor(values: ReductionValues & { readonly weight?: Tensor | null }) {
    super(values);
    this.register_buffer("weight", values.weight ?? null);
  }
}

/** Arguments of losses that have no others. */
export const plainLoss = signature<[...legacy: Legacy, reduction?: Reduction]>()("Loss", 0, [...LEGACY, "reduction"]);
export const weightedLoss = signature<[weight?: Tensor | null, ...legacy: Legacy, reduction?: Reduction]>()("Loss", 0, [
  "weight",
  ...LEGACY,
  "reduction",
]);
export const marginLoss = signature<[margin?: number, ...legacy: Legacy, reduction?: Reduction]>()("Loss", 0, [
  "margin",
  ...LEGACY,
  "reduction",
]);
