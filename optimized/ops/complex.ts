import { applyView, defineView, type ViewOp } from "../autograd/view_op.js";
import { autocastState } from "../core/autocast.js";
import { complex64, complex128, type DType, float32, float64, realOf } from "../core/dtype.js";
import { ShapeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { conjugated } from "./conj.js";
import { clone } from "./copy.js";
import { type OutOption, takeOut } from "./elementwise.js";
import { stack } from "./join.js";
import { moveTo } from "./out.js";
import { broadcast_tensors } from "./shapes.js";
import { expectTensor } from "./support.js";
import { select, transpose } from "./views.js";

/** Complex tensors as pairs of real numbers, and back. Views: the parts lie side by side in memory. */

const viewAsRealOp: ViewOp<undefined> = defineView({
  name: "view_as_real",
  view: (x) => ({
    shape: [...x.shape, 2],
    strides: [...x._strides.map((stride) => 2 * stride), 1],
    offset: 2 * x._offset,
    dtype: realOf(x.dtype),
  }),
  backward: (c) => view_as_complex(pairsTogether(c.grad)),
});

/** Real and imaginary part as a new last dim of size 2. Source: torch.view_as_real. */
export function view_as_real(input: Tensor): Tensor {
  expectTensor("view_as_real", "input", input);
  if (!input.dtype.is_complex)
    throw new TorchError("view_as_real", `only supported for complex tensors; got ${input.dtype}`);
  return applyView(viewAsRealOp, input, undefined);
}

const complexOf = (dtype: DType): DType => (dtype === float64 ? complex128 : complex64);

const viewAsComplexOp: ViewOp<undefined> = defineView({
  name: "view_as_complex",
  view: (x) => ({
    shape: x.shape.slice(0, -1),
    strides: x._strides.slice(0, -1).map((stride) => stride / 2),
    offset: x._offset / 2,
    dtype: complexOf(x.dtype),
  }),
  backward: (c) => view_as_real(c.grad),
});

const isPairs = (x: Tensor): boolean =>
  x._strides.at(-1) === 1 && x._offset % 2 === 0 && x._strides.slice(0, -1).every((s) => s % 2 === 0);

/** `x` with each pair of its last dim side by side in memory. */
function pairsTogether(x: Tensor): Tensor {
  return isPairs(x) ? x : clone(x, { memory_format: "contiguous_format" });
}

/** Pairs in the last dim, of size 2, as complex numbers. Source: torch.view_as_complex. */
export function view_as_complex(input: Tensor): Tensor {
  if (autocastState.on) return fullPrecision(view_as_complex, input);
  expectTensor("view_as_complex", "input", input);
  if (input.dtype !== float32 && input.dtype !== float64) {
    throw new TorchError(
      "view_as_complex",
      `only supported for half, float and double tensors, but got a tensor of scalar type: ${input.dtype}`,
    );
  }
  if (input.shape.at(-1) !== 2)
    throw new ShapeError("view_as_complex", "Tensor must have a last dimension of size 2", { input: input.shape });
  if (!isPairs(input)) {
    throw new TorchError(
      "view_as_complex",
      "Tensor must have a last dimension with stride 1, and all other strides and the offset divisible by 2. Use contiguous() first",
    );
  }
  return applyView(viewAsComplexOp, input, undefined);
}

/** The real part, a view; real tensors are returned as they are. Source: torch.real. */
export function real(input: Tensor): Tensor {
  expectTensor("real", "input", input);
  return input.dtype.is_complex ? select(view_as_real(input), -1, 0) : input;
}

/** The imaginary part, a view. Source: torch.imag. */
export function imag(input: Tensor): Tensor {
  expectTensor("imag", "input", input);
  if (!input.dtype.is_complex)
    throw new TorchError("imag", `is not implemented for tensors with non-complex dtypes; got ${input.dtype}`);
  return select(view_as_real(input), -1, 1);
}

/** real + i·imag; they broadcast. Source: torch.complex. */
export function complex(real: Tensor, imag: Tensor, options?: OutOption): Tensor {
  expectTensor("complex", "real", real);
  expectTensor("complex", "imag", imag);
  if (real.dtype !== imag.dtype)
    throw new TorchError(
      "complex",
      `Expected object of scalar type ${real.dtype} but got scalar type ${imag.dtype} for second argument`,
    );
  if (real.dtype !== float32 && real.dtype !== float64) {
    throw new TorchError(
      "complex",
      `Expected both inputs to be Half, Float or Double tensors but got ${real.dtype} and ${imag.dtype}`,
    );
  }
  const out = takeOut("complex", options, ["out"]);
  const result = view_as_complex(stack(broadcast_tensors(real, imag), -1));
  if (out !== null && out.dtype !== result.dtype)
    throw new TorchError(
      "complex",
      `Expected object of scalar type ${result.dtype} but got scalar type ${out.dtype} for argument 'out'`,
    );
  return moveTo(out, "complex", result);
}

/** In PyTorch these carry out a conjugation or negation that was put off; here nothing is put off. */
export function resolve_conj(input: Tensor): Tensor {
  expectTensor("resolve_conj", "input", input);
  return input;
}
export const resolve_neg = resolve_conj;

/** The last two dims exchanged and conjugated. Source: torch.adjoint. */
export function adjoint(input: Tensor): Tensor {
  expectTensor("adjoint", "input", input);
  if (input.shape.length < 2) {
    throw new ShapeError("adjoint", "tensor.adjoint() is only supported on matrices or batches of matrices", {
      input: input.shape,
    });
  }
  return conjugated(transpose(input, -2, -1));
}
