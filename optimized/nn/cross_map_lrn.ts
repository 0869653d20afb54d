import { AssertionError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { matmul } from "../ops/matmul.js";
import { tensor } from "../ops/from_data.js";
import { add, mul, pow } from "../ops/pointwise.js";
import { reshape } from "../ops/views.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import { ResponseNorm } from "./normalization.js";
import { float, python } from "./repr.js";

const responseNorm = signature<[size: number, alpha?: number, beta?: number, k?: number]>()("CrossMapLRN2d", 1, [
  "size",
  "alpha",
  "beta",
  "k",
]);

/**
 * Divides each element by a power of the squares of its neighbours across channels, as LocalResponseNorm, but for the
 * first channel, which is a neighbour of all. Formula: reference/nn/normalization.ts.
 *
 * Shapes  input: [N, C, H, W] → the same
 * Differs the gradient is that of the formula; the one that PyTorch has written by hand takes other neighbours, and its
 *         own gradcheck rejects it.
 * Source  torch.nn.CrossMapLRN2d
 */
export class CrossMapLRN2d extends ResponseNorm {
  constructor(...args: ArgumentsOf<typeof responseNorm>) {
    super(responseNorm(args));
  }
  override forward(input: Tensor): Tensor {
    if (input.ndim !== 4) {
      throw new AssertionError("CrossMapLRN2d", `expected 4D input; got input [${input.shape.join(", ")}]`);
    }
    const [batch, channels] = input.shape as [number, number, number, number];
    const squares = reshape(mul(input, input), [batch, channels, -1]);
    const sums = reshape(matmul(this.neighbours(input, channels), squares), input.shape);
    return mul(input, pow(add(mul(sums, this.alpha / this.size), this.k), -this.beta));
  }

  /** [C, C]: 1 where the square of a channel (column) counts for another (row), else 0. */
  private neighbours({ dtype, device }: Tensor, channels: number): Tensor {
    const reach = Math.floor((this.size - 1) / 2);
    const all = Array.from({ length: channels }, (_, c) => c);
    return tensor(
      all.map((c) => all.map((j) => (j === 0 || Math.abs(j - c) <= reach ? 1 : 0))),
      { dtype, device },
    );
  }
  override extra_repr(): string {
    return `${this.size}, alpha=${float(this.alpha)}, beta=${float(this.beta)}, k=${python(this.k)}`;
  }
}
