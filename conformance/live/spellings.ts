import type { NdArray } from "../../reference/array.js";
import type { Call } from "./calls.js";
import type { Spelling } from "./spelling.js";

/**
 * How PyTorch writes the calls of specs whose arguments are not those of the function of their name, or why they are not
 * sent. A spec that is not named here is the function of its name, with its arguments.
 */

type Args = readonly unknown[];
type Named = Readonly<Record<string, unknown>>;

/** A function of torch by positions of the spec's arguments: some positional, the others by name. */
const call =
  (op: string, to: (...args: never[]) => Args, how?: Call["call"]): Spelling =>
  (args) => ({ op: `torch.${op}`, args: (to as (...args: Args) => Args)(...args), ...(how && { how }) });

const F = (op: string, to: (...args: never[]) => Args): Spelling => call(`nn.functional.${op}`, to);
const method = (op: string, to: (...args: never[]) => Args = (...args) => args): Spelling =>
  call(`Tensor.${op}`, to, "method");
const inplace = (op: string, ...more: Args): Spelling =>
  call(`Tensor.${op}`, (...args) => [...args, ...more], "inplace");

/** PyTorch says "all dims" by leaving dim out. */
const orAll = (dim: unknown, named: Named): Args => (dim === null ? [] : [dim, named]);

const alias: Spelling = "an op of the engine, no function of PyTorch";
const sparse: Spelling = "calls have dense arguments; programs and recorded cases have sparse ones";
const cell: Spelling = "its weights come as an object; modules are compared in programs and recorded cases";
const filled: Spelling = "it fills in float32 by PyTorch's vector code, which is compared in recorded cases";

const overallOrDim = (op: string): Spelling =>
  call(op, (x: unknown, dim: unknown, keepdim: unknown) => (dim === null ? [x] : [x, dim, keepdim]));
const reducing = (op: string): Spelling =>
  call(op, (x: unknown, dim: unknown, keepdim: unknown) => [x, ...orAll(dim, { keepdim })]);

const spatial = ({ shape }: NdArray): number => shape.length - 2;
interface Pool {
  kernel: unknown;
  [option: string]: unknown;
}
const pooling = (op: string, more: Named) => (args: Args) => {
  const [x, { kernel, ...o }] = args as [NdArray, Pool];
  return { op: `torch.nn.functional.${op}_pool${spatial(x)}d`, args: [x, kernel, { ...o, ...more }] };
};
const convolution =
  (op: string): Spelling =>
  (args) => ({ op: `torch.nn.functional.${op}${spatial(args[0] as NdArray)}d`, args });

/** Parts of complex numbers in the last dim, as complex numbers. */
function complexOf(x: unknown): NdArray {
  const { shape, dtype, data } = x as NdArray;
  return { shape: shape.slice(0, -1), dtype: dtype === "float64" ? "complex128" : "complex64", data };
}
const ofComplex = (op: string, more: Args = []): Spelling =>
  call(op, (...args: unknown[]) => [...args.map(complexOf), ...more]);

const complexFunctions = Object.fromEntries(
  (
    "square exp log log2 log10 sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid " +
    "sgn abs angle pow"
  )
    .split(" ")
    .map((op) => [`${op} of complex numbers`, ofComplex(op)]),
);

const maskedFunctions = Object.fromEntries(
  "sum prod amax amin mean logsumexp"
    .split(" ")
    .map((op): [string, Spelling] => [
      `masked.${op}`,
      call(`masked.${op}`, (x: unknown, mask: unknown, dim: unknown, keepdim: unknown) => [x, dim, { keepdim, mask }]),
    ]),
);
const maskedAlong = Object.fromEntries(
  "median softmax log_softmax softmin cumsum cumprod"
    .split(" ")
    .map((op): [string, Spelling] => [
      `masked.${op}`,
      call(`masked.${op}`, (x: unknown, mask: unknown, dim: unknown) => [x, dim, { mask }]),
    ]),
);

const MARGIN = 0.37;

