import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import * as ref from "../../reference/ops/index.js";
import torch from "../../optimized/index.js";
import { inDouble, unarySpec } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { arrays } from "../generators/arrays.js";
import type { Values } from "../generators/values.js";

/** Bessel functions and Airy's function. */

const { special } = torch;
const NO_DERIVATIVE = { skip: "PyTorch has no derivative of it" };
const why =
  "an integral against a series, in double (thousands of terms where x is tiny), rounded to the dtype; the floor is for zeros between the waves";

const first = (name: string, call: (x: Tensor) => Tensor, reference: (x: NdArray) => NdArray, smooth: Values): Spec =>
  unarySpec(name, call, reference, { tolerance: inDouble(60), why, smooth, inplace: name === "i0", out: true });

const plain = (
  name: string,
  call: (x: Tensor) => Tensor,
  reference: (x: NdArray) => NdArray,
  inputs = arrays(),
): Spec =>
  defineSpec<[x: NdArray]>({
    name: `special_${name}`,
    call,
    reference,
    inputs: fc.tuple(inputs),
    tolerance: inDouble(1000, 1e-13),
    why,
    smooth: NO_DERIVATIVE,
    out: true,
  });

export const specialBessel: Spec[] = [
  first("i0", torch.i0, ref.i0, "tame"),
  first("special_i0e", special.i0e, ref.i0e, "nonzero"),
  first("special_i1", special.i1, ref.i1, "tame"),
  first("special_i1e", special.i1e, ref.i1e, "nonzero"),
  plain("modified_bessel_i0", special.modified_bessel_i0, ref.i0),
  plain("modified_bessel_i1", special.modified_bessel_i1, ref.i1),
  plain("modified_bessel_k0", special.modified_bessel_k0, ref.modified_bessel_k0),
  plain("modified_bessel_k1", special.modified_bessel_k1, ref.modified_bessel_k1),
  plain("scaled_modified_bessel_k0", special.scaled_modified_bessel_k0, ref.scaled_modified_bessel_k0),
  plain("scaled_modified_bessel_k1", special.scaled_modified_bessel_k1, ref.scaled_modified_bessel_k1),
  plain("bessel_j0", special.bessel_j0, ref.bessel_j0),
  plain("bessel_j1", special.bessel_j1, ref.bessel_j1),
  plain("bessel_y0", special.bessel_y0, ref.bessel_y0),
  plain("bessel_y1", special.bessel_y1, ref.bessel_y1),
  plain("spherical_bessel_j0", special.spherical_bessel_j0, ref.spherical_bessel_j0),
  plain("airy_ai", special.airy_ai, ref.airy_ai, arrays({ values: "moderate" })),
];
