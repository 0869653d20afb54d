import { ShapeError, TorchError, ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { zerosTensor } from "../ops/creation.js";
import { argmax } from "../ops/extremum.js";
import { gather, index_copy, index_fill, index_select } from "../ops/indexing.js";
import { cat } from "../ops/join.js";
import { nonzero } from "../ops/masked.js";
import { add, ge, logical_and, lt, neg, sub } from "../ops/pointwise.js";
import { mean } from "../ops/reduce.js";
import { log_softmax } from "../ops/softmax.js";
import { tolist } from "../ops/values.js";
import { narrow, reshape } from "../ops/views.js";
import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { ModuleList, Sequential } from "./containers.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";

const adaptive = signature<
  [
    in_features: number,
    n_classes: number,
    cutoffs: readonly number[],
    div_value?: number,
    head_bias?: boolean,
    ...factory: Factory,
  ]
>()("AdaptiveLogSoftmaxWithLoss", 3, ["in_features", "n_classes", "cutoffs", "div_value", "head_bias", ...FACTORY]);

/** What AdaptiveLogSoftmaxWithLoss gives; `const [output, loss] = ...` works too. */
export class AdaptiveOutput {
  constructor(
    /** [N]: the log probability of each target. */
    readonly output: Tensor,
    /** []: minus their mean. */
    readonly loss: Tensor,
  ) {}
  *[Symbol.iterator](): Generator<Tensor> {
    yield* [this.output, this.loss];
  }
}

function checkCutoffs(op: string, cutoffs: readonly number[], n_classes: number): void {
  const rising = cutoffs.every((c, i) => Number.isInteger(c) && c > (cutoffs[i - 1] ?? 0) && c < n_classes);
  if (rising && cutoffs.length > 0) return;
  throw new ValueError(
    op,
    "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is " +
      `between 1 and n_classes-1; got [${cutoffs.join(", ")}] and n_classes ${n_classes}`,
  );
}

/**
 * Softmax over very many classes, sorted by how often they occur. The head knows the first `cutoffs[0]` classes and one
 * cluster for each range between cutoffs; the log probability of a class in a cluster is that of the cluster plus that of
 * the class in it. Cluster i works with in_features / div_value^(i + 1) features.
 *
 * Shapes  input: [N, in_features] or [in_features], target: [N] or [] → output: the same as target, loss: []
 * State   head.weight: [cutoffs[0] + clusters, in_features]; head.bias, or null; tail.i.0.weight, tail.i.1.weight
 * Source  torch.nn.AdaptiveLogSoftmaxWithLoss; Grave et al. (2017).
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  in_features: number;
  n_classes: number;
  cutoffs: readonly number[];
  div_value: number;
  head_bias: boolean;
  shortlist_size: number;
  n_clusters: number;
  head_size: number;
  head: Linear;
  tail: ModuleList<Sequential>;

  constructor(...args: ArgumentsOf<typeof adaptive>) {
    super();
    const { in_features, n_classes, cutoffs, div_value = 4, head_bias = false, device, dtype } = adaptive(args);
    checkCutoffs(this._get_name(), cutoffs, n_classes);
    this.in_features = in_features;
    this.n_classes = n_classes;
    this.cutoffs = [...cutoffs, n_classes];
    this.div_value = div_value;
    this.head_bias = head_bias;
    this.shortlist_size = this.cutoffs[0]!;
    this.n_clusters = this.cutoffs.length - 1;
    this.head_size = this.shortlist_size + this.n_clusters;
    this.head = new Linear(in_features, this.head_size, { bias: head_bias, device, dtype });
    this.tail = new ModuleList();
    for (let i = 0; i < this.n_clusters; i++) {
      const hidden = Math.floor(in_features / div_value ** (i + 1));
      const classes = this.cutoffs[i + 1]! - this.cutoffs[i]!;
      const first = new Linear(in_features, hidden, { bias: false, device, dtype });
      this.tail.append(new Sequential(first, new Linear(hidden, classes, { bias: false, device, dtype })));
    }
  }

  reset_parameters(): void {
    this.head.reset_parameters();
    for (const cluster of this.tail) for (const layer of cluster) (layer as Linear).reset_parameters();
  }

  override forward(input: Tensor, target: Tensor): AdaptiveOutput {
    this.check(input, target);
    const batched = target.ndim > 0;
    const x = batched ? input : reshape(input, [1, -1]);
    const labels = batched ? target : reshape(target, [1]);
    const head = log_softmax(this.head(x), 1);
    let output = zerosTensor(labels.shape, x.dtype, x.device);
    let inHead = labels; // the class of each sample that the head knows: its target or its cluster
    let used = 0;
    [0, ...this.cutoffs.slice(0, -1)].forEach((low, i) => {
      const rows = reshape(nonzero(logical_and(ge(labels, low), lt(labels, this.cutoffs[i]!))), [-1]);
      used += rows._numel;
      if (i === 0 || rows._numel === 0) return;
      const places = reshape(sub(index_select(labels, 0, rows), low), [-1, 1]);
      const cluster = log_softmax(this.tail[i - 1]!(index_select(x, 0, rows)), 1);
      output = index_copy(output, 0, rows, reshape(gather(cluster, 1, places), [-1]));
      inHead = index_fill(inHead, 0, rows, this.shortlist_size + i - 1);
    });
    if (used !== labels._numel) this.rejectTargets(labels);
    output = add(output, reshape(gather(head, 1, reshape(inHead, [-1, 1])), [-1]));
    return new AdaptiveOutput(batched ? output : reshape(output, []), mean(neg(output)));
  }

  private check(input: Tensor, target: Tensor): void {
    const op = this._get_name();
    const shapes = { input: input.shape, target: target.shape };
    if (target.ndim > 1)
      throw new ShapeError(op, "0D or 1D target tensor expected, multi-target not supported", shapes);
    if (target.ndim === 1 && input.shape[0] !== target.shape[0]) {
      throw new ShapeError(op, "Input and target should have the same size in the batch dimension.", shapes);
    }
    if (input.ndim === target.ndim + 1) return;
    throw new ShapeError(op, `${target.ndim}D target tensor expects ${target.ndim + 1}D input tensors`, shapes);
  }

  private rejectTargets(labels: Tensor): never {
    const values = tolist(labels) as number[];
    throw new TorchError(
      this._get_name(),
      `Target values should be in [0, ${this.n_classes - 1}], but values in range ` +
        `[${Math.min(...values)}, ${Math.max(...values)}] were found. `,
    );
  }

  /** The log probabilities of all classes: [N, n_classes]. */
  log_prob(input: Tensor): Tensor {
    const head = log_softmax(this.head(input), 1);
    const clusters = [...this.tail].map((cluster, i) =>
      add(log_softmax(cluster(input), 1), narrow(head, 1, this.shortlist_size + i, 1)),
    );
    return cat([narrow(head, 1, 0, this.shortlist_size), ...clusters], 1);
  }

  /** The most probable class of each sample, looking into a cluster only where the head prefers one: [N]. */
  predict(input: Tensor): Tensor {
    const best = argmax(this.head(input), 1);
    const rows = reshape(nonzero(ge(best, this.shortlist_size)), [-1]);
    if (rows._numel === 0) return best;
    return index_copy(best, 0, rows, argmax(this.log_prob(index_select(input, 0, rows)), 1));
  }
}
