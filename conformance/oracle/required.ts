/**
 * Only optional arguments may be named in tstorch (design.md §2.2), but Python, and so some recorded cases, may name
 * any. Here stand the names of required arguments that cases use, in order: they follow the positional ones.
 */
import { dict, entriesByName, type DictValue, type Value } from "./values.js";

const POOL = ["kernel_size"];
const DIM = ["dim"];

/** By the last part of the path, with or without the underscore of in-place functions. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  AvgPool1d: POOL,
  AvgPool2d: POOL,
  AvgPool3d: POOL,
  LPPool1d: POOL,
  LPPool2d: POOL,
  MaxPool1d: POOL,
  MaxPool2d: POOL,
  MaxPool3d: POOL,
  Unfold: POOL,
  avg_pool1d: POOL,
  avg_pool2d: POOL,
  avg_pool3d: POOL,
  conv2d: ["weight"],
  Fold: POOL,
  max_pool1d: POOL,
  max_pool2d: POOL,
  max_pool3d: POOL,
  max_unpool1d: POOL,
  max_unpool2d: POOL,
  max_unpool3d: POOL,
  cumsum: DIM,
  cumprod: DIM,
  cummax: DIM,
  cummin: DIM,
  logcumsumexp: DIM,
  logsumexp: DIM,
  softmax: DIM,
  log_softmax: DIM,
  softmin: DIM,
  SequentialLR: ["milestones"],
  SWALR: ["swa_lr"],
  custom_from_mask: ["mask"],
  fill: ["value"],
  flip: ["dims"],
  global_unstructured: ["pruning_method"],
  istft: ["n_fft"],
  l1_unstructured: ["amount"],
  ln_structured: ["amount", "n", "dim"],
  LnStructured: ["n"],
  mvlgamma: ["p"],
  pixel_shuffle: ["upscale_factor"],
  pixel_unshuffle: ["downscale_factor"],
  prelu: ["weight"],
  random_structured: ["amount", "dim"],
  random_unstructured: ["amount"],
  repeat_interleave: ["repeats"],
  sparse: ["sparsity"],
  stft: ["n_fft"],
  threshold: ["threshold", "value"],
};

interface Placed {
  readonly args: readonly Value[];
  readonly kwargs: DictValue;
  /** Names that are positional now, and where. */
  readonly placed: ReadonlyMap<string, number>;
}

/** The same call with every required argument in its place. */
export function placeRequired(path: string, args: readonly Value[], kwargs: DictValue): Placed {
  const name = path.slice(path.lastIndexOf(".") + 1).replace(/_$/, "");
  const given = new Map(entriesByName(kwargs));
  const names = (REQUIRED[name] ?? []).filter((required) => given.has(required));
  const placed = new Map(names.map((required, i) => [required, args.length + i]));
  if (names.length === 0) return { args, kwargs, placed };
  const rest = entriesByName(kwargs).filter(([key]) => !placed.has(key));
  return { args: [...args, ...names.map((required) => given.get(required)!)], kwargs: dict(rest), placed };
}
