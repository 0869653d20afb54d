/** Shape and stride arithmetic. Strides count elements. */

const RANK1: readonly number[] = [1];
const RANK0: readonly number[] = [];

export function numelOf(shape: readonly number[]): number {
  let n = 1;
  for (let d = 0; d < shape.length; d++) n *= shape[d]!;
  return n;
}

/** `list` without its entry `at`. Shapes are short: toSpliced takes several times as long. */
export function without(list: readonly number[], at: number): number[] {
  const rest: number[] = [];
  for (let i = 0; i < list.length; i++) if (i !== at) rest.push(list[i]!);
  return rest;
}

/** `list` with `value` in front of its entry `at`. */
export function inserted(list: readonly number[], at: number, value: number): number[] {
  const longer: number[] = [];
  for (let i = 0; i <= list.length; i++) {
    if (i === at) longer.push(value);
    if (i < list.length) longer.push(list[i]!);
  }
  return longer;
}

/** Row-major strides as PyTorch computes them: a size of 0 counts as 1. */
export function contiguousStrides(shape: readonly number[]): readonly number[] {
  const rank = shape.length;
  if (rank === 1) return RANK1;
  if (rank === 0) return RANK0;
  const strides = new Array<number>(rank);
  let step = 1;
  for (let d = rank - 1; d >= 0; d--) {
    strides[d] = step;
    const size = shape[d]!;
    if (size > 1) step *= size;
  }
  return strides;
}

/** Whether elements lie in row-major order without gaps; dims of size 1 do not matter. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d]!;
    if (size === 0) return true;
    if (size !== 1) {
      if (strides[d] !== step) return false;
      step *= size;
    }
  }
  return true;
}

/** The order of dims, outermost first, of channels_last memory with `rank` 4 or 5. */
function channelsLastOrder(rank: number): number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

export function channelsLastStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (const d of channelsLastOrder(shape.length).reverse()) {
    strides[d] = step;
    step *= Math.max(shape[d]!, 1);
  }
  return strides;
}

export function isChannelsLast(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.length !== 4 && shape.length !== 5) return false;
  let step = 1;
  for (const d of channelsLastOrder(shape.length).reverse()) {
    if (shape[d] !== 1) {
      if (strides[d] !== step) return false;
      step *= shape[d]!;
    }
  }
  return true;
}

/** Whether two elements never share memory and the elements fill one block, in any order of dims. */
export function isNonOverlappingAndDense(shape: readonly number[], strides: readonly number[]): boolean {
  const order = shape.map((_, d) => d).filter((d) => shape[d] !== 1);
  order.sort((a, b) => strides[a]! - strides[b]!);
  let step = 1;
  for (const d of order) {
    if (strides[d] !== step) return false;
    step *= shape[d]!;
  }
  return true;
}

/** Strides of a dense copy that keeps the order of dims of `strides`; row-major if the source is not dense. */
export function preservedStrides(shape: readonly number[], strides: readonly number[]): readonly number[] {
  if (isContiguous(shape, strides)) return contiguousStrides(shape);
  if (isNonOverlappingAndDense(shape, strides)) return strides;
  const order = shape.map((_, d) => d);
  // Stable: dims of equal stride (expanded ones among them) keep their row-major order.
  order.sort((a, b) => strides[b]! - strides[a]! || a - b);
  if (strides.some((s, d) => s === 0 && shape[d] !== 1)) return contiguousStrides(shape);
  const result = new Array<number>(shape.length);
  let step = 1;
  for (const d of order.reverse()) {
    result[d] = step;
    step *= Math.max(shape[d]!, 1);
  }
  return result;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  const rank = a.length;
  if (rank !== b.length) return false;
  for (let d = 0; d < rank; d++) if (a[d] !== b[d]) return false;
  return true;
}

/** The shape to which `a` and `b` broadcast, or null if they do not. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] | null {
  if (sameShape(a, b) || b.length === 0) return a;
  if (a.length === 0) return b;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let d = 1; d <= rank; d++) {
    const x = d <= a.length ? a[a.length - d]! : 1;
    const y = d <= b.length ? b[b.length - d]! : 1;
    if (x !== y && x !== 1 && y !== 1) return null;
    out[rank - d] = x === 1 ? y : x;
  }
  return out;
}

/** Strides with which a tensor of `shape` is read as if it had the shape `to`: 0 where it is stretched. */
export function broadcastStrides(
  shape: readonly number[],
  strides: readonly number[],
  to: readonly number[],
): readonly number[] {
  if (sameShape(shape, to)) return strides;
  const lead = to.length - shape.length;
  return to.map((size, d) => (d < lead || (shape[d - lead] === 1 && size !== 1) ? 0 : strides[d - lead]!));
}

/** The strides of a view of `shape` over the same memory, or null if only a copy can have that shape. */
export function viewStrides(
  from: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): readonly number[] | null {
  if (isContiguous(from, strides)) return contiguousStrides(shape);
  const result = new Array<number>(shape.length);
  let v = shape.length - 1;
  let step = strides.at(-1) ?? 1; // of the run of memory that ends at the current dim
  let run = 1; // elements in that run
  let filled = 1; // elements of it that dims of the new shape cover
  for (let d = from.length - 1; d >= 0; d--) {
    run *= from[d]!;
    if (d > 0 && (from[d - 1] === 1 || strides[d - 1] === run * step)) continue;
    while (v >= 0 && (filled < run || shape[v] === 1)) {
      result[v] = filled * step;
      filled *= shape[v]!;
      v--;
    }
    if (filled !== run) return null;
    if (d > 0) step = strides[d - 1]!;
    run = 1;
    filled = 1;
  }
  return v < 0 ? result : null;
}