export const spellings: Readonly<Record<string, Spelling>> = {
  ...complexFunctions,
  ...maskedFunctions,
  ...maskedAlong,
  ...Object.fromEntries(
    "eq ne lt le gt ge logical_and logical_or logical_xor logical_not"
      .split(" ")
      .map((op) => [`${op}_`, inplace(`${op}_`)]),
  ),
  ...Object.fromEntries(
    "uniform normal log_normal exponential geometric cauchy random bernoulli rrelu"
      .split(" ")
      .map((op) => [op, filled]),
  ),
  "add_scaled of complex numbers": "its factor is complex, which has no spelling among the recorded values",
  "masked.var": call("masked.var", (x: unknown, mask: unknown, dim: unknown, keepdim: unknown) => [
    x,
    dim,
    true,
    { keepdim, mask },
  ]),
  "masked.var with divisor n": call("masked.var", (x: unknown, mask: unknown, dim: unknown, keepdim: unknown) => [
    x,
    dim,
    { unbiased: false, keepdim, mask },
  ]),
  "masked.std": "as masked.var",
  "masked.norm": call("masked.norm", (x: unknown, mask: unknown, dim: unknown, keepdim: unknown) => [
    x,
    3,
    dim,
    { keepdim, mask },
  ]),
  "masked.normalize": call("masked.normalize", (x: unknown, mask: unknown, dim: unknown) => [x, 2, dim, { mask }]),
  _weight_norm: "modules are compared in programs and recorded cases",
  _to_copy: alias,
  alias,
  slice: alias,
  index: "an index of several parts is written by brackets in Python; recorded cases have them",
  index_put: "its value is a number, which only brackets take; recorded cases have them",
  "index_put with accumulate": "some parts are whole dims, which only brackets can say; recorded cases have them",
  copy_: inplace("copy_"),
  fill_: inplace("fill_"),
  relu_: inplace("relu_"),
  elu_: "as elu",
  leaky_relu_: "as leaky_relu",
  hardtanh_: "as hardtanh",
  gelu_tanh: F("gelu", (x: unknown) => [x, { approximate: "tanh" }]),
  threshold: F("threshold", (x: unknown) => [x, 0.15, -2]),
  add_scaled: call("add", (x: unknown, y: unknown, alpha: unknown) => [x, y, { alpha }]),
  trunc_divide: call("div", (x: unknown, y: unknown) => [x, y, { rounding_mode: "trunc" }]),
  div_floor: call("div", (x: unknown, y: unknown) => [x, y, { rounding_mode: "floor" }]),
  view: method("reshape"),
  expand: method("expand"),
  squeeze: call("squeeze", (x: unknown, dim: unknown) => (dim === null ? [x] : [x, dim])),
  unfold: (args) => {
    const ofTensor = typeof args[1] === "number" && args.length === 4;
    return { op: `torch.${ofTensor ? "Tensor" : "nn.functional"}.unfold`, args, ...(ofTensor && { how: "method" }) };
  },
  prod: reducing("prod"),
  all: reducing("all"),
  any: reducing("any"),
  argmax: reducing("argmax"),
  argmin: reducing("argmin"),
  max: overallOrDim("max"),
  min: overallOrDim("min"),
  median: overallOrDim("median"),
  nanmedian: overallOrDim("nanmedian"),
  logsumexp: call("logsumexp", (x: NdArray, dim: unknown, keepdim: unknown) => [
    x,
    dim ?? x.shape.map((_, d) => d),
    keepdim,
  ]),
  norm: call("norm", (x: unknown, dim: unknown, keepdim: unknown, p: unknown) => [x, p, dim, keepdim]),
  frobenius_norm: call("frobenius_norm", (x: unknown, dim: unknown, keepdim: unknown) =>
    dim === null ? [x] : [x, dim, keepdim],
  ),
  unique: call("unique", (x: unknown) => [x, { return_inverse: true, return_counts: true }]),
  unique_dim: call("unique", (x: unknown, dim: unknown) => [x, { return_inverse: true, return_counts: true, dim }]),
  addmm: call("addmm", (c: unknown, x: unknown, y: unknown, beta: unknown, alpha: unknown) => [
    c,
    x,
    y,
    { beta, alpha },
  ]),
  scatter_reduce: call(
    "scatter_reduce",
    (x: unknown, dim: unknown, index: unknown, source: unknown, reduce: unknown, include_self: unknown) => [
      x,
      dim,
      index,
      source,
      reduce,
      { include_self },
    ],
  ),
  quantile: call("quantile", (x: unknown, q: unknown, dim: unknown, keepdim: unknown, interpolation: unknown) => [
    x,
    q,
    dim,
    keepdim,
    { interpolation },
  ]),
  nanquantile: "as quantile",
  gradient: "its spacing is a number or a list, and recorded cases have both",
  trapezoid: call("trapezoid", (y: unknown, dx: unknown, dim: unknown) => [y, { dx, dim }]),
  cumulative_trapezoid: "as trapezoid",
  "trapezoid over x": call("trapezoid", (y: unknown, x: unknown, dim: unknown) => [y, x, { dim }]),
  cross_entropy: F(
    "cross_entropy",
    (x: unknown, target: unknown, weight: unknown, reduction: unknown, label_smoothing: unknown) => [
      x,
      target,
      { weight, reduction, label_smoothing },
    ],
  ),
  hinge_embedding_loss: F("hinge_embedding_loss", (x: unknown, target: unknown, reduction: unknown) => [
    x,
    target,
    { reduction },
  ]),
  margin_ranking_loss: F("margin_ranking_loss", (x: unknown, y: unknown, target: unknown, reduction: unknown) => [
    x,
    y,
    target,
    { reduction },
  ]),
  cosine_embedding_loss: F("cosine_embedding_loss", (x: unknown, y: unknown, target: unknown, reduction: unknown) => [
    x,
    y,
    target,
    { margin: 0.13, reduction },
  ]),
  triplet_margin_loss: F(
    "triplet_margin_loss",
    (a: unknown, p: unknown, n: unknown, order: unknown, swap: unknown, reduction: unknown) => [
      a,
      p,
      n,
      { margin: MARGIN, p: order, swap, reduction },
    ],
  ),
  triplet_margin_with_distance_loss: "it takes a function",
  multi_margin_loss: F(
    "multi_margin_loss",
    (x: unknown, target: unknown, p: unknown, weight: unknown, reduction: unknown) => [
      x,
      target,
      { p, margin: MARGIN, weight, reduction },
    ],
  ),
  poisson_nll_loss: F(
    "poisson_nll_loss",
    (x: unknown, target: unknown, log_input: unknown, full: unknown, eps: unknown, reduction: unknown) => [
      x,
      target,
      { log_input, full, eps, reduction },
    ],
  ),
  gaussian_nll_loss: F(
    "gaussian_nll_loss",
    (x: unknown, target: unknown, variance: unknown, full: unknown, reduction: unknown) => [
      x,
      target,
      variance,
      { full, reduction },
    ],
  ),
  batch_norm: "it writes to running statistics; see the next two",
  "batch_norm without running statistics": F("batch_norm", (x: unknown, weight: unknown, bias: unknown) => [
    x,
    null,
    null,
    weight,
    bias,
    true,
  ]),
  "batch_norm in evaluation":
    "PyTorch's native gradient wants statistics without gradients; modules are compared in programs",
  native_layer_norm: "as layer_norm",
  native_group_norm: "as group_norm",
  native_batch_norm: "as batch_norm",
  max_pool: pooling("max", { return_indices: true }),
  avg_pool: pooling("avg", { count_include_pad: false }),
  fractional_max_pool: "its samples are an argument of the engine",
  convolution: convolution("conv"),
  "transposed convolution": convolution("conv_transpose"),
  "convolution, relu and pooling of a batch side by side": "a sequence of ops",
  "convolution, normalization, relu and pooling of channels side by side": "a sequence of ops",
  constant_pad_nd: call("constant_pad_nd", (...args: unknown[]) => args),
  pad_nd: F("pad", (...args: unknown[]) => args),
  "bernoulli of probabilities": call("bernoulli", (x: unknown) => [x]),
  "normal of deviations": filled,
  dropout: F("dropout", (x: unknown) => [x, 0.4, true]),
  rnn_tanh_layer: cell,
  rnn_relu_layer: cell,
  lstm_layer: cell,
  gru_layer: cell,
  rnn_tanh_cell: cell,
  lstm_cell: cell,
  gru_cell: cell,
  embedding_renorm: "it changes its weight; recorded cases have it",
  arange: "its dtype is fixed by the spec; PyTorch's dtype depends on whether numbers are written with a point",
  linspace: "as arange",
  orthogonal_: "an initialisation; recorded cases have it",
  hamming_window: call("hamming_window", (n: unknown, periodic: unknown) => [n, periodic, 0.5, 0.25]),
  kaiser_window: call("kaiser_window", (n: unknown, periodic: unknown) => [n, periodic, 8]),
  bartlett_window: call("bartlett_window", (n: unknown, periodic: unknown) => [n, periodic]),
  blackman_window: call("blackman_window", (n: unknown, periodic: unknown) => [n, periodic]),
  hann_window: call("hann_window", (n: unknown, periodic: unknown) => [n, periodic]),
  histogramdd: "its result is a named pair with a list; recorded cases have it",
  ctc_loss: "its lengths are typed arrays; recorded cases have it",
  "cdist by a matrix product": "cdist with its default mode",
  "apply_, map_ and map2_": "they take functions",
  coalesce: sparse,
  to_dense: sparse,
  to_sparse: sparse,
  sparse_mask: sparse,
  "sparse.add": sparse,
  "sparse.mul": sparse,
  "sparse.mm": sparse,
  "sparse.sum": sparse,
  "sparse.softmax": sparse,
  "sparse.log_softmax": sparse,
  "sparse.moved": sparse,
  "sparse.sampled_addmm": sparse,
  to_sparse_csr: sparse,
  scaled_dot_product_attention: "it is younger than PyTorch 1.13",
  "gradients of attention": "it is younger than PyTorch 1.13",
};
