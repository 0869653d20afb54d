import { provideGradOps } from "../autograd/grad_ops.js";
import { setGeometry } from "../autograd/view_op.js";
import { gradMode } from "../core/grad_mode.js";
import { isSparse } from "../core/sparse_storage.js";
import { contiguousStrides, numelOf } from "../core/strides.js";
import { detach } from "./autograd.js";
import { clone, copyInto, fillInto, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { arithmeticInplace } from "./arithmetic.js";
import { isnan } from "./comparison.js";
import { stack } from "./join.js";
import { add } from "./pointwise.js";
import { any, sumToSize } from "./reduce.js";
import { growStorage } from "./resize.js";
import { stridedBackward, stridedRead, stridedReplace } from "./strided.js";
import { emptyTensor } from "./support.js";
import { transfer } from "./transfer.js";
import { item } from "./values.js";
import { expand, reshape, select } from "./views.js";

/** Hands autograd the ops it needs. */
provideGradOps({
  add: (a, b) => (isSparse(a) && !isSparse(b) ? add(b, a) : add(a, b)), // of mixed layouts the dense one is the first
  addInto: (a, b) => {
    const enabled = gradMode.enabled;
    gradMode.enabled = false;
    try {
      arithmeticInplace.add_(a, b);
    } finally {
      gradMode.enabled = enabled;
    }
  },
  copyInto,
  clone,
  alias: (x) => expand(x, x.shape),
  copyOf: (x) => clone(detach(x)),
  sumToSize,
  to,
  zeros: zerosTensor,
  ones: (shape, dtype, device) => {
    const out = emptyTensor(shape, dtype, device);
    fillInto(out, 1);
    return out;
  },
  resize: (x, shape) => {
    growStorage(x, x._offset + numelOf(shape));
    setGeometry(x, shape, contiguousStrides(shape), x._offset);
  },
  reshape,
  select,
  stack: (tensors) => stack(tensors),
  hasNaN: (x) => item(any(isnan(detach(x)))) === true,
  move: transfer,
  stridedBackward,
  stridedRead,
  stridedReplace,
});
