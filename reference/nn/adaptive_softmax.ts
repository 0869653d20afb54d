import { build, type NdArray } from "../array.js";
import { log_softmax } from "../ops/softmax.js";
import { matmul } from "../ops/matmul.js";
import { transpose } from "../ops/shape.js";

/**
 * Log probabilities of classes in clusters: of those that the head knows log softmax(x · headᵀ), of class j of cluster i
 * that of the cluster, behind them in the head, plus log softmax(x · firstᵢᵀ · secondᵢᵀ)_j.
 *
 * Shapes  x: [N, features], head: [shortlist + clusters, features], first: [hidden, features], second: [classes, hidden]
 *         → [N, classes in all]
 * Source  torch.nn.AdaptiveLogSoftmaxWithLoss.
 */
export function adaptive_log_softmax(
  x: NdArray,
  head: NdArray,
  tail: readonly (readonly [first: NdArray, second: NdArray])[],
): NdArray {
  const linear = (input: NdArray, weight: NdArray) => matmul(input, transpose(weight, 0, 1));
  const known = log_softmax(linear(x, head), 1);
  const columns = head.shape[0]!;
  const shortlist = columns - tail.length;
  const clusters = tail.map(([first, second]) => log_softmax(linear(linear(x, first), second), 1));
  const starts = clusters.map((_, i) => clusters.slice(0, i).reduce((n, c) => n + c.shape[1]!, shortlist));
  const classes = clusters.reduce((n, c) => n + c.shape[1]!, shortlist);
  return build([x.shape[0]!, classes], x.dtype, ([n, j]) => {
    const i = starts.findLastIndex((start) => j! >= start);
    if (i < 0) return known.data[n! * columns + j!]!;
    const { shape, data } = clusters[i]!;
    return known.data[n! * columns + shortlist + i]! + data[n! * shape[1]! + j! - starts[i]!]!;
  });
}
