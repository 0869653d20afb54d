import { ShapeError, TorchError, ValueError } from "../core/errors.js";
import { numelOf } from "../core/strides.js";
import { Tensor } from "../core/tensor.js";
import { bmm, mm } from "./matmul.js";
import { mul } from "./pointwise.js";
import { sum } from "./reduce.js";
import { expectTensor, normalizeDim } from "./support.js";
import { as_strided } from "./strided_views.js";
import { permute, reshape, unsqueeze } from "./views.js";

/**
 * Sums of products over named or listed dims: einsum, tensordot, kron, chain_matmul. All of them bring their factors
 * into the shapes of one batched matrix product.
 */

const OP = "einsum";
/** Labels of the dims of "...", counted from the last one, sort before letters. */
const ellipsisLabel = (fromEnd: number): string => `.${String(1000 - fromEnd)}`;

interface Equation {
  readonly operands: readonly (readonly string[])[];
  /** Labels of the output; null if the equation has no "->". */
  readonly output: readonly string[] | null;
}

/** "ij,j...->i..." as labels; "..." stays one entry. */
function parse(text: string): Equation {
  const [left, right, more] = text.replaceAll(" ", "").split("->");
  if (more !== undefined) throw new TorchError(OP, `the equation '${text}' has more than one '->'`);
  return { operands: left!.split(",").map(labelsOf), output: right === undefined ? null : labelsOf(right) };
}

function labelsOf(part: string): string[] {
  const labels: string[] = part.match(/\.\.\.|./g) ?? [];
  labels.forEach((label, i) => {
    if (label !== "..." && !/[a-zA-Z]/.test(label)) {
      throw new TorchError(
        OP,
        `invalid subscript '${label}' at position ${i} of '${part}': subscripts must be in [a-zA-Z]`,
      );
    }
  });
  if (labels.indexOf("...") !== labels.lastIndexOf("...")) throw new TorchError(OP, `found '...' twice in '${part}'`);
  return labels;
}

/** Dims of "..." named: they are aligned at the right. */
function expandEllipsis(labels: readonly string[], count: number): string[] {
  return labels.flatMap((label) =>
    label === "..." ? Array.from({ length: count }, (_, i) => ellipsisLabel(count - i)) : [label],
  );
}

/** `x` with one dim per label: dims with the same label become their diagonal. */
function withoutRepeats(x: Tensor, labels: readonly string[], operand: number): [Tensor, string[]] {
  const distinct = [...new Set(labels)];
  if (distinct.length === labels.length) return [x, distinct];
  const size = distinct.map((label) => x.shape[labels.indexOf(label)]!);
  const stride = distinct.map(() => 0);
  labels.forEach((label, d) => {
    const at = distinct.indexOf(label);
    if (x.shape[d] !== size[at]) {
      throw new ShapeError(
        OP,
        `subscript ${label} is repeated for operand ${operand} but the sizes ${x.shape[d]} and ${size[at]} differ`,
      );
    }
    stride[at]! += x._strides[d]!;
  });
  return [as_strided(x, size, stride, x._offset), distinct];
}

/** Dims in the order of `order`; labels that `x` does not have become dims of size 1. */
function arranged(x: Tensor, labels: readonly string[], order: readonly string[]): Tensor {
  const own = order.filter((label) => labels.includes(label));
  let result = permute(
    x,
    own.map((label) => labels.indexOf(label)),
  );
  order.forEach((label, d) => {
    if (!labels.includes(label)) result = unsqueeze(result, d);
  });
  return result;
}

