import { needsGraph } from "../autograd/apply.js";
import { type Gradients, Node } from "../autograd/node.js";
import { gradientEdge } from "../autograd/views.js";
import { DtypeError, ShapeError } from "../core/errors.js";
import type { Complex } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import { detach } from "../ops/autograd.js";
import { index_select } from "../ops/indexing.js";
import { add, mul } from "../ops/pointwise.js";
import { sum } from "../ops/reduce.js";
import { expectTensor, checkOptions } from "../ops/support.js";
import { select, t } from "../ops/views.js";
import { valuesAt } from "./coo.js";
import { asCoo, type Csr, csrOf, entriesOf, fromCsr } from "./csr.js";

type Factor = number | Complex;
export interface SampledOptions {
  beta?: Factor;
  alpha?: Factor;
}

const conjugate = (factor: Factor): Factor => (typeof factor === "number" ? factor : [factor[0], -factor[1]]);

/** The gradient goes to `input` as it is, also where there are no entries; to the products at the entries only. */
class SampledAddmmNode extends Node {
  readonly name = "SparseSampledAddmmBackward0";

  constructor(
    out: Tensor,
    input: Tensor,
    products: Tensor,
    private readonly at: Pick<Csr, "crow" | "col">,
    private readonly beta: Factor,
  ) {
    super([out]);
    this.edges = [gradientEdge(input), gradientEdge(products)];
    this.edgeOutputs = [input._outputNr, products._outputNr];
    out._node = this;
  }
  override run([grad]: (Tensor | null)[], [ofInput, ofProducts]: readonly boolean[]): Gradients {
    return [
      ofInput ? mul(grad!, conjugate(this.beta)) : null,
      ofProducts ? valuesAt(asCoo(grad!), entriesOf(this.at)) : null,
    ];
  }
}

/**
 * beta · input + alpha · (mat1 · mat2), only where `input`, of layout "sparse_csr", has entries.
 * Source: torch.sparse.sampled_addmm.
 */
export function sampled_addmm(input: Tensor, mat1: Tensor, mat2: Tensor, options: SampledOptions = {}): Tensor {
  checkOptions("sampled_addmm", options, ["beta", "alpha"]);
  const { beta = 1, alpha = 1 } = options;
  const { crow, col, values } = csrOf("sampled_addmm", input);
  checkFactors(input, mat1, mat2);
  const entries = entriesOf({ crow, col });
  const left = index_select(mat1, 0, select(entries, 0, 0));
  const right = index_select(mat2, 1, col);
  const products = mul(sum(mul(left, t(right)), 1), alpha);
  const out = fromCsr({ crow, col, values: add(mul(values, beta), detach(products)) }, input.shape);
  if (needsGraph([input, products])) new SampledAddmmNode(out, input, products, { crow, col }, beta);
  return out;
}

function checkFactors(input: Tensor, mat1: Tensor, mat2: Tensor): void {
  for (const [name, x] of [
    ["mat1", mat1],
    ["mat2", mat2],
  ] as const) {
    expectTensor("sampled_addmm", name, x);
    if (x.dtype !== input.dtype) {
      throw new DtypeError(
        "sampled_addmm",
        `Expected ${name} and input to have the same dtype, but got ${x.dtype} and ${input.dtype}`,
      );
    }
  }
  const [n, k] = mat1.shape;
  const fits = mat1.shape.length === 2 && mat2.shape.length === 2 && mat2.shape[0] === k;
  if (!fits || input.shape[0] !== n || input.shape[1] !== mat2.shape[1]) {
    throw new ShapeError("sampled_addmm", "mat1 and mat2 cannot be multiplied to the shape of input", {
      input: input.shape,
      mat1: mat1.shape,
      mat2: mat2.shape,
    });
  }
}
