/**
 * Text of a tensor, character for character that of PyTorch.
 *
 * Source  torch._tensor_str of PyTorch 1.13.1.
 */

import { TorchTypeError, ValueError } from "./errors.js";
import { formatFixed, formatFloatRepr, formatScientific } from "./number_format.js";

export type PrintableValue = number | bigint | boolean | readonly [re: number, im: number];

/** What printing needs to know of a tensor. */
export interface Printable {
  readonly shape: readonly number[];
  /** "float32", "int64", "bool", "complex64", "quint8", ... */
  readonly dtype: string;
  /** The value at row-major position `flat`. Only called for elements that are shown; never for sparse or meta tensors. */
  at(flat: number): PrintableValue;
  readonly requiresGrad: boolean;
  /** "AddBackward0"; null for a leaf. */
  readonly gradFn: string | null;
  /** "cpu", "cuda:0", "meta". */
  readonly device: string;
  /** An nn.Parameter announces itself. */
  readonly parameter?: boolean;
  /** Named tensors: one name or null per dim. */
  readonly names?: readonly (string | null)[] | null;
  /** Quantized tensors; `at` then gives dequantized values. */
  readonly quantizer?: {
    readonly scheme: string; // "per_tensor_affine"
    readonly scale: number | Printable;
    readonly zero_point: number | Printable;
    readonly axis?: number; // per-channel schemes only
  } | null;
  /** Sparse tensors: `parts` are [name, tensor] as printed: indices and values, or crow_indices, col_indices and values. */
  readonly sparse?: {
    readonly layout: string; // "sparse_coo"
    readonly nnz: number;
    readonly parts: readonly (readonly [name: string, tensor: Printable])[];
  } | null;
}

// --- Options ---------------------------------------------------------------------------------------------------------

export interface PrintOptions {
  /** Digits after the point. */
  precision: number;
  /** Tensors with more elements are summarized. */
  threshold: number;
  /** Items kept at each end of a dim in a summary. */
  edgeitems: number;
  /** Characters per line. */
  linewidth: number;
  /** Scientific notation: always, never, or null for a choice by the values. */
  sci_mode: boolean | null;
}

export type PrintOptionsArgument = { readonly [K in keyof PrintOptions]?: PrintOptions[K] | null } & {
  readonly profile?: "default" | "short" | "full" | null;
};

const profiles = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Infinity, edgeitems: 3, linewidth: 80 },
};

let current: PrintOptions = { ...profiles.default, sci_mode: null };

type Rule = readonly [rule: string, holds: (value: unknown) => boolean];
const count: Rule = ["a non-negative integer", (v) => typeof v === "number" && Number.isInteger(v) && v >= 0];
const number: Rule = ["a number", (v) => typeof v === "number" && !Number.isNaN(v)];
const rules = {
  precision: count,
  threshold: number,
  edgeitems: count,
  linewidth: number,
  profile: [
    Object.keys(profiles)
      .map((p) => `"${p}"`)
      .join(" or "),
    (v) => typeof v === "string" && Object.hasOwn(profiles, v),
  ],
  sci_mode: ["true, false or null", (v) => typeof v === "boolean"],
} satisfies Record<keyof PrintOptionsArgument, Rule>;

/**
 * Sets how tensors are printed. A profile is applied first, then the other options; what is not given stays.
 * As in PyTorch `sci_mode` is the exception: without it, notation is again chosen by the values.
 *
 * Throws  TypeError for an unknown option, ValueError for a value that makes no sense (PyTorch fails at the next print, and
 *         ignores an unknown profile); no option changes then.
 */
export function set_printoptions(options: PrintOptionsArgument = {}): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw new TorchTypeError(
        "set_printoptions",
        `unknown option "${name}"; known options are ${Object.keys(rules).join(", ")}`,
      );
    }
    const [rule, holds] = rules[name as keyof typeof rules]; // an own key of rules
    if (value != null && !holds(value)) {
      throw new ValueError("set_printoptions", `${name} must be ${rule}; got ${String(value)}`);
    }
  }
  const base = options.profile != null ? profiles[options.profile] : current;
  current = {
    precision: options.precision ?? base.precision,
    threshold: options.threshold ?? base.threshold,
    edgeitems: options.edgeitems ?? base.edgeitems,
    linewidth: options.linewidth ?? base.linewidth,
    sci_mode: options.sci_mode ?? null,
  };
}

// --- Elements --------------------------------------------------------------------------------------------------------

/** The texts of all shown elements, and the width that lines are broken for (some texts may be wider or narrower). */
interface Column {
  readonly texts: readonly string[];
  readonly width: number;
}

const widest = (texts: readonly string[]): number => texts.reduce((width, text) => Math.max(width, text.length), 1);

