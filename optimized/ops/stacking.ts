import { get_default_device } from "../core/device.js";
import { get_default_dtype } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { resultType } from "../core/promotion.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import type { OutOption } from "./elementwise.js";
import { cat } from "./join.js";
import { atleast_1d, atleast_2d, atleast_3d, tensorsOf, type TensorList } from "./shapes.js";
import { reshape } from "./views.js";

/** Joining along fixed dims: hstack and its relatives. */

type Tensors = readonly Tensor[];

function checked(op: string, tensors: Tensors): Tensors {
  const list = tensorsOf(op, [tensors]);
  if (list.length === 0) throw new TorchError(op, `${op} expects a non-empty TensorList`);
  return list;
}

/** Along dim 1, vectors along dim 0. Source: torch.hstack. */
export function hstack(tensors: Tensors, options: OutOption = {}): Tensor {
  const list = checked("hstack", tensors).map((x) => atleast_1d(x));
  return cat(list, list[0]!.shape.length === 1 ? 0 : 1, options);
}

/** Along dim 0; vectors are rows. Source: torch.vstack. */
export function vstack(tensors: Tensors, options: OutOption = {}): Tensor {
  return cat(
    checked("vstack", tensors).map((x) => atleast_2d(x)),
    0,
    options,
  );
}
export const row_stack = vstack;

/** Along dim 2; matrices are one layer. Source: torch.dstack. */
export function dstack(tensors: Tensors, options: OutOption = {}): Tensor {
  return cat(
    checked("dstack", tensors).map((x) => atleast_3d(x)),
    2,
    options,
  );
}

/** Along dim 1; vectors are columns. Source: torch.column_stack. */
export function column_stack(tensors: Tensors, options: OutOption = {}): Tensor {
  const columns = checked("column_stack", tensors).map((x) => (x.shape.length <= 1 ? reshape(x, [x._numel, 1]) : x));
  return hstack(columns, options);
}

/** The matrices along the diagonal of one that is 0 elsewhere; vectors are rows. Source: torch.block_diag. */
export function block_diag(...tensors: TensorList): Tensor {
  const list = tensorsOf("block_diag", tensors);
  if (list.length === 0) return zerosTensor([1, 0], get_default_dtype(), get_default_device());
  const blocks = list.map((x, i) => {
    if (x.shape.length > 2)
      throw new TorchError(
        "block_diag",
        `Input tensors must have 2 or fewer dimensions. Input ${i} has ${x.shape.length} dimensions`,
      );
    return atleast_2d(x);
  });
  const dtype = resultType(blocks);
  const width = blocks.reduce((n, x) => n + x.shape[1]!, 0);
  let left = 0;
  const rows = blocks.map((x) => {
    const [height, own] = x.shape as [number, number];
    const zeros = (columns: number) => zerosTensor([height, columns], dtype, x.device);
    const row = cat([zeros(left), to(x, dtype), zeros(width - left - own)], 1);
    left += own;
    return row;
  });
  return cat(rows);
}
