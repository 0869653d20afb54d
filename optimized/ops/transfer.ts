import { type Gradients, Node } from "../autograd/node.js";
import { needsGraph } from "../autograd/apply.js";
import { gradientEdge } from "../autograd/views.js";
import type { Device } from "../core/device.js";
import { isSparse, type SparseStorage, sparseTensor } from "../core/sparse_storage.js";
import { allocate } from "../core/storage.js";
import { contiguousTensor, type Tensor } from "../core/tensor.js";
import { contiguous } from "./copy.js";

type CopyBytes = (to: Tensor, from: Tensor) => void;
let copyCuda: CopyBytes | null = null;

/** The CUDA backend puts its copy between host and device here when it is loaded. */
export function registerCudaCopy(copy: CopyBytes): void {
  copyCuda = copy;
}

class TransferNode extends Node {
  readonly name = "ToCopyBackward0";

  constructor(
    out: Tensor,
    private readonly from: Device,
  ) {
    super([out]);
  }
  override run([grad]: (Tensor | null)[]): Gradients {
    return [transfer(grad!, this.from)];
  }
}

/** The values of `x` in memory of `device`; `x` itself if it is there. */
export function transfer(x: Tensor, device: Device): Tensor {
  if (x.device === device) return x;
  if (isSparse(x)) return transferParts(x, device);
  const source = contiguous(x);
  const bytes = x._numel * x.dtype.itemsize;
  const out = contiguousTensor(allocate(device, bytes), x.shape, x.dtype);
  if (device.type === "cuda" || x.device.type === "cuda") {
    copyCuda!(out, source);
  } else {
    // A view without elements may start behind the end of its storage.
    const view = (t: Tensor) =>
      new Uint8Array(t._storage.buffer, t._storage.byteOffset + t._offset * t.dtype.itemsize, bytes);
    if (bytes > 0) view(out).set(view(source));
  }
  return recorded(out, x);
}

function recorded(out: Tensor, x: Tensor): Tensor {
  if (needsGraph([x])) {
    const node = new TransferNode(out, x.device);
    node.edges = [gradientEdge(x)];
    node.edgeOutputs = [x._outputNr];
    out._node = node;
  }
  return out;
}

function transferParts(x: Tensor, device: Device): Tensor {
  const { layout, parts, coalesced } = x._storage as SparseStorage;
  const moved = parts.map((part) => transfer(part, device));
  return recorded(sparseTensor(layout, moved, x.shape, coalesced), x);
}
