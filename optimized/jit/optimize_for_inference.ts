import { no_grad } from "../autograd/grad_mode.js";
import { TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { deepcopy } from "../nn/deepcopy.js";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../nn/batchnorm.js";
import { Conv1d, Conv2d, Conv3d } from "../nn/conv.js";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "../nn/conv_transpose.js";
import { Identity, Linear } from "../nn/linear.js";
import type { Module } from "../nn/module.js";
import { fuse_conv_bn_eval } from "../nn/utils/fusion.js";
import { allclose } from "../ops/closeness.js";

type Layer = Parameters<typeof fuse_conv_bn_eval>[0];
type Norm = BatchNorm1d | BatchNorm2d | BatchNorm3d;
interface Pair {
  readonly layer: Layer;
  readonly norm: Norm;
}

const NORMS = [BatchNorm1d, BatchNorm2d, BatchNorm3d];
const TRANSPOSED = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d];
const LAYERS = [Conv1d, Conv2d, Conv3d, Linear, ...TRANSPOSED];

/** Exactly: a class derived from one of them may do something else. */
const isOneOf = (module: Module, classes: readonly { readonly prototype: Module }[]): boolean =>
  classes.some(({ prototype }) => Object.getPrototypeOf(module) === prototype);

/** Batch norms of `model` that get the result of a layer as it is, where both run once in a call. */
function pairsOf(model: Module, call: () => unknown): Pair[] {
  const calls = new Map<Module, number>();
  const madeBy = new WeakMap<Tensor, Layer>();
  const found: Pair[] = [];
  const count = (m: Module) => calls.set(m, (calls.get(m) ?? 0) + 1);
  const hooks = [...model.modules()].flatMap((m) => {
    if (isOneOf(m, LAYERS)) {
      return m.register_forward_hook((_, __, y) => {
        count(m);
        if (y instanceof Tensor) madeBy.set(y, m as Layer);
      });
    }
    if (!isOneOf(m, NORMS)) return [];
    return m.register_forward_pre_hook((_, [x]) => {
      count(m);
      const layer = x instanceof Tensor ? madeBy.get(x) : undefined;
      if (layer !== undefined) found.push({ layer, norm: m as Norm });
    });
  });
  try {
    call();
  } finally {
    for (const hook of hooks) hook.remove();
  }
  const once = (m: Module) => calls.get(m) === 1;
  return found.filter(({ layer, norm }) => once(layer) && once(norm) && norm.running_mean !== null);
}

/** Puts `after` in the place of `before`, wherever it stands. */
function replace(model: Module, before: Module, after: Module): void {
  for (const parent of [...model.modules()]) {
    for (const [name, child] of [...parent.named_children()]) if (child === before) parent.add_module(name, after);
  }
}

/** The tensors of an output, whatever holds them. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (typeof value !== "object" || value === null) return [];
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(tensorsIn);
}

/**
 * A copy of `model` for evaluation, in which every batch norm that follows a convolution or a linear layer has become part
 * of its weights: one pass over the activations less for each. What follows what is seen in one call with the example.
 * PyTorch's function takes a traced module instead; without a graph there is nothing to trace before.
 *
 *     const fast = torch.jit.optimize_for_inference(model, torch.zeros(1, 3, 224, 224));
 *
 * Special a layer that runs several times, or whose batch norm has no running statistics, stays as it is.
 * Throws  RuntimeError if the result differs from that of `model` for the example: something else reads what lies between
 *         a layer and its batch norm.
 * Source  torch.jit.optimize_for_inference.
 */
export function optimize_for_inference<M extends Module>(model: M, ...example: Parameters<M["forward"]>): M {
  const copy = deepcopy(model);
  copy.eval();
  const call = () => no_grad(() => tensorsIn((copy as unknown as (...args: unknown[]) => unknown)(...example)));
  let before: Tensor[] = [];
  const pairs = pairsOf(copy, () => {
    before = call();
  });
  for (const { layer, norm } of pairs) {
    replace(copy, layer, fuse_conv_bn_eval(layer, norm, isOneOf(layer, TRANSPOSED)));
    replace(copy, norm, new Identity());
  }
  const after = call();
  const same = before.every((y, i) => allclose(after[i]!, y, { rtol: 1e-3, atol: 1e-4, equal_nan: true }));
  if (same) return copy;
  throw new TorchError(
    "optimize_for_inference",
    "the model reads what lies between a layer and its batch norm: they cannot become one",
  );
}
