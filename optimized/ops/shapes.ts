import { gradOps } from "../autograd/grad_ops.js";
import { ShapeError, TorchError, TorchTypeError } from "../core/errors.js";
import { broadcastShape, sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { sum } from "./reduce.js";
import { describe, expectTensor } from "./support.js";
import { expand, movedim, reshape, type Sizes, sizesOf, unsqueeze } from "./views.js";

/** Shapes of several tensors at once, and dims under other names. */

/** Tensors one by one, or as one list. */
export type TensorList = readonly Tensor[] | readonly [readonly Tensor[]];

/** The tensors of a call that takes them one by one or as one list. */
export function tensorsOf(op: string, args: TensorList): readonly Tensor[] {
  const list = (args.length === 1 && Array.isArray(args[0]) ? args[0] : args) as readonly Tensor[];
  list.forEach((x, i) => {
    if (!(x instanceof Tensor)) throw new TorchTypeError(op, `argument ${i} must be a Tensor; got ${describe(x)}`);
  });
  return list;
}

/** The shape to which all shapes broadcast. Source: torch.broadcast_shapes. */
export function broadcast_shapes(...shapes: readonly (readonly number[] | number)[]): readonly number[] {
  return shapes.reduce<readonly number[]>((all, given) => {
    const shape = typeof given === "number" ? [given] : given;
    if (shape.some((size) => size < 0)) {
      throw new TorchError(
        "broadcast_shapes",
        `Trying to create tensor with negative dimension in [${shape.join(", ")}]`,
      );
    }
    const common = broadcastShape(all, shape);
    if (common === null) {
      throw new ShapeError("broadcast_shapes", "Shape mismatch: objects cannot be broadcast to a single shape", {
        left: all,
        right: shape,
      });
    }
    return common;
  }, []);
}

/** All tensors expanded to the shape to which they broadcast. Source: torch.broadcast_tensors. */
export function broadcast_tensors(...tensors: TensorList): Tensor[] {
  const list = tensorsOf("broadcast_tensors", tensors);
  const shape = broadcast_shapes(...list.map((x) => x.shape));
  return list.map((x) => expand(x, shape));
}

/** One tensor gives one, several or a list give a list. */
type AtLeast<Args> = Args extends readonly [Tensor] ? Tensor : Tensor[];

function atLeast(op: string, widen: (x: Tensor) => Tensor) {
  return <Args extends TensorList>(...tensors: Args): AtLeast<Args> => {
    const list = tensorsOf(op, tensors);
    const single = tensors.length === 1 && tensors[0] instanceof Tensor;
    return (single ? widen(list[0]!) : list.map(widen)) as AtLeast<Args>;
  };
}

/** Views with at least one dim. Source: torch.atleast_1d. */
export const atleast_1d = atLeast("atleast_1d", (x) => (x.shape.length === 0 ? reshape(x, [1]) : x));
/** Views with at least two dims: a vector becomes a row. Source: torch.atleast_2d. */
export const atleast_2d = atLeast("atleast_2d", (x) => {
  if (x.shape.length === 0) return reshape(x, [1, 1]);
  return x.shape.length === 1 ? unsqueeze(x, 0) : x;
});
/** Views with at least three dims: [n] → [1, n, 1], [m, n] → [m, n, 1]. Source: torch.atleast_3d. */
export const atleast_3d = atLeast("atleast_3d", (x) => {
  if (x.shape.length === 0) return reshape(x, [1, 1, 1]);
  if (x.shape.length === 1) return unsqueeze(unsqueeze(x, 0), -1);
  return x.shape.length === 2 ? unsqueeze(x, -1) : x;
});

/** As `movedim`. Source: torch.moveaxis. */
export const moveaxis = movedim;

/** Whether two tensors have the same shape. */
export function is_same_size(input: Tensor, other: Tensor): boolean {
  expectTensor("is_same_size", "input", input);
  return input.shape.length === other.shape.length && input.shape.every((size, d) => size === other.shape[d]);
}

/** The sum over the dims along which `size` would be stretched to the shape of the tensor. Source: torch.Tensor.sum_to_size. */
export function sum_to_size(self: Tensor, ...size: Sizes): Tensor {
  const shape = sizesOf(size);
  const common = broadcastShape(self.shape, shape);
  if (common === null || !sameShape(common, self.shape)) {
    throw new ShapeError("sum_to_size", "the size does not broadcast to the shape of the tensor", {
      size: shape,
      self: self.shape,
    });
  }
  return shape.length === 0 ? sum(self) : gradOps.sumToSize(self, shape);
}
