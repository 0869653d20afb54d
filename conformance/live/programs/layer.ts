import type { Json } from "../../oracle/values.js";
import { type Choices, float, type Options } from "./choices.js";

/** What flows between layers, without the batch dim, which comes first. */
export interface Shape {
  /** [n]; [channels, ...places]; [steps, features] of a sequence; [steps] of indices below `vocabulary`. */
  readonly kind: "features" | "image" | "steps" | "tokens";
  readonly sizes: readonly number[];
}

export interface Layer {
  readonly fn: string;
  readonly args: readonly Json[];
  readonly kwargs: Readonly<Record<string, Json>>;
  /** What it makes of its input. */
  readonly shape: Shape;
  readonly hasParameters: boolean;
  /** Whether forward gives a tuple that begins with the output. */
  readonly givesTuple?: boolean;
  /** Whether some gradients are sums that cancel to 0, but for rounding: of what a normalization takes away again. */
  readonly cancels?: boolean;
}

/** Whether two calls differ: a layer draws random numbers, or shortens the rows of its table that it looks up. */
export function isUnsteady({ fn, kwargs }: Layer): boolean {
  return /Dropout|RReLU/.test(fn) || "dropout" in kwargs || "max_norm" in kwargs;
}

/** A layer of torch.nn that may be added after a shape. */
export type LayerOf = (c: Choices, shape: Shape) => Layer;

/** A layer without parameters that keeps the shape. */
export function plain(name: string, shape: Shape, kwargs: Layer["kwargs"] = {}, args: readonly Json[] = []): Layer {
  return { fn: `torch.nn.${name}`, args, kwargs, shape, hasParameters: false };
}

/**
 * Elementwise functions, with their options. In PyTorch the derivative of Hardsigmoid is 1/6 in float32, also for
 * float64, so it is left out; that of CELU has 1/alpha in float32, so alpha is a power of two.
 */
const ACTIVATIONS: Readonly<Record<string, Options>> = {
  ReLU: { inplace: [true, false] },
  ReLU6: {},
  Tanh: {},
  Sigmoid: {},
  GELU: { approximate: ["none", "tanh"] },
  LeakyReLU: { negative_slope: [float(0.2)] },
  ELU: { alpha: [float(0.7)] },
  CELU: { alpha: [float(0.5)] },
  SELU: {},
  SiLU: {},
  Mish: {},
  Softplus: { beta: [2], threshold: [1] },
  Softsign: {},
  Tanhshrink: {},
  Softshrink: { lambd: [float(0.1)] },
  Hardshrink: { lambd: [float(0.1)] },
  Hardtanh: { min_val: [float(-0.5)], max_val: [float(0.7)] },
  Hardswish: {},
  LogSigmoid: {},
  RReLU: {},
  Identity: {},
};

export const activation: LayerOf = (c, shape) => {
  if (c.rarely(10)) return { ...plain("PReLU", shape, {}, [prelu(c, shape)]), hasParameters: true };
  if (c.rarely(12)) return plain("Threshold", shape, {}, [float(0.1), float(-0.2)]);
  const name = c.one(...Object.keys(ACTIVATIONS));
  return plain(name, shape, c.some(ACTIVATIONS[name]!));
};

/** One slope, or one for each channel: the dim after the batch. */
function prelu(c: Choices, { sizes }: Shape): number {
  return c.one(1, sizes[0]!);
}

export const dropout: LayerOf = (c, shape) => {
  const name = c.one("Dropout", "AlphaDropout");
  return plain(name, shape, { p: float(c.one(0.1, 0.3, 0.5)) });
};
