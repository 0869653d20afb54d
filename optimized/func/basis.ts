import type { Tensor } from "../core/tensor.js";
import { fill_ } from "../ops/copy.js";
import { zeros_like } from "../ops/creation.js";
import { detach } from "../ops/autograd.js";
import { reshape, select } from "../ops/views.js";

/** The standard basis of the `which`-th tensor: for each of its elements, tangents that are 1 there and 0 elsewhere. */
export function basis(tensors: readonly Tensor[], which: number): Tensor[][] {
  const zeros = tensors.map((t) => zeros_like(detach(t)));
  return Array.from({ length: tensors[which]!._numel }, (_, j) => {
    const one = zeros_like(detach(tensors[which]!));
    fill_(select(reshape(one, [-1]), 0, j), 1);
    return zeros.map((z, i) => (i === which ? one : z));
  });
}
