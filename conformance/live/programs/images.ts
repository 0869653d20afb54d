import type { Json } from "../../oracle/values.js";
import { type Choices, float, type Options } from "./choices.js";
import { activation, dropout, type Layer, type LayerOf, plain, type Shape } from "./layer.js";
import { unwindowed, type Window, windows } from "./windows.js";

/** Layers between images and signals: [N, channels, length] and [N, channels, height, width]. */

interface Image {
  readonly channels: number;
  readonly places: readonly number[];
  /** The dims, as they stand in the names of layers. */
  readonly d: 1 | 2;
}

function imageOf({ sizes: [channels, ...places] }: Shape): Image {
  return { channels: channels!, places, d: places.length as 1 | 2 };
}

const shapeOf = (channels: number, places: readonly number[]): Shape => ({
  kind: "image",
  sizes: [channels, ...places],
});

/** Where a size is too small for what was drawn: one place at a time. */
const POINT: Window = { kernel: 1, stride: 1, padding: 0, dilation: 1 };

const conv: LayerOf = (c, shape) => {
  const { channels, places, d } = imageOf(shape);
  const padding_mode = c.one("zeros", "zeros", "reflect", "replicate", "circular");
  const drawn: Window = {
    kernel: c.whole(1, 3),
    stride: c.whole(1, 2),
    padding: c.whole(0, 2),
    dilation: c.whole(1, 2),
  };
  const fits = places.every((n) => windows(n, drawn) > 0 && (padding_mode === "zeros" || drawn.padding < n));
  const window = fits ? drawn : POINT;
  const out = c.whole(1, 4);
  const groups = c.divisor(channels, out);
  const same = window.stride === 1 && padding_mode === "zeros" && c.rarely(4);
  const { kernel, stride, padding, dilation } = window;
  return {
    fn: `torch.nn.Conv${d}d`,
    args: [channels, out, kernel],
    kwargs: { stride, padding: same ? "same" : padding, dilation, groups, padding_mode, ...c.some({ bias: [false] }) },
    shape: shapeOf(out, same ? places : places.map((n) => windows(n, window))),
    hasParameters: true,
  };
};

const convTranspose: LayerOf = (c, shape) => {
  const { channels, places, d } = imageOf(shape);
  const drawn: Window = {
    kernel: c.whole(1, 3),
    stride: c.whole(1, 2),
    padding: c.whole(0, 1),
    dilation: c.whole(1, 2),
  };
  const output_padding = c.whole(0, Math.max(drawn.stride, drawn.dilation) - 1);
  const fits = places.every((n) => unwindowed(n, drawn, output_padding) > 0);
  const { kernel, stride, padding, dilation } = fits ? drawn : POINT;
  const extra = fits ? output_padding : 0;
  const out = c.whole(1, 4);
  return {
    fn: `torch.nn.ConvTranspose${d}d`,
    args: [channels, out, kernel],
    kwargs: {
      stride,
      padding,
      dilation,
      output_padding: extra,
      groups: c.divisor(channels, out),
      ...c.some({ bias: [false] }),
    },
    shape: shapeOf(
      out,
      places.map((n) => unwindowed(n, { kernel, stride, padding, dilation }, extra)),
    ),
    hasParameters: true,
  };
};

const pool: LayerOf = (c, shape) => {
  const { channels, places, d } = imageOf(shape);
  const kind = c.one("Max", "Avg");
  const kernel = c.whole(1, 3);
  const padding = c.whole(0, Math.floor(kernel / 2));
  // With padding the places of a dilated window may all lie outside: PyTorch then writes to the place before the first.
  const dilation = kind === "Max" && padding === 0 ? c.whole(1, 2) : 1;
  const drawn: Window = { kernel, stride: c.whole(1, 3), padding, dilation };
  const ceil_mode = c.flag();
  const window = places.every((n) => windows(n, drawn, ceil_mode) > 0) ? drawn : POINT;
  const own: Record<string, Json> =
    kind === "Max" ? { dilation: window.dilation } : c.some({ count_include_pad: [false] });
  return plain(
    `${kind}Pool${d}d`,
    shapeOf(
      channels,
      places.map((n) => windows(n, window, ceil_mode)),
    ),
    { stride: window.stride, padding: window.padding, ceil_mode, ...own },
    [window.kernel],
  );
};

const adaptivePool: LayerOf = (c, shape) => {
  const { channels, places, d } = imageOf(shape);
  const out = places.map(() => c.whole(1, 3));
  return plain(`Adaptive${c.one("Avg", "Max")}Pool${d}d`, shapeOf(channels, out), {}, [out]);
};

const BATCH_OPTIONS: Options = {
  eps: [float(1e-2)],
  momentum: [float(0.3), null],
  affine: [false],
  track_running_stats: [false],
};
const INSTANCE_OPTIONS: Options = { affine: [true], track_running_stats: [true] };

