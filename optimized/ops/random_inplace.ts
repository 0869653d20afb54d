import type { DType } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import type { Generator } from "../random/generator.js";
import {
  bernoulliOp,
  cauchyOp,
  drawInplace,
  exponentialOp,
  generatorFor,
  geometricOp,
  logNormalOp,
  normalOp,
  uniformOp,
} from "./random_draw.js";
import { bernoulliFrom_ } from "./random_from.js";
import { type Arguments, expectTensor, signature } from "./support.js";

/** Methods that fill a tensor with random numbers. What they draw: reference/random/sampling.ts. */

export interface GeneratorOption {
  /** The stream to draw from; null is the default generator. */
  generator?: Generator | null;
}

/** The largest finite number; of other dtypes, that of float64. */
export const LARGEST_FLOAT: Partial<Record<string, number>> = {
  float32: 3.4028234663852886e38,
  complex64: 3.4028234663852886e38,
  float16: 65504,
  bfloat16: 3.3895313892515355e38,
};

export function expectDtype(op: string, dtype: DType, holds: boolean, takes: string): void {
  if (!holds) throw new DtypeError(op, `not implemented for '${dtype}': it takes ${takes}`);
}
export const isReal = (dtype: DType) => !dtype.is_complex;

export function expectRule(op: string, holds: boolean, rule: string): void {
  if (!holds) throw new TorchError(op, rule);
}

export interface UniformOptions extends GeneratorOption {
  from?: number;
  to?: number;
}
const readUniform = signature<UniformOptions>("uniform_", ["from", "to"], ["generator"]);
/** Uniform in [from, to). Source: torch.Tensor.uniform_. */
export function uniform_(self: Tensor, ...args: Arguments<[from?: number, to?: number], UniformOptions>): Tensor {
  expectTensor("uniform_", "self", self);
  const { from = 0, to = 1, generator } = readUniform(args);
  checkUniform(self.dtype, from, to);
  return drawInplace(uniformOp, self, { from, to, generator: generatorFor("uniform_", generator, self) });
}

export function checkUniform(dtype: DType, from: number, to: number): void {
  expectDtype("uniform_", dtype, dtype.is_floating_point || dtype.is_complex, "floating and complex dtypes");
  const most = LARGEST_FLOAT[dtype.name] ?? Number.MAX_VALUE;
  for (const [name, bound] of Object.entries({ from, to })) {
    expectRule("uniform_", Math.abs(bound) <= most, `${name} is out of bounds for ${dtype}; got ${bound}`);
  }
  expectRule("uniform_", from <= to, `expects to return a [from, to) range, but found from=${from} > to=${to}`);
  expectRule(
    "uniform_",
    to - from <= most,
    `expects to - from <= ${most}, the largest ${dtype}; got from=${from}, to=${to}`,
  );
}

export interface NormalOptions extends GeneratorOption {
  mean?: number;
  std?: number;
}
const readNormal = signature<NormalOptions>("normal_", ["mean", "std"], ["generator"]);
/** Normal with this mean (0) and standard deviation (1). Source: torch.Tensor.normal_. */
export function normal_(self: Tensor, ...args: Arguments<[mean?: number, std?: number], NormalOptions>): Tensor {
  expectTensor("normal_", "self", self);
  const { mean = 0, std = 1, generator } = readNormal(args);
  checkNormal("normal_", self.dtype, std);
  return drawInplace(normalOp, self, {
    mean,
    std,
    generator: generatorFor("normal_", generator, self),
    paired: !self._contiguous,
  });
}

export function checkNormal(op: string, dtype: DType, std: number): void {
  expectDtype(op, dtype, dtype.is_floating_point || dtype.is_complex, "floating and complex dtypes");
  expectRule(op, std >= 0, `expects std >= 0.0, but found std ${std}`);
}

