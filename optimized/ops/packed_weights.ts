import { type Block, block } from "../backends/block.js";
import { gradMode } from "../core/grad_mode.js";
import { cpuKernels } from "../core/native.js";
import { allocate, freshness, type Storage } from "../core/storage.js";
import type { Tensor } from "../core/tensor.js";

/**
 * Weights in the layout that oneDNN wants, kept from call to call: in inference they do not change, and where images or
 * rows are few, putting them in order takes as long as the rest.
 */

interface Packed {
  /** Version of the weights that were packed. */
  readonly version: number;
  /** What the layout depends on. */
  readonly key: string;
  /** Null where the weights are taken as they are. */
  readonly memory: Storage | null;
}

/** One layout for each weight: that of its last call. Goes with the weight. */
const kept = new WeakMap<Storage, Packed>();

/** Whether nobody changes the weights without their version telling, and nobody trains them. */
function areConstant({ _storage: s, _offset, _numel }: Tensor): boolean {
  return !gradMode.enabled && !freshness.on && !s.hasView && !s.borrowed && _offset === 0 && s.nbytes === 4 * _numel;
}

/** For a kernel that takes packed weights, which writes its other arguments: there are none. */
export function writeUnpacked(b: Block, write: () => void): void {
  write();
  b.number(0);
  b.flag(false);
}

/** The kernels that tell how many bytes packed weights take, from the arguments of those that take them. */
type SizeKernel = "conv_packed_bytes" | "linear_packed_bytes";

/**
 * Writes the address of packed weights, or 0, and whether they are packed already. `key` tells what the layout depends on
 * besides the weights; `write` writes the arguments of the kernel.
 */
export function writePacked(b: Block, w: Tensor, size: SizeKernel, key: () => string, write: () => void): void {
  if (!areConstant(w)) {
    writeUnpacked(b, write);
    return;
  }
  const name = key();
  const before = kept.get(w._storage);
  const known = before !== undefined && before.version === w._storage.version && before.key === name;
  const memory = known ? before.memory : memoryFor(w, size, write);
  if (!known) kept.set(w._storage, { version: w._storage.version, key: name, memory });
  b.begin();
  write();
  b.number(memory?.address ?? 0);
  b.flag(known);
}

function memoryFor(w: Tensor, size: SizeKernel, write: () => void): Storage | null {
  block.begin();
  writeUnpacked(block, write);
  cpuKernels[size]!();
  const bytes = block.data[0]!;
  return bytes === 0 ? null : allocate(w._storage.device, bytes);
}
