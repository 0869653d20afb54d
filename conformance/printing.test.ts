/**
 * Printing. Every expected text of a tensor was printed by PyTorch 1.13.1, those of numbers by Python 3.11; none come
 * from the code under test.
 */

import { afterEach, describe, expect, test } from "vitest";
import { formatFixed, formatFloatRepr, formatScientific } from "../optimized/core/number_format.js";
import {
  formatTensor,
  type Printable,
  type PrintableValue,
  type PrintOptionsArgument,
  set_printoptions,
} from "../optimized/core/printing.js";

type Fields = Partial<Omit<Printable, "at">>;

function printable(values: readonly PrintableValue[], fields: Fields = {}): Printable {
  const { shape = [values.length], dtype = "float32" } = fields;
  const at = (flat: number): PrintableValue => {
    const value = values[flat];
    if (value === undefined) throw new RangeError(`read element ${flat} of ${values.length}`);
    return typeof value === "number" && dtype === "float32" ? Math.fround(value) : value;
  };
  return { requiresGrad: false, gradFn: null, device: "cpu", ...fields, shape, dtype, at };
}

const upTo = (n: number, step = 1, start = 0): number[] => Array.from({ length: n }, (_, i) => start + i * step);

interface Case extends Fields {
  readonly name: string;
  readonly values: readonly PrintableValue[];
  readonly options?: PrintOptionsArgument;
  readonly defaultDtype?: string;
  /** By lines. */
  readonly text: readonly string[];
}

