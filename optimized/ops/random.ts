import { gradOps } from "../autograd/grad_ops.js";
import { type DType, get_default_dtype, int64 } from "../core/dtype.js";
import { DtypeError, TorchError, TorchTypeError } from "../core/errors.js";
import { sameShape } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { type CreationOptions, empty_like, finish, parseSizes, TENSOR_OPTIONS } from "./creation.js";
import type { OutOption } from "./elementwise.js";
import {
  bernoulliOp,
  drawInto,
  type Drawn,
  type DrawOp,
  generatorFor,
  integersOp,
  normalOp,
  randpermOp,
  uniformOp,
} from "./random_draw.js";
import { bernoulliFrom, binomialFrom, multinomialFrom, normalFrom, poissonFrom } from "./random_from.js";
import { checkNormal, checkProbability, checkUniform, type GeneratorOption } from "./random_inplace.js";
import { type Bound, integersBetween } from "./random_integers.js";
import { type Arguments, deviceOf, emptyTensor, expectTensor, isOptions, signature } from "./support.js";

/**
 * New tensors of random numbers, the same as PyTorch's from the same seed. All take the options of tensor-making functions
 * and `generator`. What they draw: reference/random.
 */

export interface RandomTensorOptions extends CreationOptions, GeneratorOption {}

/** Sizes one by one or as a list, then options. */
export type RandomSizes = readonly (number | readonly number[] | RandomTensorOptions | undefined | null)[];

const OPTIONS = [...TENSOR_OPTIONS, "generator"];

/** Where the numbers go: new memory, or `out`, resized if it does not fit. */
function destination(
  op: string,
  shape: readonly number[],
  dtype: DType | null,
  options: CreationOptions | undefined,
): Tensor {
  const out = options?.out;
  if (out == null) return emptyTensor(shape, options?.dtype ?? dtype ?? get_default_dtype(), deviceOf(options));
  if (options?.dtype != null && options.dtype !== out.dtype) {
    throw new DtypeError(op, `dtype ${options.dtype} does not match dtype of out parameter (${out.dtype})`);
  }
  if (!sameShape(out.shape, shape)) gradOps.resize(out, shape);
  return out;
}

function drawn<A extends Drawn>(op: DrawOp<A>, out: Tensor, attrs: A, options: CreationOptions | undefined): Tensor {
  drawInto(op, out, attrs);
  if (options?.out != null) out._storage.version++;
  return finish(out, options);
}

function uniform(name: string, out: Tensor, options: RandomTensorOptions | undefined): Tensor {
  checkUniform(out.dtype, 0, 1);
  return drawn(uniformOp, out, { generator: generatorFor(name, options?.generator, out), from: 0, to: 1 }, options);
}

function normalNumbers(
  name: string,
  out: Tensor,
  mean: number,
  std: number,
  options: RandomTensorOptions | undefined,
): Tensor {
  checkNormal(name, out.dtype, std);
  const generator = generatorFor(name, options?.generator, out);
  return drawn(normalOp, out, { generator, mean, std, paired: !out._contiguous }, options);
}

/** Uniform in [0, 1). Source: torch.rand. */
export function rand(...size: RandomSizes): Tensor {
  const [shape, options] = parseSizes("rand", size, OPTIONS);
  return uniform("rand", destination("rand", shape, null, options), options);
}

/** Standard normal. Source: torch.randn. */
export function randn(...size: RandomSizes): Tensor {
  const [shape, options] = parseSizes("randn", size, OPTIONS);
  return normalNumbers("randn", destination("randn", shape, null, options), 0, 1, options);
}

export interface RandintOptions extends RandomTensorOptions {
  low?: Bound;
  high?: Bound;
  size?: readonly number[];
}

function integers(
  name: string,
  out: Tensor,
  low: Bound,
  high: Bound,
  options: RandomTensorOptions | undefined,
): Tensor {
  const attrs = integersBetween(name, out.dtype, low, high);
  return drawn(integersOp, out, { ...attrs, generator: generatorFor(name, options?.generator, out) }, options);
}

