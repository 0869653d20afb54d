import { TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { arange } from "./creation.js";
import { stack } from "./join.js";
import { masked_select } from "./masked.js";
import { ge, gt, logical_and } from "./pointwise.js";
import { tensorsOf, type TensorList } from "./shapes.js";
import { type Arguments, emptyTensor, expectTensor, isOptions, signature } from "./support.js";
import { expand, reshape } from "./views.js";

/** Grids and combinations of vectors. */

export interface MeshgridOptions {
  /** "ij": dim i of the results is that of vector i; "xy": the first two are exchanged. */
  indexing?: "ij" | "xy";
}

/**
 * For vectors of sizes n0, n1, ... views of shape [n0, n1, ...]: result i varies along dim i as vector i does.
 * Source: torch.meshgrid.
 */
export function meshgrid(...tensors: readonly (Tensor | readonly Tensor[] | MeshgridOptions)[]): Tensor[] {
  const last = tensors.at(-1);
  const options: MeshgridOptions = isOptions(last) ? last : {};
  const list = tensorsOf("meshgrid", (isOptions(last) ? tensors.slice(0, -1) : tensors) as TensorList);
  const { indexing = "ij" } = options;
  if (list.length === 0) throw new TorchError("meshgrid", "meshgrid expects a non-empty TensorList");
  if (indexing !== "ij" && indexing !== "xy") {
    throw new TorchError("meshgrid", `indexing must be one of "xy" or "ij", but received: ${String(indexing)}`);
  }
  for (const x of list) {
    if (x.shape.length > 1)
      throw new TorchError("meshgrid", `Expected 0D or 1D tensor in the tensor list but got: [${x.shape.join(", ")}]`);
    if (x.dtype !== list[0]!.dtype)
      throw new TorchError("meshgrid", "meshgrid expects all tensors to have the same dtype");
  }
  const swap = indexing === "xy" && list.length >= 2;
  const ordered = swap ? [list[1]!, list[0]!, ...list.slice(2)] : list;
  const shape = ordered.map((x) => x._numel);
  const grids = ordered.map((x, d) =>
    expand(
      reshape(
        x,
        shape.map((_, k) => (k === d ? -1 : 1)),
      ),
      shape,
    ),
  );
  if (!swap) return grids;
  return [grids[1]!, grids[0]!, ...grids.slice(2)];
}

/** All tuples with one element of each vector, as rows; of one vector, itself. Source: torch.cartesian_prod. */
export function cartesian_prod(...tensors: TensorList): Tensor {
  const list = tensorsOf("cartesian_prod", tensors);
  for (const x of list) {
    if (x.shape.length !== 1)
      throw new TorchError("cartesian_prod", `Expect a 1D vector, but got shape [${x.shape.join(", ")}]`);
  }
  if (list.length === 1) return list[0]!;
  return stack(
    meshgrid(list).map((grid) => reshape(grid, [-1])),
    1,
  );
}

export interface CombinationsOptions {
  r?: number;
  with_replacement?: boolean;
}
const readCombinations = signature<CombinationsOptions>("combinations", ["r", "with_replacement"]);

/** All combinations of r elements of a vector, in the order of their places, as rows. Source: torch.combinations. */
export function combinations(
  input: Tensor,
  ...args: Arguments<[r?: number, with_replacement?: boolean], CombinationsOptions>
): Tensor {
  expectTensor("combinations", "input", input);
  const { r = 2, with_replacement = false } = readCombinations(args);
  if (input.shape.length !== 1)
    throw new TorchError("combinations", `Expect a 1D vector, but got shape [${input.shape.join(", ")}]`);
  if (!(r >= 0)) throw new TorchError("combinations", `Expect a non-negative number, but got ${r}`);
  if (r === 0) return emptyTensor([0], input.dtype, input.device);
  if (r === 1) return stack([input], 1);
  // Of all tuples, those whose places rise stay.
  const places = meshgrid(new Array<Tensor>(r).fill(arange(input._numel, { device: input.device })));
  const rises = places.slice(1).map((next, i) => (with_replacement ? ge : gt)(next, places[i]!));
  const keep = rises.reduce((all, one) => logical_and(all, one));
  return stack(
    meshgrid(new Array<Tensor>(r).fill(input)).map((grid) => masked_select(grid, keep)),
    1,
  );
}
