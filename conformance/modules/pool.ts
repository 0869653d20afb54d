import fc from "fast-check";
import { lp_pool, max_unpool } from "../../reference/nn/index.js";
import * as ref from "../../reference/ops/index.js";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import type { Module } from "../../optimized/nn/module.js";
import type { OutputSize } from "../../optimized/nn/pooling_adaptive.js";
import type { Size } from "../../optimized/nn/sizes.js";
import { EXACT } from "../driver/elementwise.js";
import { type Draw, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";
import { Stream } from "../generators/random.js";
import type { Values } from "../generators/values.js";

/** Pooling over one, two and three spatial dims: windows of a size, windows for a size, and back. */

const { bool, int64, nn, ones, zeros } = torch;

type Dims = 1 | 2 | 3;
const DIMS: readonly Dims[] = [1, 2, 3];
const sizes = (dims: Dims): number[] => [7, 4, 3].slice(0, dims);
/** With a batch or without. */
const lead = (seed: number): number[] => (seed % 3 === 0 ? [2] : [2, 1]);
const image =
  (dims: Dims, values: Values) =>
  (_config: unknown, draw: Draw, seed: number): [NdArray] => [draw([...lead(seed), ...sizes(dims)], values)];

const integer = (min: number, max: number) => fc.integer({ min, max });
const perDim = (dims: Dims, value: fc.Arbitrary<number>): fc.Arbitrary<Size> =>
  fc.oneof(value, fc.array(value, { minLength: dims, maxLength: dims }));

/** Kernels with stride and padding; where there is padding, kernels are at least twice as long. */
function windows(dims: Dims) {
  const kernel = fc.oneof(integer(1, 3), fc.array(integer(1, 3), { minLength: dims, maxLength: dims }));
  const options = { stride: fc.option(perDim(dims, integer(1, 3))), ceil_mode: fc.boolean() };
  return fc.tuple(kernel, integer(0, 1), fc.record(options)).map(([k, pad, o]) => {
    const shortest = Math.min(...(typeof k === "number" ? [k] : k));
    return [k, { padding: shortest > 1 ? pad : 0, ...o }] as const;
  });
}

/** What all pooling over `dims` dims rejects. */
function rankErrors(dims: Dims, make: () => Module, message: RegExp): ErrorCase[] {
  const input = ones([3, 3, 3, 3, 3, 3].slice(0, dims + 3));
  return [{ call: () => (make() as unknown as (x: unknown) => unknown)(input), message }];
}

function windowErrors(dims: Dims, make: (kernel: number, o: object) => Module): ErrorCase[] {
  const call = (kernel: number, o: object, dtype = torch.float32) => {
    const pool = make(kernel, o) as unknown as (x: unknown) => unknown;
    return () => pool(ones([2, 3, ...sizes(dims)], { dtype }));
  };
  return [
    ...rankErrors(dims, () => make(2, {}), new RegExp(`Expected ${dims + 1}D or ${dims + 2}D`)),
    { call: call(2, { padding: 2 }), message: /pad should be at most half of kernel size, but got pad=2/ },
    { call: call(2, { stride: 0 }), message: /stride should be greater than zero/ },
    { call: call(0, {}), message: /(stride|kernel size) should be greater than zero/ },
    { call: call(9, {}), message: /Output size is too small/ },
    { call: call(2, {}, bool), message: /no CPU kernel for this dtype/, kind: "NotImplementedError" },
  ];
}

const moved = { tolerance: EXACT, why: "one of the elements, and where it was" };
const means = {
  tolerance: (x: NdArray) => ({ ulps: 4, floor: 128 * epsilonOf(x) }),
  why: "a sum in the dtype: of 84 numbers below 1 over their number, or of 27 over 3",
};

function strided(dims: Dims): Spec[] {
  const [Max, Avg] = [nn[`MaxPool${dims}d`], nn[`AvgPool${dims}d`]];
  const dilations = fc
    .tuple(windows(dims), integer(1, 2), fc.boolean())
    .map(([[kernel, o], dilation, return_indices]) => {
      const fits = listOf(dims, kernel).every((k) => k < 3);
      return [kernel, { ...o, dilation: fits ? dilation : 1, return_indices }] as const;
    });
  const divisors = fc
    .tuple(windows(dims), fc.boolean(), fc.constantFrom(null, 3))
    .map(([[kernel, o], count_include_pad, divisor_override]) => {
      return [kernel, { ...o, count_include_pad, ...(dims > 1 ? { divisor_override } : {}) }] as const;
    });
  return [
    ...moduleSpecs({
      ...moved,
      name: Max.name,
      make: (kernel, options) => new Max(kernel, options),
      configs: dilations,
      inputs: image(dims, "distinct"),
      reference: (_params, [kernel, { return_indices, ...options }], x) => {
        const { values, indices } = ref.max_poolNd(x, listOf(dims, kernel), options);
        return return_indices ? [values, indices] : values;
      },
      errors: windowErrors(dims, (kernel, o) => new Max(kernel, o)),
    }),
    ...moduleSpecs({
      ...means,
      name: Avg.name,
      make: (kernel, options) => new Avg(kernel, options),
      configs: divisors,
      inputs: image(dims, "unit"),
      reference: (_params, [kernel, options], x) => ref.avg_poolNd(x, listOf(dims, kernel), options),
      errors: [
        ...windowErrors(dims, (kernel, o) => new Avg(kernel, o)),
        ...(dims === 1
          ? []
          : [
              {
                call: () => new Avg(2, { divisor_override: 0 })(ones([2, 3, ...sizes(dims)])),
                message: /divisor must be not zero/,
              },
            ]),
      ],
    }),
  ];
}

const listOf = <T>(dims: Dims, size: T | readonly T[]): readonly T[] =>
  Array.isArray(size) ? (size as readonly T[]) : new Array<T>(dims).fill(size as T);

function adaptive(dims: Dims): Spec[] {
  const [Max, Avg] = [nn[`AdaptiveMaxPool${dims}d`], nn[`AdaptiveAvgPool${dims}d`]];
  const wanted = dims === 1 ? integer(1, 7) : fc.option(integer(1, 7));
  const output: fc.Arbitrary<OutputSize> = fc.oneof(
    integer(1, 5),
    fc.array(wanted, { minLength: dims, maxLength: dims }),
  );
  const errors = (make: (output_size: OutputSize) => Module): ErrorCase[] => {
    const call = (size: OutputSize, dtype = torch.float32) => {
      const pool = make(size) as unknown as (x: unknown) => unknown;
      return () => pool(ones([2, 3, ...sizes(dims)], { dtype }));
    };
    return [
      ...rankErrors(dims, () => make(2), new RegExp(`Expected ${dims + 1}D or ${dims + 2}D`)),
      { call: call(-1), message: /output_size must be at least 0; got \[-1/ },
      { call: call([2, 2, 2, 2]), message: /output_size must be a number or a list of/ },
      { call: call(2, int64), message: /no CPU kernel for this dtype/, kind: "NotImplementedError" },
    ];
  };
  return [
    ...moduleSpecs({
      ...moved,
      name: Max.name,
      make: (size: OutputSize, return_indices: boolean) => new Max(size, return_indices),
      configs: fc.tuple(output, fc.boolean()),
      inputs: image(dims, "distinct"),
      reference: (_params, [size, return_indices], x) => {
        const { values, indices } = ref.adaptive_max_poolNd(x, listOf(dims, size));
        return return_indices ? [values, indices] : values;
      },
      errors: errors((size) => new Max(size)),
    }),
    ...moduleSpecs({
      ...means,
      name: Avg.name,
      make: (size: OutputSize) => new Avg(size),
      configs: fc.tuple(output),
      inputs: image(dims, "unit"),
      reference: (_params, [size], x) => ref.adaptive_avg_poolNd(x, listOf(dims, size)),
      errors: errors((size) => new Avg(size)),
    }),
  ];
}

/** Different places of planes of `size` elements, one for each of `shape`. */
function places(shape: readonly number[], dims: Dims, size: number, seed: number): NdArray {
  const [planes, plane] = [product(shape.slice(0, -dims)), product(shape.slice(-dims))];
  const stream = new Stream(seed);
  const all = Array.from({ length: size }, (_, i) => i);
  const data = Array.from({ length: planes }, () => stream.shuffled(all).slice(0, plane)).flat();
  return { shape, dtype: "int64", data: Float64Array.from(data) };
}
const product = (shape: readonly number[]) => shape.reduce((n, s) => n * s, 1);

function unpooling(dims: Dims): Spec[] {
  const Unpool = nn[`MaxUnpool${dims}d`];
  const shape = [2, 3, ...new Array<number>(dims).fill(2)];
  const [input, indices] = [ones(shape), zeros(shape, { dtype: int64 })];
  type Options = { kernel_size: number; stride: number | null; padding: number };
  return moduleSpecs<[Options, number[] | null], [NdArray, NdArray, number[] | null]>({
    ...moved,
    name: Unpool.name,
    make: ({ kernel_size, ...options }) => new Unpool(kernel_size, options),
    // The natural size is stride + kernel − 2 · padding for each dim of 2; `output_size` is one more.
    configs: fc
      .tuple(integer(2, 3), fc.constantFrom(null, 2, 3), integer(0, 1), fc.boolean())
      .map(([kernel_size, stride, padding, more]) => {
        const natural = (stride ?? kernel_size) + kernel_size - 2 * padding;
        return [{ kernel_size, stride, padding }, more ? new Array<number>(dims).fill(natural + 1) : null];
      }),
    inputs: ([options, size], draw, seed) => {
      const spatial = new Array<number>(dims).fill(2);
      const x = draw([...lead(seed), ...spatial]);
      const { kernel_size: k, stride, padding } = options;
      const plane = product(size ?? spatial.map(() => (stride ?? k) + k - 2 * padding));
      return [x, places(x.shape, dims, plane, seed), size];
    },
    reference: (_params, [options], x, where, output_size) => max_unpool(x, where, dims, { ...options, output_size }),
    errors: [
      { call: () => new Unpool(2)(ones([3]), zeros([3], { dtype: int64 })), message: /Expected .D or .D/ },
      {
        call: () => new Unpool(2)(input, indices.select(0, 0)),
        message: /shape of indices to be same as that of the input/,
      },
      { call: () => new Unpool(2)(input, input), message: /indices must be int64; got torch.float32/ },
      { call: () => new Unpool(2)(indices, indices), message: /not implemented for 'torch.int64'/ },
      { call: () => new Unpool(2)(input, indices.add(999)), message: /999/ },
      {
        call: () => new Unpool(2)(input, indices, [99, 99, 99].slice(0, dims)),
        message: /invalid output_size \[99.*between 2 and 6/,
        kind: "ValueError",
      },
      {
        call: () => new Unpool(2)(input, indices, [4, 4, 4, 4].slice(0, dims + 1)),
        message: /output_size must have \d or \d elements/,
        kind: "ValueError",
      },
    ],
  });
}

function powers(dims: 1 | 2): Spec[] {
  const LPPool = nn[`LPPool${dims}d`];
  const options = fc.record({
    norm_type: fc.constantFrom(1, 1.5, 2, 3),
    kernel_size: perDim(dims, integer(1, 3)),
    stride: fc.option(perDim(dims, integer(1, 3))),
    ceil_mode: fc.boolean(),
  });
  return moduleSpecs({
    name: LPPool.name,
    make: ({ norm_type, kernel_size, ...o }) => new LPPool(norm_type, kernel_size, o),
    configs: fc.tuple(options),
    // Only even powers are smooth for both signs.
    inputs: ([{ norm_type }], draw, seed) => [
      draw([...lead(seed), ...sizes(dims)], norm_type === 2 ? "nonzero" : "positive"),
    ],
    reference: (_params, [o], x) => lp_pool(x, dims, o),
    tolerance: { ulps: 32 },
    why: "powers, a sum of at most 9 positive ones, a root",
    errors: [
      ...rankErrors(dims, () => new LPPool(2, 2), /Expected \dD or \dD/),
      { call: () => new LPPool(2, 9)(ones([2, 3, ...sizes(dims)])), message: /Output size is too small/ },
    ],
  });
}

const fractional = ([2, 3] as const).flatMap((dims) => {
  const Pool = nn[`FractionalMaxPool${dims}d`];
  const two = (value: fc.Arbitrary<number>) => fc.array(value, { minLength: dims, maxLength: dims });
  return moduleSpecs<[kernel: number[], output: number[] | null, return_indices: boolean], [NdArray]>({
    ...moved,
    name: Pool.name,
    random: true,
    make: (kernel, output_size, return_indices) =>
      new Pool(kernel, { output_size, output_ratio: output_size === null ? 0.5 : null, return_indices }),
    configs: fc.tuple(two(integer(1, 2)), fc.option(two(integer(1, 2))), fc.boolean()),
    inputs: (_config, draw) => [draw([1, 2, 5, 4, 4].slice(0, dims + 2), "distinct")],
    errors: [
      {
        call: () => new Pool(2),
        message: /requires specifying either an output size, or a pooling ratio/,
        kind: "ValueError",
      },
      { call: () => new Pool(2, 2, 0.5), message: /only one of output_size and output_ratio/, kind: "ValueError" },
      {
        call: () => new Pool(2, { output_ratio: 1.5 }),
        message: /output_ratio must be between 0 and 1 .*1.5/,
        kind: "ValueError",
      },
      { call: () => new Pool(3, 3)(ones([2, 3, 3, 3, 3].slice(0, dims + 2))), message: /too large relative to input/ },
      { call: () => new Pool(2, 2)(ones([4, 4])), message: /Expected .D or .D tensor/ },
    ],
  });
});

export const poolModules: Spec[] = [
  ...DIMS.flatMap((dims) => [...strided(dims), ...adaptive(dims), ...unpooling(dims)]),
  ...powers(1),
  ...powers(2),
  ...fractional,
];
