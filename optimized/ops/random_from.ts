import * as ref from "../../reference/random/index.js";
import { apply, applyInplace, checkInplace, checkOverlap } from "../autograd/apply.js";
import { defineOp } from "../autograd/op.js";
import { type DType, float32, float64, int64 } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import type { Generator } from "../random/generator.js";
import { contiguous, copy_, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { type Drawn, memoryOrder, writeTarget } from "./random_draw.js";
import { broadcast } from "./support.js";
import { expand, permute } from "./views.js";

/**
 * Random numbers whose distribution is given by tensors. Their gradients are zeros: a sample does not move with its
 * parameters. Algorithms: reference/random.
 */

const zerosLike = (shape: readonly number[], grad: Tensor) => zerosTensor(shape, grad.dtype, grad.device);

/** Probabilities as the kernel reads them: dense, of the shape of the result, float32 or float64. */
function denseProbabilities(op: string, p: Tensor, shape: readonly number[]): Tensor {
  if (!p.dtype.is_floating_point)
    throw new DtypeError(op, `not implemented for '${p.dtype}': probabilities are floats`);
  return contiguous(expand(to(p, p.dtype === float64 ? float64 : float32), shape));
}

/** Without `self`, the result is a new tensor of `dtype`. */
const bernoulliFromOp = defineOp<[self: Tensor | null, p: Tensor], Drawn & { readonly dtype: DType }>({
  name: "bernoulli",
  kernel: "bernoulli_tensor",
  infer: (_, { dtype }) => ({ shape: _[1].shape, dtype }),
  write: (b, [out], [, p], { generator }) => {
    writeTarget(b, out!, generator);
    b.tensor(p);
  },
  reference: ([, p], { generator, dtype }) => ref.bernoulli_tensor(generator._state, p, dtype.name),
  saves: [[], []],
  backward: (c) => [
    c.needs(0) ? zerosLike(c.shape(0), c.grad) : null,
    c.needs(1) ? zerosLike(c.shape(1), c.grad) : null,
  ],
  elementwise: true,
});

/** 1 with the probability given per element, else 0; of the dtype of `p`. */
export function bernoulliFrom(p: Tensor, generator: Generator): Tensor {
  return apply(bernoulliFromOp, [null, denseProbabilities("bernoulli", p, p.shape)], { generator, dtype: p.dtype });
}

export function bernoulliFrom_(self: Tensor, p: Tensor, generator: Generator): Tensor {
  checkInplace("bernoulli_", self);
  checkOverlap("bernoulli_", self, []);
  const dtype = self.dtype;
  if (self._contiguous) {
    return applyInplace(bernoulliFromOp, self, [self, denseProbabilities("bernoulli_", p, self.shape)], {
      generator,
      dtype,
    });
  }
  const dims = memoryOrder(self);
  const ordered = permute(expand(p, self.shape), dims);
  const drawn = apply(bernoulliFromOp, [null, denseProbabilities("bernoulli_", ordered, ordered.shape)], {
    generator,
    dtype,
  });
  return copy_(
    self,
    permute(
      drawn,
      dims.map((_, d) => dims.indexOf(d)),
    ),
  );
}

interface NormalFromAttrs extends Drawn {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** In place of an absent tensor. */
  readonly mean: number;
  readonly std: number;
}

const normalFromOp = defineOp<[means: Tensor | null, stds: Tensor | null], NormalFromAttrs>({
  name: "normal",
  kernel: "normal_tensor",
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
  write: (b, [out], [means, stds], { generator, mean, std }) => {
    writeTarget(b, out!, generator);
    b.number(mean);
    b.number(std);
    b.tensor(means);
    b.tensor(stds);
  },
  reference: ([means, stds], { generator, mean, std }) =>
    ref.normal_tensor(generator._state, means ?? mean, stds ?? std),
  saves: [[], []],
  backward: (c) => [
    c.needs(0) ? zerosLike(c.shape(0), c.grad) : null,
    c.needs(1) ? zerosLike(c.shape(1), c.grad) : null,
  ],
});

/** Normal numbers with a mean and a standard deviation per element; one of them may be a number. */
export function normalFrom(mean: Tensor | number, std: Tensor | number, generator: Generator): Tensor {
  const like = mean instanceof Tensor ? mean : (std as Tensor);
  const { dtype } = like;
  if (!dtype.is_floating_point)
    throw new DtypeError("normal", `not implemented for '${dtype}': it takes floating dtypes`);
  if (typeof std === "number" && !(std >= 0))
    throw new TorchError("normal", `expects std >= 0.0, but found std ${std}`);
  const shape = mean instanceof Tensor && std instanceof Tensor ? broadcast("normal", mean, std) : like.shape;
  const dense = (x: Tensor | number) => (x instanceof Tensor ? contiguous(expand(to(x, dtype), shape)) : null);
  const numbers = { mean: typeof mean === "number" ? mean : 0, std: typeof std === "number" ? std : 1 };
  return apply(normalFromOp, [dense(mean), dense(std)], { generator, shape, dtype, ...numbers });
}

const poissonOp = defineOp<[rates: Tensor], Drawn>({
  name: "poisson",
  kernel: "poisson",
  infer: ([rates]) => ({ shape: rates.shape, dtype: rates.dtype }),
  write: (b, [out], [rates], { generator }) => {
    writeTarget(b, out!, generator);
    b.tensor(rates);
  },
  reference: ([rates], { generator }) => ref.poisson(generator._state, rates),
  saves: [[]],
  backward: [(c) => zerosLike(c.shape(0), c.grad)],
});

export function poissonFrom(rates: Tensor, generator: Generator): Tensor {
  if (!rates.dtype.is_floating_point)
    throw new DtypeError("poisson", `not implemented for '${rates.dtype}': rates are floats`);
  return apply(poissonOp, [contiguous(rates)], { generator });
}

const binomialOp = defineOp<[count: Tensor, prob: Tensor], Drawn>({
  name: "binomial",
  kernel: "binomial",
  infer: ([count]) => ({ shape: count.shape, dtype: count.dtype }),
  write: (b, [out], [count, prob], { generator }) => {
    writeTarget(b, out!, generator);
    b.tensor(count);
    b.tensor(prob);
  },
  reference: ([count, prob], { generator }) => ref.binomial(generator._state, count, prob),
  saves: [[], []],
  backward: [(c) => zerosLike(c.shape(0), c.grad), (c) => zerosLike(c.shape(1), c.grad)],
});

export function binomialFrom(count: Tensor, prob: Tensor, generator: Generator): Tensor {
  for (const x of [count, prob]) {
    if (x.dtype === float32 || x.dtype === float64) continue;
    throw new DtypeError("binomial", `not implemented for '${x.dtype}': it takes float32 and float64`);
  }
  if (count.dtype !== prob.dtype)
    throw new DtypeError("binomial", `Found dtype ${prob.dtype} but expected ${count.dtype}`);
  const shape = broadcast("binomial", count, prob);
  return apply(binomialOp, [contiguous(expand(count, shape)), contiguous(expand(prob, shape))], { generator });
}

interface MultinomialAttrs extends Drawn {
  readonly samples: number;
  readonly replacement: boolean;
  /** Numbers are drawn down the columns of the weights, which lie so in memory. */
  readonly byColumns: boolean;
}

const multinomialOp = defineOp<[weights: Tensor], MultinomialAttrs>({
  name: "multinomial",
  kernel: "multinomial",
  infer: ([weights], { samples }) => ({ shape: [...weights.shape.slice(0, -1), samples], dtype: int64 }),
  write: (b, [out], [weights], { generator, samples, replacement, byColumns }) => {
    writeTarget(b, out!, generator);
    b.tensor(weights);
    b.number(samples);
    b.flag(replacement);
    b.flag(byColumns);
  },
  reference: ([weights], { generator, samples, replacement, byColumns }) =>
    ref.multinomial(generator._state, weights, samples, replacement, byColumns),
  saves: "nothing",
  backward: { notDifferentiable: "its results are indices" },
});

export function multinomialFrom(weights: Tensor, samples: number, replacement: boolean, generator: Generator): Tensor {
  const { shape, dtype, _strides: strides } = weights;
  const fail = (rule: string) => new TorchError("multinomial", `${rule}; got weights [${shape.join(", ")}]`);
  if (!dtype.is_floating_point)
    throw new DtypeError("multinomial", `only supports floating-point dtypes for input; got ${dtype}`);
  if (shape.length !== 1 && shape.length !== 2) throw fail("prob_dist must be 1 or 2 dim");
  if (!Number.isInteger(samples) || samples <= 0) throw fail(`cannot sample n_sample <= 0 samples: ${samples}`);
  if (!replacement && samples > shape.at(-1)!) {
    throw fail(`cannot sample n_sample > prob_dist.size(-1) samples without replacement: ${samples}`);
  }
  const byColumns = shape.length === 2 && strides[0] === 1 && strides[1] === shape[0] && shape[0]! > 1;
  return apply(multinomialOp, [weights], { generator, samples, replacement, byColumns });
}
