/** What sparse tensors are to the rest of the library: layout, gradients, optimizers. Expected values are PyTorch 1.13.1's. */
import { describe, expect, test } from "vitest";
import { allOps } from "../optimized/autograd/op.js";
import { sparseRuleNames } from "../optimized/autograd/sparse_rules.js";
import { TorchError } from "../optimized/core/errors.js";
import { layoutOf } from "../optimized/core/sparse_storage.js";
import type { Tensor } from "../optimized/core/tensor.js";
import torch from "../optimized/index.js";

const F = torch.nn.functional;
const int64 = { dtype: torch.int64 };
const ints = (...values: number[]): Tensor => torch.tensor(values, int64);
const coordinates = torch.tensor(
  [
    [0, 1, 1],
    [2, 0, 0],
  ],
  int64,
);
const make = (...values: number[]): Tensor => torch.sparse_coo_tensor(coordinates, torch.tensor(values), [2, 3]);

/** [indices, values] of a coalesced copy. */
function entries(x: Tensor | null): unknown[] {
  expect(x!.is_sparse).toBe(true);
  const ordered = x!.detach().coalesce();
  return [ordered.indices().tolist(), ordered.values().tolist()];
}

function failure(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    if (error instanceof TorchError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return "nothing was thrown";
}

describe("a sparse tensor", () => {
  test("tells what it is", () => {
    const x = make(3, 4, 5);
    expect([x.layout, x.is_sparse, x.is_coalesced()]).toEqual([torch.sparse_coo, true, false]);
    expect([String(x.layout), String(torch.ones(1).layout)]).toEqual(["torch.sparse_coo", "torch.strided"]);
    expect([x._nnz(), x.sparse_dim(), x.dense_dim(), x.numel(), x.dim()]).toEqual([3, 2, 0, 6, 2]);
    expect([x.device, x.dtype]).toEqual([torch.device("cpu"), torch.float32]);
    expect(x._indices().tolist()).toEqual(coordinates.tolist());
  });

  test("prints as in PyTorch", () => {
    expect(String(make(3, 4, 5))).toBe(
      "tensor(indices=tensor([[0, 1, 1],\n                       [2, 0, 0]]),\n       values=tensor([3., 4., 5.]),\n" +
        "       size=(2, 3), nnz=3, layout=torch.sparse_coo)",
    );
    expect(String(torch.sparse_coo_tensor([2, 3]))).toBe(
      "tensor(indices=tensor([], size=(2, 0)),\n       values=tensor([], size=(0,)),\n" +
        "       size=(2, 3), nnz=0, layout=torch.sparse_coo)",
    );
  });

  test("of one entry or none is coalesced by itself", () => {
    expect(torch.sparse_coo_tensor([[1]], [2], [3]).is_coalesced()).toBe(true);
    expect(torch.sparse_coo_tensor([2, 3]).is_coalesced()).toBe(true);
  });

  test("finds its size", () => {
    expect(torch.sparse_coo_tensor(coordinates, torch.ones(3, 4)).shape).toEqual([2, 3, 4]);
  });

  test("has the sum of its values as its only element", () => {
    expect(torch.sparse_coo_tensor([[0, 0]], [1, 2], [1]).item()).toBe(3);
    expect(torch.sparse_coo_tensor([1]).item()).toBe(0);
  });

  test("has no memory to look at", () => {
    const x = make(1, 2, 3);
    expect(failure(() => x.exp())).toMatch(
      /^NotImplementedError: exp: could not run with tensors of layout torch.sparse_coo/,
    );
    expect(failure(() => x.view(6))).toMatch(/^RuntimeError: view: view is not implemented for sparse tensors/);
    expect(failure(() => x.numpy())).toMatch(/^TypeError: numpy: can't convert Sparse layout tensor/);
    for (const f of [() => x.data_ptr(), () => x.tolist(), () => x.storage().tolist()]) {
      expect(failure(f)).toMatch(
        /^NotImplementedError: .*Cannot access the storage of a tensor of layout torch.sparse_coo/,
      );
    }
  });

  test("is cut into parts, which are tensors of their own", () => {
    const dense = (x: Tensor): unknown => x.to_dense().tolist();
    expect(make(3, 4, 5).unbind(0).map(dense)).toEqual([
      [0, 0, 3],
      [9, 0, 0],
    ]);
    expect(make(3, 4, 5).split(2, 1).map(dense)).toEqual([
      [
        [0, 0],
        [9, 0],
      ],
      [[3], [0]],
    ]);
    expect([...make(3, 4, 5)].map((row) => row.sparse_dim())).toEqual([1, 1]);
    expect(make(3, 4, 5).index(1, 0).item()).toBe(9);
    for (const f of [(x: Tensor) => x.view(torch.int32), (x: Tensor) => x.resize_(3, 3), (x: Tensor) => x.t_()]) {
      expect(failure(() => f(make(1, 2, 3)))).toMatch(/^NotImplementedError/);
    }
  });

  test("is converted, copied and detached", () => {
    const x = make(3, 4, 5);
    expect(x.double().to_dense().tolist()).toEqual([
      [0, 0, 3],
      [9, 0, 0],
    ]);
    const copy = x.clone();
    copy.zero_();
    expect([copy._nnz(), x._nnz()]).toEqual([0, 3]);
    x.detach().mul_(2);
    expect(entries(x)[1]).toEqual([6, 18]);
    expect(x.to("reference").to_dense().tolist()).toEqual([
      [0, 0, 6],
      [18, 0, 0],
    ]);
    expect(torch.zeros_like(x)._nnz()).toBe(0);
    expect(torch.zeros([2, 2], { layout: torch.sparse_coo }).is_sparse).toBe(true);
  });

  test("is added to a dense one in place, whatever its strides", () => {
    const dense = torch.zeros(3, 2).t();
    dense.add_(make(3, 4, 5), { alpha: 2 });
    expect(dense.tolist()).toEqual([
      [0, 0, 6],
      [18, 0, 0],
    ]);
    expect(dense.sub_(make(3, 4, 5)).tolist()).toEqual([
      [0, 0, 3],
      [9, 0, 0],
    ]);
    expect(dense.mul_(make(2, 1, 1)).tolist()).toEqual([
      [0, 0, 6],
      [18, 0, 0],
    ]);
  });
});

test("every rule is of an op, or of an in-place op", () => {
  const names = new Set(allOps.map((op) => op.name));
  expect(sparseRuleNames(torch.sparse_coo).filter((name) => !names.has(name))).toEqual([]);
});

describe("gradients", () => {
  const leaf = (): Tensor => make(1, 2, 3).coalesce().detach().requires_grad_();

  test.each<[string, (x: Tensor) => Tensor, unknown[]]>([
    [
      "to_dense",
      (x) => x,
      [
        [
          [0, 1],
          [2, 0],
        ],
        [3, 4],
      ],
    ],
    [
      "mul",
      (x) => x.mul(2),
      [
        [
          [0, 1],
          [2, 0],
        ],
        [6, 8],
      ],
    ],
    [
      "neg",
      (x) => x.neg(),
      [
        [
          [0, 1],
          [2, 0],
        ],
        [-3, -4],
      ],
    ],
    [
      "add",
      (x) => x.add(torch.sparse_coo_tensor([[0], [1]], [1], [2, 3])),
      [
        [
          [0, 0, 1],
          [1, 2, 0],
        ],
        [2, 3, 4],
      ],
    ],
    [
      "transpose",
      (x) => x.t(),
      [
        [
          [0, 1],
          [2, 0],
        ],
        [5, 2],
      ],
    ],
    [
      "abs",
      (x) => x.abs(),
      [
        [
          [0, 1],
          [2, 0],
        ],
        [3, 4],
      ],
    ],
    [
      "pow",
      (x) => x.pow(2),
      [
        [
          [0, 1],
          [2, 0],
        ],
        [6, 40],
      ],
    ],
    [
      "sum",
      (x) => torch.sparse.sum(x),
      [
        [
          [0, 1],
          [2, 0],
        ],
        [1, 1],
      ],
    ],
    [
      "sum over a dim",
      (x) => torch.sparse.sum(x, 0),
      [
        [
          [0, 1],
          [2, 0],
        ],
        [3, 1],
      ],
    ],
    [
      "mm",
      (x) => torch.sparse.mm(x, torch.arange(6).reshape(2, 3).t().float()),
      [
        [
          [0, 1],
          [2, 0],
        ],
        [12, 12],
      ],
    ],
  ])("of %s are sparse", (_, f, want) => {
    const x = leaf();
    const y = f(x);
    const dense = y.is_sparse ? y.to_dense() : y;
    dense.backward(
      torch
        .arange(1, dense.numel() + 1)
        .reshape(dense.shape)
        .float(),
    );
    expect(entries(x.grad)).toEqual(want);
  });

  test("go from a sparse tensor to the values that it was made of", () => {
    const values = torch.tensor([3, 4, 5], { requires_grad: true });
    torch.sparse_coo_tensor(coordinates, values, [2, 3]).to_dense().backward(torch.arange(1, 7).reshape(2, 3).float());
    expect(values.grad!.tolist()).toEqual([3, 4, 4]);
  });

  const weight = torch.ones([5, 2], { requires_grad: true });
  const rows = (indices: readonly number[], sparse: boolean): Tensor =>
    F.embedding(ints(...indices), weight, { sparse }).sum();

  test("of embeddings add up: sparse ones stay sparse, with a dense one they are dense", () => {
    weight.grad = null;
    rows([1, 2], true)
      .add(rows([2, 3], true))
      .backward();
    expect(entries(weight.grad)).toEqual([
      [[1, 2, 3]],
      [
        [1, 1],
        [2, 2],
        [1, 1],
      ],
    ]);
    rows([0], true).backward();
    expect(weight.grad!._nnz()).toBe(5);
    rows([0], false).backward();
    expect(weight.grad!.layout).toBe(torch.strided);
    rows([0], true).backward();
    expect(weight.grad!.select(1, 0).tolist()).toEqual([3, 1, 2, 1, 0]);
  });

  test.each([
    [true, false],
    [false, true],
  ])("meet in one pass (%s, %s)", (first, second) => {
    weight.grad = null;
    rows([1, 2], first)
      .add(rows([2, 3], second))
      .backward();
    expect(weight.grad!.select(1, 0).tolist()).toEqual([0, 1, 2, 1, 0]);
  });

  test("are no part of another tensor's memory", () => {
    weight.grad = null;
    const seed = torch.ones(2, 2);
    const indices = ints(1, 3);
    F.embedding(indices, weight, { sparse: true }).backward(seed);
    seed.fill_(7);
    indices.fill_(0);
    expect(entries(weight.grad)).toEqual([
      [[1, 3]],
      [
        [1, 1],
        [1, 1],
      ],
    ]);
  });

  test("pass through hooks", () => {
    const w = torch.ones([3, 2], { requires_grad: true });
    w.register_hook((grad) => grad.mul(3));
    F.embedding(ints(1, 1), w, { sparse: true }).sum().backward();
    expect(entries(w.grad)).toEqual([[[1]], [[6, 6]]]);
  });

  test("become zeros, or null", () => {
    weight.grad = null;
    rows([1, 1], true).backward();
    const optimizer = new torch.optim.SparseAdam([weight]);
    optimizer.zero_grad();
    expect(weight.grad!._nnz()).toBe(0);
    rows([1, 1], true).backward();
    expect(entries(weight.grad)).toEqual([[[1]], [[2, 2]]]);
  });

  // PyTorch returns the same norm, but scales a copy
  test("are clipped by their norm", () => {
    weight.grad = null;
    rows([1, 1], true).backward();
    expect(torch.nn.utils.clip_grad_norm_([weight], 0.5).item()).toBeCloseTo(Math.sqrt(8), 6);
    expect(weight.grad!.norm().item()).toBeCloseTo(0.5, 5);
  });
});

describe("embeddings with sparse gradients", () => {
  test("leave out the padding", () => {
    const weight = torch.ones([5, 1], { requires_grad: true });
    F.embedding(ints(1, 2, 2, 0), weight, { sparse: true, padding_idx: 1 })
      .sum()
      .backward();
    expect(weight.grad!._indices().tolist()).toEqual([[2, 2, 0]]);
  });

  test.each<["sum" | "mean", object, number[]]>([
    ["sum", {}, [1, 1, 1, 1]],
    ["mean", {}, [1, 1 / 3, 1 / 3, 1 / 3]],
    ["sum", { per_sample_weights: torch.tensor([1, 2, 3, 4]) }, [1, 2, 3, 4]],
  ])("work in bags: %s %o", (mode, options, want) => {
    const weight = torch.ones([5, 1], { requires_grad: true });
    const bags = F.embedding_bag(ints(1, 2, 2, 0), weight, { offsets: ints(0, 1, 1), mode, sparse: true, ...options });
    bags.sum().backward();
    expect(weight.grad!._indices().tolist()).toEqual([[1, 2, 2, 0]]);
    weight
      .grad!._values()
      .reshape(-1)
      .tolist<number[]>()
      .forEach((v, i) => {
        expect(v).toBeCloseTo(want[i]!, 6);
      });
  });

  test("refuse what PyTorch refuses", () => {
    const weight = torch.ones([5, 1], { requires_grad: true });
    const scaled = F.embedding(ints(1), weight, { sparse: true, scale_grad_by_freq: true }).sum();
    expect(failure(() => scaled.backward())).toMatch(/^RuntimeError: .*scale_grad_by_freq not supported with sparse/);
    expect(failure(() => F.embedding_bag(ints(1), weight, ints(0), { mode: "max", sparse: true }))).toMatch(
      /^ValueError: .*max mode does not support sparse weights/,
    );
  });

  test("train a module", () => {
    torch.manual_seed(0);
    const bag = new torch.nn.EmbeddingBag(6, 3, { mode: "sum", sparse: true });
    const before = bag.weight.detach().clone();
    const optimizer = new torch.optim.SparseAdam(bag.parameters(), { lr: 0.1 });
    for (let k = 0; k < 3; k++) {
      optimizer.zero_grad();
      bag(ints(1, 2, 4), ints(0, 2))
        .pow(2)
        .sum()
        .backward();
      optimizer.step();
    }
    const moved = bag.weight.detach().ne(before).select(1, 0).tolist();
    expect(moved).toEqual([false, true, true, false, true, false]);
  });
});

describe("optimizers", () => {
  type Name = "SGD" | "Adagrad" | "SparseAdam";
  function trained(name: Name, options: object): number[] {
    const weight = torch.ones([5, 1], { requires_grad: true });
    const optimizer = new torch.optim[name]([weight], options as { lr: number });
    for (let k = 0; k < 2; k++) {
      optimizer.zero_grad(true);
      F.embedding(ints(1, 1, k), weight, { sparse: true })
        .pow(2)
        .sum()
        .backward();
      optimizer.step();
    }
    return weight
      .detach()
      .select(1, 0)
      .tolist<number[]>()
      .map((v) => Number(v.toFixed(4)));
  }

  test.each<[Name, object, number[]]>([
    ["SGD", { lr: 0.1, momentum: 0.9 }, [0.62, -0.12, 1, 1, 1]],
    ["SGD", { lr: 0.1, momentum: 0.9, nesterov: true }, [0.458, -0.3576, 1, 1, 1]],
    ["SGD", { lr: 0.1, maximize: true }, [1.2, 2.24, 1, 1, 1]],
    ["Adagrad", { lr: 0.1 }, [0.9, 0.8196, 1, 1, 1]],
    ["Adagrad", { lr: 0.1, maximize: true }, [1.1, 1.1855, 1, 1, 1]],
    ["SparseAdam", {}, [0.999, 0.998, 1, 1, 1]],
    ["SparseAdam", { maximize: true }, [1.001, 1.002, 1, 1, 1]],
  ])("%s %o step the rows that have a gradient", (name, options, want) => {
    expect(trained(name, options)).toEqual(want);
  });

  test.each<[string, RegExp]>([
    ["Adam", /^RuntimeError: .*Adam does not support sparse gradients, please consider SparseAdam instead$/],
    ...["Adadelta", "AdamW", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop"].map((name): [string, RegExp] => [
      name,
      new RegExp(`^RuntimeError: .*${name} does not support sparse gradients$`),
    ]),
  ])("%s refuses sparse gradients", (name, message) => {
    const weight = torch.ones([5, 1], { requires_grad: true });
    F.embedding(ints(1, 1), weight, { sparse: true }).sum().backward();
    const optimizer = new torch.optim[name as "Adam"]([weight], { lr: 0.1 });
    expect(failure(() => optimizer.step())).toMatch(message);
  });

  test("decay needs a dense gradient", () => {
    expect(failure(() => trained("SGD", { lr: 0.1, weight_decay: 0.1 }))).toMatch(
      /add\(sparse, dense\) is not supported/,
    );
    expect(failure(() => trained("Adagrad", { lr: 0.1, weight_decay: 0.1 }))).toMatch(
      /weight_decay option is not compatible with sparse gradients/,
    );
  });
});

test("GradScaler unscales sparse gradients, and sees what is infinite in them", () => {
  const weight = torch.ones([3, 1], { requires_grad: true });
  const optimizer = new torch.optim.SGD([weight], { lr: 1 });
  const scaler = new torch.amp.GradScaler({ init_scale: 8 });
  scaler.scale(F.embedding(ints(1, 1), weight, { sparse: true }).sum()).backward();
  scaler.step(optimizer);
  scaler.update();
  expect(weight.tolist()).toEqual([[1], [-1], [1]]);
  optimizer.zero_grad(true);
  scaler.scale(F.embedding(ints(1), weight, { sparse: true }).sum().mul(Infinity)).backward();
  scaler.step(optimizer);
  scaler.update();
  expect([weight.select(0, 1).item(), scaler.get_scale()]).toEqual([-1, 4]);
});

describe("spdiags", () => {
  const rows = torch.arange(9).float().reshape(3, 3);

  test("places diagonals by column", () => {
    const x = torch.sparse.spdiags(rows, ints(0, -1, 2), [3, 3]);
    expect(x._indices().tolist()).toEqual([
      [0, 1, 2, 1, 2, 0],
      [0, 1, 2, 0, 1, 2],
    ]);
    expect(x._values().tolist()).toEqual([0, 1, 2, 3, 4, 8]);
    const csr = torch.sparse.spdiags(rows, ints(0, -1, 2), [3, 3], { layout: torch.sparse_csr });
    expect([csr.crow_indices().tolist(), csr.values().tolist()]).toEqual([
      [0, 2, 4, 6],
      [0, 8, 3, 1, 4, 2],
    ]);
    expect(
      torch.sparse
        .spdiags(rows, ints(0, 1, 9), [2, 2])
        .to_dense()
        .tolist(),
    ).toEqual([
      [0, 4],
      [0, 1],
    ]);
  });

  test.each([
    [() => torch.sparse.spdiags(rows, ints(0, 0, 2), [3, 3]), /Offset tensor contains duplicate values/],
    [
      () => torch.sparse.spdiags(rows, ints(0, 2), [3, 3]),
      /Number of diagonals \(3\) does not match the number of offsets \(2\)/,
    ],
    [() => torch.sparse.spdiags(rows, ints(0, 1, 2), [3]), /Output shape must be 2d; got \[3\]/],
    [
      () => torch.sparse.spdiags(rows, torch.ones(3), [3, 3]),
      /Offset Tensor must have dtype int64 but got torch.float32/,
    ],
  ])("refuses what does not fit (%#)", (f, message) => {
    expect(failure(f)).toMatch(message);
  });
});

test("dense tensors have the strided layout", () => {
  expect(layoutOf(torch.ones(2))).toBe(torch.strided);
});

describe("a matrix in layout sparse_csr", () => {
  const crow = ints(0, 1, 3);
  const col = ints(2, 0, 1);
  const matrix = (): Tensor => torch.sparse_csr_tensor(crow, col, torch.tensor([1, 2, 3]), [2, 3]);

  test("tells what it is and prints as in PyTorch", () => {
    const x = matrix();
    expect([x.layout, x.is_sparse, x.is_sparse_csr, x._nnz()]).toEqual([torch.sparse_csr, false, true, 3]);
    expect(String(x)).toBe(
      "tensor(crow_indices=tensor([0, 1, 3]),\n       col_indices=tensor([2, 0, 1]),\n" +
        "       values=tensor([1., 2., 3.]), size=(2, 3), nnz=3,\n       layout=torch.sparse_csr)",
    );
    expect(torch.sparse_csr_tensor([0, 1, 2], [0, 1], [1, 2]).shape).toEqual([2, 2]);
    expect(failure(() => x.indices())).toMatch(
      /^NotImplementedError: indices: takes a tensor of layout torch.sparse_coo/,
    );
  });

  test("is multiplied and added", () => {
    const x = matrix();
    const dense = torch.arange(6).float().reshape(2, 3);
    expect(x.matmul(dense.t()).tolist()).toEqual([
      [2, 5],
      [3, 18],
    ]);
    expect(dense.add(x).tolist()).toEqual([
      [0, 1, 3],
      [5, 7, 5],
    ]);
    expect(x.mul(2).neg().values().tolist()).toEqual([-2, -4, -6]);
    expect(x.sum().item()).toBe(6);
    expect(x.double().to_dense().dtype).toBe(torch.float64);
  });

  test("has gradients", () => {
    const x = matrix().requires_grad_();
    const [a, b] = [torch.ones(2, 2).requires_grad_(), torch.ones(2, 3).requires_grad_()];
    torch.sparse.sampled_addmm(x, a, b, { beta: 2, alpha: 3 }).backward(matrix());
    expect(x.grad!.values().tolist()).toEqual([2, 4, 6]);
    expect(a.grad!.tolist()).toEqual([
      [3, 3],
      [15, 15],
    ]);
    expect(b.grad!.tolist()).toEqual([
      [6, 9, 3],
      [6, 9, 3],
    ]);
  });
});
