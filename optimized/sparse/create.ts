import { type DType, get_default_dtype, int64 } from "../core/dtype.js";
import { ShapeError, TorchError, TorchTypeError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { setRequiresGrad } from "../ops/autograd.js";
import { to } from "../ops/copy.js";
import { amax, amin } from "../ops/extremum.js";
import { type Nested, tensor } from "../ops/from_data.js";
import { checkOptions, describe, deviceOf, isOptions, type TensorOptions } from "../ops/support.js";
import { transfer } from "../ops/transfer.js";
import { tolist } from "../ops/values.js";
import { zerosCoo } from "../ops/creation.js";
import { fromValues } from "./coo.js";

/** Sparse tensors from coordinates and values. */

export type SparseOptions = Pick<TensorOptions, "dtype" | "device" | "requires_grad">;
const OPTIONS = ["size", "dtype", "device", "requires_grad"];

export type Data = Tensor | readonly Nested[];
export type Size = readonly number[];
type CooArguments = readonly (Size | SparseOptions | (SparseOptions & { size?: Size }) | Data | null | undefined)[];

/** `data` as a tensor of `dtype` (null: its own) on the device of the options, or where it is. */
export function partOf(data: Data, dtype: DType | null, options: SparseOptions): Tensor {
  const { device } = options;
  if (!(data instanceof Tensor)) return tensor(data, { dtype, device });
  const moved = device == null ? data : transfer(data, deviceOf(options));
  return dtype === null ? moved : to(moved, dtype);
}

export function isSize(value: unknown): value is Size {
  return Array.isArray(value) && value.every((n) => typeof n === "number" && Number.isInteger(n));
}

/**
 * A tensor of layout "sparse_coo": `indices` [sparse dims, n] tell where the `values` [n, ...dense dims] are; values of the
 * same indices count as their sum. Without `size` it is the smallest that holds them. `sparse_coo_tensor(size)` is a tensor
 * of zeros. Options: dtype, device, requires_grad. Source: torch.sparse_coo_tensor.
 */
export function sparse_coo_tensor(indices: Data, ...rest: CooArguments): Tensor {
  const last = rest.at(-1);
  const options: SparseOptions & { size?: Size } = isOptions(last) ? (last as SparseOptions) : {};
  checkOptions("sparse_coo_tensor", options, OPTIONS);
  const [values, positional] = (isOptions(last) ? rest.slice(0, -1) : rest) as readonly [Data?, Size?];
  if (values === undefined) return ofZeros(indices, options);
  const size = positional ?? options.size;
  const at = partOf(indices, int64, options);
  const what = partOf(values, options.dtype ?? null, options);
  checkParts(at, what);
  const shape = size == null ? smallestSize(at, what) : checkedSize(size, at, what);
  const out = fromValues(at, what, shape);
  if (options.requires_grad === true) setRequiresGrad(out, true);
  return out;
}

function ofZeros(size: unknown, options: SparseOptions): Tensor {
  if (!isSize(size)) {
    throw new TorchTypeError("sparse_coo_tensor", `expected indices and values, or a size; got ${describe(size)}`);
  }
  if (size.some((n) => n < 0)) {
    throw new TorchError("sparse_coo_tensor", `sizes must not be negative; got [${size.join(", ")}]`);
  }
  const out = zerosCoo([...size], options.dtype ?? get_default_dtype(), deviceOf(options));
  if (options.requires_grad === true) setRequiresGrad(out, true);
  return out;
}

function checkParts(indices: Tensor, values: Tensor): void {
  const shapes = { indices: indices.shape, values: values.shape };
  if (indices.shape.length !== 2) throw new ShapeError("sparse_coo_tensor", "indices must be sparse_dim x nnz", shapes);
  if (values.shape[0] !== indices.shape[1]) {
    throw new ShapeError(
      "sparse_coo_tensor",
      `indices and values must have same nnz, but got nnz from indices: ${indices.shape[1]}, nnz from values: ${values.shape[0]}`,
      shapes,
    );
  }
}

/** The least and the largest index of each sparse dim; no rows where there are no indices. */
function boundsOf(indices: Tensor): [least: number, largest: number][] {
  if (indices._numel === 0) return [];
  const [least, largest] = [amin, amax].map((extreme) => tolist(extreme(indices, 1)) as number[]);
  least!.forEach((n, d) => {
    if (n < 0) throw new TorchError("sparse_coo_tensor", `found negative index ${n} for dim ${d}`);
  });
  return least!.map((n, d) => [n, largest![d]!]);
}

function smallestSize(indices: Tensor, values: Tensor): number[] {
  const bounds = boundsOf(indices);
  const lead = Array.from({ length: indices.shape[0]! }, (_, d) => (bounds[d]?.[1] ?? -1) + 1);
  return [...lead, ...values.shape.slice(1)];
}

function checkedSize(size: Size, indices: Tensor, values: Tensor): readonly number[] {
  const sparseDim = indices.shape[0]!;
  const denseDim = values.shape.length - 1;
  if (size.length !== sparseDim + denseDim) {
    throw new TorchError(
      "sparse_coo_tensor",
      `number of dimensions must be sparse_dim (${sparseDim}) + dense_dim (${denseDim}), but got ${size.length}`,
    );
  }
  if (!sameShape(values.shape.slice(1), size.slice(sparseDim))) {
    const expected = [indices.shape[1]!, ...size.slice(sparseDim)];
    throw new ShapeError("sparse_coo_tensor", `values has incorrect size, expected [${expected.join(", ")}]`, {
      values: values.shape,
    });
  }
  boundsOf(indices).forEach(([, largest], d) => {
    if (largest < size[d]!) return;
    throw new TorchError(
      "sparse_coo_tensor",
      `size is inconsistent with indices: for dim ${d}, size is ${size[d]} but found index ${largest}`,
    );
  });
  return [...size];
}
