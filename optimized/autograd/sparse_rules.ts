import type { Device } from "../core/device.js";
import { NotImplementedError } from "../core/errors.js";
import type { Layout } from "../core/layout.js";
import { layoutOf, type SparseDevice } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import type { AnyAttrs, AnyInputs, Inputs, Op } from "./op.js";

/** What ops do to sparse tensors: one rule per op and layout, registered by optimized/sparse. */
export interface SparseRule {
  /** `op` is the op itself, to be run on values. A view op gets a copy as its result: sparse tensors have no views. */
  readonly run: (ins: AnyInputs, attrs: AnyAttrs, op: AnyOp) => Tensor;
  /** Writes the result to `out`, which may be dense; returns whether it did. Absent: `run`, whose result is stored. */
  readonly into?: (out: Tensor, ins: AnyInputs, attrs: AnyAttrs) => boolean;
  /** Whether `run` records the graph itself, or for which inputs; otherwise the derivative of the dense op holds. */
  readonly records: boolean | ((ins: AnyInputs) => boolean);
}

// biome-ignore lint/suspicious/noExplicitAny: a ComputeOp or ViewOp whose types are forgotten, as in op.ts
export type AnyOp = any;

const rules = new Map<Layout, Map<string, SparseRule>>();

export function defineSparseRule(layout: Layout, op: string, rule: SparseRule): void {
  const known = rules.get(layout) ?? new Map<string, SparseRule>();
  rules.set(layout, known.set(op, rule));
}

/** The ops that have a rule for a layout: for tests. */
export function sparseRuleNames(layout: Layout): readonly Op["name"][] {
  return [...(rules.get(layout)?.keys() ?? [])];
}

/** The rule of an op on a SparseDevice, or an error of PyTorch's kind. */
export function sparseRule(op: string, device: Device, ins: Inputs): SparseRule {
  const rule = rules.get((device as SparseDevice).layout)?.get(op);
  if (rule === undefined) throw noSparseRule(op, device, ins);
  return rule;
}

export function recordsItself({ records }: SparseRule, ins: AnyInputs): boolean {
  return typeof records === "function" ? records(ins) : records;
}

export function noSparseRule(op: string, device: Device, ins: Inputs): NotImplementedError {
  const given = ins.flatMap((x) => (x === null ? [] : [`${layoutOf(x)} [${x.shape.join(", ")}]`]));
  return new NotImplementedError(
    op,
    `could not run with tensors of layout ${(device as SparseDevice).layout}; got ${given.join(", ")}. Convert by to_dense()`,
  );
}
