import { AccumulateGrad, type Node, RemovableHandle, type TensorHook } from "../autograd/node.js";
import { requiresGrad } from "../autograd/apply.js";
import { gradientEdge } from "../autograd/views.js";
import type { DType } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { zero_ } from "./copy.js";

/** What tensors have to do with the graph: detach, requires_grad, hooks. */

/** The same memory (and version counter) outside the graph. Source: torch.Tensor.detach. */
export function detach(input: Tensor): Tensor {
  return new Tensor(input._storage, input.shape, input._strides, input._offset, input.dtype);
}

/** Takes `self` itself out of the graph. Views cannot be detached in place. Source: torch.Tensor.detach_. */
export function detach_(self: Tensor): Tensor {
  if (self._base !== null) {
    throw new TorchError("detach_", "Can't detach views in-place. Use detach() instead");
  }
  self._node = null;
  self._requiresGrad = false;
  return self;
}

export function isLeaf(t: Tensor): boolean {
  return t._node === null && (t._base === null || !requiresGrad(t) || t._requiresGrad);
}

export function setRequiresGrad(t: Tensor, value: boolean): void {
  if (!isLeaf(t)) {
    if (value) return;
    throw new TorchError(
      "requires_grad",
      "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph " +
        "that doesn't require differentiation use var_no_grad = var.detach()",
    );
  }
  if (value && !t.dtype.is_floating_point && !t.dtype.is_complex) {
    throw new TorchError("requires_grad", "only Tensors of floating point and complex dtype can require gradients");
  }
  t._requiresGrad = value;
}

/**
 * `t` takes over memory, geometry and dtype of `value`, outside the graph. Gradients of a leaf whose dtype or device
 * changes go to a new accumulator. Source: torch.Tensor.data.
 */
export function assignData(t: Tensor, value: Tensor): void {
  if (t._extra?.accumulator !== undefined && (t.dtype !== value.dtype || t.device !== value.device)) {
    delete t._extra.accumulator;
  }
  t._storage = value._storage;
  t.shape = value.shape;
  t._strides = value._strides;
  t._offset = value._offset;
  t._numel = value._numel;
  t._contiguous = value._contiguous;
  (t as { dtype: DType }).dtype = value.dtype;
}

/** Whether gradients are recorded for `self`; returns it. Source: torch.Tensor.requires_grad_. */
export function requires_grad_(self: Tensor, requires_grad = true): Tensor {
  setRequiresGrad(self, requires_grad);
  return self;
}

/** What `zero_grad` of modules and optimizers does: gradients become zeros in place, or null with `drop`. */
export function zeroGradients(parameters: Iterable<Tensor>, drop: boolean): void {
  for (const parameter of parameters) {
    const grad = parameter._grad;
    if (drop) parameter._grad = null;
    if (drop || grad === null) continue;
    const zeros = zero_(requiresGrad(grad) ? detach_(grad) : grad);
    const storage = zeros._storage;
    if (zeros._numel * zeros.dtype.itemsize === storage.nbytes) storage.zeroAt = storage.version;
  }
}

/** A tensor that is no leaf keeps its gradient in `.grad` too. Source: torch.Tensor.retain_grad. */
export function retain_grad(self: Tensor): void {
  if (!requiresGrad(self))
    throw new TorchError("retain_grad", "can't retain_grad on Tensor that has requires_grad=False");
  if (isLeaf(self)) return;
  const node = gradientEdge(self)!;
  node.retainers ??= [];
  node.retainers[self._outputNr] = new WeakRef(self);
  self._extra ??= {};
  self._extra.retainsGrad = true;
}

/**
 * `hook(grad)` runs whenever the gradient of `self` is computed, and may return another gradient. Hooks run in the order
 * of registration. Source: torch.Tensor.register_hook.
 */
export function register_hook(self: Tensor, hook: TensorHook): RemovableHandle {
  if (!requiresGrad(self)) {
    throw new TorchError("register_hook", "cannot register a hook on a tensor that doesn't require gradient");
  }
  const node = gradientEdge(self)!;
  const output = node instanceof AccumulateGrad ? 0 : self._outputNr;
  node.tensorHooks ??= [];
  const hooks = node.tensorHooks[output] ?? new Map<number, TensorHook>();
  node.tensorHooks[output] = hooks;
  return new RemovableHandle(hooks, hook);
}

/**
 * `hook(self)` runs after a pass has added its gradient to `self.grad`. For leaves only.
 * Source: torch.Tensor.register_post_accumulate_grad_hook.
 */
export function register_post_accumulate_grad_hook(self: Tensor, hook: (param: Tensor) => void): RemovableHandle {
  const op = "register_post_accumulate_grad_hook";
  if (!requiresGrad(self)) throw new TorchError(op, "cannot register a hook on a tensor that doesn't require gradient");
  const node = gradientEdge(self)!;
  if (!(node instanceof AccumulateGrad)) {
    throw new TorchError(op, "post accumulate grad hooks cannot be registered on non-leaf tensors");
  }
  node.postAccumulate ??= new Map();
  return new RemovableHandle(node.postAccumulate, hook);
}

/** The node that made `t`: null for leaves. */
export function gradFnOf(t: Tensor): Node | null {
  const edge = gradientEdge(t);
  return edge instanceof AccumulateGrad ? null : edge;
}
