import torch, { nn } from "../../optimized/index.js";
import { forwardBackward, randint, randn } from "./inputs.js";
import type { Table } from "./workload.js";

const F = nn.functional;

interface Sized {
  n: number;
}
interface Matrix extends Sized {
  m: number;
}
/** A table of `v` rows of `d` numbers, and `n` random row numbers. */
interface Rows extends Sized {
  v: number;
  d: number;
}

function rows({ v, d, n }: Rows) {
  return { table: randn(v, d), index: randint(v, n) };
}

/** Scans, sorting, reading and writing by index, copies that change the layout. */
export const index: Table = {
  "scan.cumsum": ({ m, n, dim }: Matrix & { dim: number }) => {
    const x = randn(m, n);
    return () => x.cumsum(dim);
  },
  "sort.sort": ({ n }: Sized) => {
    const x = randn(n);
    return () => x.sort();
  },
  "sort.rows": ({ m, n }: Matrix) => {
    const x = randn(m, n);
    return () => x.sort(1);
  },
  "sort.topk": ({ n, k }: Sized & { k: number }) => {
    const x = randn(n);
    return () => x.topk(k);
  },
  "sort.topk_rows": ({ m, n, k }: Matrix & { k: number }) => {
    const x = randn(m, n);
    return () => x.topk(k, 1);
  },
  "sort.unique": ({ n, range }: Sized & { range: number }) => {
    const x = randint(range, n);
    return () => torch.unique(x);
  },
  "idx.gather": ({ m, n }: Matrix) => {
    const [x, i] = [randn(m, n), randint(n, m, n)];
    return () => x.gather(1, i);
  },
  "idx.select": (p: Rows) => {
    const { table, index } = rows(p);
    return () => table.index_select(0, index);
  },
  "idx.embedding": (p: Rows) => {
    const { table, index } = rows(p);
    return () => F.embedding(index, table);
  },
  "idx.embedding_bwd": (p: Rows) => {
    const { table, index } = rows(p);
    return forwardBackward(() => F.embedding(index, table), [table], randn(p.n, p.d));
  },
  "idx.index_add": (p: Rows) => {
    const { table, index } = rows(p);
    const source = randn(p.n, p.d).mul_(1e-6);
    return () => table.index_add_(0, index, source);
  },
  "idx.mask": ({ n }: Sized) => {
    const x = randn(n);
    const mask = randn(n).gt(0);
    return () => x.index(mask);
  },
  "idx.nonzero": ({ n }: Sized) => {
    const mask = randn(n).gt(0);
    return () => mask.nonzero();
  },
  "copy.t": ({ n }: Sized) => {
    const x = randn(n, n);
    return () => x.t().contiguous();
  },
  "copy.permute": ({ shape, perm }: { shape: number[]; perm: number[] }) => {
    const x = randn(...shape);
    return () => x.permute(...perm).contiguous();
  },
  "copy.clone": ({ n }: Sized) => {
    const x = randn(n);
    return () => x.clone();
  },
  "copy.cat": ({ k, m, n, dim }: Matrix & { k: number; dim: number }) => {
    const parts = Array.from({ length: k }, () => randn(m, n));
    return () => torch.cat(parts, dim);
  },
};
