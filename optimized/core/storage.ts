import { hostCollector } from "./collector.js";
import { type Device, cpu } from "./device.js";
import { OutOfMemoryError } from "./errors.js";
import { addon } from "./native.js";

/** On while the engine runs ops of its own, whose results nobody else holds; off in user code. */
export const freshness = { on: false };

/**
 * Memory that tensors view.
 *
 * Three kinds of memory stand behind it, and nobody has to free any of them:
 * - small (up to 1 KB): a piece of a slab, an ArrayBuffer that lives as long as any storage cut from it;
 * - large: a block of the native caching allocator whose `owner` object releases it when it is collected;
 * - an ArrayBuffer of the user, or of the `reference` device where there is no native code.
 */
export class Storage {
  private changes = 0;
  /** Where graphs keep this memory for backward; it outlives this storage and counts the changes from then on. */
  private kept: KeptStorage | null = null;
  /** Made by an op during a backward pass and seen by the engine only: it may be reused or released. */
  fresh = freshness.on;
  /** Gradients over this memory that the engine holds. */
  pending = 0;
  /** The version at which all of the memory was zero; -1: unknown. */
  zeroAt = -1;
  /** Memory of the caller, which cannot be exchanged for a larger block. */
  borrowed = false;
  /**
   * Rows that lie side by side in groups, as some kernels want them: the images of a batch, or their channels
   * (backends/interleave.ts, native/cpu/interleave.h); 0: elements lie in the order of their tensor. Whoever asks for the memory finds it in order: only kernels that know both layouts see this one.
   */
  interleaved = 0;
  /** Called when the memory is put in order again: the kernel that interleaved it learns that it was in vain. */
  inVain: (() => void) | null = null;

  constructor(
    readonly device: Device,
    public nbytes: number,
    /** Where the memory starts, for native kernels; 0 if there is none. */
    public address: number,
    /** What keeps the memory alive. */
    public owner: object | null,
    /** The memory as JavaScript sees it; made on first use for native blocks. */
    private memory: ArrayBuffer | null,
    /** Where this storage starts in `memory`. */
    public byteOffset: number,
  ) {}

  /** Counts in-place changes. */
  get version(): number {
    return this.kept === null ? this.changes : this.kept.changes;
  }
  set version(value: number) {
    if (this.kept === null) this.changes = value;
    else this.kept.changes = value;
  }

  get buffer(): ArrayBuffer {
    if (this.interleaved !== 0) this.putInOrder();
    if (this.memory === null) {
      this.memory = addon!.externalBuffer(this.address, this.nbytes);
      owners.set(this.memory, this.owner!); // typed arrays made from it keep the block alive
    }
    return this.memory;
  }

  /** Whether JavaScript may be looking at the memory. */
  get hasView(): boolean {
    return this.memory !== null;
  }

  /** Whether all of the memory is known to be zero, and nobody can write to it without the version telling. */
  get isZero(): boolean {
    return this.zeroAt === this.version && this.memory === null;
  }

  /** Ends `interleaved`: the elements move to memory of their own order. */
  putInOrder(): void {
    this.replace(inOrder!(this));
    this.inVain?.();
  }

  /** Exchanges the memory of two storages. */
  swap(other: Storage): void {
    const mine = new Storage(this.device, this.nbytes, this.address, this.owner, this.memory, this.byteOffset);
    mine.interleaved = this.interleaved;
    this.replace(other);
    other.replace(mine);
  }

  /** Takes over the memory of `other`, as do the graphs that keep this one. */
  replace(other: Storage): void {
    this.take(other);
    if (this.kept !== null && this.kept.uses > 0) this.kept.share(this);
  }

  protected take(other: Storage): void {
    this.nbytes = other.nbytes;
    this.address = other.address;
    this.owner = other.owner;
    this.memory = other.memory;
    this.byteOffset = other.byteOffset;
    this.interleaved = other.interleaved;
  }

  /** The same memory for a graph that keeps it. */
  keep(): KeptStorage {
    if (this.kept === null) {
      const kept = new KeptStorage(this.device, 0, 0, null, null, 0);
      kept.fresh = false;
      kept.changes = this.changes;
      this.kept = kept;
    }
    if (this.kept.uses++ === 0) this.kept.share(this);
    return this.kept;
  }

  /** Gives the memory back before the garbage collector would; typed arrays of the user may not look at it. */
  release(): void {
    const { owner, nbytes } = this;
    if (!isBlock(owner) || this.device !== cpu || this.hasView) return;
    if (addon!.release(owner)) hostCollector.released(nbytes);
    this.take(NOTHING);
  }
}

