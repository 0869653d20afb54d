import { hostCollector } from "./collector.js";
import { type Device, cpu } from "./device.js";
import { OutOfMemoryError } from "./errors.js";
import { addon } from "./native.js";

/** On while the engine runs ops of its own, whose results nobody else holds; off in user code. */
export const freshness = { on: false };

/**
 * Memory that tensors view. `version` counts in-place changes: autograd compares it with the version it saved.
 *
 * Three kinds of memory stand behind it, and nobody has to free any of them:
 * - small (up to 1 KB): a piece of a slab, an ArrayBuffer that lives as long as any storage cut from it;
 * - large: a block of the native caching allocator whose `owner` object releases it when it is collected;
 * - an ArrayBuffer of the user, or of the `reference` device where there is no native code.
 */
export class Storage {
  version = 0;
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

  /** Takes over the memory of `other`: for `resize_` and for releasing. */
  replace(other: Storage): void {
    this.nbytes = other.nbytes;
    this.address = other.address;
    this.owner = other.owner;
    this.memory = other.memory;
    this.byteOffset = other.byteOffset;
    this.interleaved = other.interleaved;
  }
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

/**
 * Gives the memory back before the garbage collector would. Only for a storage that nobody reads any more: a later
 * access through a tensor that still views it throws.
 */
export function releaseStorage(storage: Storage): void {
  const { owner } = storage;
  if (owner === null || storage.device !== cpu || addon === null || owner instanceof ArrayBuffer) return;
  if (storage.hasView) return; // typed arrays of the user look at it
  addon.release(owner);
  hostCollector.released(storage.nbytes);
  storage.replace(new Storage(cpu, 0, 0, null, EMPTY, 0));
}
const EMPTY = new ArrayBuffer(0);
