import { apply } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import type { Tensor } from "../core/tensor.js";

const conjOp = defineOp<[x: Tensor]>({
  name: "conj",
  kernel: "conj",
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  write: (b, [out], ins) => b.pointwise(out!, ins),
  reference: ([x]) => ({ ...x, data: x.data.map((value, i) => (i % 2 === 0 ? value : -value)) }),
  saves: [[]],
  backward: [(c) => conjugated(c.grad)],
  elementwise: true,
});

/** x̄ for complex numbers; others as they are. */
export function conjugated(x: Tensor): Tensor {
  return x.dtype.is_complex ? apply(conjOp, [x], undefined) : x;
}
