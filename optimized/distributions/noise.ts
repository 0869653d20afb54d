import type { Tensor } from "../core/tensor.js";
import { empty, rand } from "../ops/index.js";
import { normal_ } from "../ops/random_inplace.js";
import type { Shape } from "./utils.js";

/** Random numbers without parameters, of the dtype and device of a tensor. */

const as = (like: Tensor) => ({ dtype: like.dtype, device: like.device });

export const uninitialized = (shape: Shape, like: Tensor): Tensor => empty(shape, as(like));
export const standardNormal = (shape: Shape, like: Tensor): Tensor => normal_(uninitialized(shape, like));
export const standardUniform = (shape: Shape, like: Tensor): Tensor => rand(shape, as(like));
