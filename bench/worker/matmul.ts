import torch, { nn } from "../../optimized/index.js";
import { dtypeOf } from "./inputs.js";
import type { Table } from "./workload.js";

/** [m, k] @ [k, n], perhaps in batches; `ta` and `tb`: the factor is the transpose of what lies in memory. */
interface Product {
  m: number;
  k: number;
  n: number;
  batch?: number;
  ta?: boolean;
  tb?: boolean;
  bias?: boolean;
  dtype?: string;
}

export const matmul: Table = {
  mm: (p: Product) => {
    const { m, k, n, batch, ta = false, tb = false, bias = false } = p;
    const leading = batch === undefined ? [] : [batch];
    const a = torch.randn([...leading, ...(ta ? [k, m] : [m, k])], { dtype: dtypeOf(p) });
    const b = torch.randn([...leading, ...(tb ? [n, k] : [k, n])], { dtype: dtypeOf(p) });
    if (bias) {
      const c = torch.randn(n);
      return () => nn.functional.linear(a, b, c);
    }
    const x = ta ? a.transpose(-1, -2) : a;
    const y = tb ? b.transpose(-1, -2) : b;
    return () => torch.matmul(x, y);
  },
};
