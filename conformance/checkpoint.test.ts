/** torch.utils.checkpoint: the same gradients with less memory. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import torch, { nn, type Tensor } from "../optimized/index.js";
import { cpuKernels } from "../optimized/core/native.js";

const { checkpoint, checkpoint_sequential } = torch.utils.checkpoint;
const F = torch.nn.functional;
const both = [true, false];

setFlagsFromString("--expose-gc");
/** Lets the garbage collector free what nobody holds. */
const collect = runInNewContext("gc") as () => void;

function gradients(run: (x: Tensor, w: Tensor) => Tensor): number[][] {
  torch.manual_seed(3);
  const x = torch.rand([4, 4], { requires_grad: true });
  const w = torch.rand([4, 4], { requires_grad: true });
  run(x, w).sum().backward();
  return [x.grad!.tolist(), w.grad!.tolist()].flat() as unknown as number[][];
}

describe.each(both)("use_reentrant: %s", (use_reentrant) => {
  test("gradients of inputs and of what the function closes over are equal", () => {
    const layer = (x: Tensor, w: Tensor): Tensor => x.matmul(w).tanh().mul(x.exp());
    const plain = gradients(layer);
    expect(gradients((x, w) => checkpoint(layer, x, w, { use_reentrant }))).toEqual(plain);
    expect(gradients((x, w) => checkpoint((t: Tensor) => layer(t, w), x, { use_reentrant }))).toEqual(plain);
  });

  test("dropout drops the same, and later numbers are not moved", () => {
    const layer = (x: Tensor, w: Tensor): Tensor => F.dropout(x.mul(w), 0.5);
    const after: number[] = [];
    const then = (t: Tensor): Tensor => {
      after.push(torch.rand(1).item());
      return t;
    };
    const plain = gradients((x, w) => then(layer(x, w)));
    expect(gradients((x, w) => then(checkpoint(layer, x, w, { use_reentrant })))).toEqual(plain);
    expect(after[0]).toBe(after[1]);
    const other = gradients((x, w) => then(checkpoint(layer, x, w, { use_reentrant, preserve_rng_state: false })));
    expect(other).not.toEqual(plain);
  });

  test("autocast is as it was", () => {
    const layer = (x: Tensor, w: Tensor): Tensor => x.matmul(w).exp();
    const plain = gradients((x, w) => torch.autocast("cpu", () => layer(x, w)));
    expect(gradients((x, w) => torch.autocast("cpu", () => checkpoint(layer, x, w, { use_reentrant })))).toEqual(plain);
  });

  test("several outputs, arguments that are no tensors, checkpoints in checkpoints", () => {
    const two = (x: Tensor, k: number, w: Tensor): [Tensor, Tensor] => [x.mul(k).exp(), x.mul(w).sin()];
    const plain = gradients((x, w) => two(x, 2, w)[0].add(two(x, 2, w)[1]));
    const done = gradients((x, w) => {
      const [a, b] = checkpoint(two, x, 2, w, { use_reentrant });
      return a.add(b);
    });
    expect(done).toEqual(plain);
    const inner = (x: Tensor, w: Tensor): Tensor => x.matmul(w).sigmoid();
    const outer = (x: Tensor, w: Tensor): Tensor => checkpoint(inner, x.exp(), w, { use_reentrant }).mul(x);
    expect(gradients((x, w) => checkpoint(outer, x, w, { use_reentrant }))).toEqual(
      gradients((x, w) => inner(x.exp(), w).mul(x)),
    );
  });

  test.skipIf(Object.keys(cpuKernels).length === 0)("memory is freed", () => {
    const deep = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 20; i++) y = y.exp().sigmoid();
      return y;
    };
    const kept = (run: (x: Tensor) => Tensor): number => {
      const x = torch.zeros([1 << 18], { requires_grad: true }); // 1 MB
      collect();
      const before = torch.cpu.memory_allocated();
      const y = run(x);
      collect();
      const held = torch.cpu.memory_allocated() - before;
      y.sum().backward();
      return held / (1 << 20);
    };
    expect(kept(deep)).toBeGreaterThan(35);
    expect(kept((x) => checkpoint(deep, x, { use_reentrant }))).toBeLessThan(4);
  });

  test("checkpoint_sequential", () => {
    torch.manual_seed(0);
    const net = new nn.Sequential(
      new nn.Linear(4, 4),
      new nn.Tanh(),
      new nn.Linear(4, 4),
      new nn.Tanh(),
      new nn.Linear(4, 1),
    );
    const grads = (run: (x: Tensor) => Tensor): unknown[] => {
      net.zero_grad(true);
      const x = torch.ones([2, 4], { requires_grad: true });
      run(x).sum().backward();
      return [x.grad!.tolist(), ...[...net.parameters()].map((p) => p.grad!.tolist())];
    };
    const plain = grads((x) => net(x));
    for (const segments of [1, 2, 3, 5]) {
      expect(grads((x) => checkpoint_sequential(net, segments, x, { use_reentrant }))).toEqual(plain);
    }
    const list = [...net.children()] as ((x: Tensor) => Tensor)[];
    expect(grads((x) => checkpoint_sequential(list, 2, x, { use_reentrant }))).toEqual(plain);
    expect(() => checkpoint_sequential(net, 2, torch.ones([2, 4]), { parts: 2 } as never)).toThrow(
      /Unexpected keyword arguments: parts/,
    );
  });
});

test("with reentrance autograd.grad is refused", () => {
  const x = torch.ones([2], { requires_grad: true });
  const y = checkpoint((t: Tensor) => t.exp(), x).sum();
  expect(() => torch.autograd.grad(y, x)).toThrow(
    /^checkpoint: Checkpointing is not compatible with autograd.grad\(\)/,
  );
});

describe("without reentrance", () => {
  const layer = (x: Tensor): Tensor => x.exp().mul(x);

  test("autograd.grad works, and a retained graph computes again", () => {
    const x = torch.ones([2], { requires_grad: true });
    let runs = 0;
    const counted = (t: Tensor): Tensor => {
      runs++;
      return layer(t);
    };
    const y = checkpoint(counted, x, { use_reentrant: false }).sum();
    const [g] = torch.autograd.grad(y, x, null, { retain_graph: true });
    const [h] = torch.autograd.grad(y, x);
    expect(g!.tolist()).toEqual(h!.tolist());
    expect(runs).toBe(3);
  });

  test("other names in the object go to the function", () => {
    const x = torch.ones([2], { requires_grad: true });
    const scaled = (t: Tensor, { factor }: { factor: number }): Tensor => t.mul(t).mul(factor);
    (checkpoint as (...args: unknown[]) => Tensor)(scaled, x, { use_reentrant: false, factor: 3 }).sum().backward();
    expect(x.grad!.tolist()).toEqual([6, 6]);
    expect(() => (checkpoint as (...args: unknown[]) => Tensor)(scaled, x, { factor: 3 })).toThrow(
      /Unexpected keyword arguments: factor/,
    );
  });

  test("second derivatives", () => {
    const x = torch.ones([1], { dtype: torch.float64, requires_grad: true });
    const y = checkpoint((t: Tensor) => t.pow(3), x, { use_reentrant: false });
    const [g] = torch.autograd.grad(y, x, null, { create_graph: true });
    expect(torch.autograd.grad(g!, x)[0]!.tolist()).toEqual([6]);
  });
});
