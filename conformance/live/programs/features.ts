import { activation, dropout, type Layer, type LayerOf, plain } from "./layer.js";
import { float } from "./choices.js";

/** Layers between vectors of features: [N, n]. */

const linear: LayerOf = (c, { sizes: [n] }) => {
  const out = c.whole(1, 6);
  return {
    fn: "torch.nn.Linear",
    args: [n!, out],
    kwargs: c.some({ bias: [false, true] }),
    shape: { kind: "features", sizes: [out] },
    hasParameters: true,
  };
};

const norm: LayerOf = (c, shape) => {
  const [n] = shape.sizes as [number];
  // The norm of a single feature is 0 but for rounding, and what follows would be decided by it.
  const name = n === 1 ? "BatchNorm1d" : c.one("LayerNorm", "BatchNorm1d", "GroupNorm");
  const options = {
    LayerNorm: () => c.some({ eps: [float(1e-2)], elementwise_affine: [false] }),
    BatchNorm1d: () =>
      c.some({ eps: [float(1e-2)], momentum: [float(0.3), null], affine: [false], track_running_stats: [false] }),
    GroupNorm: () => c.some({ eps: [float(1e-2)], affine: [false] }),
  }[name]();
  const groups = c.one(...[1, 2, 3].filter((g) => n % g === 0 && (n > g || n === 1)));
  const args = name === "GroupNorm" ? [groups, n] : [n];
  const affine = options["affine"] !== false && options["elementwise_affine"] !== false;
  return { ...plain(name, shape, options, args), hasParameters: affine, cancels: true };
};

const gated: LayerOf = (c, shape) => {
  const [n] = shape.sizes as [number];
  if (n % 2 === 0 && c.flag()) return plain("GLU", { kind: "features", sizes: [n / 2] });
  return plain(c.one("Softmax", "LogSoftmax", "Softmin"), shape, { dim: 1 });
};

const unflatten: LayerOf = (c, shape) => {
  const [n] = shape.sizes as [number];
  const channels = c.divisor(n);
  const sizes = [channels, n / channels];
  return plain("Unflatten", { kind: "image", sizes }, {}, [1, sizes]);
};

export const featureLayer: LayerOf = (c, shape): Layer => {
  const kinds: LayerOf[] = [linear, linear, norm, activation, activation, dropout, gated];
  if (shape.sizes[0]! > 2) kinds.push(unflatten);
  return c.one(...kinds)(c, shape);
};
