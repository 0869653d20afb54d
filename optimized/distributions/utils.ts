import { enable_grad } from "../autograd/grad_mode.js";
import { get_default_dtype } from "../core/dtype.js";
import { ValueError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { arange, broadcast_tensors, finfo, log1p, sigmoid, softmax, sub, tensor } from "../ops/index.js";
import { describe } from "../ops/support.js";

/** Helpers of the distributions: `torch.distributions.utils`. */

/** A parameter as users give it. */
export type Value = number | Tensor;
export type Shape = readonly number[];

export const euler_constant = 0.57721566490153286;

/**
 * All values as tensors of one shape. Numbers take dtype and device of the first tensor, or the default dtype if all are
 * numbers.
 */
export function broadcast_all<const Values extends readonly Value[]>(
  ...values: Values
): { [I in keyof Values]: Tensor } {
  const first = values.find((v) => v instanceof Tensor);
  const options = first === undefined ? { dtype: get_default_dtype() } : { dtype: first.dtype, device: first.device };
  const tensors = values.map((v: unknown) => {
    if (v instanceof Tensor) return v;
    if (typeof v === "number") return tensor(v, options);
    throw new ValueError("broadcast_all", `Input arguments must all be numbers or tensors; got ${describe(v)}`);
  });
  return broadcast_tensors(...tensors) as unknown as { [I in keyof Values]: Tensor };
}

/** Probabilities, of the last dim or of two outcomes each, that belong to log-odds. */
export function logits_to_probs(logits: Tensor, is_binary = false): Tensor {
  return is_binary ? sigmoid(logits) : softmax(logits, -1);
}

/** Log-probabilities; of two outcomes, log-odds. 0 and 1 are moved inside by the epsilon of the dtype. */
export function probs_to_logits(probs: Tensor, is_binary = false): Tensor {
  const clamped = clamp_probs(probs);
  return is_binary ? clamped.log().sub(log1p(clamped.neg())) : clamped.log();
}

/** Probabilities between eps and 1 − eps of their dtype. */
export function clamp_probs(probs: Tensor): Tensor {
  const { eps } = finfo(probs.dtype);
  return probs.clamp({ min: eps, max: 1 - eps });
}

/** Sums over the last `count` dims. */
export function sumRightmost(value: Tensor, count: number): Tensor {
  if (count === 0) return value;
  return value.reshape([...value.shape.slice(0, -count), -1]).sum(-1);
}

/** The lower triangle of matrices, from the diagonal `diag` down, as vectors. */
export function tril_matrix_to_vec(matrix: Tensor, diag = 0): Tensor {
  const n = matrix.shape.at(-1)!;
  if (diag < -n || diag >= n) {
    throw new ValueError("tril_matrix_to_vec", `diag (${diag}) provided is outside [${-n}, ${n - 1}].`);
  }
  return matrix.index("...", trilMask(n, diag, matrix));
}

/** The opposite of `tril_matrix_to_vec`: square matrices with zeros above. */
export function vec_to_tril_matrix(vector: Tensor, diag = 0): Tensor {
  const length = vector.shape.at(-1)!;
  const b = 1 + 2 * diag;
  const size = (-b + Math.sqrt(b ** 2 + 8 * length + 4 * Math.abs(diag) * (diag + 1))) / 2;
  const n = Math.round(size);
  if (n - size > finfo(vector.dtype).eps) {
    throw new ValueError(
      "vec_to_tril_matrix",
      `The size of last dimension is ${length} which cannot be expressed as the lower triangular part of a square ` +
        "D x D matrix.",
    );
  }
  const matrix = vector.new_zeros([...vector.shape.slice(0, -1), n, n]);
  return matrix.index_put_(["...", trilMask(n, diag, vector)], vector);
}

function trilMask(n: number, diag: number, on: Tensor): Tensor {
  const columns = arange(n, { device: on.device });
  return columns.lt(columns.view([-1, 1]).add(diag + 1));
}

const lazyGetters = new WeakSet<() => unknown>();

/**
 * Gives `Class` the property `name`, which `compute` makes when it is first read and which then is an own property of the
 * object. Assigning to it makes it an own property at once. Gradients are recorded, also inside `no_grad`.
 *
 *     declare readonly logits: Tensor;
 *     static {
 *       lazy_property(Bernoulli, "logits", (d) => probs_to_logits(d.probs, true));
 *     }
 */
export function lazy_property<T extends object, K extends keyof T & string>(
  Class: { readonly prototype: T },
  name: K,
  compute: (object: T) => T[K],
): void {
  const own = (object: T, value: T[K]): void => {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  };
  function get(this: T): T[K] {
    const value = enable_grad(() => compute(this));
    own(this, value);
    return value;
  }
  lazyGetters.add(get);
  Object.defineProperty(Class.prototype, name, {
    get,
    set(this: T, value: T[K]) {
      own(this, value);
    },
    configurable: true,
  });
}

/** Whether `name` is made when it is first read. */
export function isLazy(object: object, name: string): boolean {
  for (let o: object | null = Object.getPrototypeOf(object); o !== null; o = Object.getPrototypeOf(o)) {
    const getter = Object.getOwnPropertyDescriptor(o, name)?.get;
    if (getter !== undefined) return lazyGetters.has(getter);
  }
  return false;
}

interface Probabilities {
  readonly probs: Tensor;
  readonly logits: Tensor;
}

/** `probs` and `logits`, each made of the other: of two outcomes, or of the last dim. */
export function lazyParameters(Class: { readonly prototype: Probabilities }, is_binary: boolean): void {
  lazy_property(Class, "probs", (d) => logits_to_probs(d.logits, is_binary));
  lazy_property(Class, "logits", (d) => probs_to_logits(d.probs, is_binary));
}

/** Throws a ValueError unless exactly one of both is given. */
export function expectProbsOrLogits(op: string, probs: unknown, logits: unknown): void {
  if ((probs == null) === (logits == null)) {
    throw new ValueError(op, "Either `probs` or `logits` must be specified, but not both.");
  }
}

/** The logarithm of a number or of a tensor. */
export const logOf = (x: Value): Value => (x instanceof Tensor ? x.log() : Math.log(x));

/** 1 − x. */
export const oneMinus = (x: Tensor): Tensor => sub(1, x);

/** Whether some element is true; whether all are. */
export const anyTrue = (x: Tensor): boolean => Boolean(x.any().item());
export const allTrue = (x: Tensor): boolean => Boolean(x.all().item());