/**
 * Real numbers: one notation for all of them, by their nonzero finite values v:
 *
 *     scientific  max |v| / min |v| > 1000, or max |v| > 1e8, or min |v| < 1e-4 and some v is not integral
 *     "1."        otherwise, if all v are integral
 *     fixed       otherwise
 *
 * The width is that of these v in the notation found here, even if `sci_mode` then imposes the other one; 1 without any v.
 */
function floatColumn(values: readonly number[]): Column {
  const { precision, sci_mode } = current;
  const scientific = (v: number) => formatScientific(v, precision);
  const fixed = (v: number) => formatFixed(v, precision);
  const integral = (v: number) => formatFixed(v, 0) + (Number.isFinite(v) ? "." : "");

  const usual = values.filter((v) => Number.isFinite(v) && v !== 0);
  if (usual.length === 0) return { texts: values.map(integral), width: 1 };

  let min = Infinity;
  let max = 0;
  for (const v of usual) {
    min = Math.min(min, Math.abs(v));
    max = Math.max(max, Math.abs(v));
  }
  const plain = usual.every(Number.isInteger) ? integral : fixed;
  const spread = max / min > 1000 || max > 1e8 || (plain === fixed && min < 1e-4);
  const width = widest(usual.map(spread ? scientific : plain));
  const format = (sci_mode ?? spread) ? scientific : plain;
  return { texts: values.map((v) => format(v).padStart(width)), width };
}

function complexColumn(values: readonly PrintableValue[]): Column {
  const re = floatColumn(values.map((v) => (typeof v === "object" ? v[0] : Number(v))));
  const im = floatColumn(values.map((v) => (typeof v === "object" ? v[1] : 0)));
  const texts = re.texts.map((text, i) => {
    const imag = im.texts[i]!.trimStart(); // as long as re.texts
    return `${text}${imag.startsWith("-") ? "" : "+"}${imag}j`;
  });
  return { texts, width: re.width + im.width + 1 };
}

function discreteColumn(texts: readonly string[]): Column {
  const width = widest(texts);
  return { texts: texts.map((text) => text.padStart(width)), width };
}

function column(dtype: string, values: readonly PrintableValue[]): Column {
  if (dtype.startsWith("complex")) return complexColumn(values);
  if (/^b?float/.test(dtype)) return floatColumn(values.map(Number));
  if (dtype === "bool") return discreteColumn(values.map((v) => (v ? "True" : "False")));
  return discreteColumn(values.map(String));
}

// --- Brackets, lines and summaries -----------------------------------------------------------------------------------

/** How many items of a dim are shown at its start and, after "...", at its end; null if all are shown. */
function edges(shape: readonly number[], dim: number, summarize: boolean): { head: number; tail: number } | null {
  const { edgeitems } = current;
  const size = shape[dim]!; // dim < rank
  if (!summarize || size <= 2 * edgeitems) return null;
  // PyTorch takes the last row's tail as x[-edgeitems:], which is all of it for 0
  return { head: edgeitems, tail: edgeitems === 0 && dim === shape.length - 1 ? size : edgeitems };
}

/** Row-major positions of the elements that are shown, in order. */
function shownPositions(shape: readonly number[], summarize: boolean): number[] {
  let positions = [0];
  for (const [dim, size] of shape.entries()) {
    const cut = edges(shape, dim, summarize);
    const items = Array.from({ length: cut ? cut.head + cut.tail : size }, (_, i) =>
      cut && i >= cut.head ? size - cut.tail + (i - cut.head) : i,
    );
    positions = positions.flatMap((start) => items.map((i) => start * size + i));
  }
  return positions;
}

/** The elements of `t` in brackets; lines after the first are indented by `indent` and one more per bracket. */
function formatElements(t: Printable, indent: number): string {
  const { shape } = t;
  const rank = shape.length;
  const numel = shape.reduce((n, size) => n * size, 1);
  if (numel === 0) return "[]";
  const summarize = numel > current.threshold;
  const values = shownPositions(shape, summarize).map((flat) => t.at(flat));
  const { texts, width } = column(t.quantizer ? "float32" : t.dtype, values);
  const perLine = Math.max(1, Math.floor((current.linewidth - indent - (rank - 1)) / (width + ", ".length)));

  let next = 0; // into texts: they are consumed in the order of shownPositions
  const write = (dim: number): string => {
    if (dim === rank) return texts[next++]!; // one text per shown element
    const cut = edges(shape, dim, summarize);
    const items = Array.from({ length: cut ? cut.head + cut.tail : shape[dim]! }, () => write(dim + 1));
    const innermost = dim === rank - 1;
    if (cut) items.splice(cut.head, 0, innermost ? " ..." : "...");
    const margin = " ".repeat(indent + dim + 1);
    if (!innermost) return `[${items.join(`,${"\n".repeat(rank - dim - 1)}${margin}`)}]`;
    const lines: string[] = [];
    for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(", "));
    return `[${lines.join(`,\n${margin}`)}]`;
  };
  return write(0);
}

