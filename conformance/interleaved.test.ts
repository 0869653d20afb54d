import { describe, expect, test } from "vitest";
import torch from "../optimized/index.js";
import * as F from "../optimized/nn/functional.js";
import type { Tensor } from "../optimized/core/tensor.js";

/** What users may do to a tensor whose memory is interleaved behind their backs (optimized/backends/interleave.ts). */

torch.manual_seed(7);
const x = torch.randn(16, 3, 9, 9);
const weight = torch.randn(4, 3, 3, 3);
const image = (): Tensor => F.conv2d(x, weight);
/** The same numbers, computed in float64, where nothing is interleaved. */
const expected = F.conv2d(x.double(), weight.double()).float();
const near = (a: Tensor, b: Tensor): boolean => torch.allclose(a.contiguous().clone(), b, { rtol: 1e-4, atol: 1e-5 });

describe.skipIf(torch.get_default_device().type !== "cpu")("an interleaved tensor", () => {
  test("is interleaved, or there is nothing to test", () => {
    const y = image();
    expect(y._storage.interleaved === 16 || process.env.TSTORCH_NATIVE === "0").toBe(true);
    expect(y.stride()).toEqual(expected.stride());
    expect(y.is_contiguous()).toBe(true);
  });

  test("has its values in order for whoever asks", () => {
    expect(near(image(), expected)).toBe(true);
    expect(near(image().view(-1), expected.view(-1))).toBe(true);
    expect(near(image().select(0, 5).transpose(0, 2), expected.select(0, 5).transpose(0, 2).contiguous())).toBe(true);
    expect(image().tolist()).toHaveLength(16);
    expect(image().sum().item()).toBeCloseTo(expected.sum().item() as number, 2);
    expect(near(image().mul(image()), expected.mul(expected))).toBe(true);
    expect(near(image().add(torch.ones(9 - 2)), expected.add(1))).toBe(true);
    expect(near(torch.add(expected, image()), expected.mul(2))).toBe(true);
    expect(torch.equal(image().view(torch.int32), image().clone().view(torch.int32))).toBe(true);
    expect(near(image().resize_([17, 4, 7, 7]).narrow(0, 0, 16), expected)).toBe(true);
  });

  test("can be written to, through any view", () => {
    const y = image();
    const view = y.view(16, -1);
    y.mul_(2);
    view.narrow(1, 0, 3).zero_();
    const want = expected.mul(2);
    want.view(16, -1).narrow(1, 0, 3).zero_();
    expect(near(y, want)).toBe(true);
    const z = image();
    z.relu_();
    z.add_(expected);
    expect(near(z, expected.relu().add(expected))).toBe(true);
  });

  test("keeps what autograd saved", () => {
    const run = (dtype: typeof torch.float32): Tensor => {
      const w = weight.detach().clone().to(dtype).requires_grad_();
      const y = F.conv2d(x.to(dtype), w);
      const z = F.max_pool2d(y.tanh(), 2);
      y.tolist(); // puts the memory in order between the forward and the backward pass
      z.pow(2).sum().backward();
      return w.grad!.float();
    };
    expect(near(run(torch.float32), run(torch.float64))).toBe(true);
  });

  test("has second derivatives", () => {
    const run = (dtype: typeof torch.float32): Tensor => {
      const w = weight.detach().clone().to(dtype).requires_grad_();
      const y = F.max_pool2d(F.conv2d(x.to(dtype), w, null, { padding: 1 }).sigmoid(), 3, { stride: 2, padding: 1 });
      const [g] = torch.autograd.grad(y.pow(2).sum(), [w], { create_graph: true });
      return (torch.autograd.grad(g!.pow(2).sum(), [w])[0] as Tensor).float();
    };
    const [a, b] = [run(torch.float32), run(torch.float64)];
    expect(a.sub(b).abs().max().item()).toBeLessThan(1e-4 * (b.abs().max().item() as number));
  });

  test("meets NaN and infinity in pooling as any tensor does", () => {
    const odd = x.clone();
    odd.view(-1).narrow(0, 10, 3).fill_(Number.NaN);
    odd.view(-1).narrow(0, 500, 3).fill_(Number.POSITIVE_INFINITY);
    const identity = torch.eye(3).view(3, 3, 1, 1);
    const pooled = (t: Tensor): unknown => F.max_pool2d(t, 2, { ceil_mode: true }).tolist();
    const y = F.conv2d(odd, identity);
    expect(pooled(y)).toEqual(pooled(y.clone()));
  });

  test("is not made again for a layer whose results were of no use in that order", () => {
    const w = weight.clone();
    F.conv2d(x, w).sum().item();
    expect(F.conv2d(x, w)._storage.interleaved).toBe(0);
  });
});

