import fc from "fast-check";
import { pad, type PadMode } from "../../reference/ops/pad.js";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import type { Module } from "../../optimized/nn/module.js";
import type { Size } from "../../optimized/nn/sizes.js";
import { EXACT } from "../driver/elementwise.js";
import { moduleSpecs } from "../driver/module_spec.js";
import type { ErrorCase, Spec } from "../driver/spec.js";

/** Padding of the last one, two and three dims. */

const { nn, ones } = torch;

type Dims = 1 | 2 | 3;
const DIMS: readonly Dims[] = [1, 2, 3];
const sizes = (dims: Dims): number[] => [4, 3, 3].slice(0, dims);
/** With a batch or without. */
const lead = (seed: number): number[] => (seed % 3 === 0 ? [2] : [2, 1]);

const sides = (dims: Dims, least: number): fc.Arbitrary<Size> => {
  const side = fc.integer({ min: least, max: 2 });
  return fc.oneof(fc.integer({ min: 0, max: 2 }), fc.array(side, { minLength: 2 * dims, maxLength: 2 * dims }));
};
const listOf = (dims: Dims, padding: Size): readonly number[] =>
  typeof padding === "number" ? new Array<number>(2 * dims).fill(padding) : padding;

interface Padding {
  readonly name: string;
  readonly dims: Dims;
  readonly mode: PadMode;
  readonly make: (padding: Size) => Module;
  readonly value?: number;
  readonly errors: readonly ErrorCase[];
}

const padSpecs = ({ name, dims, mode, make, value, errors }: Padding): Spec[] =>
  moduleSpecs<[Size], [NdArray]>({
    name,
    make,
    configs: fc.tuple(sides(dims, mode === "constant" ? -1 : 0)),
    inputs: (_config, draw, seed) => [draw([...lead(seed), ...sizes(dims)], "tame")],
    reference: (_params, [padding], x) => pad(x, listOf(dims, padding), mode, value),
    tolerance: EXACT,
    why: "nothing is computed",
    errors,
  });

const input = (dims: Dims) => ones([2, 3, ...sizes(dims)]);

const constants = DIMS.flatMap((dims) => {
  const Pad = nn[`ConstantPad${dims}d`];
  return padSpecs({
    name: Pad.name,
    dims,
    mode: "constant",
    value: 3.5,
    make: (padding) => new Pad(padding, 3.5),
    errors: [
      { call: () => new Pad(-3, 1)(input(dims)), message: /cuts off more than there is/ },
      { call: () => new Pad([1], 1)(input(dims)), message: /Padding length must be divisible by 2/ },
    ],
  });
});

const zeros = padSpecs({
  name: "ZeroPad2d",
  dims: 2,
  mode: "constant",
  make: (padding) => new nn.ZeroPad2d(padding),
  errors: [{ call: () => new nn.ZeroPad2d([1, 2, 3])(input(2)), message: /Padding length must be divisible by 2/ }],
});

const continued = DIMS.flatMap((dims) => {
  const [Reflection, Replication] = [nn[`ReflectionPad${dims}d`], nn[`ReplicationPad${dims}d`]];
  const rank = (Pad: new (padding: number) => Module): ErrorCase[] => [
    {
      call: () => called(new Pad(1), ones([2, 2, 2, 2, 2, 2].slice(0, dims + 3))),
      message: /^pad: Only 2D, 3D, 4D, 5D padding with non-constant padding are supported/,
      kind: "NotImplementedError",
    },
    { call: () => called(new Pad(1), ones([2, 3, ...new Array<number>(dims).fill(0)])), message: /non-zero dims/ },
    ...(dims === 1 ? [] : [{ call: () => called(new Pad(1), ones([4])), message: /^pad: Padding length too large/ }]),
  ];
  return [
    ...padSpecs({
      name: Reflection.name,
      dims,
      mode: "reflect",
      make: (padding) => new Reflection(padding),
      errors: [
        ...rank(Reflection),
        { call: () => new Reflection(4)(input(dims)), message: /less than the corresponding input dimension/i },
      ],
    }),
    ...padSpecs({
      name: Replication.name,
      dims,
      mode: "replicate",
      make: (padding) => new Replication(padding),
      errors: rank(Replication),
    }),
  ];
});

function called(module: Module, x: torch.Tensor): unknown {
  return (module as unknown as (x: torch.Tensor) => unknown)(x);
}

export const paddingModules: Spec[] = [...constants, ...zeros, ...continued];
