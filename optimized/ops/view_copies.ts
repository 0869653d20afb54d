import type { Tensor } from "../core/tensor.js";
import { detach } from "./autograd.js";
import { clone } from "./copy.js";
import { split, split_with_sizes, unbind } from "./split.js";
import { as_strided, diagonal, unfold } from "./strided_views.js";
import { expand, narrow, permute, select, squeeze, t, transpose, unsqueeze, view } from "./views.js";

/** Views as copies: `f_copy` is `f` whose result has memory of its own. */

function copied<Args extends readonly unknown[]>(f: (input: Tensor, ...args: Args) => Tensor): typeof f {
  return (input, ...args) => clone(f(input, ...args), { memory_format: "contiguous_format" });
}
function allCopied<Args extends readonly unknown[]>(f: (input: Tensor, ...args: Args) => Tensor[]): typeof f {
  return (input, ...args) => f(input, ...args).map((part) => clone(part, { memory_format: "contiguous_format" }));
}

export const as_strided_copy = copied(as_strided);
export const detach_copy = copied(detach);
export const diagonal_copy = copied(diagonal);
export const expand_copy = copied(expand);
export const narrow_copy = copied(narrow);
export const permute_copy = copied(permute);
export const select_copy = copied(select);
export const split_copy = allCopied(split);
export const split_with_sizes_copy = allCopied(split_with_sizes);
export const squeeze_copy = copied(squeeze);
export const t_copy = copied(t);
export const transpose_copy = copied(transpose);
export const unbind_copy = allCopied(unbind);
export const unfold_copy = copied(unfold);
export const unsqueeze_copy = copied(unsqueeze);
export const view_copy = copied(view);
