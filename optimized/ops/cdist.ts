import { autocastState } from "../core/autocast.js";
import { DtypeError, ShapeError, TorchError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { detach } from "./autograd.js";
import { fill } from "./filling.js";
import { matmul } from "./matmul.js";
import { vectorNorm } from "./norm.js";
import { add, gt, mul, sqrt, square, sub, where } from "./pointwise.js";
import { sum } from "./reduce.js";
import { broadcast_shapes } from "./shapes.js";
import { type Arguments, expectTensor, signature } from "./support.js";
import { expand, transpose, unsqueeze } from "./views.js";

/** Distances of all pairs of rows. Formula and shapes: reference/ops/cdist.ts. */

const MODES = [
  "use_mm_for_euclid_dist_if_necessary",
  "use_mm_for_euclid_dist",
  "donot_use_mm_for_euclid_dist",
] as const;

export interface CdistOptions {
  /** Of which norm the distance is. */
  p?: number;
  /** Whether Euclidean distances come from a matrix product: faster, but less exact where rows are close. */
  compute_mode?: (typeof MODES)[number];
}
const readCdist = signature<CdistOptions>("cdist", ["p", "compute_mode"]);

/** More rows than this make a matrix product worth its rounding errors, as in PyTorch. */
const MANY_ROWS = 25;

function byProduct(mode: CdistOptions["compute_mode"], p: number, x1: Tensor, x2: Tensor): boolean {
  if (p !== 2 || mode === "donot_use_mm_for_euclid_dist") return false;
  return mode === "use_mm_for_euclid_dist" || x1.shape.at(-2)! > MANY_ROWS || x2.shape.at(-2)! > MANY_ROWS;
}

/** √(|x|² − 2 x·y + |y|²); where that is not positive 0, with gradient 0. */
function euclidean(x1: Tensor, x2: Tensor): Tensor {
  const lengths = (x: Tensor): Tensor => sum(square(x), -1, true);
  const cross = matmul(x1, transpose(x2, -2, -1));
  const squared = add(sub(lengths(x1), mul(cross, 2)), transpose(lengths(x2), -2, -1));
  const positive = gt(squared, 0);
  return where(positive, sqrt(where(positive, squared, 1)), 0);
}

/** The number of differences has gradient 0. */
function normOf(difference: Tensor, p: number): Tensor {
  const last = [difference.shape.length - 1];
  if (difference.shape.at(-1) === 0) return sum(difference, -1);
  if (p > 0) return vectorNorm(difference, p, last, false);
  return add(vectorNorm(detach(difference), 0, last, false), fill(sum(difference, -1), 0));
}

function checkRows(x1: Tensor, x2: Tensor): void {
  expectTensor("cdist", "x1", x1);
  expectTensor("cdist", "x2", x2);
  const shapes = { x1: x1.shape, x2: x2.shape };
  if (x1.shape.length < 2 || x2.shape.length < 2)
    throw new ShapeError("cdist", "only takes 2-d tensors or more", shapes);
  if (x1.shape.at(-1) !== x2.shape.at(-1)) {
    throw new ShapeError("cdist", "x1 and x2 must have the same number of columns", shapes);
  }
  if (x1.dtype !== x2.dtype || !x1.dtype.is_floating_point) {
    throw new DtypeError("cdist", `x1 and x2 must have one floating point dtype; got ${x1.dtype} and ${x2.dtype}`);
  }
}

/** The p-norm distance of each row of x1 to each row of x2. Source: torch.cdist. */
export function cdist(
  x1: Tensor,
  x2: Tensor,
  ...args: Arguments<[p?: number, compute_mode?: (typeof MODES)[number]], CdistOptions>
): Tensor {
  if (autocastState.on) return fullPrecision(cdist, x1, x2, ...args);
  const { p = 2, compute_mode = MODES[0] } = readCdist(args);
  checkRows(x1, x2);
  if (!MODES.includes(compute_mode)) {
    throw new ValueError(
      "cdist",
      `${compute_mode} is not a valid value for compute_mode. Use one of ${MODES.join(", ")}`,
    );
  }
  if (!(p >= 0)) throw new TorchError("cdist", `only supports non-negative p values; got ${p}`);
  const batch = broadcast_shapes(x1.shape.slice(0, -2), x2.shape.slice(0, -2));
  const [a, b] = [x1, x2].map((x) => expand(x, [...batch, ...x.shape.slice(-2)])) as [Tensor, Tensor];
  return byProduct(compute_mode, p, a, b) ? euclidean(a, b) : normOf(sub(unsqueeze(a, -2), unsqueeze(b, -3)), p);
}
