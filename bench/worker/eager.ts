import torch from "../../optimized/index.js";
import { forwardBackward, randn } from "./inputs.js";
import type { Table } from "./workload.js";

interface Chain {
  n: number;
  ops: number;
}

/** `ops` operations one after the other: y ← y·a, y ← y + b, ... */
function chain({ n, ops }: Chain) {
  const x = randn(n);
  const a = torch.full([n], 0.999);
  const b = torch.full([n], 0.001);
  const run = () => {
    let y = x;
    for (let i = 0; i < ops / 2; i++) {
      y = y.mul(a);
      y = y.add(b);
    }
    return y;
  };
  return { x, run };
}

const halves = (n: number) => Array.from({ length: n }, (_, i) => i * 0.5);

/** The price of a single op: tiny tensors, so that kernels cost nothing. */
export const eager: Table = {
  "eager.add": ({ n }: { n: number }) => {
    const [a, b] = [randn(n), randn(n)];
    return () => a.add(b);
  },
  "eager.add_grad": ({ n }: { n: number }) => {
    const [a, b] = [randn(n).requires_grad_(), randn(n).requires_grad_()];
    return () => a.add(b);
  },
  "eager.chain": (p: Chain) => {
    const { x, run } = chain(p);
    return forwardBackward(() => run().sum(), [x], null);
  },
  "eager.chain_nograd": (p: Chain) => chain(p).run,
  "eager.create": ({ n }: { n: number }) => {
    const values = halves(n);
    return () => torch.tensor(values);
  },
  "eager.create_nested": ({ m, n }: { m: number; n: number }) => {
    const values = Array.from({ length: m }, () => halves(n));
    return () => torch.tensor(values);
  },
  "eager.zeros":
    ({ n }: { n: number }) =>
    () =>
      torch.zeros(n),
  "eager.item": () => {
    const x = torch.tensor(1.5);
    return () => x.item();
  },
  "eager.tolist": ({ n }: { n: number }) => {
    const x = randn(n);
    return () => x.tolist();
  },
  "eager.row": ({ m, n, i }: { m: number; n: number; i: number }) => {
    const x = randn(m, n);
    return () => x.index(i);
  },
  "eager.t": ({ m, n }: { m: number; n: number }) => {
    const x = randn(m, n);
    return () => x.t();
  },
  "eager.mul_": ({ n }: { n: number }) => {
    const x = randn(n);
    return () => x.mul_(-1.0);
  },
  "eager.sum": ({ n }: { n: number }) => {
    const x = randn(n);
    return () => x.sum();
  },
  "eager.matmul": ({ n }: { n: number }) => {
    const [a, b] = [randn(n, n), randn(n, n)];
    return () => a.matmul(b);
  },
  "eager.tinymlp": ({ b, d }: { b: number; d: number }) => {
    const x = randn(b, d);
    const [w1, b1, w2, b2] = [randn(d, d), randn(d), randn(d, 1), randn(1)];
    const loss = () => x.matmul(w1).add(b1).relu().matmul(w2).add(b2).pow(2).sum();
    return forwardBackward(loss, [w1, b1, w2, b2], null);
  },
};