/** Sums of products of `a` and `b`, whose dims correspond, over `dims`, which stay as dims of size 1. */
function contractPair(a: Tensor, b: Tensor, dims: readonly number[]): Tensor {
  const only = (x: Tensor, y: Tensor) => dims.filter((d) => x.shape[d] !== 1 && y.shape[d] === 1);
  const left = summed(a, only(a, b));
  const right = summed(b, only(b, a));
  const inner = dims.filter((d) => left.shape[d] !== 1);
  if (inner.length === 0) return mul(left, right);
  const kept = left.shape.map((_, d) => d).filter((d) => !inner.includes(d));
  const batch = kept.filter((d) => left.shape[d] !== 1 && right.shape[d] !== 1);
  const rows = kept.filter((d) => !batch.includes(d) && right.shape[d] === 1);
  const columns = kept.filter((d) => !batch.includes(d) && !rows.includes(d));
  const sizes = (x: Tensor, which: readonly number[]) => which.map((d) => x.shape[d]!);
  const count = (x: Tensor, which: readonly number[]) => numelOf(sizes(x, which));
  const matrix = (x: Tensor, first: readonly number[], second: readonly number[], rest: readonly number[]) =>
    reshape(permute(x, [...batch, ...first, ...second, ...rest]), [
      ...(batch.length === 0 ? [] : [count(x, batch)]),
      count(x, first),
      count(x, second),
    ]);
  const x = matrix(left, rows, inner, columns);
  const y = matrix(right, inner, columns, rows);
  const product = batch.length === 0 ? mm(x, y) : bmm(x, y);
  const order = [...batch, ...rows, ...columns, ...inner];
  const shape = [...sizes(left, batch), ...sizes(left, rows), ...sizes(right, columns), ...inner.map(() => 1)];
  return permute(
    reshape(product, shape),
    order.map((_, d) => order.indexOf(d)),
  );
}

function summed(x: Tensor, dims: readonly number[]): Tensor {
  return dims.length === 0 ? x : sum(x, dims, true);
}

function checkCounts(equation: Equation, tensors: readonly Tensor[]): void {
  const wanted = equation.operands.length;
  if (tensors.length !== wanted) {
    const which = tensors.length < wanted ? "fewer" : "more";
    throw new TorchError(
      OP,
      `${which} operands were provided (${tensors.length}) than specified in the equation (${wanted})`,
    );
  }
  equation.operands.forEach((labels, i) => {
    const rank = tensors[i]!.shape.length;
    const named = labels.filter((label) => label !== "...").length;
    if (labels.includes("...") ? named > rank : named !== rank) {
      throw new ShapeError(
        OP,
        `the number of subscripts in the equation (${named}) does not match the number of dimensions (${rank}) for operand ${i}`,
        {
          operand: tensors[i]!.shape,
        },
      );
    }
  });
}

/** Throws unless the sizes of each label are equal or 1. */
function checkSizes(all: readonly (readonly string[])[], tensors: readonly Tensor[]): void {
  const seen = new Map<string, number>();
  all.forEach((labels, i) =>
    labels.forEach((label, d) => {
      const size = tensors[i]!.shape[d]!;
      const before = seen.get(label) ?? 1;
      if (size !== 1 && before !== 1 && size !== before) {
        throw new ShapeError(
          OP,
          `subscript ${label} has size ${size} for operand ${i} which does not broadcast with previously seen size ${before}`,
        );
      }
      if (size !== 1 || !seen.has(label)) seen.set(label, size === 1 ? before : size);
    }),
  );
}

/** Labels of the output: as written, or those that occur once, "..." first, then in alphabetical order. */
function outputLabels(equation: Equation, all: readonly (readonly string[])[], ellipsis: number): string[] {
  const every = all.flat();
  if (equation.output === null) {
    const once = [...new Set(every)].filter((l) => l.startsWith(".") || every.filter((m) => m === l).length === 1);
    return once.sort((x, y) => (x < y ? -1 : 1));
  }
  const output = expandEllipsis(equation.output, ellipsis);
  output.forEach((label, i) => {
    if (output.indexOf(label) !== i)
      throw new TorchError(OP, `output subscript ${label} appears more than once in the output`);
    if (!every.includes(label)) {
      throw new TorchError(OP, `output subscript ${label} does not appear in the equation for any input operand`);
    }
  });
  return output;
}

