import { fractionalStarts, sampleOfAxis } from "../../reference/ops/fractional_pool.js";
import { autocastState } from "../core/autocast.js";
import { float64, int64 } from "../core/dtype.js";
import { AssertionError, DtypeError, ShapeError, ValueError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { to } from "./copy.js";
import { max } from "./extremum.js";
import { from_numpy } from "./from_data.js";
import { gather } from "./indexing.js";
import { rand } from "./random.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { transfer } from "./transfer.js";
import { tolist } from "./values.js";
import { reshape } from "./views.js";

/** Pooling over windows at random places. Formula and shapes: reference/ops/fractional_pool.ts. */

type PerAxis = number | readonly number[];

export interface FractionalOptions {
  kernel_size?: PerAxis;
  output_size?: PerAxis | null;
  /** The output size as a share of the input's. */
  output_ratio?: PerAxis | null;
  return_indices?: boolean;
  _random_samples?: Tensor | null;
}
type FractionalArguments = Arguments<
  [
    kernel_size: PerAxis,
    output_size?: PerAxis | null,
    output_ratio?: PerAxis | null,
    return_indices?: boolean,
    _random_samples?: Tensor | null,
  ],
  FractionalOptions
>;
const NAMES = ["kernel_size", "output_size", "output_ratio", "return_indices", "_random_samples"] as const;

interface Pooled {
  readonly values: Tensor;
  readonly indices: Tensor;
}

function fractional(axes: 2 | 3): (input: Tensor, args: FractionalArguments) => Pooled & { both: boolean } {
  const op = `fractional_max_pool${axes}d`;
  const read = signature<FractionalOptions>(op, NAMES);
  const perAxis = (value: PerAxis) => (typeof value === "number" ? new Array<number>(axes).fill(value) : value);
  return (input, args) => {
    expectTensor(op, "input", input);
    const { kernel_size = 1, output_size, output_ratio, return_indices = false, _random_samples } = read(args);
    if (output_size == null && output_ratio == null) {
      throw new ValueError(op, "requires specifying either an output_size or an output_ratio");
    }
    requireImages(op, input, axes);
    const batched = input.shape.length === axes + 2;
    const x = batched ? input : reshape(input, [1, ...input.shape]);
    const spatial = x.shape.slice(2);
    const ratio = perAxis(output_ratio ?? 1);
    const sizes = output_size != null ? perAxis(output_size) : spatial.map((n, d) => Math.trunc(n * ratio[d]!));
    const kernel = perAxis(kernel_size);
    requireFit(op, spatial, kernel, sizes);
    const shape = [x.shape[0]!, x.shape[1]!, axes];
    const samples = _random_samples ?? rand(shape, { dtype: input.dtype, device: input.device });
    if (!sameShape(samples.shape, shape)) {
      throw new ShapeError(op, `expected _random_samples of shape [${shape.join(", ")}]`, { samples: samples.shape });
    }
    const result = pool(x, kernel, sizes, samples);
    const unbatch = (t: Tensor) => (batched ? t : reshape(t, t.shape.slice(1)));
    return { values: unbatch(result.values), indices: unbatch(result.indices), both: return_indices };
  };
}

function requireImages(op: string, input: Tensor, axes: number): void {
  const rank = input.shape.length;
  if ((rank !== axes + 1 && rank !== axes + 2) || input.shape.slice(-axes - 1).includes(0)) {
    throw new ShapeError(op, `Expected ${axes + 1}D or ${axes + 2}D tensor with non-zero dims behind the batch`, {
      input: input.shape,
    });
  }
  if (input.dtype.is_floating_point) return;
  throw new DtypeError(op, `expected a floating point input; got ${input.dtype}`);
}

function requireFit(op: string, spatial: readonly number[], kernel: readonly number[], sizes: readonly number[]): void {
  if (kernel.length !== spatial.length || sizes.length !== spatial.length) {
    throw new AssertionError(op, `kernel_size and output_size must be numbers or have ${spatial.length} of them`);
  }
  const spare = spatial.length === 3 ? 1 : 0; // PyTorch has ≤ over two axes, < over three
  if (spatial.every((n, d) => sizes[d]! > 0 && sizes[d]! + kernel[d]! - 1 + spare <= n)) return;
  throw new ShapeError(op, "pool and output size are too large relative to input", {
    input: spatial,
    kernel_size: kernel,
    output_size: sizes,
  });
}

function pool(x: Tensor, kernel: readonly number[], sizes: readonly number[], samples: Tensor): Pooled {
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const windows = windowPositions(x, kernel, sizes, (tolist(samples) as number[][][]).flat());
  const count = sizes.reduce((n, size) => n * size, 1);
  const flat = reshape(x, [batch, channels, spatial.reduce((n, size) => n * size, 1)]);
  const positions = reshape(to(transfer(from_numpy(windows), x.device), int64), [batch, channels, -1]);
  const split = [batch, channels, count, -1];
  const best = max(reshape(gather(flat, 2, positions), split), -1, true) as { values: Tensor; indices: Tensor };
  const places = gather(reshape(positions, split), 3, best.indices);
  const shape = [batch, channels, ...sizes];
  return { values: reshape(best.values, shape), indices: reshape(places, shape) };
}

/** For each channel and each output, the elements of its window. */
function windowPositions(
  x: Tensor,
  kernel: readonly number[],
  sizes: readonly number[],
  samples: readonly (readonly number[])[],
): Int32Array {
  const spatial = x.shape.slice(2);
  const round = x.dtype === float64 ? undefined : Math.fround;
  const offsets = flatPositions(
    spatial,
    kernel.map((k) => Array.from({ length: k }, (_, i) => i)),
  );
  const positions = samples.flatMap((sample) => {
    const starts = spatial.map((n, d) =>
      fractionalStarts(sample[sampleOfAxis(d, spatial.length)]!, n, sizes[d]!, kernel[d]!, round),
    );
    return flatPositions(spatial, starts).flatMap((start) => offsets.map((offset) => start + offset));
  });
  return Int32Array.from(positions);
}

/** All combinations of one place per axis, as positions among the flat elements. */
function flatPositions(spatial: readonly number[], places: readonly (readonly number[])[]): number[] {
  return places.reduce<number[]>((all, axis, d) => all.flatMap((at) => axis.map((i) => at * spatial[d]! + i)), [0]);
}

const over2d = fractional(2);
const over3d = fractional(3);

/** Largest elements of windows at random places of [N, C, H, W]. Source: torch.nn.functional.fractional_max_pool2d. */
export function fractional_max_pool2d(input: Tensor, ...args: FractionalArguments): Tensor | [Tensor, Tensor] {
  if (autocastState.on) return fullPrecision(fractional_max_pool2d, input, ...args);
  const { values, indices, both } = over2d(input, args);
  return both ? [values, indices] : values;
}

/** The same over [N, C, D, H, W]. Source: torch.nn.functional.fractional_max_pool3d. */
export function fractional_max_pool3d(input: Tensor, ...args: FractionalArguments): Tensor | [Tensor, Tensor] {
  if (autocastState.on) return fullPrecision(fractional_max_pool3d, input, ...args);
  const { values, indices, both } = over3d(input, args);
  return both ? [values, indices] : values;
}

/** fractional_max_pool2d with its indices. Source: torch.nn.functional.fractional_max_pool2d_with_indices. */
export function fractional_max_pool2d_with_indices(input: Tensor, ...args: FractionalArguments): [Tensor, Tensor] {
  const { values, indices } = over2d(input, args);
  return [values, indices];
}

/** fractional_max_pool3d with its indices. Source: torch.nn.functional.fractional_max_pool3d_with_indices. */
export function fractional_max_pool3d_with_indices(input: Tensor, ...args: FractionalArguments): [Tensor, Tensor] {
  const { values, indices } = over3d(input, args);
  return [values, indices];
}
