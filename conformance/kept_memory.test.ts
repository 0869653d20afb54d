/** What a graph keeps for backward: a share of memory of its own, free when the last node that reads it has run. */
import v8 from "node:v8";
import vm from "node:vm";
import { describe, expect, test } from "vitest";
import { addon } from "../optimized/core/native.js";
import torch, { type Tensor } from "../optimized/index.js";

const SIZE = 1 << 18;
const BYTES = SIZE * 4;
/** exp(exp(... x)) of numbers far below 0, so that nothing overflows; every step saves its result. */
const chain = (x: Tensor, steps: number): Tensor => {
  let h = x;
  for (let i = 0; i < steps; i++) h = h.exp();
  return h;
};
const leaf = () => torch.full([SIZE], -3).requires_grad_();

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc") as () => void;
const held = () => {
  collect();
  return addon!.memoryStats().in_use;
};
/** Lets references on the stack go. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe.skipIf(addon === null)("memory that a graph keeps", () => {
  test("is free again as the pass goes on, without a collection", async () => {
    const x = leaf();
    const before = held();
    const loss = chain(x, 10).sum();
    await turn();
    expect(held() - before).toBeGreaterThan(9 * BYTES); // ten results, and nothing else
    expect(held() - before).toBeLessThan(11 * BYTES);
    addon!.resetPeak();
    loss.backward();
    // the gradient of x, and perhaps what the last node worked with
    expect(addon!.memoryStats().in_use - before).toBeLessThan(3 * BYTES);
    expect(addon!.memoryStats().peak - before).toBeLessThan(13 * BYTES);
  });

  test("stays where the user holds the tensor", () => {
    const x = leaf();
    const y = x.exp();
    const values = y.detach().clone();
    y.mul(2).sum().backward();
    collect();
    expect(torch.equal(y, values)).toBe(true);
    expect(torch.allclose(x.grad!, values.mul(2))).toBe(true);
  });

  test("stays for a second pass with retain_graph, and is gone after it", () => {
    const x = leaf();
    const loss = chain(x, 3).sum();
    loss.backward(undefined, true);
    const once = x.grad!.clone();
    loss.backward();
    expect(torch.allclose(x.grad!, once.mul(2))).toBe(true);
    expect(() => loss.backward()).toThrow(/second time/);
  });

  test("serves several nodes, in first and second derivatives", () => {
    const x = torch.linspace(0.5, 1, SIZE).requires_grad_();
    const y = x.exp();
    const [first] = torch.autograd.grad(y.mul(y).add(y.sin()).sum(), [x], { create_graph: true });
    collect();
    const [second] = torch.autograd.grad(first!.sum(), [x]);
    const e = x.detach().exp();
    expect(torch.allclose(first!, e.mul(e).mul(2).add(e.cos().mul(e)))).toBe(true);
    const want = e.mul(e).mul(4).add(e.cos().mul(e)).sub(e.sin().mul(e).mul(e));
    expect(torch.allclose(second!, want)).toBe(true);
  });

  test("knows of changes in place, also when the changed tensor is gone", () => {
    const x = leaf();
    const loss = (() => {
      const y = x.exp();
      const out = y.mul(2).add(x.exp()).sum();
      y.add_(1);
      return out;
    })();
    collect();
    expect(() => loss.backward()).toThrow(/modified by an inplace operation/);
  });

  const layers: Record<string, (x: Tensor) => Tensor> = {
    exp: (x) => x.exp(),
    gelu: (x) => torch.nn.functional.gelu(x),
    softmax: (x) => x.softmax(0),
    layer_norm: (x) => torch.nn.functional.layer_norm(x, [SIZE]),
    matmul: (x) => x.mul(2).view(512, 512).matmul(x.view(512, 512)).view(SIZE),
    pow: (x) => x.mul(-1).pow(3),
  };
  test.each(Object.entries(layers))("stays for the graph of a gradient when the graph of %s is freed", (_, layer) => {
    const x = leaf()
      .detach()
      .add(torch.linspace(0, 1, SIZE))
      .requires_grad_();
    const y = layer(x).mul(x);
    const [gradient] = torch.autograd.grad(y.sum(), [x], { create_graph: true });
    const values = gradient!.detach().clone();
    y.sum().backward();
    collect();
    expect(torch.equal(gradient!, values)).toBe(true);
    expect(() => gradient!.sum().backward()).toThrow(/second time/);
  });

  test("gradients that meet are added, and what was added is free", async () => {
    const x = leaf();
    const before = held();
    const loss = (() => {
      let h = x.exp();
      for (let i = 0; i < 6; i++) h = h.mul(h);
      return h.sum();
    })();
    await turn();
    collect();
    loss.backward();
    expect(addon!.memoryStats().in_use - before).toBeLessThan(4 * BYTES);
  });
});