/** Integers in [low, high), int64: `randint(high, size)` or `randint(low, high, size)`. Source: torch.randint. */
export function randint(...args: readonly (Bound | readonly number[] | RandintOptions | undefined | null)[]): Tensor {
  const sized = args.findIndex((arg) => Array.isArray(arg));
  const bounds = args.filter((arg) => typeof arg === "number" || typeof arg === "bigint");
  const last = args.at(-1);
  const options: RandintOptions = isOptions(last) ? last : {};
  const { low, high, size, ...others } = options;
  const shape = sized >= 0 ? (args[sized] as readonly number[]) : size;
  const [from, end] = bounds.length === 2 ? bounds : [low ?? 0, bounds[0] ?? high];
  if (shape === undefined || end === undefined || (sized >= 0 && sized !== bounds.length)) {
    throw new TorchTypeError("randint", "expected (high, size) or (low, high, size), with the size as a list");
  }
  const [sizes] = parseSizes("randint", [shape, others], OPTIONS);
  return integers("randint", destination("randint", sizes, int64, options), from!, end, options);
}

/** The largest n of randperm where the dtype bounds it: PyTorch wants n itself to fit in an integer. */
const PERMUTABLE: Partial<Record<string, number>> = {
  uint8: 255,
  int8: 127,
  int16: 32767,
  int32: 2147483647,
  float16: 2 ** 11 + 1,
  bfloat16: 2 ** 8 + 1,
  float32: 2 ** 24 + 1,
};

/** The numbers 0..n-1 in random order, int64. Source: torch.randperm. */
export function randperm(n: number, options?: RandomTensorOptions): Tensor {
  const [shape] = parseSizes("randperm", [n, options ?? {}], OPTIONS);
  const out = destination("randperm", shape, int64, options);
  const { dtype } = out;
  if (dtype.is_complex || dtype.name === "bool") throw new DtypeError("randperm", `not implemented for '${dtype}'`);
  if (n > (PERMUTABLE[dtype.name] ?? Infinity)) throw new TorchError("randperm", `n = ${n} does not fit in ${dtype}`);
  return drawn(randpermOp, out, { generator: generatorFor("randperm", options?.generator, out) }, options);
}

function like(op: string, input: Tensor, options: RandomTensorOptions | undefined): Tensor {
  expectTensor(op, "input", input);
  const { generator: _, requires_grad: __, ...others } = options ?? {};
  return empty_like(input, others);
}

/** As `rand`, with the shape, dtype, device and order in memory of `input`. Source: torch.rand_like. */
export function rand_like(input: Tensor, options?: RandomTensorOptions): Tensor {
  return uniform("rand_like", like("rand_like", input, options), options);
}

/** As `randn`, with the shape, dtype, device and order in memory of `input`. Source: torch.randn_like. */
export function randn_like(input: Tensor, options?: RandomTensorOptions): Tensor {
  return normalNumbers("randn_like", like("randn_like", input, options), 0, 1, options);
}

/** As `randint`, like `input`: `randint_like(input, high)` or `randint_like(input, low, high)`. Source: torch.randint_like. */
export function randint_like(
  input: Tensor,
  low: Bound | RandintOptions,
  high?: Bound | RandintOptions | null,
  options?: RandintOptions,
): Tensor {
  const given = [low, high, options].find(isOptions) as RandintOptions | undefined;
  const bounds = [low, high].filter((bound) => typeof bound === "number" || typeof bound === "bigint");
  const [from, end] = bounds.length === 2 ? bounds : [given?.low ?? 0, bounds[0] ?? given?.high];
  if (end === undefined) throw new TorchTypeError("randint_like", "expected (input, high) or (input, low, high)");
  const { low: _, high: __, ...others } = given ?? {};
  return integers("randint_like", like("randint_like", input, others), from!, end, others);
}

export interface SampleOptions extends GeneratorOption, OutOption {}
const SAMPLE = ["generator", "out"] as const;

