import { cpu, type Device } from "../../core/device.js";
import { int64 } from "../../core/dtype.js";
import { ShapeError, TorchError, ValueError } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import { as_tensor, full, tensor } from "../../ops/creation.js";
import { index_copy, index_select } from "../../ops/indexing.js";
import { stack } from "../../ops/join.js";
import { constant_pad_nd } from "../../ops/pad.js";
import { type Arguments, describe, signature } from "../../ops/support.js";
import { transfer } from "../../ops/transfer.js";
import { tolist } from "../../ops/values.js";
import { narrow, reshape, select, transpose } from "../../ops/views.js";
import { invert_permutation, PackedSequence } from "./packed_sequence.js";

/** Sequences of different lengths: packed step by step, or padded to the longest. Source: torch.nn.utils.rnn. */

export { invert_permutation, PackedSequence };

type Lengths = Tensor | readonly (number | bigint)[];

const int64Tensor = (values: readonly (number | bigint)[], device = cpu) =>
  tensor(values.map(BigInt), { dtype: int64, device });

function lengthsOf(lengths: Lengths): Tensor {
  return lengths instanceof Tensor ? as_tensor(lengths, { dtype: int64 }) : int64Tensor(lengths);
}

interface PackOptions {
  lengths?: Lengths;
  batch_first?: boolean;
  enforce_sorted?: boolean;
}
const readPack = signature<PackOptions>("pack_padded_sequence", ["lengths", "batch_first", "enforce_sorted"]);

/**
 * The elements of padded sequences [T, N, *] (or [N, T, *]) without the padding. `lengths` fall, unless `enforce_sorted`
 * is false: then the sequences are sorted, and the PackedSequence knows their order.
 */
export function pack_padded_sequence(
  input: Tensor,
  ...args: Arguments<[lengths: Lengths, batch_first?: boolean, enforce_sorted?: boolean], PackOptions>
): PackedSequence {
  const { lengths = [], batch_first = false, enforce_sorted = true } = readPack(args);
  const given = tolist(lengthsOf(lengths)) as number[];
  if (enforce_sorted) return pack(batch_first ? transpose(input, 0, 1) : input, given, null);
  const order = given.map((_, n) => n).sort((a, b) => given[b]! - given[a]!);
  const indices = int64Tensor(order, input.device);
  const ordered = index_select(input, batch_first ? 0 : 1, indices);
  const sorted = order.map((n) => given[n]!);
  return pack(batch_first ? transpose(ordered, 0, 1) : ordered, sorted, indices);
}

function checkLengths(input: Tensor, lengths: readonly number[]): void {
  const op = "pack_padded_sequence";
  if (input._numel === 0) throw new ShapeError(op, "Cannot pack empty tensors.", { input: input.shape });
  if (lengths.length !== input.shape[1]) {
    throw new ShapeError(op, `Expected len(lengths) to be equal to the batch size; got ${lengths.length} lengths`, {
      "input (time first)": input.shape,
    });
  }
  const bad = lengths.find((length) => length <= 0);
  if (bad !== undefined) throw new TorchError(op, `Length of all samples has to be greater than 0, but found ${bad}`);
  if (lengths.some((length, i) => i > 0 && length > lengths[i - 1]!)) {
    throw new TorchError(
      op,
      `\`lengths\` array must be sorted in decreasing order when \`enforce_sorted\` is true; got [${lengths.join(", ")}]. ` +
        "Pass enforce_sorted: false to have the sequences sorted",
    );
  }
  if (lengths[0]! > input.shape[0]!) {
    throw new ShapeError(op, `a sequence of length ${lengths[0]} is longer than the input`, {
      "input (time first)": input.shape,
    });
  }
}

/** `input` is [T, N, *], its sequences sorted by length. */
function pack(input: Tensor, lengths: readonly number[], order: Tensor | null): PackedSequence {
  checkLengths(input, lengths);
  const [steps, batch] = input.shape as readonly [number, number];
  const sizes = Array.from({ length: lengths[0]! }, (_, t) => lengths.filter((length) => length > t).length);
  const rows = reshape(input, [steps * batch, ...input.shape.slice(2)]);
  return new PackedSequence(index_select(rows, 0, rowsOf(sizes, batch, input.device)), int64Tensor(sizes), order);
}

/** Where the packed elements are among the rows of [T · N, *]. */
function rowsOf(sizes: readonly number[], batch: number, device: Device): Tensor {
  const rows = sizes.flatMap((size, t) => Array.from({ length: size }, (_, n) => t * batch + n));
  return int64Tensor(rows, device);
}

