import type { Device } from "../core/device.js";
import { can_cast } from "../core/dtype.js";
import { NotImplementedError, ShapeError, TorchError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";
import { SparseStorage } from "../core/sparse_storage.js";
import { allocate } from "../core/storage.js";
import { contiguousStrides, isNonOverlappingAndDense, numelOf, sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { withoutGraph } from "./grad_mode.js";
import { gradOps } from "./grad_ops.js";
import type { Node } from "./node.js";
import { noSparseRule, recordsItself, sparseRule } from "./sparse_rules.js";
import { gradientEdge, rebaseHistory } from "./views.js";
import {
  type AnyAttrs,
  type AnyInputs,
  type ComputeOp,
  type Inputs,
  type Meta,
  OpNode,
  type OpDef,
  type Saves,
} from "./op.js";

/** Running an op and recording it: with new outputs, into `out`, in place. */

/** Whether the result of an op over `ins` takes part in the graph. */
export function needsGraph(ins: Inputs): boolean {
  if (!gradMode.enabled) return false;
  for (let i = 0; i < ins.length; i++) {
    const x = ins[i];
    if (x != null && (x._requiresGrad || x._node !== null || x._base !== null) && requiresGrad(x)) return true;
  }
  return false;
}

export function requiresGrad(t: Tensor): boolean {
  return t._requiresGrad || t._node !== null || (t._base !== null && gradientEdge(t) !== null);
}

/** What must be kept so that the gradients of the inputs in `mask` can be computed. */
function savesFor(def: OpDef<AnyInputs, AnyAttrs>, mask: number, count: number): readonly Saves[] {
  if (def.saves === "nothing") return NOTHING;
  const keys = new Set<Saves>();
  for (let i = 0; i < count; i++) if (mask & (1 << i)) for (const key of def.saves[i] ?? []) keys.add(key);
  return [...keys];
}
const NOTHING: readonly Saves[] = [];

/** `savesFor`, remembered per op. */
function planFor(op: ComputeOp<AnyInputs, AnyAttrs>, mask: number, count: number): readonly Saves[] {
  if (op.def.saves === "nothing") return NOTHING;
  const known = op.plans.get(mask);
  if (known !== undefined) return known;
  const plan = savesFor(op.def, mask, count);
  op.plans.set(mask, plan);
  return plan;
}

/** The node of an op over `ins`, with its edges. `values` are the inputs as backward will read them. */
function record(
  op: ComputeOp<AnyInputs, AnyAttrs>,
  outs: readonly Tensor[],
  ins: AnyInputs,
  attrs: AnyAttrs,
  values = ins,
): OpNode {
  const { backward } = op.def;
  if (typeof backward === "object" && "notDifferentiable" in backward) {
    throw new NotImplementedError(op.name, `has no derivative: ${backward.notDifferentiable}`);
  }
  let mask = 0;
  const edges: (Node | null)[] = new Array(ins.length);
  const edgeOutputs: number[] = new Array(ins.length);
  for (let i = 0; i < ins.length; i++) {
    const x = ins[i] ?? null;
    const edge = x === null ? null : gradientEdge(x);
    edges[i] = edge;
    edgeOutputs[i] = x === null ? 0 : x._outputNr;
    if (edge !== null) mask |= 1 << i;
  }
  return new OpNode(op, attrs, planFor(op, mask, ins.length), values, outs, edges, edgeOutputs);
}

function attach(op: ComputeOp<AnyInputs, AnyAttrs>, outs: readonly Tensor[], node: OpNode): void {
  for (let i = 0; i < outs.length; i++) {
    const out = outs[i]!;
    if (!(out.dtype.is_floating_point || out.dtype.is_complex)) continue;
    if (op.def.nonDifferentiable?.includes(i)) continue;
    out._node = node;
    out._outputNr = i;
  }
}

function emptyFor(meta: Meta, device: Device): Tensor {
  const { shape, dtype, strides } = meta;
  const n = numelOf(shape);
  const storage = allocate(device, n * dtype.itemsize);
  return strides === undefined
    ? new Tensor(storage, shape, contiguousStrides(shape), 0, dtype, n, true)
    : new Tensor(storage, shape, strides, 0, dtype, n);
}

/** The device all inputs are on; a SparseDevice if any of them is sparse. */
function commonDevice(op: string, ins: Inputs): Device {
  let device: Device | null = null;
  for (let i = 0; i < ins.length; i++) {
    const x = ins[i];
    if (x == null) continue;
    if (device === null) device = x._storage.device;
    else if (x._storage.device !== device) device = sparserOf(op, device, x._storage.device);
  }
  return device!;
}

function sparserOf(op: string, a: Device, b: Device): Device {
  if (a.home !== b.home) throw new TorchError(op, `expected all tensors on the same device; got ${a} and ${b}`);
  return a.home === a ? b : a;
}

/** Runs the rule of an op for sparse tensors and records it, unless the rule does that itself. */
function applySparse(op: ComputeOp<AnyInputs, AnyAttrs>, ins: AnyInputs, attrs: AnyAttrs, device: Device): Tensor {
  const rule = sparseRule(op.name, device, ins);
  if (recordsItself(rule, ins)) return rule.run(ins, attrs, op);
  const out = withoutGraph(() => rule.run(ins, attrs, op));
  if (needsGraph(ins) && op.differentiable) attach(op, [out], record(op, [out], ins, attrs));
  return out;
}

/** Runs an op with one output and records it. */
export function apply<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor {
  const meta = op.def.infer(ins, attrs) as Meta;
  const device = commonDevice(op.name, ins);
  if (device.home !== device) {
    return applySparse(op as unknown as ComputeOp<AnyInputs, AnyAttrs>, ins as unknown as AnyInputs, attrs, device);
  }
  const out = emptyFor(meta, device);
  const outs = [out];
  op.run(device, outs, ins, attrs);
  if (needsGraph(ins) && op.differentiable) {
    const any = op as unknown as ComputeOp<AnyInputs, AnyAttrs>;
    attach(any, outs, record(any, outs, ins as unknown as AnyInputs, attrs));
  }
  return out;
}

/** Runs an op with several outputs and records it. */
export function applyMulti<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor[] {
  const metas = op.def.infer(ins, attrs) as readonly Meta[];
  const device = commonDevice(op.name, ins);
  if (device.home !== device) throw noSparseRule(op.name, device, ins);
  const outs = metas.map((meta) => emptyFor(meta, device));
  op.run(device, outs, ins, attrs);
  if (needsGraph(ins) && op.differentiable) {
    const any = op as unknown as ComputeOp<AnyInputs, AnyAttrs>;
    attach(any, outs, record(any, outs, ins as unknown as AnyInputs, attrs));
  }
  return outs;
}

/** Runs the rule of an op for sparse tensors and puts the result in the place of `out`. */
function writeSparse(
  op: ComputeOp<AnyInputs, AnyAttrs>,
  out: Tensor,
  ins: AnyInputs,
  attrs: AnyAttrs,
  device: Device,
): void {
  const rule = sparseRule(op.name, device, ins);
  withoutGraph(() => {
    if (rule.into?.(out, ins, attrs) === true) return;
    const result = gradOps.to(rule.run(ins, attrs, op), out.dtype);
    const [from, to] = [result._storage, out._storage];
    if (from instanceof SparseStorage && to instanceof SparseStorage) to.adopt(from);
    else gradOps.copyInto(out, result);
  });
}

/** Runs an op without recording it, into `out` if its shape and dtype fit. */
function runInto<Ins extends Inputs, Attrs>(op: ComputeOp<Ins, Attrs>, out: Tensor, ins: Ins, attrs: Attrs): void {
  const meta = op.def.infer(ins, attrs) as Meta;
  if (!sameShape(meta.shape, out.shape)) {
    throw new ShapeError(op.name, `the result has shape [${meta.shape.join(", ")}]`, { output: out.shape });
  }
  if (!can_cast(meta.dtype, out.dtype)) {
    throw new TorchError(op.name, `result type ${meta.dtype} can't be cast to the desired output type ${out.dtype}`);
  }
  const device = commonDevice(op.name, ins);
  if (device.home !== device) {
    const any = op as unknown as ComputeOp<AnyInputs, AnyAttrs>;
    writeSparse(any, out, ins as unknown as AnyInputs, attrs, device);
    return;
  }
  checkOverlap(op.name, out, ins);
  const aliased = ins.some((x) => x !== null && x._storage === out._storage);
  if (meta.dtype === out.dtype && (op.def.elementwise || (!aliased && out._contiguous))) {
    op.run(device, [out], ins, attrs);
    return;
  }
  const result = emptyFor({ shape: meta.shape, dtype: meta.dtype }, device);
  op.run(device, [result], ins, attrs);
  gradOps.copyInto(out, result);
}

/** PyTorch's rules for the memory of a tensor that is written to. */
export function checkOverlap(op: string, out: Tensor, ins: Inputs): void {
  if (out._numel > 0 && out._strides.some((stride, d) => stride === 0 && out.shape[d]! > 1)) {
    throw new TorchError(
      op,
      "unsupported operation: more than one element of the written-to tensor refers to a single memory location. " +
        "Please clone() the tensor before performing the operation",
    );
  }
  for (const x of ins) {
    if (x === null || x === out || x._storage !== out._storage || partlyDisjoint(x, out)) continue;
    throw new TorchError(
      op,
      "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory " +
        "location. Please clone() the tensor before performing the operation",
    );
  }
}

/** Whether two tensors over one storage are the same view, or share nothing, or are too hard to tell. */
function partlyDisjoint(x: Tensor, y: Tensor): boolean {
  if (!isNonOverlappingAndDense(x.shape, x._strides) || !isNonOverlappingAndDense(y.shape, y._strides)) return true;
  if (x._offset === y._offset && x._numel === y._numel) return x._strides.every((s, d) => s === y._strides[d]);
  return x._offset + x._numel <= y._offset || y._offset + y._numel <= x._offset;
}

/** Writes the result of an op to `out`, which is resized if it does not fit: the `out` option. */
export function applyOut<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  out: Tensor,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor {
  if (needsGraph(ins) || (gradMode.enabled && requiresGrad(out))) {
    throw new TorchError(
      op.name,
      "functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad",
    );
  }
  const meta = op.def.infer(ins, attrs) as Meta;
  checkOverlap(op.name, out, []);
  if (!sameShape(meta.shape, out.shape)) gradOps.resize(out, meta.shape);
  runInto(op, out, ins, attrs);
  out._storage.version++;
  return out;
}

/** Runs an op whose result replaces `self`, one of `ins`, and rewrites the history of `self`. */
export function applyInplace<Ins extends Inputs, Attrs>(
  op: ComputeOp<Ins, Attrs>,
  self: Tensor,
  ins: NoInfer<Ins>,
  attrs: NoInfer<Attrs>,
): Tensor {
  checkInplace(op.name.endsWith("_") ? op.name : `${op.name}_`, self);
  if (!needsGraph(ins) || !op.differentiable || !(self.dtype.is_floating_point || self.dtype.is_complex)) {
    runInto(op, self, ins, attrs);
    self._storage.version++;
    return self;
  }
  const any = op as unknown as ComputeOp<AnyInputs, AnyAttrs>;
  const inputs = ins as unknown as AnyInputs;
  const values = originals(any, self, inputs);
  runInto(op, self, ins, attrs);
  self._storage.version++;
  rebaseHistory(self, record(any, [self], inputs, attrs, values), inputs.indexOf(self));
  return self;
}

/** The inputs, with copies of those that backward reads and that are about to be overwritten. */
function originals(op: ComputeOp<AnyInputs, AnyAttrs>, self: Tensor, ins: AnyInputs): AnyInputs {
  let mask = 0;
  for (let i = 0; i < ins.length; i++) if (ins[i] != null && requiresGrad(ins[i]!)) mask |= 1 << i;
  const plan = planFor(op, mask, ins.length);
  return ins.map((x, i) => (x != null && x._storage === self._storage && plan.includes(i) ? gradOps.copyOf(x) : x));
}

/** Leaves that require grad may not change in place while gradients are recorded: their gradient would be lost. */
export function checkInplace(op: string, self: Tensor): void {
  if (!gradMode.enabled) return;
  if (self._requiresGrad && self._node === null) {
    throw new TorchError(
      op,
      "a leaf Variable that requires grad is being used in an in-place operation. Wrap the call in torch.no_grad()",
    );
  }
  const base = self._base;
  if (base?._requiresGrad === true && base._node === null) {
    throw new TorchError(
      op,
      "a view of a leaf Variable that requires grad is being used in an in-place operation. Wrap the call in torch.no_grad()",
    );
  }
}