// biome-ignore format: one case per row
const cases: readonly Case[] = [
  { name: "fixed", shape: [3], dtype: "float32", values: [-0.5, 2.25, 10.123456], text: ["tensor([-0.5000,  2.2500, 10.1235])"] },
  { name: "ties round to even", shape: [3], dtype: "float32", values: [0.125, 0.375, -2.5], options: { precision: 2 }, text: ["tensor([ 0.12,  0.38, -2.50])"] },
  { name: "precision 0", shape: [3], dtype: "float32", values: [0.5, 1.5, 2.5], options: { precision: 0 }, text: ["tensor([0, 2, 2])"] },
  { name: "integral floats", shape: [3], dtype: "float32", values: [0, 1, -20], text: ["tensor([  0.,   1., -20.])"] },
  { name: "integral floats up to 1e8 stay plain", shape: [1], dtype: "float32", values: [100000000], text: ["tensor([100000000.])"] },
  { name: "larger ones do not", shape: [1], dtype: "float32", values: [123456789], text: ["tensor([1.2346e+08])"] },
  { name: "a ratio above 1000 is scientific", shape: [3], dtype: "float32", values: [1, 1000, 1001], text: ["tensor([1.0000e+00, 1.0000e+03, 1.0010e+03])"] },
  { name: "small values are scientific", shape: [2], dtype: "float32", values: [5e-5, 6e-5], text: ["tensor([5.0000e-05, 6.0000e-05])"] },
  { name: "scientific carry", shape: [2], dtype: "float64", values: [9.99996, 99999.6], text: ["tensor([1.0000e+01, 1.0000e+05], dtype=torch.float64)"] },
  { name: "only nonfinite and zeros", shape: [5], dtype: "float32", values: [NaN, Infinity, -Infinity, -0, 0], text: ["tensor([nan, inf, -inf, -0., 0.])"] },
  { name: "nan among fixed", shape: [3], dtype: "float32", values: [NaN, 1.5, -Infinity], text: ["tensor([   nan, 1.5000,   -inf])"] },
  { name: "float64 extremes", shape: [3], dtype: "float64", values: [5e-324, 1.7976931348623157e308, 1e23], text: ["tensor([4.9407e-324, 1.7977e+308,  1.0000e+23], dtype=torch.float64)"] },
  { name: "float16", shape: [2], dtype: "float16", values: [0.0999755859375, 1], text: ["tensor([0.1000, 1.0000], dtype=torch.float16)"] },
  { name: "bfloat16", shape: [2], dtype: "bfloat16", values: [300, 1.5], text: ["tensor([300.0000,   1.5000], dtype=torch.bfloat16)"] },
  { name: "default dtype float64", shape: [1], dtype: "float64", values: [1.5], defaultDtype: "float64", text: ["tensor([1.5000])"] },
  { name: "complex default of float64", shape: [1], dtype: "complex64", values: [[1.5, -2]], defaultDtype: "float64", text: ["tensor([1.5000-2.j], dtype=torch.complex64)"] },
  { name: "int64", shape: [2, 2], dtype: "int64", values: [-5, 1, 300, 4], text: ["tensor([[ -5,   1],", "        [300,   4]])"] },
  { name: "int64 extremes", shape: [2], dtype: "int64", values: [-9223372036854775808n, 9223372036854775807n], text: ["tensor([-9223372036854775808,  9223372036854775807])"] },
  { name: "uint8", shape: [2], dtype: "uint8", values: [5, 255], text: ["tensor([  5, 255], dtype=torch.uint8)"] },
  { name: "bool", shape: [2], dtype: "bool", values: [true, false], text: ["tensor([ True, False])"] },
  { name: "complex", shape: [3], dtype: "complex64", values: [[1.5, -0.5], [-0, -0], [NaN, Infinity]], text: ["tensor([1.5000-0.5000j, -0.0000-0.0000j,    nan+infj])"] },
  { name: "0-dim complex", shape: [], dtype: "complex128", values: [[1, 2]], text: ["tensor(1.+2.j, dtype=torch.complex128)"] },
  { name: "0-dim", shape: [], dtype: "float32", values: [2.5], text: ["tensor(2.5000)"] },
  { name: "0-dim bool", shape: [], dtype: "bool", values: [true], text: ["tensor(True)"] },
  { name: "empty", shape: [0], dtype: "float32", values: [], text: ["tensor([])"] },
  { name: "empty int64", shape: [0], dtype: "int64", values: [], text: ["tensor([], dtype=torch.int64)"] },
  { name: "empty with a shape", shape: [0, 3], dtype: "float32", values: [], requiresGrad: true, text: ["tensor([], size=(0, 3), requires_grad=True)"] },
  { name: "empty complex", shape: [0], dtype: "complex64", values: [], text: ["tensor([], dtype=torch.complex64)"] },
  { name: "three dims", shape: [2, 2, 3], dtype: "float32", values: upTo(12), text: ["tensor([[[ 0.,  1.,  2.],", "         [ 3.,  4.,  5.]],", "", "        [[ 6.,  7.,  8.],", "         [ 9., 10., 11.]]])"] },
  { name: "lines break at linewidth", shape: [20], dtype: "float32", values: upTo(20, 1 / 4), text: ["tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000, 1.2500, 1.5000, 1.7500, 2.0000,", "        2.2500, 2.5000, 2.7500, 3.0000, 3.2500, 3.5000, 3.7500, 4.0000, 4.2500,", "        4.5000, 4.7500])"] },
  { name: "zeros count as one character wide when lines break", shape: [30], dtype: "float32", values: upTo(30, 0), text: ["tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.,", "        0., 0., 0., 0., 0., 0.])"] },
  { name: "linewidth 20", shape: [20], dtype: "int64", values: upTo(20, 1, 90), options: { linewidth: 20 }, text: ["tensor([ 90,  91,", "         92,  93,", "         94,  95,", "         96,  97,", "         98,  99,", "        100, 101,", "        102, 103,", "        104, 105,", "        106, 107,", "        108, 109])"] },
  { name: "summary of one dim", shape: [1001], dtype: "int64", values: upTo(1001), text: ["tensor([   0,    1,    2,  ...,  998,  999, 1000])"] },
  { name: "no summary at threshold", shape: [6], dtype: "int32", values: upTo(6), options: { threshold: 6 }, text: ["tensor([0, 1, 2, 3, 4, 5], dtype=torch.int32)"] },
  { name: "summary of three dims", shape: [5, 3, 4], dtype: "float32", values: upTo(60), options: { threshold: 10, edgeitems: 1 }, text: ["tensor([[[ 0.,  ...,  3.],", "         ...,", "         [ 8.,  ..., 11.]],", "", "        ...,", "", "        [[48.,  ..., 51.],", "         ...,", "         [56.,  ..., 59.]]])"] },
  { name: "sci_mode off keeps the measured width", shape: [2], dtype: "float32", values: [1e-5, 1], options: { sci_mode: false }, text: ["tensor([    0.0000,     1.0000])"] },
  { name: "sci_mode on", shape: [2], dtype: "float32", values: [1, -2], options: { sci_mode: true }, text: ["tensor([1.0000e+00, -2.0000e+00])"] },
  { name: "beyond 1e21", shape: [2], dtype: "float64", values: [1e30, 1], options: { sci_mode: false }, text: ["tensor([1000000000000000019884624838656.,         1.], dtype=torch.float64)"] },
  { name: "profile short", shape: [2], dtype: "float32", values: [1.0986, -0.5], options: { profile: "short" }, text: ["tensor([ 1.10, -0.50])"] },
  { name: "requires_grad", shape: [1], dtype: "float32", values: [1], requiresGrad: true, text: ["tensor([1.], requires_grad=True)"] },
  { name: "grad_fn", shape: [1], dtype: "float32", values: [1], requiresGrad: true, gradFn: "CloneBackward0", text: ["tensor([1.], grad_fn=<CloneBackward0>)"] },
  { name: "suffixes break at linewidth", shape: [8], dtype: "float64", values: upTo(8, 1 / 4), requiresGrad: true, gradFn: "CloneBackward0", text: ["tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000, 1.2500, 1.5000, 1.7500],", "       dtype=torch.float64, grad_fn=<CloneBackward0>)"] },
  { name: "parameter", shape: [2], dtype: "float32", values: [0, 1], requiresGrad: true, parameter: true, text: ["Parameter containing:", "tensor([0., 1.], requires_grad=True)"] },
  { name: "frozen dtype parameter", shape: [1], dtype: "float64", values: [0.5], requiresGrad: true, parameter: true, text: ["Parameter containing:", "tensor([0.5000], dtype=torch.float64, requires_grad=True)"] },
  { name: "names", shape: [1, 2], dtype: "float32", values: [1.5, 2.5], names: ["N", null], text: ["tensor([[1.5000, 2.5000]], names=('N', None))"] },
  { name: "meta", shape: [2, 3], dtype: "int64", values: [0, 0, 0, 0, 0, 0], device: "meta", text: ["tensor(..., device='meta', size=(2, 3), dtype=torch.int64)"] },
];

