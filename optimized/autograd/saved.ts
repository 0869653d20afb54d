import { TorchError, TorchTypeError } from "../core/errors.js";
import { describe } from "../core/options.js";
import { canKeep, freshness, KeptStorage } from "../core/storage.js";
import { Tensor } from "../core/tensor.js";
import { withoutGraph } from "./grad_mode.js";
import { AccumulateGrad, type Node } from "./node.js";

/** Tensors that wait for backward: as they are, or as the hooks of the user packed them. */

export interface SavedHooks {
  readonly pack: (tensor: Tensor) => unknown;
  readonly unpack: (packed: unknown) => Tensor;
}

/** The innermost pair of hooks; null: tensors are kept as they are. */
export const savedHooks = { current: null as SavedHooks | null };

/** A tensor that backward will read, and the version it had; negative for packed ones. */
export type Saved = { readonly tensor: Tensor; readonly version: number } | Packed;

const PACKED = -1;

/** `edge` is what the tensor is connected to where it is not an output of the node that saves it. */
export function save(tensor: Tensor, edge: Node | null, outputNr: number, isOutput = false): Saved {
  const hooks = savedHooks.current;
  if (hooks === null) return { tensor, version: tensor._storage.version };
  return new Packed(tensor, hooks, edge, outputNr, isOutput);
}

/** The same for an op, whose backward alone reads the tensor: large memory is kept apart from the tensors of the user. */
export function saveForOp(tensor: Tensor, edge: Node | null, outputNr: number, isOutput: boolean): Saved {
  if (savedHooks.current !== null) return save(tensor, edge, outputNr, isOutput);
  const kept = keepApart(tensor, edge, outputNr);
  return { tensor: kept, version: kept._storage.version };
}

/** Leaves and tensors outside the graph live on anyway. */
function keepApart(tensor: Tensor, edge: Node | null, outputNr: number): Tensor {
  const storage = tensor._storage;
  if (storage instanceof KeptStorage) {
    storage.uses++;
    return tensor;
  }
  if (edge === null || edge instanceof AccumulateGrad || !canKeep(storage)) return tensor;
  const { shape, _strides, _offset, dtype, _numel, _contiguous } = tensor;
  const out = new Tensor(storage.keep(), shape, _strides, _offset, dtype, _numel, _contiguous);
  out._node = edge;
  out._outputNr = outputNr;
  return out;
}

/** The node of `saveForOp` no longer needs it. */
export function letGo(saved: Saved): void {
  if (saved.version === PACKED) return;
  const storage = (saved as Exclude<Saved, Packed>).tensor._storage;
  if (storage instanceof KeptStorage) storage.letGo();
}

/**
 * Throws if the tensor was changed in place since it was saved: its gradient would be silently wrong.
 * `name` is the node's.
 */
export function unpack(saved: Saved, name: string): Tensor {
  if (saved.version === PACKED) return (saved as Packed).unpack();
  const { tensor, version } = saved as Exclude<Saved, Packed>;
  if (tensor._storage.version !== version) {
    throw new TorchError(
      name,
      "one of the variables needed for gradient computation has been modified by an inplace operation: " +
        `[${tensor.dtype} [${tensor.shape.join(", ")}]] is at version ${tensor._storage.version}; ` +
        `expected version ${version} instead. Clone the tensor before the in-place op, or use the op that returns a new tensor`,
    );
  }
  return tensor;
}

/** What hooks made of a tensor. Versions cannot be followed through them, as in PyTorch. */
export class Packed {
  readonly version = PACKED;
  private readonly packed: unknown;
  private readonly leafFlag: boolean;
  /** What was unpacked for the pass that is running. */
  private value: Tensor | null = null;

  constructor(
    tensor: Tensor,
    private readonly hooks: SavedHooks,
    private readonly edge: Node | null,
    private readonly outputNr: number,
    isOutput: boolean,
  ) {
    this.leafFlag = tensor._requiresGrad;
    const before = tensor._storage.version;
    this.packed = withoutGraph(() => hooks.pack(isOutput ? aliasOf(tensor) : tensor));
    if (tensor._storage.version !== before) {
      throw new TorchError(
        "saved_tensors_hooks",
        "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook can not be modified by in-place operations",
      );
    }
  }

  /** The tensor, with the place in the graph that it had. The hook runs once until `forget`. */
  unpack(): Tensor {
    if (this.value !== null) return this.value;
    const data: unknown = kept(() => this.hooks.unpack(this.packed));
    if (!(data instanceof Tensor)) {
      throw new TorchTypeError(
        "saved_tensors_hooks",
        `Output of saved tensor unpack_hook expected to be a Tensor but got ${describe(data)}`,
      );
    }
    const out = aliasOf(data);
    const { edge } = this;
    if (edge instanceof AccumulateGrad) out._extra = { accumulator: edge };
    else out._node = edge;
    out._requiresGrad = this.leafFlag && (edge === null || edge instanceof AccumulateGrad);
    out._outputNr = this.outputNr;
    this.value = out;
    return out;
  }

  forget(): void {
    this.value = null;
  }
}

function aliasOf(t: Tensor): Tensor {
  return new Tensor(t._storage, t.shape, t._strides, t._offset, t.dtype);
}

/** What the hook allocates during a pass may be kept by it. */
function kept<T>(f: () => T): T {
  const { on } = freshness;
  freshness.on = false;
  try {
    return f();
  } finally {
    freshness.on = on;
  }
}
