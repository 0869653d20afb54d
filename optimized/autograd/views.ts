import type { Tensor } from "../core/tensor.js";
import { type BaseGeometry, gradOps } from "./grad_ops.js";
import { AccumulateGrad, type Gradients, Node } from "./node.js";

/**
 * Where the gradient of `t` goes, or null if it takes no part in a graph. For a view whose base was changed in place
 * since, the history is made anew from the base's.
 */
export function gradientEdge(t: Tensor): Node | null {
  const base = t._base;
  if (base !== null && base._epoch !== t._epoch) refreshView(t, base);
  if (t._node !== null) return t._node as Node;
  if (!t._requiresGrad) return null;
  t._extra ??= {};
  t._extra.accumulator ??= new AccumulateGrad(t);
  return t._extra.accumulator as AccumulateGrad;
}

function refreshView(t: Tensor, base: Tensor): void {
  t._epoch = base._epoch;
  const edge = gradientEdge(base);
  if (edge === null) return;
  const node = new AsStridedNode(t, base);
  node.edges = [edge];
  node.edgeOutputs = [base._outputNr];
  t._node = node;
  t._outputNr = 0;
}

/** A view of `base` by its geometry alone: what is left when the chain of view ops no longer tells the history. */
class AsStridedNode extends Node {
  readonly name = "AsStridedBackward0";
  private readonly base: BaseGeometry;
  private readonly strides: readonly number[];
  private readonly offset: number;

  constructor(view: Tensor, base: Tensor) {
    super([view]);
    this.base = { shape: base.shape, strides: base._strides };
    this.strides = view._strides;
    this.offset = view._offset - base._offset;
  }
  override run([grad]: (Tensor | null)[]): Gradients {
    return [gradOps.stridedBackward(grad!, this.base, this.strides, this.offset)];
  }
}

/** After an in-place op: `node` is the history of `self` from now on; `index` tells which input of it `self` was. */
export function rebaseHistory(self: Tensor, node: Node, index: number): void {
  const base = self._base;
  if (base === null) {
    self._node = node;
    self._outputNr = 0;
    self._requiresGrad = false;
    self._epoch++;
    return;
  }
  // Only the part that the view covers went through `node`; the rest of the base keeps its history.
  const slices = new CopySlices(base, self, node, index);
  slices.edges = [...node.edges];
  slices.edgeOutputs = [...node.edgeOutputs];
  const before = gradientEdge(base);
  if (index < 0) {
    slices.edges.push(before);
    slices.edgeOutputs.push(base._outputNr);
  } else {
    slices.edges[index] = before;
    slices.edgeOutputs[index] = base._outputNr;
  }
  base._node = slices;
  base._outputNr = 0;
  base._epoch++;
}

/** The history of a base after an in-place op on a view of it. */
class CopySlices extends Node {
  readonly name = "CopySlices";
  private readonly base: BaseGeometry;
  private readonly shape_: readonly number[];
  private readonly strides: readonly number[];
  private readonly offset: number;

  constructor(
    base: Tensor,
    view: Tensor,
    private readonly inner: Node,
    private readonly index: number,
  ) {
    super([base]);
    this.base = { shape: base.shape, strides: base._strides };
    this.shape_ = view.shape;
    this.strides = view._strides;
    this.offset = view._offset - base._offset;
  }

  override run([grad]: (Tensor | null)[], needs: readonly boolean[]): Gradients {
    const { base, shape_: shape, strides, offset } = this;
    const part = gradOps.stridedRead(grad!, base, shape, strides, offset);
    const self = this.index < 0 ? needs.length - 1 : this.index;
    const inner = [...this.inner.run([part], needs)];
    if (needs[self]) {
      const into = inner[self] ?? gradOps.zeros(shape, grad!.dtype, grad!.device);
      inner[self] = gradOps.stridedReplace(grad!, gradOps.sumToSize(into, shape), base, strides, offset);
    }
    return inner;
  }
  override release(): void {
    this.inner.release();
  }
}
