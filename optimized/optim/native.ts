import { block, BLOCK_SIZE } from "../backends/block.js";
import { cpu } from "../core/device.js";
import { type DType, float32, float64, realOf } from "../core/dtype.js";
import { cpuKernels } from "../core/native.js";
import { isNonOverlappingAndDense, sameShape } from "../core/strides.js";
import { isSparse } from "../core/sparse_storage.js";
import { Tensor } from "../core/tensor.js";

/** Steps of many parameters in one native call: see native/cpu/optim.h. */

/** How a rule is handed to its kernel in native/cpu. All numbers are computed here, in float64. */
export interface NativeRule<O, S> {
  readonly kernel: string;
  /** What is the same for all parameters of a group. */
  options(o: O): readonly number[];
  /** What differs between parameters: numbers, and the tensors that are read and written besides theta and its gradient. */
  row(state: S, o: O, theta: Tensor): { readonly numbers: readonly number[]; readonly tensors: readonly Tensor[] };
}

interface Row {
  readonly theta: Tensor;
  readonly numbers: readonly number[];
  readonly tensors: readonly Tensor[];
}

/** Collects the parameters of one group that a kernel can step. */
export class Rows<O, S> {
  private readonly byDtype = new Map<DType, Row[]>();
  private readonly kernel: (() => void) | undefined;

  constructor(
    private readonly rule: NativeRule<O, S>,
    private readonly options: O,
  ) {
    this.kernel = cpuKernels[rule.kernel];
  }

  /** Whether the kernel will step this parameter. */
  add(theta: Tensor, grad: Tensor, state: S): boolean {
    const dtype = realOf(theta.dtype);
    if (this.kernel === undefined || (dtype !== float32 && dtype !== float64) || theta.device !== cpu) return false;
    if (!isDense(theta) || !alike(theta, grad)) return false;
    const { numbers, tensors } = this.rule.row(state, this.options, theta);
    if (!tensors.every((t) => alike(theta, t))) return false;
    const rows = this.byDtype.get(dtype);
    const row = { theta, numbers, tensors: [grad, ...tensors] };
    if (rows === undefined) this.byDtype.set(dtype, [row]);
    else rows.push(row);
    return true;
  }

  /** Steps them. */
  run(): void {
    const options = this.rule.options(this.options);
    for (const [dtype, rows] of this.byDtype) {
      const fit = fitPerCall(options.length, 2 + rows[0]!.numbers.length + rows[0]!.tensors.length);
      for (let i = 0; i < rows.length; i += fit) {
        writeRows(dtype, options, rows.slice(i, i + fit));
        this.kernel!();
      }
      for (const { theta } of rows) theta._storage.version++;
    }
  }
}

/** How many rows of `width` numbers fit into the argument block next to the options. */
export function fitPerCall(options: number, width: number): number {
  return Math.floor((BLOCK_SIZE - 2 - options) / width);
}

function writeRows(dtype: DType, options: readonly number[], rows: readonly Row[]): void {
  const b = block.begin();
  b.number(dtype.code);
  b.number(rows.length);
  for (const option of options) b.number(option);
  for (const { theta, numbers, tensors } of rows) {
    b.number(entriesOf(theta));
    for (const number of numbers) b.number(number);
    b.address(theta);
    for (const t of tensors) b.address(t);
  }
}

/** Real numbers in a tensor: complex ones have two each. */
export function entriesOf(t: Tensor): number {
  return t._numel * (t.dtype.is_complex ? 2 : 1);
}

export function isDense(t: Tensor): boolean {
  return t._contiguous || isNonOverlappingAndDense(t.shape, t._strides);
}

/** Whether element i in memory is the same element in both. */
function alike(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || a.device !== b.device || isSparse(b) || !sameShape(a.shape, b.shape)) return false;
  return a._contiguous ? b._contiguous : sameShape(a._strides, b._strides);
}

/** A complex tensor as pairs of real numbers over the same memory; others as they are. */
export function asReal(t: Tensor): Tensor {
  if (!t.dtype.is_complex) return t;
  return new Tensor(t._storage, [...t.shape, 2], [...t._strides.map((s) => 2 * s), 1], 2 * t._offset, realOf(t.dtype));
}

/** The opposite, for a tensor of pairs made by an op. */
export function asComplex(t: Tensor, dtype: DType): Tensor {
  return new Tensor(
    t._storage,
    t.shape.slice(0, -1),
    t._strides.slice(0, -1).map((s) => s / 2),
    t._offset / 2,
    dtype,
  );
}
