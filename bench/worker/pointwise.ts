import torch, { nn, type Tensor } from "../../optimized/index.js";
import { dtypeOf, forwardBackward, randn } from "./inputs.js";
import type { Table } from "./workload.js";

const F = nn.functional;

const UNARY: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  exp: torch.exp,
  tanh: torch.tanh,
  gelu: (x) => F.gelu(x),
  sigmoid: torch.sigmoid,
};

interface Sized {
  n: number;
}

/** Element by element: memory traffic, and the speed of exp, tanh and erf. */
export const pointwise: Table = {
  "pw.binary": (p: { n: number; f: "add" | "mul"; dtype?: string }) => {
    const [x, y] = [torch.randn(p.n, { dtype: dtypeOf(p) }), torch.randn(p.n, { dtype: dtypeOf(p) })];
    return p.f === "add" ? () => x.add(y) : () => x.mul(y);
  },
  "pw.unary": ({ n, f }: { n: number; f: string }) => {
    const x = randn(n);
    const op = UNARY[f]!;
    return () => op(x);
  },
  "pw.chain5": ({ n }: Sized) => {
    const [x, y, z] = [randn(n), randn(n), randn(n)];
    return () => x.mul(y).add(z).mul(y).add(x).relu();
  },
  "pw.where": ({ n }: Sized) => {
    const [x, y] = [randn(n), randn(n)];
    const condition = randn(n).gt(0);
    return () => torch.where(condition, x, y);
  },
  "pw.add_out": ({ n }: Sized) => {
    const [x, y, out] = [randn(n), randn(n), randn(n)];
    return () => torch.add(x, y, { out });
  },
  "pw.add_": ({ n }: Sized) => {
    const [x, y] = [randn(n), randn(n).mul(1e-6)];
    return () => x.add_(y);
  },
  "pw.bcast": ({ m, n }: { m: number; n: number }) => {
    const [x, y] = [randn(m, n), randn(n)];
    return () => x.add(y);
  },
  "pw.add_t": ({ n }: Sized) => {
    const [x, y] = [randn(n, n), randn(n, n)];
    return () => x.add(y.t());
  },
  "pw.gelu_bwd": ({ n }: Sized) => {
    const x = randn(n);
    return forwardBackward(() => F.gelu(x), [x], torch.ones(n));
  },
  "pw.cast": ({ n }: Sized) => {
    const x = randn(n);
    return () => x.double();
  },
  "pw.randn":
    ({ n }: Sized) =>
    () =>
      torch.randn(n),
};
