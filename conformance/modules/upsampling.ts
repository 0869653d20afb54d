import fc from "fast-check";
import { upsample } from "../../reference/nn/index.js";
import type { InterpolateMode } from "../../reference/ops/index.js";
import type { NdArray } from "../../reference/array.js";
import torch from "../../optimized/index.js";
import type { Size } from "../../optimized/nn/sizes.js";
import { moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { ErrorCase, Spec } from "../driver/spec.js";

/** Images of another size: all modes, by size and by factor. */

const { nn, ones } = torch;

const sums = {
  tolerance: (x: NdArray) => ({ ulps: 4, floor: 16 * epsilonOf(x) }),
  why: "weighted sums of numbers below 1 in the dtype, one axis after the other",
};

const sizes = (dims: number): fc.Arbitrary<Size> => {
  const size = fc.integer({ min: 1, max: 5 });
  return fc.oneof(size, fc.array(size, { minLength: dims, maxLength: dims }));
};
/** Exact in float32, so that positions are the same in every precision. */
const factors = (dims: number): fc.Arbitrary<Size> => {
  const factor = fc.constantFrom(0.5, 1, 1.5, 2, 2.75);
  return fc.oneof(factor, fc.array(factor, { minLength: dims, maxLength: dims }));
};
const images =
  (dims: number) =>
  (_config: unknown, draw: (shape: readonly number[]) => NdArray): [NdArray] => [
    draw([2, 1, ...[3, 4, 2].slice(0, dims)]),
  ];

type By = { size: Size } | { scale_factor: Size };
const by = (dims: number): fc.Arbitrary<By> =>
  fc.oneof(
    sizes(dims).map((size) => ({ size })),
    factors(dims).map((scale_factor) => ({ scale_factor })),
  );

const MODES: readonly (readonly [mode: InterpolateMode, dims: readonly number[]])[] = [
  ["nearest", [1, 2, 3]],
  ["nearest-exact", [1, 2, 3]],
  ["area", [1, 2, 3]],
  ["linear", [1]],
  ["bilinear", [2]],
  ["trilinear", [3]],
  ["bicubic", [2]],
];

interface Options {
  readonly mode: InterpolateMode;
  readonly align_corners: boolean | null;
  readonly recompute_scale_factor: boolean | null;
}
type Config = [by: By, options: Options];

/** Corners where the mode knows them; factors are computed again only where they are given. */
function configs(mode: InterpolateMode, dims: number): fc.Arbitrary<Config> {
  const cornerless = mode.startsWith("nearest") || mode === "area";
  return fc
    .tuple(by(dims), fc.constantFrom(null, false, true), fc.constantFrom(null, false, true))
    .map(([given, corners, recompute]): Config => {
      const align_corners = cornerless ? null : corners;
      return [given, { mode, align_corners, recompute_scale_factor: "size" in given ? null : recompute }];
    });
}

const all = MODES.flatMap(([mode, ranks]) =>
  ranks.flatMap((dims) =>
    moduleSpecs<Config, [NdArray]>({
      ...sums,
      name: `Upsample by ${mode} over ${dims}`,
      make: (given, options) => new nn.Upsample({ ...given, ...options }),
      configs: configs(mode, dims),
      inputs: images(dims),
      reference: (_params, [given, options], x) => upsample(x, { ...given, ...options }),
    }),
  ),
);

const rejected = (options: object, shape: readonly number[], message: RegExp, kind: string): ErrorCase => ({
  call: () => new nn.Upsample(options)(ones(shape)),
  message,
  kind,
});

const usual = moduleSpecs<[By], [NdArray]>({
  ...sums,
  name: "Upsample",
  make: (given) => new nn.Upsample(given),
  configs: fc.tuple(by(2)),
  inputs: images(2),
  reference: (_params, [given], x) => upsample(x, given),
  errors: [
    rejected({}, [1, 2, 3], /either size or scale_factor should be defined/, "ValueError"),
    rejected({ size: 3, scale_factor: 2 }, [1, 2, 3], /only one of size or scale_factor/, "ValueError"),
    rejected({ size: [3, 3] }, [1, 2, 3], /same number of spatial dimensions/, "ValueError"),
    rejected({ size: 3, align_corners: true }, [1, 2, 3], /align_corners option can only be set/, "ValueError"),
    rejected({ size: 3, mode: "bilinear" }, [1, 2, 3], /bilinear mode needs 4D input/, "NotImplementedError"),
    rejected({ size: 3, mode: "other" }, [1, 2, 3], /\(got other\)/, "NotImplementedError"),
    rejected({ size: 3 }, [2, 3], /Only 3D, 4D and 5D input Tensors supported \(got 2D\)/, "NotImplementedError"),
    rejected({ size: 0 }, [1, 2, 3], /greater than 0; got input \[3\], output \[0\]/, "RuntimeError"),
  ],
});

const fixed = (["UpsamplingNearest2d", "UpsamplingBilinear2d"] as const).flatMap((name) =>
  moduleSpecs<[By], [NdArray]>({
    ...sums,
    name,
    make: (given) => new nn[name](given),
    configs: fc.tuple(by(2)),
    inputs: images(2),
    reference: (_params, [given], x) =>
      upsample(x, { ...given, ...(name === "UpsamplingBilinear2d" ? { mode: "bilinear", align_corners: true } : {}) }),
    errors: [
      {
        call: () => new nn[name](3)(ones([2, 3])),
        message: /Got 2D input|got 2D/,
        kind: "NotImplementedError",
      },
    ],
  }),
);

export const upsamplingModules: Spec[] = [...usual, ...all, ...fixed];
