import { orthonormal_columns } from "../../reference/nn/orthogonal.js";
import { no_grad } from "../autograd/grad_mode.js";
import { storeNdArray, toNdArray } from "../backends/reference.js";
import { cpu } from "../core/device.js";
import { DtypeError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { copy_ } from "../ops/copy.js";
import { arithmeticInplace } from "../ops/arithmetic.js";
import { normal_ } from "../ops/random_inplace.js";
import { emptyTensor, expectTensor } from "../ops/support.js";
import { transfer } from "../ops/transfer.js";
import { reshape, transpose } from "../ops/views.js";

/**
 * Fills `tensor`, seen as a matrix of its first dim by all others, with a (semi) orthogonal matrix times `gain`: its rows
 * are orthonormal if it is wide, its columns otherwise. It is the Q of the QR decomposition of a normal matrix, with the
 * signs that make the diagonal of R positive.
 *
 * Source  torch.nn.init.orthogonal_; Saxe, McClelland & Ganguli (2013).
 */
export function orthogonal_(tensor: Tensor, gain: number | { gain?: number } = 1): Tensor {
  expectTensor("orthogonal_", "tensor", tensor);
  const [rows] = tensor.shape;
  if (rows === undefined || tensor.shape.length < 2) {
    throw new ValueError(
      "orthogonal_",
      `Only tensors with 2 or more dimensions are supported; got [${tensor.shape.join(", ")}]`,
    );
  }
  if (tensor._numel === 0) return tensor;
  if (tensor.dtype.name !== "float32" && tensor.dtype.name !== "float64") {
    throw new DtypeError("orthogonal_", `expected a float32 or float64 tensor; got ${tensor.dtype}`);
  }
  const columns = tensor._numel / rows;
  return no_grad(() => {
    const normal = normal_(emptyTensor([rows, columns], tensor.dtype, tensor.device), 0, 1);
    const tall = rows < columns ? transpose(normal, 0, 1) : normal;
    const q = emptyTensor(tall.shape, tensor.dtype, cpu);
    storeNdArray(orthonormal_columns(toNdArray(transfer(tall, cpu))), q);
    const matrix = transfer(rows < columns ? transpose(q, 0, 1) : q, tensor.device);
    copy_(tensor, reshape(matrix, tensor.shape));
    return arithmeticInplace.mul_(tensor, typeof gain === "number" ? gain : (gain.gain ?? 1));
  });
}
