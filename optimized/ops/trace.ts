import { autocastState } from "../core/autocast.js";
import { bool } from "../core/dtype.js";
import { DtypeError, ShapeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { sum } from "./reduce.js";
import { diagonal } from "./strided_views.js";
import { expectTensor } from "./support.js";

/** The sum of the main diagonal of a matrix; integers give int64. Source: torch.trace. */
export function trace(input: Tensor): Tensor {
  if (autocastState.on) return fullPrecision(trace, input);
  expectTensor("trace", "input", input);
  if (input.shape.length !== 2) throw new ShapeError("trace", "expected a matrix", { input: input.shape });
  if (input.dtype === bool) throw new DtypeError("trace", "bools have no trace. Convert them to integers");
  return sum(diagonal(input));
}
