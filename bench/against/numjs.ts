import { createRequire } from "node:module";
import { Runner } from "../worker/runner.js";
import { type Table, Unsupported } from "../worker/workload.js";
import type { Opponent } from "./opponent.js";

/** numjs, which is NumPy's interface in plain JavaScript: the baseline of a library without native code. */

interface NdArray {
  readonly T: NdArray;
  add(other: NdArray, copy?: boolean): NdArray;
  multiply(other: NdArray): NdArray;
  sum(): number;
  get(...index: number[]): number;
  pick(...index: (number | null)[]): NdArray;
  tolist(): unknown[];
  reshape(...shape: number[]): NdArray;
  clone(): NdArray;
}

interface NumJs {
  array(values: ArrayLike<unknown>, dtype: string): NdArray;
  zeros(shape: number[], dtype: string): NdArray;
  random(shape: number[]): NdArray;
  dot(a: NdArray, b: NdArray): NdArray;
  concatenate(parts: NdArray[]): NdArray;
  exp(x: NdArray): NdArray;
  tanh(x: NdArray): NdArray;
  sigmoid(x: NdArray): NdArray;
}

const nj = createRequire(import.meta.url)("numjs") as NumJs;

/** Standard normal numbers (Box and Muller). */
function randn(shape: readonly number[], dtype = "float32"): NdArray {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const flat = nj.array(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal), dtype);
  return shape.length === 1 ? flat : flat.reshape(...shape);
}

const UNARY: Readonly<Record<string, (x: NdArray) => NdArray>> = { exp: nj.exp, tanh: nj.tanh, sigmoid: nj.sigmoid };
const halves = (n: number) => Array.from({ length: n }, (_, i) => i * 0.5);

interface Product {
  m: number;
  k: number;
  n: number;
  batch?: number;
  bias?: boolean;
  ta?: boolean;
  tb?: boolean;
  dtype?: string;
}

const table: Table = {
  "eager.add": ({ n }: { n: number }) => {
    const [a, b] = [randn([n]), randn([n])];
    return () => a.add(b);
  },
  "eager.create": ({ n }: { n: number }) => {
    const values = halves(n);
    return () => nj.array(values, "float32");
  },
  "eager.create_nested": ({ m, n }: { m: number; n: number }) => {
    const values = Array.from({ length: m }, () => halves(n));
    return () => nj.array(values, "float32");
  },
  "eager.zeros":
    ({ n }: { n: number }) =>
    () =>
      nj.zeros([n], "float32"),
  "eager.item": () => {
    const x = randn([1]);
    return () => x.get(0);
  },
  "eager.tolist": ({ n }: { n: number }) => {
    const x = randn([n]);
    return () => x.tolist();
  },
  "eager.row": ({ m, n, i }: { m: number; n: number; i: number }) => {
    const x = randn([m, n]);
    return () => x.pick(i, null);
  },
  "eager.t": ({ m, n }: { m: number; n: number }) => {
    const x = randn([m, n]);
    return () => x.T;
  },
  "eager.sum": ({ n }: { n: number }) => {
    const x = randn([n]);
    return () => x.sum();
  },
  "eager.matmul": ({ n }: { n: number }) => {
    const [a, b] = [randn([n, n]), randn([n, n])];
    return () => nj.dot(a, b);
  },
  "pw.binary": ({ f, n, dtype }: { f: string; n: number; dtype?: string }) => {
    const [x, y] = [randn([n], dtype), randn([n], dtype)];
    return f === "add" ? () => x.add(y) : () => x.multiply(y);
  },
  "pw.unary": ({ f, n }: { f: string; n: number }) => {
    const op = UNARY[f];
    if (op === undefined) throw new Unsupported(`numjs has no ${f}`);
    const x = randn([n]);
    return () => op(x);
  },
  "pw.add_": ({ n }: { n: number }) => {
    const [x, y] = [randn([n]), randn([n])];
    return () => x.add(y, false);
  },
  "pw.bcast": ({ m, n }: { m: number; n: number }) => {
    const [x, y] = [randn([m, n]), randn([n])];
    return () => x.add(y);
  },
  "pw.add_t": ({ n }: { n: number }) => {
    const [x, y] = [randn([n, n]), randn([n, n])];
    return () => x.add(y.T);
  },
  "red.sum": ({ shape, dim }: { shape: number[]; dim?: number }) => {
    if (dim !== undefined) throw new Unsupported("numjs sums over everything only");
    const x = randn(shape);
    return () => x.sum();
  },
  "copy.clone": ({ n }: { n: number }) => {
    const x = randn([n]);
    return () => x.clone();
  },
  "copy.t": ({ n }: { n: number }) => {
    const x = randn([n, n]);
    return () => x.T.clone();
  },
  "copy.cat": ({ k, m, n, dim }: { k: number; m: number; n: number; dim: number }) => {
    if (dim !== 1) throw new Unsupported("numjs concatenates along the last dim only");
    const parts = Array.from({ length: k }, () => randn([m, n]));
    return () => nj.concatenate(parts);
  },
  mm: ({ m, k, n, batch, bias, ta, tb, dtype }: Product) => {
    if (batch !== undefined || bias) throw new Unsupported("numjs multiplies two matrices only");
    const a = randn(ta ? [k, m] : [m, k], dtype);
    const b = randn(tb ? [n, k] : [k, n], dtype);
    return () => nj.dot(ta ? a.T : a, tb ? b.T : b);
  },
};

export function numjs(): Opponent {
  const runner = new Runner(table);
  return {
    name: "numjs",
    prepare: (workload, minMs) => void runner.prepare(workload, minMs),
    sample: () => runner.sample(),
    drop: () => runner.drop(),
    close: () => {},
  };
}