// --- The whole text --------------------------------------------------------------------------------------------------

/** A Python tuple: "()", "(3,)", "(2, 3)". */
const tuple = (items: readonly (string | number)[]): string => `(${items.join(", ")}${items.length === 1 ? "," : ""})`;

/** Sparse tensors show their parts, the others their elements; meta tensors have none. */
function formatContents(t: Printable, indent: number): string {
  if (t.device === "meta") return "...";
  if (!t.sparse) return formatElements(t, indent);
  const parts = t.sparse.parts.map(([name, part]) => {
    const prefix = `${name}=tensor(`;
    const size = part.shape.includes(0) ? `, size=${tuple(part.shape)}` : "";
    return `${prefix}${formatElements(part, indent + prefix.length)}${size})`;
  });
  return parts.join(`,\n${" ".repeat(indent)}`);
}

/** size and dtype are shown where the elements do not tell them: an int64, a bool or a default float needs no dtype. */
function sizeAndDtype(t: Printable, defaultDtype: string): string[] {
  const elementless = t.device === "meta" || (t.shape.includes(0) && !t.sparse && !t.quantizer);
  const defaultComplex = defaultDtype === "float64" ? "complex128" : "complex64";
  const known = elementless ? [defaultDtype] : [defaultDtype, defaultComplex, "int64", "bool"];
  const dtype = known.includes(t.dtype) ? [] : [`dtype=torch.${t.dtype}`];
  const size = `size=${tuple(t.shape)}`;
  if (t.sparse) return [size, `nnz=${t.sparse.nnz}`, ...dtype];
  if (t.quantizer || t.device === "meta") return [size, ...dtype];
  return elementless && t.shape.length !== 1 ? [size, ...dtype] : dtype;
}

function quantization(t: Printable, defaultDtype: string): string[] {
  if (!t.quantizer) return [];
  const { scheme, scale, zero_point, axis } = t.quantizer;
  return [
    `quantization_scheme=torch.${scheme}`,
    `scale=${typeof scale === "number" ? formatFloatRepr(scale) : formatTensor(scale, defaultDtype)}`,
    `zero_point=${typeof zero_point === "number" ? zero_point : formatTensor(zero_point, defaultDtype)}`,
    ...(axis === undefined ? [] : [`axis=${axis}`]),
  ];
}

function suffixesOf(t: Printable, defaultDtype: string): string[] {
  const suffixes = t.device === "cpu" ? [] : [`device='${t.device}'`];
  suffixes.push(...sizeAndDtype(t, defaultDtype), ...quantization(t, defaultDtype));
  if (t.sparse) suffixes.push(`layout=torch.${t.sparse.layout}`);
  if (t.gradFn !== null) suffixes.push(`grad_fn=<${t.gradFn}>`);
  else if (t.requiresGrad) suffixes.push("requires_grad=True");
  if (t.names?.some((name) => name !== null)) {
    suffixes.push(`names=${tuple(t.names.map((name) => (name === null ? "None" : `'${name}'`)))}`);
  }
  return suffixes;
}

/** Puts each suffix on the last line if it fits, else on a new one. */
function addSuffixes(text: string, suffixes: readonly string[], indent: number, newline: boolean): string {
  let result = text;
  // PyTorch's own count: it takes a line for 2 longer than it is until a suffix starts a new one
  let lineLength = text.length - text.lastIndexOf("\n") + 1;
  for (const [i, suffix] of suffixes.entries()) {
    if ((newline && i === 0) || lineLength + suffix.length + 2 > current.linewidth) {
      result += `,\n${" ".repeat(indent)}${suffix}`;
      lineLength = indent + suffix.length;
    } else {
      result += `, ${suffix}`;
      lineLength += suffix.length + 2;
    }
  }
  return result;
}

/** `repr(t)`, when the default dtype is `defaultDtype`: a float tensor of another dtype says so. */
export function formatTensor(t: Printable, defaultDtype: string): string {
  const prefix = "tensor(";
  const indent = prefix.length;
  const contents = prefix + formatContents(t, indent);
  const newline = t.sparse?.layout === "sparse_coo";
  const text = `${addSuffixes(contents, suffixesOf(t, defaultDtype), indent, newline)})`;
  return t.parameter ? `Parameter containing:\n${text}` : text;
}
