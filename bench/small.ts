import type { Workload } from "./worker/workload.js";

/** Workloads that take well under a millisecond: for `--smoke`, and for comparisons with slow libraries. */

const row = (name: string, op: string, p: object, counts: Pick<Workload, "flops" | "bytes"> = {}): Workload => ({
  name: `small/${name}`,
  op,
  p,
  ...counts,
});

export const smallWorkloads: readonly Workload[] = [
  row("add_1e4", "pw.binary", { f: "add", n: 10_000 }, { bytes: 120_000 }),
  row("mul_f64_1e4", "pw.binary", { f: "mul", n: 10_000, dtype: "float64" }, { bytes: 240_000 }),
  row("exp_1e4", "pw.unary", { f: "exp", n: 10_000 }, { bytes: 80_000 }),
  row("tanh_1e4", "pw.unary", { f: "tanh", n: 10_000 }, { bytes: 80_000 }),
  row("sigmoid_1e4", "pw.unary", { f: "sigmoid", n: 10_000 }, { bytes: 80_000 }),
  row("add_bcast_100x100", "pw.bcast", { m: 100, n: 100 }, { bytes: 80_400 }),
  row("sum_1e4", "red.sum", { shape: [10_000] }, { bytes: 40_000 }),
  row("sum_dim0_100", "red.sum", { shape: [100, 100], dim: 0 }, { bytes: 40_000 }),
  row("softmax_64x64", "norm.softmax", { m: 64, n: 64 }, { bytes: 32_768 }),
  row("layer_norm_fwd_bwd_64x64", "norm.layer_norm_bwd", { m: 64, n: 64 }, { bytes: 81_920 }),
  row("cross_entropy_fwd_bwd_64x10", "norm.ce_bwd", { m: 64, n: 10 }, { bytes: 10_240 }),
  row("sort_1000", "sort.sort", { n: 1000 }),
  row("gather_64x64", "idx.gather", { m: 64, n: 64 }, { bytes: 65_536 }),
  row("embedding_fwd_bwd_100x16", "idx.embedding_bwd", { v: 100, d: 16, n: 64 }),
  row("clone_1e4", "copy.clone", { n: 10_000 }, { bytes: 80_000 }),
  row("transpose_100", "copy.t", { n: 100 }, { bytes: 80_000 }),
  row("cat_dim1_4x32x32", "copy.cat", { k: 4, m: 32, n: 32, dim: 1 }, { bytes: 32_768 }),
  row("matmul_64", "mm", { m: 64, k: 64, n: 64 }, { flops: 524_288 }),
  row("linear_16x64x32", "mm", { m: 16, k: 64, n: 32, tb: true, bias: true }, { flops: 65_536 }),
  row("conv_fwd_bwd_3x3_4-8_12", "conv.fwd_bwd", { b: 2, ci: 4, co: 8, h: 12, k: 3, s: 1, pad: 1 }, { flops: 497_664 }),
  row("max_pool_2x4x16x16", "pool.max", { shape: [2, 4, 16, 16], k: 2, s: 2, pad: 0 }),
  row("lenet_b2_sgdm", "train.lenet", { b: 2 }),
  row("adam_10x1000", "opt.step", { opt: "adam", tensors: 10, n: 1000, foreach: false }, { bytes: 280_000 }),
];