afterEach(() => set_printoptions({ profile: "default" }));

describe("formatTensor", () => {
  test.each(cases)("$name", ({ name: _, values, options, defaultDtype = "float32", text, ...fields }) => {
    set_printoptions(options);
    expect(formatTensor(printable(values, fields), defaultDtype)).toBe(text.join("\n"));
  });

  test("cuda names its device", () => {
    // no PyTorch with a GPU was at hand: the rule of its _str_intern
    expect(formatTensor(printable([1.5], { device: "cuda:0" }), "float32")).toBe("tensor([1.5000], device='cuda:0')");
  });

  test("sparse tensors show their parts", () => {
    const values = printable([1.5, 2.5]);
    const coo = printable([], {
      shape: [2, 2],
      sparse: {
        layout: "sparse_coo",
        nnz: 2,
        parts: [
          ["indices", printable([0, 1, 1, 0], { shape: [2, 2], dtype: "int64" })],
          ["values", values],
        ],
      },
    });
    const cooText = [
      "tensor(indices=tensor([[0, 1],",
      "                       [1, 0]]),",
      "       values=tensor([1.5000, 2.5000]),",
      "       size=(2, 2), nnz=2, layout=torch.sparse_coo)",
    ];
    expect(formatTensor(coo, "float32")).toBe(cooText.join("\n"));
    const csr = printable([], {
      shape: [2, 2],
      sparse: {
        layout: "sparse_csr",
        nnz: 2,
        parts: [
          ["crow_indices", printable([0, 1, 2], { dtype: "int64" })],
          ["col_indices", printable([1, 0], { dtype: "int64" })],
          ["values", values],
        ],
      },
    });
    const csrText = [
      "tensor(crow_indices=tensor([0, 1, 2]),",
      "       col_indices=tensor([1, 0]),",
      "       values=tensor([1.5000, 2.5000]), size=(2, 2), nnz=2,",
      "       layout=torch.sparse_csr)",
    ];
    expect(formatTensor(csr, "float32")).toBe(csrText.join("\n"));
  });

  test("quantized tensors show their quantizer", () => {
    const perTensor = printable([0.5, 1, 2], {
      dtype: "quint8",
      quantizer: { scheme: "per_tensor_affine", scale: 0.5, zero_point: 1 },
    });
    const perTensorText = [
      "tensor([0.5000, 1.0000, 2.0000], size=(3,), dtype=torch.quint8,",
      "       quantization_scheme=torch.per_tensor_affine, scale=0.5, zero_point=1)",
    ];
    expect(formatTensor(perTensor, "float32")).toBe(perTensorText.join("\n"));
    const scale = printable([0.5, 0.25], { dtype: "float64" });
    const zero_point = printable([0, 1], { dtype: "int64" });
    const perChannel = printable([0, 1.5, 2.5, 0], {
      shape: [2, 2],
      dtype: "qint8",
      quantizer: { scheme: "per_channel_affine", scale, zero_point, axis: 0 },
    });
    const perChannelText = [
      "tensor([[0.0000, 1.5000],",
      "        [2.5000, 0.0000]], size=(2, 2), dtype=torch.qint8,",
      "       quantization_scheme=torch.per_channel_affine,",
      "       scale=tensor([0.5000, 0.2500], dtype=torch.float64),",
      "       zero_point=tensor([0, 1]), axis=0)",
    ];
    expect(formatTensor(perChannel, "float32")).toBe(perChannelText.join("\n"));
  });

  test("a summary reads only what it shows, once", () => {
    const reads: number[] = [];
    const at = (flat: number) => reads.push(flat);
    formatTensor({ ...printable([], { shape: [1e6, 1e6] }), at }, "float32");
    expect(reads).toHaveLength(36);
    expect(new Set(reads).size).toBe(36);
    expect(Math.max(...reads)).toBe(1e12 - 1);
  });
});

