import * as ref from "../../reference/ops/index.js";
import { apply, applyMulti } from "../autograd/apply.js";
import { type Context, defineOp } from "../autograd/op.js";
import { DtypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { to } from "./copy.js";
import { moveTo } from "./out.js";
import { abs, add, div, eq, mul, sqrt, square, sub, where } from "./pointwise.js";
import {
  type Dims,
  type ReduceAttrs,
  reducedCount,
  reducedDims,
  reducedShape,
  spread,
  wideFloat,
  withDims,
} from "./reduction.js";
import { mean, sum } from "./reduce.js";
import { type Arguments, expectTensor, signature } from "./support.js";

/** Variance and standard deviation. Formulas and special values: reference/ops/reduce.ts. */

interface Attrs extends ReduceAttrs {
  /** The divisor is n − correction. */
  readonly correction: number;
  /** The standard deviation instead of the variance. */
  readonly root: boolean;
}

/** The gradient of the variance v: g_x = 2 (x − mean) / (n − correction) · g_v; of a 0-dim x infinite, as in PyTorch. */
function byVariance(grad: Tensor, x: Tensor, attrs: Attrs): Tensor {
  if (x.shape.length === 0) return mul(grad, Infinity);
  const factor = 2 / (reducedCount(x.shape, attrs.dims) - attrs.correction);
  const centered = sub(x, mean(x, { dim: attrs.dims, keepdim: true }));
  return mul(mul(withDims(grad, x.shape, attrs), factor), centered);
}

/** g_v = g_s / 2s; 0 where the deviation s is 0. */
function byDeviation(grad: Tensor, s: Tensor): Tensor {
  const flat = eq(s, 0);
  return div(where(flat, 0, grad), mul(where(flat, 1, s), 2));
}

function varianceGradient(c: Context<Attrs>, grad: Tensor): Tensor {
  return byVariance(c.attrs.root ? byDeviation(grad, c.out()) : grad, c.in(0), c.attrs);
}

const references = { var: ref.var, std: ref.std };

function varianceOp(name: "var" | "std") {
  return defineOp<[x: Tensor], Attrs>({
    name,
    kernel: "var_mean",
    infer: ([x], attrs) => ({ shape: reducedShape(x.shape, attrs), dtype: x.dtype }),
    write: (b, [out], [x], { dims, correction, root }) => {
      b.address(out!);
      b.number(0);
      b.reduction(x, dims);
      b.number(correction);
      b.flag(root);
    },
    reference: ([x], { dims, correction, keepdim }) => references[name](x, dims, correction, keepdim),
    saves: [name === "std" ? [0, "out0"] : [0]],
    backward: [(c) => varianceGradient(c, c.grad)],
  });
}
const ops = { var: varianceOp("var"), std: varianceOp("std") };

function pairOp(name: "var_mean" | "std_mean") {
  const first = name === "var_mean" ? "var" : "std";
  return defineOp<[x: Tensor], Attrs>({
    name,
    kernel: "var_mean",
    infer: ([x], attrs) => {
      const meta = { shape: reducedShape(x.shape, attrs), dtype: x.dtype };
      return [meta, meta];
    },
    write: (b, [out, average], [x], { dims, correction, root }) => {
      b.address(out!);
      b.address(average!);
      b.reduction(x, dims);
      b.number(correction);
      b.flag(root);
    },
    reference: ([x], { dims, correction, keepdim }) => {
      const average = ref.var_mean(x, dims, correction, keepdim).mean;
      return [references[first](x, dims, correction, keepdim), average];
    },
    saves: [name === "std_mean" ? [0, "out0"] : [0]],
    backward: [
      (c) => {
        const [ofFirst, ofMean] = [c.grads[0]!, c.grads[1]!];
        const shape = c.shape(0);
        const own = ofFirst === null ? null : varianceGradient(c, ofFirst);
        if (ofMean === null) return own;
        const rest = spread(div(ofMean, reducedCount(shape, c.attrs.dims)), shape, c.attrs);
        return own === null ? rest : add(own, rest);
      },
    ],
  });
}
const pairOps = { var: pairOp("var_mean"), std: pairOp("std_mean") };

export interface VarianceOptions {
  dim?: Dims;
  keepdim?: boolean;
  /** The divisor is n − correction: 1 if absent. */
  correction?: number | null;
  /** Whether correction is 1. */
  unbiased?: boolean;
  out?: Tensor | null;
}
export type VarianceArguments = Arguments<
  [dim?: Dims | boolean, unbiased?: boolean, keepdim?: boolean],
  VarianceOptions
>;

type Positional = Omit<VarianceOptions, "dim"> & { dim?: Dims | boolean };

/** The arguments: `var(x, dim, unbiased, keepdim)`, `var(x, unbiased)`, or by name. */
function reader(op: string) {
  const read = signature<Positional>(op, ["dim", "unbiased", "keepdim"], ["correction", "out"]);
  return (input: Tensor, args: readonly unknown[], root: boolean): { attrs: Attrs; out: Tensor | null } => {
    expectTensor(op, "input", input);
    const given = read(args);
    const alone = typeof given.dim === "boolean";
    const unbiased = alone ? (given.dim as boolean) : (given.unbiased ?? true);
    const dim = alone ? null : (given.dim as Dims | undefined);
    if (!input.dtype.is_floating_point && !input.dtype.is_complex) {
      throw new DtypeError(op, `std and var only support floating point and complex dtypes; got ${input.dtype}`);
    }
    const correction = given.correction ?? (unbiased ? 1 : 0);
    const dims = reducedDims(op, dim, input.shape.length);
    return { attrs: { dims, keepdim: given.keepdim ?? false, correction, root }, out: given.out ?? null };
  };
}

/** Of complex numbers: Σ |x − mean|² / (n − correction). */
function complexVariance(x: Tensor, { dims, keepdim, correction, root }: Attrs): Tensor {
  const distance = abs(sub(x, mean(x, { dim: dims, keepdim: true })));
  const squares = sum(square(distance), { dim: dims, keepdim });
  const result = div(squares, Math.max(reducedCount(x.shape, dims) - correction, 0));
  return root ? sqrt(result) : result;
}

function varianceFunction(name: "var" | "std") {
  const read = reader(name);
  return (input: Tensor, ...args: VarianceArguments): Tensor => {
    const { attrs, out } = read(input, args, name === "std");
    if (input.dtype.is_complex) return moveTo(out, name, complexVariance(input, attrs));
    return moveTo(out, name, to(apply(ops[name], [to(input, wideFloat(input.dtype))], attrs), input.dtype));
  };
}

const variance = varianceFunction("var");
/** Σ (x − mean)² / (n − correction) over `dim`. Source: torch.var. */
export { variance as var };
/** √var. Source: torch.std. */
export const std = varianceFunction("std");

function pairFunction(name: "var" | "std") {
  const read = reader(`${name}_mean`);
  return (input: Tensor, ...args: VarianceArguments): [Tensor, Tensor] => {
    const { attrs } = read(input, args, name === "std");
    if (input.dtype.is_complex) {
      return [complexVariance(input, attrs), mean(input, { dim: attrs.dims, keepdim: attrs.keepdim })];
    }
    const [first, average] = applyMulti(pairOps[name], [to(input, wideFloat(input.dtype))], attrs);
    return [to(first!, input.dtype), to(average!, input.dtype)];
  };
}
/** The variance and the mean over `dim`. Source: torch.var_mean. */
export const var_mean = pairFunction("var");
/** The standard deviation and the mean over `dim`. Source: torch.std_mean. */
export const std_mean = pairFunction("std");