/** The result in `out`, if that is given. */
function into(op: string, result: Tensor, out: Tensor | null | undefined): Tensor {
  if (out == null) return result;
  if (out.dtype !== result.dtype) throw new DtypeError(op, `the result is ${result.dtype}, but out is ${out.dtype}`);
  if (!sameShape(out.shape, result.shape)) gradOps.resize(out, result.shape);
  gradOps.copyInto(out, result);
  out._storage.version++;
  return out;
}

export interface BernoulliFunctionOptions extends SampleOptions {
  p?: number;
}
const readBernoulli = signature<BernoulliFunctionOptions>("bernoulli", ["p"], SAMPLE);
/** 1 with the probability that `input` has there, else 0; with `p`, that probability everywhere. Source: torch.bernoulli. */
export function bernoulli(input: Tensor, ...args: Arguments<[p?: number], BernoulliFunctionOptions>): Tensor {
  expectTensor("bernoulli", "input", input);
  const { p, generator, out } = readBernoulli(args);
  const stream = generatorFor("bernoulli", generator, input);
  if (p == null) return into("bernoulli", bernoulliFrom(input, stream), out);
  checkProbability("bernoulli", p);
  const result = emptyTensor(input.shape, input.dtype, input.device);
  drawInto(bernoulliOp, result, { generator: stream, p });
  return into("bernoulli", result, out);
}

export interface MultinomialOptions extends SampleOptions {
  num_samples?: number;
  replacement?: boolean;
}
const readMultinomial = signature<MultinomialOptions>("multinomial", ["num_samples", "replacement"], SAMPLE);
/**
 * `num_samples` indices per row, with probabilities proportional to the weights in the row. Rules and errors:
 * reference/random/sampling.ts. Source: torch.multinomial.
 */
export function multinomial(
  input: Tensor,
  ...args: Arguments<[num_samples: number, replacement?: boolean], MultinomialOptions>
): Tensor {
  expectTensor("multinomial", "input", input);
  const { num_samples, replacement = false, generator, out } = readMultinomial(args);
  if (num_samples === undefined) throw new TorchTypeError("multinomial", "missing required argument 'num_samples'");
  const stream = generatorFor("multinomial", generator, input);
  return into("multinomial", multinomialFrom(input, num_samples, replacement, stream), out);
}

export interface NormalFunctionOptions extends RandomTensorOptions {
  mean?: number | Tensor;
  std?: number | Tensor;
  size?: readonly number[];
}
const readNormal = signature<NormalFunctionOptions>("normal", ["mean", "std", "size"], [
  ...TENSOR_OPTIONS,
  "generator",
] as never);
/**
 * Normal numbers: `normal(means, stds)`, where one may be a number (std is 1 if left out), or `normal(mean, std, size)`
 * with two numbers. Source: torch.normal.
 */
export function normal(
  ...args: Arguments<[mean: number | Tensor, std?: number | Tensor, size?: readonly number[]], NormalFunctionOptions>
): Tensor {
  const { mean, std = 1, size, ...options } = readNormal(args);
  if (mean === undefined) throw new TorchTypeError("normal", "missing required argument 'mean'");
  if (mean instanceof Tensor || std instanceof Tensor) {
    const on = mean instanceof Tensor ? mean : (std as Tensor);
    return into("normal", normalFrom(mean, std, generatorFor("normal", options.generator, on)), options.out);
  }
  if (size === undefined) throw new TorchTypeError("normal", "two numbers need a size: normal(mean, std, size)");
  const [shape] = parseSizes("normal", [size]);
  return normalNumbers("normal", destination("normal", shape, null, options), mean, std, options);
}

/** Poisson numbers, one for each rate in `input`. Source: torch.poisson. */
export function poisson(input: Tensor, options: GeneratorOption = {}): Tensor {
  expectTensor("poisson", "input", input);
  return poissonFrom(input, generatorFor("poisson", options.generator, input));
}

/** Successes among `count` trials of probability `prob`, element by element. Source: torch.binomial. */
export function binomial(count: Tensor, prob: Tensor, options: GeneratorOption = {}): Tensor {
  expectTensor("binomial", "count", count);
  expectTensor("binomial", "prob", prob);
  return binomialFrom(count, prob, generatorFor("binomial", options.generator, count));
}
