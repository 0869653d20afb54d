import { provideGradOps } from "../autograd/grad_ops.js";
import { gradMode } from "../core/grad_mode.js";
import { allocate } from "../core/storage.js";
import { contiguousStrides, numelOf } from "../core/strides.js";
import { detach } from "./autograd.js";
import { clone, copyInto, fillInto, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { add, pointwiseInplace } from "./pointwise.js";
import { sumToSize } from "./reduce.js";
import { stridedBackward, stridedRead, stridedReplace } from "./strided.js";
import { emptyTensor } from "./support.js";
import { expand } from "./views.js";

/** Hands autograd the ops it needs. */
provideGradOps({
  add,
  addInto: (a, b) => {
    const enabled = gradMode.enabled;
    gradMode.enabled = false;
    try {
      pointwiseInplace.add_(a, b);
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
    const bytes = numelOf(shape) * x.dtype.itemsize;
    if (bytes > x._storage.nbytes - x._offset * x.dtype.itemsize) {
      x._storage.replace(allocate(x.device, bytes));
      x._offset = 0;
    }
    x.shape = shape;
    x._strides = contiguousStrides(shape);
    x._numel = numelOf(shape);
    x._contiguous = true;
  },
  stridedBackward,
  stridedRead,
  stridedReplace,
});