function contract(equation: Equation, tensors: readonly Tensor[]): Tensor {
  checkCounts(equation, tensors);
  const ellipsis = Math.max(
    0,
    ...equation.operands.map((l, i) => (l.includes("...") ? tensors[i]!.shape.length - l.length + 1 : 0)),
  );
  const named = equation.operands.map((labels, i) =>
    expandEllipsis(labels, tensors[i]!.shape.length - labels.length + 1),
  );
  const output = outputLabels(equation, named, ellipsis);
  const pairs = tensors.map((x, i) => withoutRepeats(x, named[i]!, i));
  checkSizes(
    pairs.map(([, labels]) => labels),
    pairs.map(([x]) => x),
  );
  const order = [...output, ...new Set(named.flat().filter((label) => !output.includes(label)))];
  const factors = pairs.map(([x, labels]) => arranged(x, labels, order));
  const lastUse = order.map((label) => pairs.findLastIndex(([, labels]) => labels.includes(label)));
  const dimsAfter = (i: number) => order.map((_, d) => d).filter((d) => d >= output.length && lastUse[d] === i);
  let result = summed(factors[0]!, dimsAfter(0));
  for (let i = 1; i < factors.length; i++) result = contractPair(result, factors[i]!, dimsAfter(i));
  return reshape(result, result.shape.slice(0, output.length));
}

type Sublist = readonly (number | string)[];

/** Operands each followed by the list of its subscripts (0-51, "..."), then maybe that of the output. */
function fromSublists(args: readonly (Tensor | Sublist)[]): [Equation, Tensor[]] {
  const letter = (n: number | string): string => {
    if (n === "...") return n;
    if (typeof n !== "number" || !Number.isInteger(n) || n < 0 || n > 51) {
      throw new ValueError(OP, `subscripts in a list must be integers in [0, 52) or "..."; got ${n}`);
    }
    return String.fromCharCode(n < 26 ? 65 + n : 71 + n);
  };
  const tensors: Tensor[] = [];
  const lists: string[][] = [];
  for (const arg of args) {
    if (arg instanceof Tensor) tensors.push(arg);
    else lists.push(arg.map(letter));
  }
  return [{ operands: lists.slice(0, tensors.length), output: lists[tensors.length] ?? null }, tensors];
}

/**
 * Σ over the subscripts that are not in the output, of products of elements with these subscripts: "ij,jk->ik" is the
 * matrix product. "..." stands for dims that broadcast, a repeated subscript takes the diagonal. Factors are multiplied
 * from left to right. Source: torch.einsum.
 */
export function einsum(
  equation: string | Tensor,
  ...operands: readonly (Tensor | readonly Tensor[] | Sublist)[]
): Tensor {
  if (equation instanceof Tensor) return contract(...fromSublists([equation, ...(operands as (Tensor | Sublist)[])]));
  const tensors = (Array.isArray(operands[0]) ? operands[0] : operands) as readonly Tensor[];
  for (const x of tensors) expectTensor(OP, "operand", x);
  return contract(parse(equation), tensors);
}

