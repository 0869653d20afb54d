import { needsGraph } from "../autograd/apply.js";
import { type Gradients, Node } from "../autograd/node.js";
import { type Saved, save, unpack } from "../autograd/saved.js";
import { gradientEdge } from "../autograd/views.js";
import { NotImplementedError } from "../core/errors.js";
import { sparse_coo, strided } from "../core/layout.js";
import { cooTensor, layoutOf, SparseStorage } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { zerosTensor } from "../ops/creation.js";
import { index } from "../ops/getitem.js";
import { index_select } from "../ops/indexing.js";
import { where } from "../ops/pointwise.js";
import { expectTensor } from "../ops/support.js";
import { expand, select, unsqueeze } from "../ops/views.js";
import { behind, coalescedParts, find, keysOf, scattered } from "./keys.js";

/**
 * The two ends of every function of sparse tensors: from a sparse tensor to its values, from values to a sparse tensor.
 * Between them stand ops on dense tensors, which bring their derivatives with them.
 */

/** What a tensor of layout "sparse_coo" is made of. */
export interface Coo {
  readonly indices: Tensor;
  readonly values: Tensor;
  readonly coalesced: boolean;
  readonly sparseDim: number;
}

export function cooOf(op: string, x: Tensor): Coo {
  expectTensor(op, "input", x);
  const { _storage: storage } = x;
  if (!(storage instanceof SparseStorage) || storage.layout !== sparse_coo || !storage.describes(x)) {
    throw new NotImplementedError(
      op,
      `takes a tensor of layout ${sparse_coo}; got ${layoutOf(x)} [${x.shape.join(", ")}]. Convert it by to_sparse()`,
    );
  }
  const [indices, values] = storage.parts as [Tensor, Tensor];
  return { indices, values, coalesced: storage.coalesced, sparseDim: indices.shape[0]! };
}

export function isCoo(x: Tensor): boolean {
  return layoutOf(x) === sparse_coo;
}

/** A node with one input. */
export abstract class InputNode extends Node {
  constructor(out: Tensor, input: Tensor) {
    super([out]);
    this.edges = [gradientEdge(input)];
    this.edgeOutputs = [input._outputNr];
    out._node = this;
  }
  override run([grad]: (Tensor | null)[]): Gradients {
    return [this.gradient(grad!)];
  }
  protected abstract gradient(grad: Tensor): Tensor;
}

class FromValuesNode extends InputNode {
  readonly name = "SparseCooTensorWithDimsAndTensorsBackward0";
  private readonly indices: Saved;

  constructor(out: Tensor, values: Tensor, indices: Tensor) {
    super(out, values);
    this.indices = save(indices, null, 0);
  }
  protected override gradient(grad: Tensor): Tensor {
    return valuesAt(grad, unpack(this.indices, this.name));
  }
}

class ValuesNode extends InputNode {
  readonly name = "ValuesBackward0";
  private readonly indices: Saved;
  private readonly size: readonly number[];

  constructor(out: Tensor, x: Tensor, indices: Tensor) {
    super(out, x);
    this.indices = save(indices, null, 0);
    this.size = x.shape;
  }
  protected override gradient(grad: Tensor): Tensor {
    return fromValues(unpack(this.indices, this.name), grad, this.size, true);
  }
}

/** Of functions that change how a tensor is written down, but not what it is. */
class SameNode extends InputNode {
  constructor(
    out: Tensor,
    input: Tensor,
    readonly name: string,
  ) {
    super(out, input);
  }
  protected override gradient(grad: Tensor): Tensor {
    return grad;
  }
}

/** The sparse tensor of these values; its gradient goes to them. Nothing is checked. */
export function fromValues(indices: Tensor, values: Tensor, shape: readonly number[], coalesced = false): Tensor {
  if (!needsGraph([values])) return cooTensor(indices, values, shape, coalesced);
  const out = cooTensor(indices, detach(values), shape, coalesced);
  new FromValuesNode(out, values, indices);
  return out;
}

/** The values of a coalesced tensor; their gradient is a sparse tensor with the same indices. */
export function valuesOf(x: Tensor): Tensor {
  const { indices, values } = cooOf("values", x);
  const out = detach(values);
  if (needsGraph([x])) new ValuesNode(out, x, indices);
  return out;
}

/** Indices in order, each once: values of the same indices are summed. Source: torch.Tensor.coalesce. */
export function coalesce(input: Tensor): Tensor {
  const { indices, values, coalesced } = cooOf("coalesce", input);
  if (coalesced) return input;
  const parts = coalescedParts(indices, values, input.shape);
  const out = cooTensor(parts.indices, parts.values, input.shape, true);
  if (needsGraph([input])) new SameNode(out, input, "CoalesceBackward0");
  return out;
}

/** The same contents in a tensor of its own. */
export function alias(x: Tensor): Tensor {
  const out = detach(x);
  if (needsGraph([x])) new SameNode(out, x, "AliasBackward0");
  return out;
}

/** Indices and values as a part of the graph; coalesced where a graph is recorded, because gradients are. */
export function tracedCoo(op: string, x: Tensor): Coo {
  const coo = cooOf(op, x);
  return needsGraph([x]) ? { ...coo, ...coalescedCoo(op, x), coalesced: true } : coo;
}

/** The indices of a coalesced tensor, and its values as a part of the graph. */
export function coalescedCoo(op: string, x: Tensor): { indices: Tensor; values: Tensor; sparseDim: number } {
  cooOf(op, x);
  const ordered = coalesce(x);
  const { indices, sparseDim } = cooOf(op, ordered);
  return { indices, values: valuesOf(ordered), sparseDim };
}

/** The elements of `x`, sparse or dense, at `indices` of its first dims: [n, ...the other dims]; 0 where there are none. */
export function valuesAt(x: Tensor, indices: Tensor): Tensor {
  const dims = indices.shape[0]!;
  const count = indices.shape[1]!;
  if (layoutOf(x) === strided) return denseAt(x, indices);
  const ordered = coalesce(x);
  const own = cooOf("values", ordered);
  if (own.sparseDim !== dims) return denseAt(scattered(own.indices, valuesOf(ordered), x.shape), indices);
  const sizes = x.shape.slice(0, dims);
  if (own.indices.shape[1] === 0) {
    return zerosTensor([count, ...x.shape.slice(dims)], x.dtype, x.device);
  }
  const { at, found } = find(keysOf(own.indices, sizes), keysOf(indices, sizes));
  const rows = index_select(valuesOf(ordered), 0, at);
  return where(behind(found, rows), rows, zerosTensor([], x.dtype, x.device));
}

function denseAt(x: Tensor, indices: Tensor): Tensor {
  const [dims, count] = indices.shape as [number, number];
  if (dims === 0) return expand(unsqueeze(x, 0), [count, ...x.shape]);
  return index(x, ...Array.from({ length: dims }, (_, d) => select(indices, 0, d)));
}