/**
 * What graphs keep of a storage for their backward passes: a share of its memory of its own. The storage that tensors view
 * is then garbage as soon as nobody holds these, and the memory is free again when the last node that reads it has run,
 * without a further collection: backward finds it warm for its gradients.
 */
export class KeptStorage extends Storage {
  /** How many saved tensors there are. */
  uses = 0;
  /** A gradient that others may hold views this memory, or a graph of the gradient keeps it. */
  escaped = false;

  /** Takes a share of what `storage` holds now. */
  share(storage: Storage): void {
    const { owner } = this;
    this.take(storage);
    this.inVain = storage.inVain;
    if (isBlock(this.owner)) this.owner = addon!.share(this.owner);
    if (isBlock(owner)) addon!.release(owner);
  }

  /** A node no longer needs it. */
  letGo(): void {
    if (--this.uses === 0 && !this.escaped) this.release();
  }
}

/** Whether `owner` stands for native memory. */
function isBlock(owner: object | null): owner is object {
  return owner !== null && !(owner instanceof ArrayBuffer);
}

const owners = new WeakMap<ArrayBuffer, object>();

const SMALL = 1024;
const SLAB = 16384;
const GRAIN = 32; // bytes: a slab is cut in multiples of this

let slab: ArrayBuffer | null = null;
let slabAddress = 0;
let slabUsed = SLAB;

function newSlab(): void {
  slab = new ArrayBuffer(SLAB + 64);
  const start = addon!.addressOf(slab);
  slabUsed = (64 - (start % 64)) % 64;
  slabAddress = start;
  hostCollector.note(SLAB);
}

function smallStorage(nbytes: number): Storage {
  const size = (nbytes + GRAIN - 1) & -GRAIN;
  if (slab === null || slabUsed + size > SLAB) newSlab(); // also for no bytes at all
  const offset = slabUsed;
  slabUsed += size;
  return new Storage(cpu, nbytes, slabAddress + offset, slab, slab, offset);
}

function largeStorage(nbytes: number): Storage {
  hostCollector.before(nbytes);
  const block = addon!.block;
  block[0] = nbytes;
  const owner = addon!.allocate();
  return new Storage(cpu, nbytes, block[0], owner, null, 0);
}

function bufferStorage(device: Device, nbytes: number): Storage {
  let memory: ArrayBuffer;
  try {
    memory = new ArrayBuffer(nbytes);
  } catch {
    throw new OutOfMemoryError("", `out of memory: cannot allocate ${nbytes} bytes`);
  }
  return new Storage(device, nbytes, addon?.addressOf(memory) ?? 0, memory, memory, 0);
}

/** What an interleaved storage holds, in order, in other memory. */
type InOrder = (interleaved: Storage) => Storage;
let inOrder: InOrder | null = null;

/** The backend of the CPU puts its kernel here. */
export function registerInOrder(kernel: InOrder): void {
  inOrder = kernel;
}

type Allocate = (device: Device, nbytes: number) => Storage;
let allocateCuda: Allocate | null = null;

/** The CUDA backend puts its allocator here when it is loaded. */
export function registerCudaAllocator(allocate: Allocate): void {
  allocateCuda = allocate;
}

/** `nbytes` of uninitialised memory on `device`. */
export function allocate(device: Device, nbytes: number): Storage {
  if (device === cpu && addon !== null) return nbytes <= SMALL ? smallStorage(nbytes) : largeStorage(nbytes);
  if (device.type === "cuda" && allocateCuda !== null) return allocateCuda(device, nbytes);
  return bufferStorage(device, nbytes);
}

/** Whether the memory of a storage that was just allocated is zero: pieces of slabs are never used twice. */
export function startsAsZeros({ device, owner }: Storage): boolean {
  return device.type !== "cuda" && owner instanceof ArrayBuffer;
}

/** A storage over memory of the caller: no copy. */
export function wrapBuffer(buffer: ArrayBuffer, byteOffset: number, nbytes: number, device: Device = cpu): Storage {
  const address = addon === null ? 0 : addon.addressOf(buffer) + byteOffset;
  const storage = new Storage(device, nbytes, address, buffer, buffer, byteOffset);
  storage.borrowed = true;
  return storage;
}

/** Whether graphs can keep a share of the memory of `storage`, and it is worth it: slabs live on anyway. */
export function canKeep({ device, owner, borrowed, nbytes }: Storage): boolean {
  return nbytes >= KEPT_APART && device === cpu && isBlock(owner) && !borrowed;
}
const KEPT_APART = 64 << 10;

const NOTHING = new Storage(cpu, 0, 0, null, new ArrayBuffer(0), 0);
