import { describe, expect, test } from "vitest";
import torch, { nn, type Tensor } from "../optimized/index.js";

/** In inference the weights of convolutions and linear layers are put into oneDNN's layout once (optimized/ops/packed_weights.ts). */

const F = nn.functional;
const near = (a: Tensor, b: Tensor): boolean => torch.allclose(a.clone(), b, { rtol: 1e-4, atol: 1e-4 });
const judge = (x: Tensor, w: Tensor, options: object = {}): Tensor =>
  F.conv2d(x.double(), w.double(), null, options).float();

describe("weights of a convolution that are kept in another layout", () => {
  torch.manual_seed(5);
  const x = torch.randn(2, 16, 12, 12);
  const w = torch.randn(32, 16, 3, 3);

  test("give the same in every call", () =>
    torch.no_grad(() => {
      const want = judge(x, w);
      for (let i = 0; i < 3; i++) expect(near(F.conv2d(x, w), want)).toBe(true);
    }));

  test("follow changes in place, of whatever kind", () =>
    torch.no_grad(() => {
      const changed = w.clone();
      const changes: ((t: Tensor) => void)[] = [
        (t) => t.mul_(2),
        (t) => t.select(0, 3).zero_(),
        (t) => t.copy_(torch.randn_like(t)),
        (t) => t.index_put_([0, 0, 0, 0], torch.tensor(7)),
        (t) => {
          (t.data as Float32Array)[5] = 9;
        },
        (t) => {
          (t.data as Float32Array)[6] = 11;
        },
      ];
      for (const change of changes) {
        F.conv2d(x, changed);
        change(changed);
        expect(near(F.conv2d(x, changed), judge(x, changed))).toBe(true);
      }
    }));

  test("follow the optimizer and load_state_dict", () => {
    const layer = new nn.Conv2d(16, 32, 3, { bias: false });
    const other = new nn.Conv2d(16, 32, 3, { bias: false });
    const optimizer = new torch.optim.SGD(layer.parameters(), { lr: 0.1, momentum: 0.9 });
    const infer = (): Tensor => torch.no_grad(() => layer(x));
    for (let i = 0; i < 3; i++) {
      infer();
      layer(x).square().mean().backward();
      optimizer.step();
      expect(near(infer(), judge(x, layer.weight.detach()))).toBe(true);
    }
    layer.load_state_dict(other.state_dict());
    expect(near(infer(), judge(x, other.weight.detach()))).toBe(true);
  });

  test("serve other shapes, strides and numbers of threads", () =>
    torch.no_grad(() => {
      const threads = torch.get_num_threads();
      for (const count of [1, 2]) {
        torch.set_num_threads(count);
        for (const [batch, size, options] of [
          [1, 9, {}],
          [4, 30, { padding: 1 }],
          [2, 12, { stride: 2 }],
          [2, 12, { dilation: 2 }],
        ] as const) {
          const image = torch.randn(batch, 16, size, size);
          for (let i = 0; i < 2; i++)
            expect(near(F.conv2d(image, w, null, options), judge(image, w, options))).toBe(true);
        }
      }
      torch.set_num_threads(threads);
    }));

  test("are no part of a graph", () => {
    const leaf = w.clone().requires_grad_();
    torch.no_grad(() => F.conv2d(x, leaf));
    F.conv2d(x, leaf).sum().backward();
    expect(leaf.grad!.shape).toEqual(w.shape);
  });
});

describe("weights of a linear layer that are kept in another layout", () => {
  torch.manual_seed(6);
  const w = torch.randn(200, 130);
  const b = torch.randn(200);
  const exact = (x: Tensor, weight: Tensor, bias: Tensor | null): Tensor =>
    F.linear(x.double(), weight.double(), bias?.double() ?? null).float();

  test("serve any number of rows, with and without bias, and any number of threads", () =>
    torch.no_grad(() => {
      const threads = torch.get_num_threads();
      for (const count of [1, 2]) {
        torch.set_num_threads(count);
        for (const shape of [[9], [3, 5], [128], [1], [2, 16, 2], [512], [600], [0]]) {
          const x = torch.randn(...shape, 130);
          for (const bias of [b, null]) expect(near(F.linear(x, w, bias), exact(x, w, bias))).toBe(true);
        }
      }
      torch.set_num_threads(threads);
    }));

  test("follow changes in place and the optimizer, and are no part of a graph", () => {
    const layer = new nn.Linear(130, 200);
    const optimizer = new torch.optim.SGD(layer.parameters(), { lr: 0.1 });
    const x = torch.randn(20, 130);
    const agrees = (): boolean =>
      torch.no_grad(() => near(layer(x), exact(x, layer.weight.detach(), layer.bias!.detach())));
    for (let i = 0; i < 3; i++) {
      expect(agrees()).toBe(true);
      layer(x).square().mean().backward();
      optimizer.step();
      expect(agrees()).toBe(true);
      torch.no_grad(() => layer.weight.mul_(2));
      expect(agrees()).toBe(true);
    }
    expect(layer.weight.grad!.shape).toEqual([200, 130]);
  });

  test("leave alone what shares their memory, is transposed or of another dtype", () =>
    torch.no_grad(() => {
      const x = torch.randn(20, 130);
      const rows = torch.randn(300, 130);
      for (const weight of [rows.narrow(0, 50, 200), torch.randn(130, 200).t(), rows.t().contiguous().t()]) {
        for (let i = 0; i < 2; i++) expect(near(F.linear(x, weight), exact(x, weight, null))).toBe(true);
        weight.mul_(3);
        expect(near(F.linear(x, weight), exact(x, weight, null))).toBe(true);
      }
      expect(near(F.linear(x.double(), w.double()).float(), exact(x, w, null))).toBe(true);
    }));
});
