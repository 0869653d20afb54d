import type { NdArray } from "../array.js";

/** One sequence: the log probabilities of the classes at each step, and the labels to find in it. */
export interface CtcSequence {
  /** Where step t of the sequence starts in the data: the probabilities of its classes lie next to each other. */
  readonly step: (t: number) => number;
  readonly steps: number;
  readonly labels: ArrayLike<number>;
  readonly blank: number;
}

export interface CtcResult {
  /** −log of the probability of the labels; ∞ if they do not fit into the steps. */
  readonly loss: number;
  /** Adds ∂loss/∂log_probs, as PyTorch has it, to an array that lies like the data. */
  readonly addGradient: (gradient: Float64Array) => void;
}

function logAdd(a: number, b: number): number {
  if (a === -Infinity) return b;
  if (b === -Infinity) return a;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}

/**
 * Probability of labels l₁ … l_n, summed over all ways to stretch them to the steps with blanks between them. With
 * l′ = blank, l₁, blank, l₂, … , blank:
 *
 *     α_t(s) = p_t(l′_s) · (α_t−1(s) + α_t−1(s − 1) + α_t−1(s − 2) unless l′_s is blank or l′_s−2)
 *     loss   = −log (α_T(last) + α_T(last − 1))       everything in logarithms
 *
 * The gradient assumes that the log probabilities came out of log_softmax: p_t(c) − the share of the ways through class c
 * at step t. That and the true derivative give the same through log_softmax.
 *
 * Source  torch.nn.functional.ctc_loss; Graves et al. (2006).
 */
export function ctcSequence(data: Float64Array, classes: number, sequence: CtcSequence): CtcResult {
  const { step, steps, labels, blank } = sequence;
  const states = 2 * labels.length + 1;
  const label = (s: number): number => (s % 2 === 0 ? blank : labels[(s - 1) / 2]!);
  const skips = (s: number): boolean => s >= 2 && s % 2 === 1 && label(s) !== label(s - 2);
  const alpha = new Float64Array(steps * states).fill(-Infinity);
  for (let t = 0; t < steps; t++) {
    for (let s = 0; s < states; s++) {
      let ways = t === 0 && s < 2 ? 0 : -Infinity;
      if (t > 0) {
        const before = (t - 1) * states + s;
        ways = alpha[before]!;
        if (s > 0) ways = logAdd(ways, alpha[before - 1]!);
        if (skips(s)) ways = logAdd(ways, alpha[before - 2]!);
      }
      alpha[t * states + s] = ways + data[step(t) + label(s)]!;
    }
  }
  const end = steps * states - 1;
  const none = labels.length === 0 ? 0 : -Infinity;
  const loss = steps === 0 ? -none : -(states > 1 ? logAdd(alpha[end]!, alpha[end - 1]!) : alpha[end]!);

  /** β: the same from the end, without the probability of the step itself. */
  const addGradient = (gradient: Float64Array): void => {
    let beta = new Float64Array(states).fill(-Infinity);
    const through = new Float64Array(classes);
    for (let t = steps - 1; t >= 0; t--) {
      const next = new Float64Array(states).fill(-Infinity);
      for (let s = 0; s < states; s++) {
        if (t === steps - 1) {
          if (s >= states - 2) next[s] = 0;
          continue;
        }
        const after = (to: number) => beta[to]! + data[step(t + 1) + label(to)]!;
        next[s] = after(s);
        if (s + 1 < states) next[s] = logAdd(next[s]!, after(s + 1));
        if (s + 2 < states && skips(s + 2)) next[s] = logAdd(next[s]!, after(s + 2));
      }
      beta = next;
      through.fill(-Infinity);
      for (let s = 0; s < states; s++) {
        const c = label(s);
        through[c] = logAdd(through[c]!, alpha[t * states + s]! + beta[s]!);
      }
      for (let c = 0; c < classes; c++) {
        gradient[step(t) + c]! += Math.exp(data[step(t) + c]!) - Math.exp(through[c]! + loss);
      }
    }
  };
  return { loss, addGradient };
}

/**
 * The losses of the sequences of a batch.
 *
 * Shapes  log_probs: [T, N, C]; targets: a list of labels for each sequence; input_lengths: N → [N]
 */
export function ctc_loss(
  log_probs: NdArray,
  targets: readonly (readonly number[])[],
  input_lengths: readonly number[],
  blank = 0,
): NdArray {
  const [, batch, classes] = log_probs.shape as readonly [number, number, number];
  const losses = targets.map((labels, n) => {
    const step = (t: number) => (t * batch + n) * classes;
    return ctcSequence(log_probs.data, classes, { step, steps: input_lengths[n]!, labels, blank }).loss;
  });
  return { shape: [batch], dtype: log_probs.dtype, data: Float64Array.from(losses) };
}