interface PadOptions {
  batch_first?: boolean;
  padding_value?: number;
  total_length?: number | null;
}
const readPad = signature<PadOptions>("pad_packed_sequence", ["batch_first", "padding_value", "total_length"]);

/** The opposite: padded sequences [T, N, *] (or [N, T, *]) in their first order, and their lengths. */
export function pad_packed_sequence(
  sequence: PackedSequence,
  ...args: Arguments<[batch_first?: boolean, padding_value?: number, total_length?: number | null], PadOptions>
): [padded: Tensor, lengths: Tensor] {
  const { batch_first = false, padding_value = 0, total_length } = readPad(args);
  const { data, batch_sizes, unsorted_indices } = sequence;
  const sizes = tolist(batch_sizes) as number[];
  const steps = total_length ?? sizes.length;
  if (steps < sizes.length) {
    throw new ValueError(
      "pad_packed_sequence",
      `Expected total_length to be at least the length of the longest sequence in input; got ${steps} and ${sizes.length}`,
    );
  }
  const batch = sizes[0]!;
  const inner = data.shape.slice(1);
  const empty = full([steps * batch, ...inner], padding_value, { dtype: data.dtype, device: data.device });
  const padded = reshape(index_copy(empty, 0, rowsOf(sizes, batch, data.device), data), [steps, batch, ...inner]);
  const lengths = int64Tensor(Array.from({ length: batch }, (_, n) => sizes.filter((size) => size > n).length));
  const output = batch_first ? transpose(padded, 0, 1) : padded;
  if (unsorted_indices === null) return [output, lengths];
  const inOrder = index_select(output, batch_first ? 0 : 1, unsorted_indices);
  return [inOrder, index_select(lengths, 0, transfer(unsorted_indices, cpu))]; // lengths are on the CPU, as in PyTorch
}

interface PadSequenceOptions {
  batch_first?: boolean;
  padding_value?: number;
}
const readPadSequence = signature<PadSequenceOptions>("pad_sequence", ["batch_first", "padding_value"]);

/** Sequences [L, *] of different lengths, padded to the longest: [T, N, *], or [N, T, *] with `batch_first`. */
export function pad_sequence(
  sequences: Iterable<Tensor>,
  ...args: Arguments<[batch_first?: boolean, padding_value?: number], PadSequenceOptions>
): Tensor {
  const { batch_first = false, padding_value = 0 } = readPadSequence(args);
  if (!(Symbol.iterator in Object(sequences))) {
    throw new TorchError("pad_sequence", `Expected iterable for input sequences, but got ${describe(sequences)}`);
  }
  const list = [...sequences];
  if (list.length === 0) throw new TorchError("pad_sequence", "received an empty list of sequences");
  const longest = Math.max(...list.map((s) => s.shape[0]!));
  const padded = list.map((s) => {
    const behind = [...new Array(2 * (s.shape.length - 1)).fill(0), 0, longest - s.shape[0]!];
    return constant_pad_nd(s, behind, padding_value);
  });
  return stack(padded, batch_first ? 0 : 1);
}

/** The opposite of `pad_sequence`: views of the sequences, without padding. */
export function unpad_sequence(
  padded_sequences: Tensor,
  lengths: Lengths,
  batch_first: boolean | { batch_first?: boolean } = false,
): Tensor[] {
  const batchDim = (typeof batch_first === "boolean" ? batch_first : batch_first.batch_first) ? 0 : 1;
  const sizes = tolist(lengthsOf(lengths)) as number[];
  return sizes.map((length, n) => narrow(select(padded_sequences, batchDim, n), 0, 0, length));
}

/** Sequences [L, *] packed; sorted by length, longest first, unless `enforce_sorted` is false. */
export function pack_sequence(
  sequences: Iterable<Tensor>,
  enforce_sorted: boolean | { enforce_sorted?: boolean } = true,
): PackedSequence {
  const list = [...sequences];
  const sorted = typeof enforce_sorted === "boolean" ? enforce_sorted : (enforce_sorted.enforce_sorted ?? true);
  const lengths = list.map((s) => s.shape[0]!);
  return pack_padded_sequence(pad_sequence(list), lengths, false, sorted);
}

/** The opposite of `pack_sequence`. */
export function unpack_sequence(packed_sequences: PackedSequence): Tensor[] {
  const [padded, lengths] = pad_packed_sequence(packed_sequences, true);
  return unpad_sequence(padded, lengths, true);
}
