import { NotImplementedError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { from_numpy } from "./from_data.js";
import { to } from "./copy.js";
import { matmul } from "./matmul.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { transfer } from "./transfer.js";
import { reshape, transpose } from "./views.js";

/** Grids of affine maps. Formula and shapes: reference/ops/grid_sample.ts. */

interface AffineOptions {
  size?: readonly number[];
  align_corners?: boolean | null;
}
type AffineArguments = Arguments<[size: readonly number[], align_corners?: boolean | null], AffineOptions>;

const readAffine = signature<AffineOptions>("affine_grid", ["size", "align_corners"]);

/** Where each place of an output of `size` comes from, for grid_sample. Source: torch.nn.functional.affine_grid. */
export function affine_grid(theta: Tensor, ...args: AffineArguments): Tensor {
  const op = "affine_grid";
  expectTensor(op, "theta", theta);
  const { size = [], align_corners } = readAffine(args);
  if (!theta.dtype.is_floating_point) {
    throw new ValueError(op, `Expected theta to have floating point type, but got ${theta.dtype}`);
  }
  const axes = size.length - 2;
  if (axes !== 2 && axes !== 3) {
    throw new NotImplementedError(
      op,
      "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. " +
        `Got size [${size.join(", ")}]`,
    );
  }
  if (theta.shape.length !== 3 || theta.shape[1] !== axes || theta.shape[2] !== axes + 1) {
    throw new ValueError(
      op,
      `Expected a batch of ${axes}D affine matrices of shape Nx${axes}x${axes + 1} for size [${size.join(", ")}]. ` +
        `Got [${theta.shape.join(", ")}]`,
    );
  }
  if (Math.min(...size) <= 0) {
    throw new ValueError(op, `Expected non-zero, positive output size. Got [${size.join(", ")}]`);
  }
  return affine_grid_generator(theta, size, align_corners ?? false);
}

/** affine_grid without its checks. Source: torch.affine_grid_generator. */
export function affine_grid_generator(theta: Tensor, size: readonly number[], align_corners: boolean): Tensor {
  expectTensor("affine_grid_generator", "theta", theta);
  const spatial = size.slice(2);
  const axes = spatial.length;
  const base = to(transfer(from_numpy(places(spatial, align_corners)), theta.device), theta.dtype);
  const grid = matmul(reshape(base, [1, -1, axes + 1]), transpose(theta, 1, 2));
  return reshape(grid, [size[0]!, ...spatial, axes]);
}

/** Rows (x, y, 1) or (x, y, z, 1) of all places, in row-major order of the places. */
function places(spatial: readonly number[], align_corners: boolean): Float64Array {
  const axes = spatial.length;
  const count = spatial.reduce((n, size) => n * size, 1);
  const rows = new Float64Array(count * (axes + 1)).fill(1);
  let inner = 1;
  for (let k = 0; k < axes; k++) {
    const n = spatial[axes - 1 - k]!;
    for (let row = 0; row < count; row++) {
      rows[row * (axes + 1) + k] = placeOf(Math.floor(row / inner) % n, n, align_corners);
    }
    inner *= n;
  }
  return rows;
}

function placeOf(i: number, n: number, align_corners: boolean): number {
  if (n <= 1) return 0;
  return align_corners ? (2 * i) / (n - 1) - 1 : (2 * i + 1) / n - 1;
}
