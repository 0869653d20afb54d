import fc from "fast-check";
import { bilinear, linear } from "../../reference/nn/index.js";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import { type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";

/** Linear, Bilinear, Identity. */

const { nn, ones } = torch;
const size = fc.integer({ min: 1, max: 5 });
/** Dims in front of the features, by a number. */
const lead = (seed: number): number[] => [[], [3], [2, 3], [0]][Math.abs(seed) % 4]!;

export const linearSpec: ModuleSpec<[inputs: number, outputs: number, bias: boolean], [NdArray]> = {
  name: "Linear",
  make: (inputs: number, outputs: number, bias: boolean) => new nn.Linear(inputs, outputs, { bias }),
  configs: fc.tuple(size, size, fc.boolean()),
  inputs: ([inputs], draw, seed) => [draw([...lead(seed), inputs])],
  reference: (params, _config, x) => linear(params, x),
  tolerance: (x) => ({ ulps: 8, floor: 8 * epsilonOf(x) }),
  why: "a sum of at most 6 terms below 1",
  errors: [
    {
      call: () => new nn.Linear(3, 2)(ones([4, 5])),
      message: /mat1 and mat2 shapes cannot be multiplied|linear: .*\[4, 5\]/,
    },
  ],
};

const bilinearModule = moduleSpecs({
  name: "Bilinear",
  make: (in1: number, in2: number, out: number, bias: boolean) => new nn.Bilinear(in1, in2, out, { bias }),
  configs: fc.tuple(size, size, size, fc.boolean()),
  inputs: ([in1, in2], draw, seed) => [draw([...lead(seed), in1]), draw([...lead(seed), in2])],
  reference: (params, _config, x1, x2) => bilinear(params, x1, x2),
  tolerance: (x) => ({ ulps: 16, floor: 32 * epsilonOf(x) }),
  why: "a sum of at most 26 terms below 1",
});

const identity = moduleSpecs({
  name: "Identity",
  make: () => new nn.Identity(),
  configs: fc.constant<[]>([]),
  inputs: (_config, draw, seed) => [draw(lead(seed))],
  reference: (_params, _config, x) => x,
  tolerance: { ulps: 0 },
  why: "the input itself",
});

export const linearModules: Spec[] = [...moduleSpecs(linearSpec), ...bilinearModule, ...identity];
