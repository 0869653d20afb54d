import { array } from "../../reference/array.js";
import { apply } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { int32, int64 } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { clone, contiguous, to } from "./copy.js";
import { index_select } from "./indexing.js";
import { type Arguments, expectTensor, normalizeDim, signature } from "./support.js";
import { item, tolist } from "./values.js";
import { expand, reshape, type Sizes, sizesOf, unsqueeze } from "./views.js";

/** Elements several times. Meaning: reference/ops/rearrange.ts. */

type RepeatArguments = Sizes | [{ repeats: readonly number[] }];
const repeatsOf = (args: RepeatArguments): readonly number[] => {
  const first = args[0];
  return typeof first === "object" && "repeats" in first ? first.repeats : sizesOf(args as Sizes);
};

/** The tensor laid side by side, repeats[d] times along dim d; numbers in front make new dims. Source: torch.Tensor.repeat. */
export function repeat(input: Tensor, ...repeats: RepeatArguments): Tensor {
  expectTensor("repeat", "input", input);
  const counts = repeatsOf(repeats);
  const lead = counts.length - input.shape.length;
  if (lead < 0) {
    throw new TorchError(
      "repeat",
      `Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor; got ${counts.length} for ${input.shape.length}`,
    );
  }
  const negative = counts.find((n) => n < 0);
  if (negative !== undefined)
    throw new TorchError("repeat", `Trying to create tensor with negative dimension ${negative}`);
  // Every dim becomes (count, size), the counts stretched without a copy; one copy then makes the result.
  const own = [...new Array<number>(lead).fill(1), ...input.shape];
  const split = reshape(
    input,
    own.flatMap((size) => [1, size]),
  );
  const stretched = expand(
    split,
    own.flatMap((size, d) => [counts[d]!, size]),
  );
  return reshape(
    clone(stretched, { memory_format: "contiguous_format" }),
    own.map((size, d) => size * counts[d]!),
  );
}

/** As `repeat`; missing numbers in front count as 1. Source: torch.tile. */
export function tile(input: Tensor, ...dims: Sizes | [{ dims: readonly number[] }]): Tensor {
  expectTensor("tile", "input", input);
  const first = dims[0];
  const counts = typeof first === "object" && "dims" in first ? first.dims : sizesOf(dims as Sizes);
  const missing = Math.max(input.shape.length - counts.length, 0);
  return repeat(input, [...new Array<number>(missing).fill(1), ...counts]);
}

/** The number i, counts[i] times, for each i. */
const repeatIndicesOp = defineOp<[counts: Tensor], { total: number }>({
  name: "_repeat_indices",
  kernel: "repeat_indices",
  infer: (_, { total }) => ({ shape: [total], dtype: int64 }),
  write: (b, [out], [counts]) => {
    b.address(out!);
    b.address(counts);
    b.number(counts._numel);
  },
  reference: ([counts], { total }) => {
    const data = new Float64Array(total);
    let end = 0;
    counts.data.forEach((count, i) => {
      data.fill(i, end, end + count);
      end += count;
    });
    return array(data, [total], "int64");
  },
  saves: "nothing",
  backward: { notDifferentiable: "its results are indices" },
});

function repeatedIndices(counts: Tensor): Tensor {
  if (counts.dtype !== int64 && counts.dtype !== int32)
    throw new TorchError("repeat_interleave", `repeats has to be Long or Int tensor; got ${counts.dtype}`);
  if (counts.shape.length !== 1)
    throw new TorchError("repeat_interleave", "repeat_interleave only accept 1D vector as repeat");
  const list = tolist(counts) as number[];
  if (list.some((n) => n < 0)) throw new TorchError("repeat_interleave", "repeats can not be negative");
  const total = list.reduce((a, b) => a + b, 0);
  return apply(repeatIndicesOp, [contiguous(to(counts, int64))], { total });
}

/** Every slice along dim d `n` times in a row: stretched without a copy, then copied once. */
function interleaved(x: Tensor, n: number, d: number): Tensor {
  const wide = expand(unsqueeze(x, d + 1), x.shape.toSpliced(d + 1, 0, n));
  return reshape(clone(wide, { memory_format: "contiguous_format" }), x.shape.with(d, x.shape[d]! * n));
}

export interface RepeatInterleaveOptions {
  repeats?: number | Tensor;
  dim?: number | null;
  output_size?: number | null;
}
const read = signature<RepeatInterleaveOptions>("repeat_interleave", ["repeats", "dim"], ["output_size"]);

/**
 * Every slice along `dim` several times in a row: a number for all or a tensor with one number for each. Without dim, the
 * elements of the flattened input. With one argument, a tensor of counts: the number i, counts[i] times.
 * Source: torch.repeat_interleave.
 */
export function repeat_interleave(
  input: Tensor,
  ...args: Arguments<[repeats?: number | Tensor, dim?: number | null], RepeatInterleaveOptions>
): Tensor {
  expectTensor("repeat_interleave", "input", input);
  const { repeats, dim = null, output_size = null } = read(args);
  if (repeats === undefined) return repeatedIndices(input);
  const flat = dim === null || input.shape.length === 0;
  const x = flat ? reshape(input, [-1]) : input;
  const d = normalizeDim("repeat_interleave", flat ? 0 : dim, x.shape.length);
  const single = repeats instanceof Tensor ? (repeats._numel === 1 ? Number(item(repeats)) : null) : repeats;
  if (single !== null && single < 0) throw new TorchError("repeat_interleave", "repeats can not be negative");
  const result = single !== null ? interleaved(x, single, d) : interleavedBy(x, repeats as Tensor, d);
  if (output_size !== null && result.shape[d] !== output_size) {
    throw new TorchError(
      "repeat_interleave",
      `allocated size does not match required size; got output_size ${output_size} for ${result.shape[d]}`,
    );
  }
  return result;
}

function interleavedBy(x: Tensor, repeats: Tensor, d: number): Tensor {
  const list = repeats.shape.length === 0 ? reshape(repeats, [1]) : repeats;
  if (list.shape.length === 1 && list._numel !== x.shape[d]) {
    throw new TorchError(
      "repeat_interleave",
      `repeats must have the same size as input along dim; got ${list._numel} for ${x.shape[d]}`,
    );
  }
  return index_select(x, d, repeatedIndices(list));
}
