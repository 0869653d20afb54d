import { type Device, device as toDevice } from "../../core/device.js";
import { DType, float16, float32, float64 } from "../../core/dtype.js";
import { ValueError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { to as convert } from "../../ops/copy.js";
import { arange, zeros_like } from "../../ops/creation.js";
import { index_copy } from "../../ops/indexing.js";
import { transfer } from "../../ops/transfer.js";

/**
 * Sequences of different lengths, step by step: first the first elements of all sequences, then the second ones of those
 * that have one, ... Sequences are sorted by length, longest first. Made by `pack_padded_sequence` and `pack_sequence`.
 *
 * Source  torch.nn.utils.rnn.PackedSequence.
 */
export class PackedSequence {
  readonly sorted_indices: Tensor | null;
  readonly unsorted_indices: Tensor | null;

  constructor(
    /** [rows, *]: the elements. */
    readonly data: Tensor,
    /** [steps], int64: how many sequences have an element at each step. */
    readonly batch_sizes: Tensor,
    sorted_indices: Tensor | null = null,
    unsorted_indices: Tensor | null = null,
  ) {
    if (batch_sizes.device.type === "cuda") {
      throw new ValueError("PackedSequence", "batch_sizes should always be on CPU");
    }
    this.sorted_indices = sorted_indices;
    this.unsorted_indices = unsorted_indices ?? invert_permutation(sorted_indices);
  }

  get is_cuda(): boolean {
    return this.data.device.type === "cuda";
  }
  /** The same sequences on another device or in another dtype. */
  to(target: DType | Device | string): PackedSequence {
    if (target instanceof DType) {
      const data = convert(this.data, target);
      return data === this.data
        ? this
        : new PackedSequence(data, this.batch_sizes, this.sorted_indices, this.unsorted_indices);
    }
    const place = toDevice(target);
    const data = transfer(this.data, place);
    if (data === this.data) return this;
    const move = (indices: Tensor | null) => (indices === null ? null : transfer(indices, place));
    return new PackedSequence(data, this.batch_sizes, move(this.sorted_indices), move(this.unsorted_indices));
  }
  cpu(): PackedSequence {
    return this.to("cpu");
  }
  cuda(device: Device | string = "cuda"): PackedSequence {
    return this.to(device);
  }
  float(): PackedSequence {
    return this.to(float32);
  }
  double(): PackedSequence {
    return this.to(float64);
  }
  half(): PackedSequence {
    return this.to(float16);
  }
  /** The four parts, in PyTorch's order: `const [data, batch_sizes] = packed`. */
  *[Symbol.iterator](): Generator<Tensor | null> {
    yield* [this.data, this.batch_sizes, this.sorted_indices, this.unsorted_indices];
  }
}

/** The permutation that undoes another one. */
export function invert_permutation(permutation: Tensor | null): Tensor | null {
  if (permutation === null) return null;
  const places = arange(permutation._numel, { device: permutation.device });
  return index_copy(zeros_like(permutation), 0, permutation, places);
}
