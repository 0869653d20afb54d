import type { DType } from "../core/dtype.js";
import { gradMode } from "../core/grad_mode.js";
import { isSparse } from "../core/sparse_storage.js";
import { isContiguous, numelOf } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { withoutGraph } from "./grad_mode.js";
import { type Gradients, Node } from "./node.js";
import { observe } from "./observe.js";
import { gradientEdge } from "./views.js";
import { allOps, type AnyAttrs, camelCase, Context, type Op } from "./op.js";
import { checkInplace, requiresGrad } from "./apply.js";
import { noSparseRule, recordsItself, sparseRule } from "./sparse_rules.js";

/** Ops that only make new geometry over the same memory. */

/** A view op: the geometry of the result over the same memory, and the derivative. */
export interface ViewDef<Attrs> {
  readonly name: string;
  readonly view: (x: Tensor, attrs: Attrs) => Geometry;
  /** The gradient of the input. Nothing is saved: `c.shape(0)` is the input's shape. */
  readonly backward: (c: Context<Attrs>) => Tensor;
}

export interface Geometry {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly dtype?: DType;
}

export class ViewOp<Attrs> implements Op {
  readonly kind = "view";
  readonly kernel = "";
  readonly differentiable = true;
  readonly gradName: string;

  constructor(readonly def: ViewDef<Attrs>) {
    this.gradName = `${camelCase(def.name)}Backward0`;
    allOps.push(this);
  }
  get name(): string {
    return this.def.name;
  }
}

export function defineView<Attrs = undefined>(def: ViewDef<Attrs>): ViewOp<Attrs> {
  return new ViewOp(def);
}

class ViewNode extends Node {
  constructor(
    readonly op: ViewOp<AnyAttrs>,
    readonly attrs: AnyAttrs,
    out: Tensor,
  ) {
    super([out]);
  }
  get name(): string {
    return this.op.gradName;
  }
  override run(grads: (Tensor | null)[], needs: readonly boolean[]): Gradients {
    return [this.op.def.backward(new Context<AnyAttrs>(this, grads, needs))];
  }
}

/** A view of `x`: shares its memory and its version counter. */
export function applyView<Attrs>(op: ViewOp<Attrs>, x: Tensor, attrs: Attrs): Tensor {
  const { device } = x._storage;
  if (device.home !== device) return sparseCopy(op, x, attrs);
  const { shape, strides, offset, dtype } = op.def.view(x, attrs);
  const out = new Tensor(x._storage, shape, strides, offset, dtype ?? x.dtype);
  if (observe.op !== null) observe.op(op.name, [out], [x], () => {});
  out._base = x._base ?? x;
  out._epoch = out._base._epoch;
  if (gradMode.enabled && requiresGrad(x)) record(op, out, x, attrs);
  return out;
}

function record<Attrs>(op: ViewOp<Attrs>, out: Tensor, x: Tensor, attrs: Attrs): void {
  const node = new ViewNode(op as ViewOp<AnyAttrs>, attrs, out);
  node.edges = [gradientEdge(x)];
  node.edgeOutputs = [x._outputNr];
  out._node = node;
}

/** What the rule of a view op makes of a sparse tensor, which has no views: a tensor of its own. */
function sparseCopy<Attrs>(op: ViewOp<Attrs>, x: Tensor, attrs: Attrs): Tensor {
  const rule = sparseRule(op.name, x._storage.device, [x]);
  if (recordsItself(rule, [x]) || !gradMode.enabled || !requiresGrad(x)) return rule.run([x], attrs, op);
  const out = withoutGraph(() => rule.run([x], attrs, op));
  record(op, out, x, attrs);
  return out;
}

/** Gives `x` itself the geometry of a view of it: `t_`, `squeeze_` and their like. */
export function applyViewInplace<Attrs>(op: ViewOp<Attrs>, x: Tensor, attrs: Attrs): Tensor {
  checkInplace(`${op.name}_`, x);
  if (isSparse(x)) throw noSparseRule(`${op.name}_`, x._storage.device, [x]);
  const graph = gradMode.enabled && requiresGrad(x);
  const edge = graph ? gradientEdge(x) : null;
  const { shape, strides, offset } = op.def.view(x, attrs);
  setGeometry(x, shape, strides, offset);
  x._storage.version++;
  if (!graph) return x;
  const node = new ViewNode(op as ViewOp<AnyAttrs>, attrs, x);
  node.edges = [edge];
  node.edgeOutputs = [x._outputNr];
  x._node = node;
  x._outputNr = 0;
  return x;
}

/** Makes `x` look at other elements of its storage. */
export function setGeometry(x: Tensor, shape: readonly number[], strides: readonly number[], offset: number): void {
  x.shape = shape;
  x._strides = strides;
  x._offset = offset;
  x._numel = numelOf(shape);
  x._contiguous = isContiguous(shape, strides);
}