describe("set_printoptions", () => {
  test("options not given stay, except sci_mode", () => {
    set_printoptions({ precision: 2, sci_mode: true });
    set_printoptions({ linewidth: 20 });
    expect(formatTensor(printable([0.25, 0.5, 0.75]), "float32")).toBe("tensor([0.25, 0.50,\n        0.75])");
  });

  test.each([
    [
      { precison: 3 },
      /^set_printoptions: unknown option "precison"; known options are precision, threshold, edgeitems, /,
    ],
    [{ precision: -1 }, /^set_printoptions: precision must be a non-negative integer; got -1$/],
    [{ edgeitems: 1.5 }, /^set_printoptions: edgeitems must be a non-negative integer; got 1.5$/],
    [{ threshold: Number.NaN }, /^set_printoptions: threshold must be a number; got NaN$/],
    [{ profile: "long" }, /^set_printoptions: profile must be "default" or "short" or "full"; got long$/],
  ])("rejects %o and changes nothing", (options, message) => {
    expect(() => set_printoptions({ precision: 1, ...options } as PrintOptionsArgument)).toThrow(message);
    expect(formatTensor(printable([0.5]), "float32")).toBe("tensor([0.5000])");
  });
});

describe("numbers as Python writes them", () => {
  test.each([
    [0.125, 2, "0.12", "1.25e-01", "0.125"],
    [2.5, 0, "2", "2e+00", "2.5"],
    [-0, 1, "-0.0", "-0.0e+00", "-0.0"],
    [9.5, 0, "10", "1e+01", "9.5"],
    [1e23, 3, "99999999999999991611392.000", "1.000e+23", "1e+23"],
    [5e-324, 4, "0.0000", "4.9407e-324", "5e-324"],
    [1e-5, 1, "0.0", "1.0e-05", "1e-05"],
    [1e16, 0, "10000000000000000", "1e+16", "1e+16"],
    [123456789012345.0, 1, "123456789012345.0", "1.2e+14", "123456789012345.0"],
    [-Infinity, 3, "-inf", "-inf", "-inf"],
    [Number.NaN, 3, "nan", "nan", "nan"],
  ])("%d with precision %d", (x, precision, fixed, scientific, repr) => {
    expect(formatFixed(x, precision)).toBe(fixed);
    expect(formatScientific(x, precision)).toBe(scientific);
    expect(formatFloatRepr(x)).toBe(repr);
  });
});
