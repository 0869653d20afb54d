import { block, BLOCK_SIZE } from "../backends/block.js";
import { positions } from "../backends/reference.js";
import { cpu } from "../core/device.js";
import { bool, int64 } from "../core/dtype.js";
import { type ElementArray, type Item, readElement, typedView } from "../core/elements.js";
import { TorchError, TorchTypeError, ValueError } from "../core/errors.js";
import { addon, cpuKernels } from "../core/native.js";
import { isSparse, type SparseStorage } from "../core/sparse_storage.js";
import type { Tensor } from "../core/tensor.js";
import { gradOps } from "../autograd/grad_ops.js";
import { contiguous } from "./copy.js";
import { transfer } from "./transfer.js";

/** From tensors to JavaScript values. */

function onHost(t: Tensor): Tensor {
  return t.device.type === "cuda" ? transfer(t, cpu) : t;
}

/** The value of a tensor of one element: a number, a boolean, a bigint (int64 beyond 2^53) or [re, im]. */
export function item(input: Tensor): Item {
  if (input._numel !== 1) {
    throw new ValueError(
      "item",
      `only one element tensors can be converted to Python scalars; got shape [${input.shape.join(", ")}]`,
    );
  }
  const { dtype } = input;
  if (addon !== null && input._storage.device === cpu && !dtype.is_complex) {
    const { data } = block;
    data[0] = input._address;
    data[1] = dtype.code;
    data[2] = 1;
    cpuKernels.load_numbers!();
    if (dtype === bool) return data[0] !== 0;
    if (dtype !== int64 || Number.isSafeInteger(data[0])) return data[0]; // beyond 2^53 the block has lost digits
  }
  if (isSparse(input)) return itemOfSparse(input);
  const host = onHost(input);
  return readElement(typedView(host._storage, dtype, host._offset, 1), dtype, 0);
}

/** The only element of a sparse tensor: all of its values are of it. */
function itemOfSparse({ _storage }: Tensor): Item {
  const values = (_storage as SparseStorage).parts.at(-1)!;
  return item(gradOps.sumToSize(values, []));
}

export type NestedItems = Item | readonly NestedItems[];

/** Nested arrays of the values; a 0-dim tensor gives its value. Source: torch.Tensor.tolist. */
export function tolist(input: Tensor): NestedItems {
  if (input.shape.length === 0) return item(input);
  const values = flatValues(input);
  const last = input.shape.length - 1;
  let next = 0;
  const level = (dim: number): NestedItems[] => {
    const n = input.shape[dim]!;
    const rows = new Array<NestedItems>(n);
    if (dim < last) {
      for (let i = 0; i < n; i++) rows[i] = level(dim + 1);
    } else {
      const first = next;
      for (let i = 0; i < n; i++) rows[i] = values[first + i]!;
      next = first + n;
    }
    return rows;
  };
  return level(0);
}

/** The values in row-major order, until the next kernel is called. */
function flatValues(input: Tensor): ArrayLike<Item> {
  const n = input._numel;
  const { dtype } = input;
  const small = n <= BLOCK_SIZE && input._contiguous && input.device === cpu && addon !== null;
  if (small && dtype.is_floating_point) {
    const { data } = block;
    data[0] = input._address;
    data[1] = dtype.code;
    data[2] = n;
    cpuKernels.load_numbers!();
    return data;
  }
  const host = onHost(input);
  const view = typedView(host._storage, dtype);
  const values: Item[] = [];
  for (const at of positions(host)) values.push(readElement(view, dtype, at));
  return values;
}

/** The elements as a typed array that shares the memory; a copy if they do not lie in row-major order. */
export function dataOf(input: Tensor): ElementArray {
  const source = contiguous(onHost(input));
  return typedView(source._storage, source.dtype, source._offset, source._numel);
}

/** A typed array that shares memory with a contiguous tensor outside the graph. Source: torch.Tensor.numpy. */
export function numpy(input: Tensor): ElementArray {
  if (isSparse(input)) {
    throw new TorchTypeError("numpy", "can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first");
  }
  if (input._requiresGrad || input._node !== null) {
    throw new TorchError(
      "numpy",
      "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead",
    );
  }
  return dataOf(input);
}