describe.skipIf(torch.get_default_device().type !== "cpu")("a tensor with its channels side by side", () => {
  const images = torch.randn(2, 9, 7, 6);
  const filters = torch.randn(32, 9, 3, 3);
  const result = (): Tensor => F.conv2d(images, filters);
  const want = F.conv2d(images.double(), filters.double()).float();

  test("has them so, or there is nothing to test", () => {
    expect(result()._storage.interleaved === 64 || process.env.TSTORCH_NATIVE === "0").toBe(true);
  });

  test("has its values in order for whoever asks", () => {
    expect(near(result(), want)).toBe(true);
    expect(near(result().view(2, -1), want.view(2, -1))).toBe(true);
    expect(near(result().select(1, 20), want.select(1, 20).contiguous())).toBe(true);
    expect(near(result().flatten(0, 1).mul(result().flatten(0, 1)), want.flatten(0, 1).pow(2))).toBe(true);
    expect(near(result().relu_(), want.relu())).toBe(true);
  });

  test("meets tensors in order", () => {
    const other = torch.randn_like(want);
    expect(near(result().add(other), want.add(other))).toBe(true);
    expect(near(other.clone().mul_(result()), want.mul(other))).toBe(true);
    const parameter = new torch.nn.Parameter(other.clone());
    const sum = result().add(parameter);
    expect(parameter._storage.interleaved).toBe(0);
    expect(near(sum.detach(), want.add(other))).toBe(true);
    expect(near(torch.where(want.gt(0), result(), result().neg()), want.abs())).toBe(true);
  });

  test("meets images side by side", () => {
    const run = (dtype: typeof torch.float32): Tensor[] => {
      const filter = (...shape: number[]): Tensor =>
        torch
          .randn(shape, { generator: new torch.Generator().manual_seed(3) })
          .to(dtype)
          .requires_grad_();
      const weights = [filter(16, 3, 3, 3), filter(32, 16, 3, 3), filter(16, 32, 3, 3)];
      let y: Tensor = x.to(dtype); // 16 images
      for (const w of weights) y = F.conv2d(y, w, null, { padding: 1 }).relu();
      return torch.autograd.grad(y.square().mean(), weights).map((g) => g!.float());
    };
    const [got, judge] = [run(torch.float32), run(torch.float64)];
    got.forEach((g, i) => {
      const size = judge[i]!.abs().max().item() as number;
      expect(g.sub(judge[i]!).abs().max().item() as number).toBeLessThan(1e-5 * size);
    });
  });

  test("goes through grouped, transposed and channels_last convolution", () => {
    const depthwise = torch.randn(32, 1, 3, 3);
    expect(
      near(F.conv2d(result(), depthwise, null, { groups: 32 }), F.conv2d(want, depthwise, null, { groups: 32 })),
    ).toBe(true);
    const up = torch.randn(32, 16, 2, 2);
    const bias = torch.randn(16);
    const judge = F.conv_transpose2d(want.double(), up.double(), bias.double()).float();
    expect(near(F.conv_transpose2d(result(), up, bias), judge)).toBe(true);
    const last = result().contiguous({ memory_format: torch.channels_last });
    expect(near(last, want)).toBe(true);
  });
});
