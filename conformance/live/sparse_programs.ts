import * as fc from "fast-check";
import { arrayOf, indexArray } from "../generators/arrays.js";
import type { Json } from "../oracle/values.js";
import { encode } from "./encode.js";

/** Random programs with sparse tensors: a few ops in a row and their gradients, and tables trained with sparse gradients. */

type Step = Readonly<Record<string, Json>>;

const ref = (name: string): Json => ({ var: name });
const method = (name: string, ...args: Json[]): Step => ({ set: "x", obj: ref("x"), method: name, args });
const call = (fn: string, ...args: Json[]): Step => ({ set: "x", fn, args: [ref("x"), ...args] });

/** Steps from one square sparse matrix to another, which PyTorch can differentiate. */
const smooth = fc.constantFrom<Step>(
  method("mul", { f: "2.5" }),
  method("div", { f: "2.0" }),
  method("neg"),
  method("abs"),
  method("add", ref("x")),
  method("sub", ref("first")),
  method("mul", ref("dense")),
  method("t"),
  method("coalesce"),
  call("torch.sparse.softmax", 1),
  call("torch.sparse.log_softmax", 0),
);

/** The same without derivatives. */
const others = fc.constantFrom<Step>(
  method("index_select", 0, encode(indexArray([2], 0, 1, 3), false)),
  method("narrow_copy", 1, 0, 1),
  method("unsqueeze", 1),
  method("select", 0, 1),
  method("sqrt"),
  method("pow", 2),
  call("torch.sparse.sum", 1),
  call("torch.smm", ref("dense")),
  call("torch.hspmm", ref("dense")),
  { set: "x", fn: "torch.cat", args: [[ref("x"), ref("x")], 1] },
  { set: "x", fn: "torch.stack", args: [[ref("x"), ref("x")], 0] },
);

/** Steps that end with a dense result. */
const ends = fc.constantFrom<Step>(
  method("to_dense"),
  call("torch.sparse.sum"),
  call("torch.sparse.mm", ref("dense")),
  { set: "x", fn: "torch.sparse.addmm", args: [ref("dense"), ref("x"), ref("dense")] },
);

const start = (n: number, count: number, seed: number, grad: boolean): Step[] => [
  { set: "v", value: encode(arrayOf([count], "float64", "unit", seed), grad) },
  { set: "i", value: encode(indexArray([2, count], 0, n - 1, seed + 1), false) },
  { set: "dense", value: encode(arrayOf([n, n], "float64", "unit", seed + 2), false) },
  { set: "x", fn: "torch.sparse_coo_tensor", args: [ref("i"), ref("v"), [n, n]] },
  { set: "x", obj: ref("x"), method: "coalesce", args: [] },
  { set: "first", value: ref("x") },
];

const exact = { rtol: 1e-9, atol: 1e-9 };
const matrices = {
  n: fc.integer({ min: 2, max: 4 }),
  count: fc.integer({ min: 2, max: 9 }),
  seed: fc.nat({ max: 999 }),
};

const differentiated = fc
  .record({ ...matrices, middle: fc.array(smooth, { maxLength: 3 }), end: ends })
  .map(({ n, count, seed, middle, end }) => ({
    id: "sparse gradients",
    steps: [
      ...start(n, count, seed, true),
      ...middle,
      end,
      { set: "l", obj: ref("x"), method: "square", args: [] },
      { set: "l", obj: ref("l"), method: "sum", args: [] },
      { set: null, obj: ref("l"), method: "backward", args: [] },
      { set: "grad", obj: ref("v"), attr: "grad" },
    ],
    read: ["x", "grad"],
    ...exact,
  }));

const moved = fc
  .record({ ...matrices, middle: fc.array(smooth, { maxLength: 2 }), last: others })
  .map(({ n, count, seed, middle, last }) => ({
    id: "sparse tensors",
    steps: [...start(n, count, seed, false), ...middle, last, method("to_dense")],
    read: ["x"],
    ...exact,
  }));

interface Optimizer {
  readonly fn: string;
  readonly kwargs: Readonly<Record<string, Json>>;
}
const optimizers = fc.constantFrom<Optimizer>(
  { fn: "torch.optim.SparseAdam", kwargs: { lr: { f: "0.1" } } },
  { fn: "torch.optim.SparseAdam", kwargs: { betas: [{ f: "0.5" }, { f: "0.75" }], maximize: true } },
  { fn: "torch.optim.SGD", kwargs: { lr: { f: "0.1" } } },
  { fn: "torch.optim.SGD", kwargs: { lr: { f: "0.1" }, momentum: { f: "0.9" } } },
  { fn: "torch.optim.Adagrad", kwargs: { lr: { f: "0.1" }, lr_decay: { f: "0.1" } } },
);

const trained = fc
  .record({
    seed: fc.nat({ max: 99 }),
    optimizer: optimizers,
    mode: fc.constantFrom("sum", "mean"),
    count: fc.integer({ min: 1, max: 8 }),
  })
  .map(({ seed, optimizer, mode, count }) => {
    const steps: Step[] = [
      { set: null, fn: "torch.set_default_dtype", args: [{ dtype: "float64" }] },
      { set: null, fn: "torch.manual_seed", args: [seed] },
      { set: "table", fn: "torch.nn.Embedding", args: [6, 3], kwargs: { sparse: true, padding_idx: 2 } },
      { set: "bag", fn: "torch.nn.EmbeddingBag", args: [6, 2], kwargs: { sparse: true, mode } },
      { set: "p", obj: ref("table"), attr: "weight" },
      { set: "q", obj: ref("bag"), attr: "weight" },
      { set: "opt", fn: optimizer.fn, args: [[ref("p"), ref("q")]], kwargs: optimizer.kwargs },
    ];
    for (let k = 0; k < 3; k++) {
      const indices = encode(indexArray([2, count], 0, 5, seed + k), false);
      steps.push({ set: null, obj: ref("opt"), method: "zero_grad", args: [] });
      for (const [name, module] of [
        ["a", "table"],
        ["b", "bag"],
      ] as const) {
        steps.push({ set: name, obj: ref(module), method: "__call__", args: [indices] });
        steps.push({ set: name, obj: ref(name), method: "square", args: [] });
        steps.push({ set: name, obj: ref(name), method: "sum", args: [] });
      }
      steps.push({ set: "l", obj: ref("a"), method: "add", args: [ref("b")] });
      steps.push({ set: null, obj: ref("l"), method: "backward", args: [] });
      steps.push({ set: null, obj: ref("opt"), method: "step", args: [] });
    }
    return { id: "sparse training", steps, read: ["p", "q", "l"], rtol: 1e-8, atol: 1e-9 };
  });

export const sparsePrograms = fc.oneof(differentiated, moved, trained);
