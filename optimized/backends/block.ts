import { addon, cpuKernels } from "../core/native.js";
import { allocate, registerInOrder, type Storage } from "../core/storage.js";
import type { Tensor } from "../core/tensor.js";
import { broadcastStrides, sameShape } from "../core/strides.js";
import { TorchError } from "../core/errors.js";
import { passInterleaving, registerSideBySide } from "./interleave.js";

/** Doubles in the argument block: see native/core/abi.h. */
export const BLOCK_SIZE = 1 << 15;

/**
 * Writes the arguments of a kernel, in the order in which the kernel reads them (native/core/args.h). There is one
 * block, so a kernel's arguments are written and the kernel is called before anything else runs.
 */
class Block {
  readonly data: Float64Array = addon?.block ?? new Float64Array(BLOCK_SIZE);
  private next = 0;

  begin(): this {
    this.next = 0;
    return this;
  }

  number(value: number): void {
    this.data[this.next++] = value;
  }

  flag(value: boolean): void {
    this.data[this.next++] = value ? 1 : 0;
  }

  /** A count, then the values. */
  list(values: readonly number[]): void {
    this.reserve(values.length + 1);
    this.data[this.next++] = values.length;
    for (let i = 0; i < values.length; i++) this.data[this.next++] = values[i]!;
  }

  /** Address of the first element; the kernel knows the layout. */
  address(t: Tensor): void {
    this.data[this.next++] = t._address;
  }

  /** The address of memory that may be interleaved. */
  interleavedAddress(t: Tensor): void {
    this.data[this.next++] = t._storage.address;
  }

  /**
   * Does something else with the block while arguments are being written. Writers below count for themselves and set `next`
   * when they are done: what one of them may have written by then, a few operands of up to 64 dims, is kept too.
   */
  aside<T>(call: () => T): T {
    const { next } = this;
    const written = this.data.slice(0, next + 512);
    const result = call();
    this.data.set(written);
    this.next = next;
    return result;
  }

  /** [address, dtype, ndim, sizes..., strides...]; null is an absent tensor. Its memory may be interleaved if `asIs`. */
  tensor(t: Tensor | null, asIs = false): void {
    this.reserve(32);
    const { data } = this;
    let n = this.next;
    if (t === null) {
      data[n] = 0;
      data[n + 1] = 0;
      data[n + 2] = 0;
      this.next = n + 3;
      return;
    }
    const { shape, _strides: strides } = t;
    const rank = shape.length;
    data[n++] = asIs ? t._storage.address : t._address;
    data[n++] = t.dtype.code;
    data[n++] = rank;
    for (let d = 0; d < rank; d++) data[n++] = shape[d]!;
    for (let d = 0; d < rank; d++) data[n++] = strides[d]!;
    this.next = n;
  }

  /**
   * Operands of an elementwise kernel: [ndim, sizes..., then per operand: address, dtype, strides...]. Inputs are
   * broadcast to the shape of the output by strides of 0; where all operands are contiguous, or single elements, they are
   * passed as one dim.
   */
  pointwise(out: Tensor, ins: readonly Tensor[]): void {
    const { data } = this;
    const { shape } = out;
    let n = this.next;
    let flat = out._contiguous;
    let interleaved = 0;
    for (let i = 0; flat && i < ins.length; i++) {
      const x = ins[i]!;
      flat = x._contiguous && (x._numel === 1 || sameShape(x.shape, shape));
      interleaved |= x._storage.interleaved;
    }
    if (flat) {
      // Where all operands are interleaved alike, so is the result.
      const asIs = interleaved !== 0 && passInterleaving(ins, out);
      data[n++] = 1;
      data[n++] = out._numel;
      data[n++] = asIs ? out._storage.address : out._address;
      data[n++] = out.dtype.code;
      data[n++] = 1;
      for (let i = 0; i < ins.length; i++) {
        const x = ins[i]!;
        data[n++] = asIs && x._numel !== 1 ? x._storage.address : x._address;
        data[n++] = x.dtype.code;
        data[n++] = x._numel === 1 ? 0 : 1;
      }
      this.next = n;
      return;
    }
    const rank = shape.length;
    data[n++] = rank;
    for (let d = 0; d < rank; d++) data[n++] = shape[d]!;
    for (let i = -1; i < ins.length; i++) {
      const x = i < 0 ? out : ins[i]!;
      const strides = i < 0 ? out._strides : broadcastStrides(x.shape, x._strides, shape);
      data[n++] = x._address;
      data[n++] = x.dtype.code;
      for (let d = 0; d < rank; d++) data[n++] = strides[d]!;
    }
    this.next = n;
  }

  /**
   * The input of a reduction over `dims` (null: all), for ReadReduction in native/cpu/reduce.h: [address, dtype, ndim, then
   * size, stride and 0 or 1 (reduced) of each dim]. Outputs are row-major, so their addresses are enough.
   */
  reduction(x: Tensor, dims: readonly number[] | null): void {
    const { data } = this;
    const { shape, _strides: strides } = x;
    const rank = shape.length;
    let n = this.next;
    data[n++] = x._address;
    data[n++] = x.dtype.code;
    if (dims === null && x._contiguous) {
      data[n++] = 1;
      data[n++] = x._numel;
      data[n++] = 1;
      data[n++] = 1;
    } else {
      data[n++] = rank;
      for (let d = 0; d < rank; d++) {
        data[n++] = shape[d]!;
        data[n++] = strides[d]!;
        data[n++] = dims === null || dims.includes(d) ? 1 : 0;
      }
    }
    this.next = n;
  }

  /** A result that the kernel left at the start of the block. */
  result(index: number): number {
    return this.data[index]!;
  }

  /** Makes sure that `count` more doubles fit. */
  reserve(count: number): void {
    if (this.next + count > BLOCK_SIZE) throw new TorchError("", `a native call takes at most ${BLOCK_SIZE} numbers`);
  }
}

export type { Block };
export const block = new Block();

/** What `kernel` writes into new memory, from that of `storage`, `rows` of which are or get side by side. */
function rearranged(storage: Storage, rows: number, kernel: () => void): Storage {
  return block.aside(() => {
    const result = allocate(storage.device, storage.nbytes);
    block.begin();
    block.number(storage.address);
    block.number(result.address);
    block.number(rows);
    block.number(storage.nbytes / 4 / rows);
    kernel();
    return result;
  });
}

registerInOrder((storage) => rearranged(storage, storage.interleaved, cpuKernels.deinterleave!));

registerSideBySide(({ _storage: storage }, rows) => {
  const result = rearranged(storage, rows, cpuKernels.interleave!);
  result.interleaved = rows;
  storage.replace(result);
});
