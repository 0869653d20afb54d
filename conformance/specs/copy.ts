import fc from "fast-check";
import { broadcastTo, type DTypeName, type NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import { dtypeByName } from "../../optimized/core/dtype.js";
import { EXACT } from "../driver/elementwise.js";
import { defineSpec, type Spec } from "../driver/spec.js";
import { ALL, arrays, broadcasting, FLOATS } from "../generators/arrays.js";
import { smallShapes } from "../generators/shapes.js";

/** Copies: to another dtype, into a tensor, of one value. */

const toCopy = defineSpec<[x: NdArray, dtype: DTypeName]>({
  name: "_to_copy",
  call: (x, dtype) => x.to(dtypeByName[dtype]).clone(),
  reference: (x, dtype) => ({ ...x, dtype }),
  inputs: fc.oneof(
    fc.tuple(arrays({ dtypes: FLOATS }), fc.constantFrom(...FLOATS)),
    // What does not fit into an integer is undefined in C and in PyTorch.
    fc
      .tuple(arrays({ dtypes: ALL, values: "tame" }), fc.constantFrom(...ALL))
      .filter(([x, to]) => to !== "uint8" || x.data.every((v) => v >= 0)),
  ),
  tolerance: EXACT,
  why: "rounded once",
  smooth: fc.tuple(
    arrays({ dtypes: ["float64"], values: "tame", shape: smallShapes }),
    fc.constant<DTypeName>("float64"),
  ),
});

const copyInto = defineSpec<[self: NdArray, src: NdArray]>({
  name: "copy_",
  call: (self, src) => self.clone().copy_(src),
  reference: (self, src) => ({ ...broadcastTo(src, self.shape), dtype: self.dtype }),
  inputs: fc
    .tuple(broadcasting(2, { dtypes: FLOATS }), fc.constantFrom(...FLOATS))
    .map(([[x, y], dtype]): [NdArray, NdArray] => [{ ...widest(x!, y!), dtype }, y!]),
  tolerance: EXACT,
  why: "rounded once",
  smooth: broadcasting(2, { dtypes: ["float64"], values: "tame", shape: smallShapes }).map(([x, y]) => [
    widest(x!, y!),
    y!,
  ]),
  errors: [
    {
      call: () => torch.zeros([2]).copy_(torch.ones([3])),
      message: /^copy_: the source does not broadcast.*got self \[2\], src \[3\]/,
    },
    {
      call: () => torch.zeros([2], { requires_grad: true }).copy_(torch.ones([2])),
      message: /a leaf Variable that requires grad is being used in an in-place operation/,
    },
    {
      call: () =>
        torch
          .zeros([1])
          .expand(3)
          .copy_(torch.ones([3])),
      message: /more than one element of the written-to tensor refers to a single memory location/,
    },
  ],
});

/** Zeros of the shape to which both broadcast. */
function widest(x: NdArray, y: NdArray): NdArray {
  const rank = Math.max(x.shape.length, y.shape.length);
  const size = (shape: readonly number[], d: number): number => shape[shape.length - rank + d] ?? 1;
  const shape = Array.from({ length: rank }, (_, d) => (size(x.shape, d) === 1 ? size(y.shape, d) : size(x.shape, d)));
  return { shape, dtype: x.dtype, data: new Float64Array(shape.reduce((n, s) => n * s, 1)) };
}

const fill = defineSpec<[self: NdArray, value: number]>({
  name: "fill_",
  call: (self, value) => self.clone().fill_(value),
  reference: (self, value) => ({ ...self, data: self.data.map(() => value) }),
  inputs: fc.tuple(arrays({ dtypes: ALL }), fc.constantFrom(0, 1, 3)),
  tolerance: EXACT,
  why: "rounded once",
  smooth: fc.tuple(arrays({ dtypes: ["float64"], values: "tame", shape: smallShapes }), fc.constantFrom(0, 2.5)),
});

export const copy: Spec[] = [toCopy, copyInto, fill];
