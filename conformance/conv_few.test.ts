/**
 * Convolution of float with many weights and few windows is a product of the weights with a few vectors (see
 * native/cpu/conv_few.cc). The shapes of the specs are too small for it; float64 takes another path, so it is the judge.
 */
import { describe, expect, test } from "vitest";
import torch, { type Tensor } from "../optimized/index.js";

const F = torch.nn.functional;

interface Layer {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
}

const layers: readonly Layer[] = [
  { x: [1, 64, 3, 3], w: [128, 64, 3, 3], stride: 2, padding: 1 },
  { x: [1, 128, 1, 1], w: [64, 128, 3, 3], padding: 1 }, // eight taps of nine leave the image
  { x: [8, 256, 1, 1], w: [256, 256, 1, 1] },
  { x: [1, 64, 6, 6], w: [128, 64, 3, 3], dilation: 2, padding: 1 },
  { x: [3, 40, 3, 3], w: [200, 40, 3, 3], stride: 2, padding: 1 }, // channels that do not fill a register
  { x: [2, 128, 8], w: [128, 128, 5], padding: 1, stride: 2 },
  { x: [1, 64, 2, 2, 3], w: [64, 64, 2, 2, 2], padding: 1 },
];

/** The result and its gradients; with `before`, x comes out of a layer that leaves its channels side by side in memory. */
function run(layer: Layer, dtype: typeof torch.float32, before: boolean): Tensor[] {
  torch.manual_seed(3);
  const { x: shape, w: weights, ...options } = layer;
  const make = (...sizes: number[]): Tensor =>
    torch
      .randn(...sizes)
      .to(dtype)
      .requires_grad_();
  const [x, w, b] = [make(...shape), make(...weights), make(weights[0]!)];
  const convolve = [F.conv1d, F.conv2d, F.conv3d][shape.length - 3]!;
  const first = before ? [make(shape[1]!, shape[1]!, ...weights.slice(2).map(() => 1))] : [];
  const input = before ? F.relu(convolve(x, first[0]!)) : x;
  const y = convolve(input, w, b, options);
  const grads = torch.autograd.grad(
    F.relu(y)
      .mul(torch.randn(...y.shape).to(dtype))
      .sum(),
    [x, w, b, ...first],
  );
  return [y.detach(), ...grads.map((g) => g!)];
}

describe("convolution with few windows", () => {
  for (const before of [false, true]) {
    test.for(layers)(`of $x by $w agrees with float64${before ? ", behind another layer" : ""}`, (layer) => {
      const got = run(layer, torch.float32, before);
      run(layer, torch.float64, before).forEach((want, i) => {
        // Sums of up to 640 terms, behind another layer of 256: a few of their rounding errors of 6e-8.
        const size = want.abs().max().item() as number;
        expect((got[i]!.double().sub(want).abs().max().item() as number) / size, `result ${i}`).toBeLessThan(3e-6);
      });
    });
  }
});