/**
 * Sums over pairs of dims: the last `dims` of a and the first of b, or those of two lists. Source: torch.tensordot.
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  dims:
    | number
    | readonly [readonly number[], readonly number[]]
    | { dims?: number | readonly [readonly number[], readonly number[]] } = 2,
): Tensor {
  expectTensor("tensordot", "a", a);
  expectTensor("tensordot", "b", b);
  const given =
    typeof dims === "object" && "dims" in dims
      ? (dims.dims ?? 2)
      : (dims as number | readonly [readonly number[], readonly number[]]);
  const [left, right] = contractedDims(a, b, given);
  const free = (x: Tensor, used: readonly number[]) => x.shape.map((_, d) => d).filter((d) => !used.includes(d));
  const [rows, columns] = [free(a, left), free(b, right)];
  const size = numelOf(left.map((d) => a.shape[d]!));
  const x = reshape(permute(a, [...rows, ...left]), [numelOf(rows.map((d) => a.shape[d]!)), size]);
  const y = reshape(permute(b, [...right, ...columns]), [size, numelOf(columns.map((d) => b.shape[d]!))]);
  return reshape(mm(x, y), [...rows.map((d) => a.shape[d]!), ...columns.map((d) => b.shape[d]!)]);
}

function contractedDims(
  a: Tensor,
  b: Tensor,
  dims: number | readonly [readonly number[], readonly number[]],
): [number[], number[]] {
  if (typeof dims === "number") {
    if (dims < 0) throw new TorchError("tensordot", `expects dims >= 0, but got dims=${dims}`);
    if (dims > Math.min(a.shape.length, b.shape.length)) {
      throw new TorchError("tensordot", `expects dims < ndim_a or ndim_b, but got dims=${dims}`);
    }
    const count = Array.from({ length: dims }, (_, i) => i);
    return contractedDims(a, b, [count.map((i) => i - dims), count]);
  }
  const [first, second] = dims;
  if (first.length !== second.length) {
    throw new TorchError("tensordot", "both dimension lists should have same length");
  }
  const left = first.map((d) => normalizeDim("tensordot", d, a.shape.length));
  const right = second.map((d) => normalizeDim("tensordot", d, b.shape.length));
  left.forEach((d, i) => {
    if (a.shape[d] !== b.shape[right[i]!]) {
      throw new ShapeError(
        "tensordot",
        `contracted dimensions need to match, but first has size ${a.shape[d]} in dim ${d} and second has size ${b.shape[right[i]!]} in dim ${right[i]}`,
        {
          a: a.shape,
          b: b.shape,
        },
      );
    }
  });
  return [left, right];
}

/** Every element of `input` times all of `other`, block by block. Source: torch.kron. */
export function kron(input: Tensor, other: Tensor): Tensor {
  expectTensor("kron", "input", input);
  expectTensor("kron", "other", other);
  const rank = Math.max(input.shape.length, other.shape.length);
  const padded = (x: Tensor) => [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape];
  const [a, b] = [padded(input), padded(other)];
  const x = reshape(
    input,
    a.flatMap((n) => [n, 1]),
  );
  const y = reshape(
    other,
    b.flatMap((n) => [1, n]),
  );
  return reshape(
    mul(x, y),
    a.map((n, d) => n * b[d]!),
  );
}

/** The product of matrices in the order that takes the fewest multiplications. Source: torch.chain_matmul. */
export function chain_matmul(...matrices: readonly (Tensor | readonly Tensor[])[]): Tensor {
  const list = matrices.flat() as readonly Tensor[];
  if (list.length === 0) throw new TorchError("chain_matmul", "expected at least one matrix");
  for (const x of list) {
    expectTensor("chain_matmul", "matrix", x);
    if (x.shape.length !== 2) throw new ShapeError("chain_matmul", "expected 2-d tensors", { matrix: x.shape });
  }
  const split = cheapestSplits(list.map((x) => x.shape as readonly [number, number]));
  const multiply = (i: number, j: number): Tensor =>
    i === j ? list[i]! : mm(multiply(i, split[i]![j]!), multiply(split[i]![j]! + 1, j));
  return multiply(0, list.length - 1);
}

/** For factors i to j: after which factor to split, by dynamic programming over the length. */
function cheapestSplits(shapes: readonly (readonly [number, number])[]): number[][] {
  const n = shapes.length;
  const cost = shapes.map(() => new Array<number>(n).fill(0));
  const split = shapes.map(() => new Array<number>(n).fill(0));
  for (let length = 1; length < n; length++) {
    for (let i = 0; i + length < n; i++) {
      const j = i + length;
      cost[i]![j] = Infinity;
      for (let k = i; k < j; k++) {
        const total = cost[i]![k]! + cost[k + 1]![j]! + shapes[i]![0] * shapes[k]![1] * shapes[j]![1];
        if (total < cost[i]![j]!) [cost[i]![j], split[i]![j]] = [total, k];
      }
    }
  }
  return split;
}
