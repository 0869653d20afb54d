import { nn, type Tensor } from "../../optimized/index.js";
import { forwardBackward, randn } from "./inputs.js";
import type { Factory, Table } from "./workload.js";

const F = nn.functional;

/** A convolution of `b` square images (or lines, nd = 1) of size `h` with `ci` channels, to `co` channels. */
interface Conv {
  b: number;
  ci: number;
  co: number;
  h: number;
  k: number;
  s: number;
  pad: number;
  groups?: number;
  nd?: number;
}

interface Problem {
  readonly leaves: readonly Tensor[];
  readonly run: () => Tensor;
}

function conv({ b, ci, co, h, k, s, pad, groups = 1, nd = 2 }: Conv): Problem {
  const x = randn(b, ci, ...Array<number>(nd).fill(h));
  const weight = randn(co, ci / groups, ...Array<number>(nd).fill(k));
  const bias = randn(co);
  const op = nd === 2 ? F.conv2d : F.conv1d;
  const run = () => op(x, weight, bias, { stride: s, padding: pad, groups });
  return { leaves: [x, weight, bias], run };
}

function convTranspose({ b, ci, co, h, k, s, pad }: Conv): Problem {
  const [x, weight, bias] = [randn(b, ci, h, h), randn(ci, co, k, k), randn(co)];
  const run = () => F.conv_transpose2d(x, weight, bias, { stride: s, padding: pad });
  return { leaves: [x, weight, bias], run };
}

interface Pool {
  shape: number[];
  k: number;
  s: number;
  pad: number;
}

function maxPool({ shape, k, s, pad }: Pool): Problem {
  const x = randn(...shape);
  return { leaves: [x], run: () => F.max_pool2d(x, k, s, pad) };
}

/** Forward and backward from a random gradient. */
function both<P>(problem: (p: P) => Problem): Factory {
  return (p: P) => {
    const { run, leaves } = problem(p);
    return forwardBackward(run, leaves, randn(...run().shape));
  };
}

export const convolution: Table = {
  "conv.fwd": (p: Conv) => conv(p).run,
  "conv.fwd_bwd": both(conv),
  "convt.fwd": (p: Conv) => convTranspose(p).run,
  "convt.fwd_bwd": both(convTranspose),
  "pool.max": (p: Pool) => maxPool(p).run,
  "pool.max_bwd": both(maxPool),
  "pool.aavg": ({ shape, o }: { shape: number[]; o: number }) => {
    const x = randn(...shape);
    return () => F.adaptive_avg_pool2d(x, o);
  },
};
