import { Device } from "./device.js";
import { NotImplementedError } from "./errors.js";
import { type Layout, sparse_coo, sparse_csr, strided } from "./layout.js";
import { Storage } from "./storage.js";
import { sameShape } from "./strides.js";
import { contiguousTensor, type Tensor } from "./tensor.js";

/**
 * Tensors without strides. They are plain tensors over a storage of another kind, which has no memory of its own: its
 * `parts` are dense tensors, and whoever asks for an address gets an error. So an op that knows nothing of sparse tensors
 * fails, and dense tensors pay nothing.
 */

/** Where ops find that a tensor is sparse: to them it lies on a device of its own, whose `home` is that of the parts. */
export class SparseDevice extends Device {
  constructor(
    readonly layout: Layout,
    home: Device,
  ) {
    super(home.type, home.index, home);
  }
}

const backends = new Map<Layout, Map<Device, SparseDevice>>([
  [sparse_coo, new Map()],
  [sparse_csr, new Map()],
]);

function backendOf(layout: Layout, home: Device): SparseDevice {
  const known = backends.get(layout)!;
  let backend = known.get(home);
  if (backend === undefined) {
    backend = new SparseDevice(layout, home);
    known.set(home, backend);
  }
  return backend;
}

const EMPTY = new ArrayBuffer(0);

export class SparseStorage extends Storage {
  /**
   * Of "sparse_coo": indices [sparse dims, n] and values [n, ...dense dims]; of "sparse_csr": crow_indices [rows + 1],
   * col_indices [n] and values [n]. Indices are int64.
   */
  parts: readonly Tensor[];
  /** Of "sparse_coo": indices are in order, each once. */
  coalesced: boolean;

  constructor(
    readonly layout: Layout,
    parts: readonly Tensor[],
    readonly shape: readonly number[],
    coalesced: boolean,
  ) {
    super(backendOf(layout, parts[0]!.device), 0, 0, EMPTY, EMPTY, 0);
    this.parts = parts;
    this.coalesced = coalesced;
    // From now on the parts are held here: the engine may hand this storage on, but not reuse their memory.
    this.fresh &&= parts.every((part) => part._storage.fresh);
    for (const part of parts) part._storage.fresh = false;
    const refuse = (): never => this.refuse();
    Object.defineProperty(this, "address", { get: refuse, set: refuse });
  }

  override get buffer(): ArrayBuffer {
    return this.refuse();
  }

  /** Whether `t` is the tensor that the parts describe, and no view of it. */
  describes(t: Tensor): boolean {
    return sameShape(t.shape, this.shape) && t.dtype === this.parts.at(-1)!.dtype;
  }

  /** Takes over the contents of `other`: what an in-place op does. */
  adopt(other: SparseStorage): void {
    this.parts = other.parts;
    this.coalesced = other.coalesced;
  }

  private refuse(): never {
    throw new NotImplementedError(
      "",
      `Cannot access the storage of a tensor of layout ${this.layout}: it has none. Convert it by to_dense()`,
    );
  }
}

export function isSparse(t: Tensor): boolean {
  return t._storage instanceof SparseStorage;
}

export function layoutOf(t: Tensor): Layout {
  return t._storage instanceof SparseStorage ? t._storage.layout : strided;
}

/** A tensor over `parts`, which are taken as they are: nothing is checked, nothing recorded. */
export function sparseTensor(
  layout: Layout,
  parts: readonly Tensor[],
  shape: readonly number[],
  coalesced: boolean,
): Tensor {
  const values = parts[parts.length - 1]!;
  return contiguousTensor(new SparseStorage(layout, parts, shape, coalesced), shape, values.dtype);
}

/** Coordinates [sparse dims, n] with values [n, ...dense dims]; fewer than two are in order by themselves. */
export function cooTensor(indices: Tensor, values: Tensor, shape: readonly number[], coalesced = false): Tensor {
  return sparseTensor(sparse_coo, [indices, values], shape, coalesced || indices.shape[1]! < 2);
}
