import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/ops/index.js";
import { type ComputeOp, defineOp } from "../autograd/op.js";
import { Category, type DType, float32, float64, get_default_dtype, int64 } from "../core/dtype.js";
import { TorchError, TorchTypeError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { fillInto, to } from "./copy.js";
import { zerosTensor } from "./creation.js";
import { type CreationOptions, finish, TENSOR_OPTIONS } from "./creation_options.js";
import { flip } from "./flip.js";
import { from_numpy } from "./from_data.js";
import { moveTo } from "./out.js";
import { pow } from "./pointwise.js";
import { type Arguments, checkOptions, deviceOf, emptyTensor, expectTensor, isOptions, signature } from "./support.js";
import { transfer } from "./transfer.js";
import { item } from "./values.js";
import { unsqueeze } from "./views.js";

/** Sequences of numbers and matrices of ones. Formulas: reference/ops/create.ts. */

interface Range {
  readonly n: number;
  readonly dtype: DType;
  readonly start: number;
  /** Of arange the step, of linspace the last number. */
  readonly other: number;
}

function rangeOp(name: string, reference: (range: Range) => NdArray): ComputeOp<[], Range> {
  return defineOp<[], Range>({
    name,
    kernel: name,
    infer: (_, { n, dtype }) => ({ shape: [n], dtype }),
    write: (b, [out], _, { start, other }) => {
      b.tensor(out!);
      b.number(start);
      b.number(other);
    },
    reference: (_, range) => reference(range),
    saves: "nothing",
    backward: { notDifferentiable: "it has no inputs" },
  });
}
const arangeOp = rangeOp("arange", ({ n, dtype, start, other }) => ({
  shape: [n],
  dtype: dtype.name,
  data: Float64Array.from({ length: n }, (_, i) => start + i * other),
}));
const linspaceOp = rangeOp("linspace", ({ n, dtype, start, other }) => ref.linspace(start, other, n, dtype.name));

function runRange(op: ComputeOp<[], Range>, range: Range, options: CreationOptions | undefined): Tensor {
  const out = emptyTensor([range.n], range.dtype, deviceOf(options));
  if (range.n > 0) op.run(out.device, [out], [], range);
  return moveTo(options?.out, op.name, finish(out, options));
}

/** A 1-d tensor of f(0), f(1), ... */
function fromFunction(n: number, dtype: DType, f: (i: number) => number, options: CreationOptions | undefined): Tensor {
  const values = to(from_numpy(Float64Array.from({ length: n }, (_, i) => f(i))), dtype);
  return transfer(values, deviceOf(options));
}

interface ArangeOptions extends CreationOptions {
  start?: number | bigint;
  end?: number | bigint;
  step?: number | bigint;
}
type RangeArguments = readonly (number | bigint | Tensor | ArangeOptions)[];

interface Bounds {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly integral: boolean;
  readonly options: ArangeOptions | undefined;
}

/** `(end)`, `(start, end)` or `(start, end, step)`, then options, which may name them too. */
function boundsOf(op: string, args: RangeArguments): Bounds {
  const last = args.at(-1);
  const options = isOptions(last) ? (last as ArangeOptions) : undefined;
  if (options !== undefined) checkOptions(op, options, [...TENSOR_OPTIONS, "start", "end", "step"]);
  const given = (options === undefined ? args : args.slice(0, -1)) as readonly (number | bigint | Tensor)[];
  const [first, second, third] = given.map((x) => (x instanceof Tensor ? item(x) : x) as number | bigint);
  const [from, until, by] =
    given.length === 1 && options?.end === undefined ? [0, first, undefined] : [first, second, third];
  const [start, end, step] = [from ?? options?.start ?? 0, until ?? options?.end, by ?? options?.step ?? 1];
  if (end === undefined) throw new TorchTypeError(op, "missing required argument 'end'");
  const numbers = [Number(start), Number(end), Number(step)] as const;
  checkRange(op, ...numbers);
  return { start: numbers[0], end: numbers[1], step: numbers[2], integral: numbers.every(Number.isInteger), options };
}

function checkRange(op: string, start: number, end: number, step: number): void {
  if (step === 0) throw new TorchError(op, "step must be nonzero");
  if (!Number.isFinite(start) || !Number.isFinite(end))
    throw new TorchError(op, `unsupported range: ${start} -> ${end}`);
  if ((end - start) * step < 0) throw new TorchError(op, "upper bound and larger bound inconsistent with step sign");
}

/** Values from start (0) to end, without it, by step (1); int64 if all are integral. Source: torch.arange. */
export function arange(...args: RangeArguments): Tensor {
  const { start, end, step, integral, options } = boundsOf("arange", args);
  const dtype = options?.dtype ?? options?.out?.dtype ?? (integral ? int64 : get_default_dtype());
  const whole = dtype === int64 ? Math.trunc : (value: number) => value;
  const n = Math.ceil((whole(end) - whole(start)) / whole(step));
  const stored = dtype.category === Category.int ? Math.trunc : (value: number) => value;
  return runRange(arangeOp, { n, dtype, start: stored(start), other: stored(step) }, options);
}

/** As `arange`, with the end, and always of the default dtype. Source: torch.range. */
export function range(...args: RangeArguments): Tensor {
  const { start, end, step, options } = boundsOf("range", args);
  const dtype = options?.dtype ?? get_default_dtype();
  const n = Math.floor((end - start) / step) + 1;
  return runRange(arangeOp, { n, dtype, start, other: step }, options);
}

function checkSteps(op: string, steps: number): void {
  if (!(steps >= 0)) throw new TorchError(op, `number of steps must be non-negative; got ${steps}`);
}

/** `steps` evenly spaced values from start to end, both included; computed from the nearer end. Source: torch.linspace. */
export function linspace(start: number, end: number, steps: number, options?: CreationOptions): Tensor {
  if (options !== undefined) checkOptions("linspace", options, TENSOR_OPTIONS);
  checkSteps("linspace", steps);
  const dtype = options?.dtype ?? options?.out?.dtype ?? get_default_dtype();
  const native = dtype === float32 || dtype === float64;
  const made = native ? dtype : float64;
  const ends = dtype.category === Category.int ? [Math.trunc(start), Math.trunc(end)] : [start, end];
  if (native) return runRange(linspaceOp, { n: steps, dtype: made, start: ends[0]!, other: ends[1]! }, options);
  const values = evenly(ends[0]!, ends[1]!, steps);
  return moveTo(options?.out, "linspace", finish(fromFunction(steps, dtype, values, options), options));
}

/** Number i of `steps` evenly spaced ones. */
function evenly(start: number, end: number, steps: number): (i: number) => number {
  const step = (end - start) / (steps - 1);
  if (steps === 1) return () => start;
  return (i) => (i < steps / 2 ? start + step * i : end - step * (steps - i - 1));
}

interface LogspaceOptions extends CreationOptions {
  base?: number;
}
const readLogspace = signature<LogspaceOptions>("logspace", ["base"], TENSOR_OPTIONS as (keyof LogspaceOptions)[]);

/** `base` to the powers that `linspace` gives. Source: torch.logspace. */
export function logspace(
  start: number,
  end: number,
  steps: number,
  ...args: Arguments<[base?: number], LogspaceOptions>
): Tensor {
  const { base = 10, ...options } = readLogspace(args);
  checkSteps("logspace", steps);
  const exponent = evenly(start, end, steps);
  const dtype = options.dtype ?? options.out?.dtype ?? get_default_dtype();
  return moveTo(
    options.out,
    "logspace",
    finish(
      fromFunction(steps, dtype, (i) => base ** exponent(i), options),
      options,
    ),
  );
}

const readEye = signature<CreationOptions & { m?: number | null }>(
  "eye",
  ["m"],
  TENSOR_OPTIONS as (keyof CreationOptions)[],
);

/** Ones on the diagonal of an n × m matrix. Source: torch.eye. */
export function eye(
  n: number,
  ...args: Arguments<[m?: number | null], CreationOptions & { m?: number | null }>
): Tensor {
  const { m, ...options } = readEye(args);
  const cols = m ?? n;
  if (!(n >= 0)) throw new TorchError("eye", `n must be greater or equal to 0, got ${n}`);
  if (!(cols >= 0)) throw new TorchError("eye", `m must be greater or equal to 0, got ${cols}`);
  const dtype = options.dtype ?? options.out?.dtype ?? get_default_dtype();
  const out = zerosTensor([n, cols], dtype, deviceOf(options));
  const diagonal = Math.min(n, cols);
  if (diagonal > 0) fillInto(new Tensor(out._storage, [diagonal], [cols + 1], 0, dtype), 1);
  return moveTo(options.out, "eye", finish(out, options));
}

interface VanderOptions {
  N?: number | null;
  increasing?: boolean;
}
const readVander = signature<VanderOptions>("vander", ["N", "increasing"]);

/** Powers of the elements of x, a row each, falling unless `increasing`. Source: torch.vander. */
export function vander(
  x: Tensor,
  ...args: Arguments<[N?: number | null, increasing?: boolean], VanderOptions>
): Tensor {
  expectTensor("vander", "x", x);
  const { N, increasing = false } = readVander(args);
  if (x.shape.length !== 1)
    throw new TorchError("vander", `x must be a one-dimensional tensor; got shape [${x.shape.join(", ")}]`);
  const n = N ?? x._numel;
  if (n < 0) throw new TorchError("vander", `N must be non-negative; got ${n}`);
  const exponents = arange(n, { device: x.device });
  return pow(unsqueeze(x, 1), increasing ? exponents : flip(exponents, [0]));
}
