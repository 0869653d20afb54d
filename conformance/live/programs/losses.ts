import type { Json } from "../../oracle/values.js";
import { type Choices, float, type Options } from "./choices.js";

/** How a program makes a tensor: a function, and the dims after the batch. */
interface Made {
  readonly fn: string;
  readonly args: readonly Json[];
}

/** A loss of outputs [N, C], and what it is computed from besides them. */
export interface Loss {
  readonly fn: string;
  readonly kwargs: Readonly<Record<string, Json>>;
  /** The option that weighs classes, and its value. */
  readonly weight?: { readonly option: string; readonly made: Made };
  /** Functions that the outputs pass through first. */
  readonly before?: { readonly fn: string; readonly kwargs: Readonly<Record<string, Json>> };
  /** Further arguments, in order. */
  readonly targets: readonly Made[];
  /** A value for each sample, of which the mean is taken. */
  readonly unreduced: boolean;
  /** Whether its gradient jumps somewhere: a line search ends there, where rounding decides on the side. */
  readonly bends: boolean;
}

const normal = (N: number, ...sizes: number[]): Made => ({ fn: "torch.randn", args: [N, ...sizes] });
const uniform = (N: number, ...sizes: number[]): Made => ({ fn: "torch.rand", args: [N, ...sizes] });
const classes = (N: number, C: number): Made => ({ fn: "torch.randint", args: [0, C, [N]] });

interface Kind {
  readonly options?: Options;
  readonly before?: string;
  readonly targets: (N: number, C: number) => readonly Made[];
  /** The option that takes a weight for each class. */
  readonly weight?: "weight" | "pos_weight";
  /** Whether its gradient jumps somewhere. */
  readonly bends?: boolean;
}

const sameShape = (N: number, C: number): readonly Made[] => [normal(N, C)];
const oneClass = (N: number, C: number): readonly Made[] => [classes(N, C)];

const KINDS: Readonly<Record<string, Kind>> = {
  MSELoss: { targets: sameShape },
  L1Loss: { bends: true, targets: sameShape },
  SmoothL1Loss: { options: { beta: [float(0.5)] }, targets: sameShape },
  HuberLoss: { options: { delta: [float(0.5)] }, targets: sameShape },
  SoftMarginLoss: { targets: sameShape },
  HingeEmbeddingLoss: { bends: true, options: { margin: [float(0.5)] }, targets: sameShape },
  BCEWithLogitsLoss: { weight: "pos_weight", targets: (N, C) => [uniform(N, C)] },
  BCELoss: { weight: "weight", before: "Sigmoid", targets: (N, C) => [uniform(N, C)] },
  MultiLabelSoftMarginLoss: { weight: "weight", targets: (N, C) => [uniform(N, C)] },
  KLDivLoss: { options: { log_target: [true] }, before: "LogSoftmax", targets: (N, C) => [uniform(N, C)] },
  PoissonNLLLoss: {
    before: "Tanh", // an exponential of any number leads far away
    options: { log_input: [true], full: [true], eps: [float(1e-3)] },
    targets: (N, C) => [uniform(N, C)],
  },
  GaussianNLLLoss: { options: { full: [true], eps: [float(0.1)] }, targets: (N, C) => [normal(N, C), uniform(N, C)] },
  CrossEntropyLoss: {
    weight: "weight",
    options: { label_smoothing: [float(0.1)], ignore_index: [0] },
    targets: oneClass,
  },
  NLLLoss: { weight: "weight", options: { ignore_index: [1] }, before: "LogSoftmax", targets: oneClass },
  MultiMarginLoss: { weight: "weight", bends: true, options: { p: [2], margin: [float(0.5)] }, targets: oneClass },
  TripletMarginLoss: {
    bends: true,
    options: { margin: [float(0.5)], p: [1, 2], swap: [true] },
    targets: (N, C) => [normal(N, C), normal(N, C)],
  },
  MarginRankingLoss: {
    bends: true,
    options: { margin: [float(0.5)] },
    targets: (N, C) => [normal(N, C), normal(N, C)],
  },
};

/** A loss whose classes are probabilities, or that weighs classes, has more than options of numbers. */
export function loss(c: Choices, N: number, C: number): Loss {
  const name = c.one(...Object.keys(KINDS));
  const { options = {}, before, targets, weight, bends = false } = KINDS[name]!;
  const reduction = c.one("mean", "sum", "none");
  const soft = name === "CrossEntropyLoss" && c.rarely(3);
  const given = c.some(options);
  if (soft) delete given["ignore_index"]; // is for class numbers
  const weighs = weight !== undefined && c.rarely(3);
  return {
    fn: `torch.nn.${name}`,
    ...(weighs ? { weight: { option: weight, made: uniform(C) } } : {}),
    kwargs: { ...given, reduction: name === "KLDivLoss" && c.flag() ? "batchmean" : reduction },
    ...(before === undefined
      ? {}
      : { before: { fn: `torch.nn.${before}`, kwargs: before === "LogSoftmax" ? { dim: 1 } : {} } }),
    targets: soft ? [uniform(N, C)] : targets(N, C),
    unreduced: reduction === "none",
    bends,
  };
}
