import { build, full, type NdArray } from "../array.js";
import { argmax } from "../ops/extremum.js";
import { linear as linearOp } from "../ops/matmul.js";
import { mean } from "../ops/reduce.js";
import { log_softmax } from "../ops/softmax.js";
import { linear } from "./linear.js";
import { type Params, required, submodule } from "./params.js";

/** log softmax of the head, and of each cluster. */
function parts(params: Params, x: NdArray): { head: NdArray; clusters: NdArray[] } {
  const op = "adaptive_log_softmax";
  const count = Object.keys(params).filter((name) => /^tail\.\d+\.0\.weight$/.test(name)).length;
  const clusters = Array.from({ length: count }, (_, i) => {
    const [first, second] = [0, 1].map((k) => required(op, params, `tail.${i}.${k}.weight`)) as [NdArray, NdArray];
    return log_softmax(linearOp(linearOp(x, first), second), 1);
  });
  return { head: log_softmax(linear(submodule(params, "head"), x), 1), clusters };
}

/**
 * Log probabilities of classes in clusters: of those that the head knows log softmax(head(x)), of class j of cluster i
 * that of the cluster, behind them in the head, plus log softmax(x · firstᵢᵀ · secondᵢᵀ)_j.
 *
 * Shapes  x: [N, features] → [N, classes in all]
 * State   head.weight: [shortlist + clusters, features], head.bias: [shortlist + clusters] or none;
 *         tail.i.0.weight (first): [hidden_i, features], tail.i.1.weight (second): [classes_i, hidden_i];
 *         all start as those of Linear
 * Source  torch.nn.AdaptiveLogSoftmaxWithLoss.log_prob; Grave et al. (2017).
 */
export function adaptive_log_softmax(params: Params, x: NdArray): NdArray {
  const { head, clusters } = parts(params, x);
  const columns = head.shape[1]!;
  const shortlist = columns - clusters.length;
  const starts = clusters.map((_, i) => clusters.slice(0, i).reduce((n, c) => n + c.shape[1]!, shortlist));
  const classes = clusters.reduce((n, c) => n + c.shape[1]!, shortlist);
  return build([x.shape[0]!, classes], x.dtype, ([n, j]) => {
    const i = starts.findLastIndex((start) => j! >= start);
    if (i < 0) return head.data[n! * columns + j!]!;
    const { shape, data } = clusters[i]!;
    return head.data[n! * columns + shortlist + i]! + data[n! * shape[1]! + j! - starts[i]!]!;
  });
}

/**
 * The log probability of the target of each sample, and minus their mean.
 *
 * Shapes  x: [N, features], target: [N], or [features] and [] → output: as target, loss: []
 * Source  torch.nn.AdaptiveLogSoftmaxWithLoss.
 */
export function adaptive_log_softmax_with_loss(
  params: Params,
  x: NdArray,
  target: NdArray,
): { output: NdArray; loss: NdArray } {
  const all = adaptive_log_softmax(params, { ...x, shape: [target.data.length, x.shape.at(-1)!] });
  const classes = all.shape[1]!;
  const output = { ...target, dtype: x.dtype, data: target.data.map((t, n) => all.data[n * classes + t]!) };
  return { output, loss: full([], -mean(output).data[0]!, x.dtype) };
}

/**
 * The most probable column of the head, and where that is a cluster, the most probable of all classes.
 *
 * Shapes  x: [N, features] → [N], int64
 * Source  torch.nn.AdaptiveLogSoftmaxWithLoss.predict.
 */
export function adaptive_predict(params: Params, x: NdArray): NdArray {
  const { head, clusters } = parts(params, x);
  const shortlist = head.shape[1]! - clusters.length;
  const inHead = argmax(head, 1);
  const inAll = argmax(adaptive_log_softmax(params, x), 1);
  return { ...inHead, data: inHead.data.map((c, n) => (c < shortlist ? c : inAll.data[n]!)) };
}
