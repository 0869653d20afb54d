import { type Windows, windowCounts, windowPositions } from "../../reference/ops/fold.js";
import type { Device } from "../core/device.js";
import { int64 } from "../core/dtype.js";
import { ShapeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { contiguous, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { from_numpy } from "./from_data.js";
import { index_add, index_select } from "./indexing.js";
import { constant_pad_nd } from "./pad.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { transfer } from "./transfer.js";
import { narrow, reshape } from "./views.js";

/** Windows of images as columns, and back. Formulas and shapes: reference/ops/fold.ts. */

type Pair = number | readonly number[];

export interface UnfoldOptions {
  kernel_size?: Pair;
  dilation?: Pair;
  padding?: Pair;
  stride?: Pair;
}
const WINDOWS = ["kernel_size", "dilation", "padding", "stride"] as const;
type WindowArguments = [kernel_size: Pair, dilation?: Pair, padding?: Pair, stride?: Pair];

function pair(op: string, name: string, value: Pair | undefined, least: number): [number, number] {
  const [a, b] = typeof value === "number" ? [value, value] : (value ?? []);
  if (a === undefined || b === undefined || a < least || b < least) {
    throw new ShapeError(op, `${name} must be one or two integers of at least ${least}; got ${String(value)}`);
  }
  return [a, b];
}

function windowsOf(op: string, given: UnfoldOptions): Required<Windows> {
  return {
    kernel_size: pair(op, "kernel_size", given.kernel_size, 1),
    dilation: pair(op, "dilation", given.dilation ?? 1, 1),
    padding: pair(op, "padding", given.padding ?? 0, 0),
    stride: pair(op, "stride", given.stride ?? 1, 1),
  };
}

function requireWindows(op: string, size: readonly [number, number], windows: Required<Windows>): number {
  const [rows, columns] = windowCounts(size, windows);
  if (rows > 0 && columns > 0) return rows * columns;
  const { kernel_size, dilation, padding } = windows;
  throw new ShapeError(
    op,
    `calculated shape of the array of sliding blocks as (${rows}, ${columns}), but its components must be at least one`,
    { "spatial size": size, kernel_size, dilation, padding },
  );
}

function positionsTensor(size: readonly [number, number], windows: Windows, device: Device): Tensor {
  return to(transfer(from_numpy(Int32Array.from(windowPositions(size, windows))), device), int64);
}

const readUnfold = signature<UnfoldOptions>("unfold", WINDOWS);
/** All windows of [N, C, H, W] (or without N) as columns. Source: torch.nn.functional.unfold. */
export function im2col(input: Tensor, ...args: Arguments<WindowArguments, UnfoldOptions>): Tensor {
  const op = "unfold";
  expectTensor(op, "input", input);
  const windows = windowsOf(op, readUnfold(args));
  const rank = input.shape.length;
  if ((rank !== 3 && rank !== 4) || input.shape.slice(-3).includes(0)) {
    throw new ShapeError(
      op,
      "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input",
      { input: input.shape },
    );
  }
  const [channels, height, width] = input.shape.slice(-3) as [number, number, number];
  const lead = input.shape.slice(0, -3);
  const count = requireWindows(op, [height, width], windows);
  const { padding, kernel_size } = windows;
  const padded = constant_pad_nd(input, [padding[1], padding[1], padding[0], padding[0]]);
  const flat = reshape(padded, [...lead, channels, (height + 2 * padding[0]) * (width + 2 * padding[1])]);
  const columns = index_select(flat, -1, positionsTensor([height, width], windows, input.device));
  return reshape(columns, [...lead, channels * kernel_size[0] * kernel_size[1], count]);
}

export interface FoldOptions extends UnfoldOptions {
  output_size?: Pair;
}
const readFold = signature<FoldOptions>("fold", ["output_size", ...WINDOWS]);
/** Sums of columns at the places of their windows in images of output_size. Source: torch.nn.functional.fold. */
export function col2im(
  input: Tensor,
  ...args: Arguments<[output_size: Pair, ...WindowArguments], FoldOptions>
): Tensor {
  const op = "fold";
  expectTensor(op, "input", input);
  const given = readFold(args);
  const size = pair(op, "output_size", given.output_size, 1);
  const windows = windowsOf(op, given);
  const rank = input.shape.length;
  if ((rank !== 2 && rank !== 3) || input.shape.slice(-2).includes(0)) {
    throw new ShapeError(
      op,
      "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input",
      { input: input.shape },
    );
  }
  const { kernel_size, padding } = windows;
  const kernel = kernel_size[0] * kernel_size[1];
  const [rows, columns] = input.shape.slice(-2) as [number, number];
  if (rows % kernel !== 0) {
    throw new ShapeError(
      op,
      `Expected size of input's dimension 1 to be divisible by the product of kernel_size [${kernel_size.join(", ")}]`,
      { input: input.shape },
    );
  }
  const count = requireWindows(op, size, windows);
  if (count !== columns) {
    throw new ShapeError(
      op,
      `expected size of input's dimension 2 to match the calculated number of sliding blocks ${count}`,
      { input: input.shape, output_size: size },
    );
  }
  const lead = input.shape.slice(0, -2);
  const padded = [size[0] + 2 * padding[0], size[1] + 2 * padding[1]] as const;
  const flat = reshape(input, [...lead, rows / kernel, kernel * count]);
  const zeros = zerosTensor([...lead, rows / kernel, padded[0] * padded[1]], input.dtype, input.device);
  const sums = index_add(zeros, -1, positionsTensor(size, windows, input.device), flat);
  const images = reshape(sums, [...lead, rows / kernel, ...padded]);
  return contiguous(narrow(narrow(images, -2, padding[0], size[0]), -1, padding[1], size[1]));
}
