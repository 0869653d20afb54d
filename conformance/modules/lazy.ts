import torch from "../../optimized/index.js";
import type { Module } from "../../optimized/nn/module.js";
import { type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import type { ErrorCase, Spec } from "../driver/spec.js";
import { batchNormSpec } from "./batchnorm.js";
import { convSpec, transposeSpec } from "./conv.js";
import { linearSpec } from "./linear.js";
import { instanceNormSpec } from "./normalization.js";

/** Lazy modules: after their first call they are what the specs of their classes say. */

const { nn, ones, zeros } = torch;

type Dims = 1 | 2 | 3;
const DIMS: readonly Dims[] = [1, 2, 3];
const sizes = (dims: Dims): number[] => [5, 3, 3].slice(0, dims);

/** The module after a first call that leaves buffers alone. */
function called<M extends Module>(module: M, shape: readonly number[], kind: { readonly name: string }): M {
  module.eval();
  (module as unknown as (x: torch.Tensor) => unknown)(zeros(shape));
  if (module.constructor !== kind) throw new Error(`the module is a ${module.constructor.name}, expected ${kind.name}`);
  module.train();
  return module;
}

/** The spec of the class that a lazy one becomes, with modules that have become it. */
function lazySpecs<Config extends readonly unknown[], Inputs extends readonly unknown[]>(
  base: ModuleSpec<Config, Inputs>,
  name: string,
  make: (...config: Config) => Module,
  errors: readonly ErrorCase[],
): Spec[] {
  return moduleSpecs({ ...base, name, make, errors });
}

const linear = lazySpecs(
  linearSpec,
  "LazyLinear",
  (inputs, outputs, bias) => called(new nn.LazyLinear(outputs, bias), [2, inputs], nn.Linear),
  [
    {
      call: () => new nn.LazyLinear(3).weight.shape,
      message: /Can't access the shape of an uninitialized parameter or buffer/,
    },
    {
      call: () => called(new nn.LazyLinear(3), [2, 4], nn.Linear)(ones([2, 5])),
      message: /mat1 and mat2 shapes cannot be multiplied|linear: .*\[2, 5\]/,
    },
  ],
);

const convs = DIMS.flatMap((dims) => {
  const [Conv, Transpose] = [nn[`LazyConv${dims}d`], nn[`LazyConvTranspose${dims}d`]];
  const rejects = (Lazy: typeof Conv | typeof Transpose): ErrorCase[] => [
    {
      call: () => new Lazy(2, 2)(ones([3])),
      message: new RegExp(`Expected ${dims + 1}D .unbatched. or ${dims + 2}D .batched. input`),
    },
    {
      call: () => new Lazy(2, 2, { groups: 2 })(ones([2, 3, ...sizes(dims)])),
      message: /in_channels must be divisible by groups; got 3, 2/,
      kind: "ValueError",
    },
    { call: () => new Lazy(2, 2, { groups: 0 }), message: /groups must be a positive integer/, kind: "ValueError" },
  ];
  return [
    ...lazySpecs(
      convSpec(dims),
      Conv.name,
      (inputs, ...rest) => called(new Conv(...rest), [2, inputs, ...sizes(dims)], nn[`Conv${dims}d`]),
      rejects(Conv),
    ),
    ...lazySpecs(
      transposeSpec(dims),
      Transpose.name,
      (inputs, ...rest) => called(new Transpose(...rest), [2, inputs, ...sizes(dims)], nn[`ConvTranspose${dims}d`]),
      rejects(Transpose),
    ),
  ];
});

const norms = DIMS.flatMap((dims) =>
  [false, true].flatMap((evaluate) => {
    const [BatchNorm, InstanceNorm] = [nn[`LazyBatchNorm${dims}d`], nn[`LazyInstanceNorm${dims}d`]];
    const rejects = (Lazy: typeof BatchNorm | typeof InstanceNorm): ErrorCase[] => [
      {
        call: () => new Lazy()(ones([3])),
        message: /the channels are dim 1 of the input; got input \[3\]/,
        kind: "IndexError",
      },
    ];
    return [
      ...lazySpecs(
        batchNormSpec(`BatchNorm${dims}d`, evaluate),
        BatchNorm.name,
        (channels, options) => called(new BatchNorm(options), [2, channels, ...sizes(dims)], nn[`BatchNorm${dims}d`]),
        rejects(BatchNorm),
      ),
      ...lazySpecs(
        instanceNormSpec(dims, evaluate),
        InstanceNorm.name,
        (channels, options) =>
          called(new InstanceNorm(options), [2, channels, ...sizes(dims)], nn[`InstanceNorm${dims}d`]),
        rejects(InstanceNorm),
      ),
    ];
  }),
);

export const lazyModules: Spec[] = [...linear, ...convs, ...norms];