/** Of one or two numbers the norms, or their mean, are 0 but for rounding, and what follows would be decided by it. */
const norm: LayerOf = (c, shape) => {
  const { channels, places, d } = imageOf(shape);
  const count = places.reduce((n, size) => n * size, 1);
  const made = (name: string, kwargs: Layer["kwargs"], affine: boolean, ...args: Json[]): Layer => ({
    ...plain(name, shape, kwargs, args),
    hasParameters: affine,
    cancels: true,
  });
  const batch = (): Layer => {
    const o = c.some(BATCH_OPTIONS);
    return made(`BatchNorm${d}d`, o, o["affine"] !== false, channels);
  };
  const instance = (): Layer => {
    const o = c.some(INSTANCE_OPTIONS);
    return made(`InstanceNorm${d}d`, o, o["affine"] === true, channels);
  };
  const group = (): Layer => {
    const o = c.some({ eps: [float(1e-2)], affine: [false] });
    return made("GroupNorm", o, o["affine"] !== false, count > 2 ? c.divisor(channels) : 1, channels);
  };
  const layer = (): Layer => {
    const o = c.some({ elementwise_affine: [false] });
    return made("LayerNorm", o, o["elementwise_affine"] !== false, [...shape.sizes]);
  };
  return c.one(batch, ...(count > 2 ? [instance] : []), ...(count * channels > 2 ? [group, layer] : []))();
};

const localNorm: LayerOf = (c, shape) =>
  plain("LocalResponseNorm", shape, c.some({ alpha: [float(0.1)], k: [float(2)] }), [c.whole(1, 3)]);

const upsample: LayerOf = (c, shape) => {
  const { channels, places, d } = imageOf(shape);
  const mode = c.one("nearest", ...(d === 1 ? ["linear"] : ["bilinear", "bicubic"]));
  const align: Record<string, Json> = mode === "nearest" ? {} : { align_corners: c.flag() };
  if (c.flag()) {
    const size = places.map(() => c.whole(1, 5));
    return plain("Upsample", shapeOf(channels, size), { size, mode, ...align });
  }
  return plain(
    "Upsample",
    shapeOf(
      channels,
      places.map((n) => 2 * n),
    ),
    { scale_factor: 2, mode, ...align },
  );
};

const pad: LayerOf = (c, shape) => {
  const { channels, places, d } = imageOf(shape);
  const kind = c.one("Constant", "Reflection", "Replication", ...(d === 2 ? ["Zero"] : []));
  const most = kind === "Reflection" ? Math.min(2, ...places.map((n) => n - 1)) : 2;
  const sides = places.flatMap(() => [c.whole(0, most), c.whole(0, most)]);
  // Sides are listed from the last dim on.
  const padded = places.map((n, i) => n + sides[2 * (d - 1 - i)]! + sides[2 * (d - 1 - i) + 1]!);
  return plain(`${kind}Pad${d}d`, shapeOf(channels, padded), {}, kind === "Constant" ? [sides, float(0.5)] : [sides]);
};

const rearranged: LayerOf = (_c, shape) => {
  const { channels, places, d } = imageOf(shape);
  if (d === 2 && channels % 4 === 0)
    return plain(
      "PixelShuffle",
      shapeOf(
        channels / 4,
        places.map((n) => 2 * n),
      ),
      {},
      [2],
    );
  if (d === 2 && places.every((n) => n % 2 === 0)) {
    return plain(
      "PixelUnshuffle",
      shapeOf(
        channels * 4,
        places.map((n) => n / 2),
      ),
      {},
      [2],
    );
  }
  return plain("Softmax", shape, { dim: 1 });
};

const channelDropout: LayerOf = (c, shape) =>
  plain(c.one(`Dropout${imageOf(shape).d}d`, "FeatureAlphaDropout"), shape, { p: float(c.one(0.3, 0.5)) });

const flatten: LayerOf = (_c, shape) =>
  plain("Flatten", { kind: "features", sizes: [shape.sizes.reduce((n, size) => n * size, 1)] });

const kinds: readonly LayerOf[] = [
  conv,
  conv,
  conv,
  convTranspose,
  pool,
  pool,
  adaptivePool,
  norm,
  norm,
  localNorm,
  upsample,
  pad,
  rearranged,
  activation,
  activation,
  dropout,
  channelDropout,
  flatten,
];

/** Large images shrink: a program has to be quick. */
const MOST_PLACES = 200;

export const imageLayer: LayerOf = (c: Choices, shape) => {
  const large = shape.sizes.reduce((n, size) => n * size, 1) > MOST_PLACES;
  return (large ? adaptivePool : c.one(...kinds))(c, shape);
};