const readLogNormal = signature<NormalOptions>("log_normal_", ["mean", "std"], ["generator"]);
/** exp of a normal number of this mean (1) and standard deviation (2). Source: torch.Tensor.log_normal_. */
export function log_normal_(self: Tensor, ...args: Arguments<[mean?: number, std?: number], NormalOptions>): Tensor {
  expectTensor("log_normal_", "self", self);
  const { mean = 1, std = 2, generator } = readLogNormal(args);
  expectDtype("log_normal_", self.dtype, self.dtype.is_floating_point, "floating dtypes");
  expectRule("log_normal_", std > 0, `expects std > 0.0, but found std=${std}`);
  return drawInplace(logNormalOp, self, { mean, std, generator: generatorFor("log_normal_", generator, self) });
}

export interface BernoulliOptions extends GeneratorOption {
  p?: number | Tensor;
}
const readBernoulli = signature<BernoulliOptions>("bernoulli_", ["p"], ["generator"]);
/** 1 with probability p (½), a number or a tensor that broadcasts to `self`, else 0. Source: torch.Tensor.bernoulli_. */
export function bernoulli_(self: Tensor, ...args: Arguments<[p?: number | Tensor], BernoulliOptions>): Tensor {
  expectTensor("bernoulli_", "self", self);
  const { p = 0.5, generator } = readBernoulli(args);
  const stream = generatorFor("bernoulli_", generator, self);
  expectDtype("bernoulli_", self.dtype, isReal(self.dtype), "real dtypes");
  if (p instanceof Tensor) return bernoulliFrom_(self, p, stream);
  checkProbability("bernoulli_", p);
  return drawInplace(bernoulliOp, self, { p, generator: stream });
}

export function checkProbability(op: string, p: number): void {
  expectRule(op, p >= 0 && p <= 1, `expects p to be in [0, 1], but got p=${p}`);
}

export interface ExponentialOptions extends GeneratorOption {
  lambd?: number;
}
const readExponential = signature<ExponentialOptions>("exponential_", ["lambd"], ["generator"]);
/** Exponential with rate lambd (1). Source: torch.Tensor.exponential_. */
export function exponential_(self: Tensor, ...args: Arguments<[lambd?: number], ExponentialOptions>): Tensor {
  expectTensor("exponential_", "self", self);
  const { lambd = 1, generator } = readExponential(args);
  expectDtype("exponential_", self.dtype, self.dtype.is_floating_point, "floating dtypes");
  expectRule("exponential_", lambd >= 0, `expects lambda >= 0.0, but found lambda=${lambd}`);
  return drawInplace(exponentialOp, self, { lambd, generator: generatorFor("exponential_", generator, self) });
}

export interface GeometricOptions extends GeneratorOption {
  p?: number;
}
const readGeometric = signature<GeometricOptions>("geometric_", ["p"], ["generator"]);
/** Number of trials up to the first success of probability p. Source: torch.Tensor.geometric_. */
export function geometric_(self: Tensor, ...args: Arguments<[p?: number], GeometricOptions>): Tensor {
  expectTensor("geometric_", "self", self);
  const { p = Number.NaN, generator } = readGeometric(args);
  expectDtype("geometric_", self.dtype, isReal(self.dtype), "real dtypes");
  expectRule("geometric_", p > 0 && p < 1, `expects p to be in (0, 1), but got p=${p}`);
  return drawInplace(geometricOp, self, { p, generator: generatorFor("geometric_", generator, self) });
}

export interface CauchyOptions extends GeneratorOption {
  median?: number;
  sigma?: number;
}
const readCauchy = signature<CauchyOptions>("cauchy_", ["median", "sigma"], ["generator"]);
/** Cauchy with this median (0) and scale (1). Source: torch.Tensor.cauchy_. */
export function cauchy_(self: Tensor, ...args: Arguments<[median?: number, sigma?: number], CauchyOptions>): Tensor {
  expectTensor("cauchy_", "self", self);
  const { median = 0, sigma = 1, generator } = readCauchy(args);
  expectDtype("cauchy_", self.dtype, self.dtype.is_floating_point, "floating dtypes");
  return drawInplace(cauchyOp, self, { median, sigma, generator: generatorFor("cauchy_", generator, self) });
}
