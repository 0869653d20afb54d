/** The graph: what is recorded, kept, freed and refused. Derivatives of single ops are in ops.test.ts. */
import { describe, expect, test } from "vitest";
import torch, { type Tensor } from "../optimized/index.js";
import type { FunctionContext } from "../optimized/autograd/function.js";

const { autograd, tensor } = torch;

const leaf = (...values: number[]): Tensor => tensor(values, { requires_grad: true });
const values = (t: Tensor | null): unknown => (t === null ? null : t.tolist());

describe("accumulation", () => {
  test("gradients of several passes and of several paths are summed", () => {
    const x = leaf(1, 2);
    x.mul(3).sum().backward();
    x.mul(x).add(x).sum().backward();
    expect(values(x.grad)).toEqual([6, 8]);
  });

  test("autograd.grad leaves .grad alone", () => {
    const x = leaf(2);
    const [g] = autograd.grad(x.mul(x), x);
    expect(values(g!)).toEqual([4]);
    expect(x.grad).toBeNull();
  });

  test("a gradient belongs to its tensor: writing to it changes nothing else", () => {
    const [x, y] = [leaf(1, 1), leaf(1, 1)];
    x.add(y).sum().backward();
    x.grad!.mul_(10);
    expect(values(y.grad)).toEqual([1, 1]);
  });

  test("a gradient that zero_grad cleared stays the same tensor, with its views", () => {
    const x = torch.ones([40, 40], { requires_grad: true }); // large enough for a block that could be exchanged
    const optimizer = new torch.optim.SGD([x], 0.1);
    const pass = (): void => x.mul(x).mul(2).sum().backward();
    pass();
    const { grad } = x;
    const view = grad!.view(-1);
    const at = (): unknown => view.select(0, 5).item();
    optimizer.zero_grad();
    expect(at()).toBe(0);
    pass();
    expect(x.grad).toBe(grad);
    expect(at()).toBe(4);
    pass();
    expect(at()).toBe(8);
    optimizer.zero_grad();
    grad!.add_(1);
    pass();
    expect(at()).toBe(5);
    optimizer.zero_grad();
    const { data } = grad!;
    pass();
    expect(data).toEqual(grad!.data);
  });

  test("broadcast inputs get the sum over what they were stretched to", () => {
    const x = leaf(1, 2, 3);
    const b = tensor(2, { requires_grad: true });
    x.reshape(3, 1).expand(3, 4).mul(b).sum().backward();
    expect(values(x.grad)).toEqual([8, 8, 8]);
    expect(values(b.grad)).toBe(24);
  });

  test("gradients of an empty tensor are summed, though they are one number stretched to its shape", () => {
    const x = torch.zeros([2, 0], { requires_grad: true });
    const y = torch.zeros([2, 0], { requires_grad: true });
    x.sub(y.mul(x)).mean().backward();
    expect(x.grad!.shape).toEqual([2, 0]);
  });

  test("tensors that are not used get no gradient, or an error from grad", () => {
    const [x, unused] = [leaf(1), leaf(1)];
    expect(() => autograd.grad(x.mul(2), unused)).toThrow(/not have been used in the graph.*allow_unused: true/);
    expect(autograd.grad(x.mul(2), unused, null, { allow_unused: true })).toEqual([null]);
  });

  test("only scalars start without weights", () => {
    const x = leaf(1, 2);
    expect(() => x.mul(2).backward()).toThrow(/only for scalar outputs; got shape \[2\]/);
    x.mul(2).backward(tensor([1, 10]));
    expect(values(x.grad)).toEqual([2, 20]);
    expect(() => x.mul(2).backward(tensor([1]))).toThrow(/Mismatch in shape.*got grad \[1\], output \[2\]/);
    expect(() => tensor([1]).backward()).toThrow(/does not require grad/);
  });
});

test("a NaN in an image reaches only the weights of a convolution that met it", () => {
  const x = torch.ones([2, 1, 8, 8]);
  x.index_put_([0, 0, 0, 0], Number.NaN); // only the first tap of a 3 x 3 kernel reads a corner
  const w = torch.ones([3, 1, 3, 3], { requires_grad: true });
  torch.nn.functional.conv2d(x, w).sum().backward();
  const expected = new Array<number>(9).fill(72); // 2 images of 6 x 6 places
  expected[0] = Number.NaN;
  for (const row of w.grad!.view(3, 9).tolist<number[][]>()) expect(row).toEqual(expected);
});

describe("what a pass frees", () => {
  test("a second pass over the same graph is refused, unless it was retained", () => {
    const x = leaf(2);
    const y = x.mul(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow(/Trying to backward through the graph a second time.*retain_graph: true/s);
    const z = x.mul(x).sum();
    z.backward(null, true);
    z.backward();
    expect(values(x.grad)).toEqual([12]);
  });

  test("ops that save nothing may be passed twice", () => {
    const x = leaf(2);
    const y = x.add(1).sum();
    y.backward();
    y.backward();
    expect(values(x.grad)).toEqual([2]);
  });

  test("gradients of gradients", () => {
    const x = leaf(2);
    const [first] = autograd.grad(x.pow(3).sum(), x, null, { create_graph: true });
    const [second] = autograd.grad(first!.sum(), x, null, { create_graph: true });
    const [third] = autograd.grad(second!.sum(), x);
    expect([values(first!), values(second!), values(third!)]).toEqual([[12], [12], [6]]);
  });
});

describe("in place", () => {
  test("a value that backward needs may not change", () => {
    const x = leaf(1, 2);
    const y = x.exp();
    y.mul_(2);
    expect(() => y.sum().backward()).toThrow(
      /ExpBackward0: one of the variables needed for gradient computation has been modified by an inplace operation: .*is at version 1; expected version 0/s,
    );
  });

  test("a value that backward does not need may change", () => {
    const x = leaf(1, 2);
    const y = x.add(1);
    y.mul_(3);
    y.sum().backward();
    expect(values(x.grad)).toEqual([3, 3]);
  });

  test("leaves that require grad may not change, except without a graph", () => {
    const x = leaf(1, 2);
    expect(() => x.add_(1)).toThrow(/^add_: a leaf Variable that requires grad is being used in an in-place operation/);
    expect(() => x.select(0, 0).add_(1)).toThrow(/a view of a leaf Variable that requires grad/);
    torch.no_grad(() => x.add_(1));
    expect(values(x)).toEqual([2, 3]);
  });

  test("a write to a view changes the history of its base", () => {
    const x = leaf(1, 2, 3);
    const base = x.mul(2);
    base.select(0, 1).mul_(10);
    base.sum().backward();
    expect(values(x.grad)).toEqual([2, 20, 2]);
  });

  test("a write to the base shows in the gradient through a view made before", () => {
    const x = leaf(1, 2, 3);
    const base = x.mul(2);
    const view = base.narrow(0, 1, 2);
    base.mul_(x);
    view.sum().backward();
    expect(values(x.grad)).toEqual([0, 8, 12]);
  });

  test("a write to a view of a view, through a permutation", () => {
    const x = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { requires_grad: true },
    );
    const base = x.clone();
    base
      .t()
      .select(0, 1)
      .copy_(tensor([7, 8], { requires_grad: true }));
    base
      .mul(
        tensor([
          [1, 10],
          [100, 1000],
        ]),
      )
      .sum()
      .backward();
    expect(values(base)).toEqual([
      [1, 7],
      [3, 8],
    ]);
    expect(values(x.grad)).toEqual([
      [1, 0],
      [100, 0],
    ]);
  });

  test("detached tensors share memory and the version, not the history", () => {
    const x = leaf(1, 2);
    const y = x.exp();
    const d = y.detach();
    expect(d.requires_grad).toBe(false);
    d.mul_(0);
    expect(values(y)).toEqual([0, 0]);
    expect(() => y.sum().backward()).toThrow(/modified by an inplace operation/);
  });
});

describe("modes", () => {
  test("nothing is recorded in no_grad; enable_grad turns it on again", () => {
    const x = leaf(1);
    expect(torch.no_grad(() => x.mul(2).requires_grad)).toBe(false);
    expect(torch.no_grad(() => torch.enable_grad(() => x.mul(2).requires_grad))).toBe(true);
    {
      using _guard = torch.no_grad();
      expect(torch.is_grad_enabled()).toBe(false);
    }
    expect(torch.is_grad_enabled()).toBe(true);
  });

  test("the mode comes back after an error", () => {
    expect(() =>
      torch.no_grad(() => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(torch.is_grad_enabled()).toBe(true);
  });

  test("an async function would leave the scope at its first await", () => {
    expect(() => torch.no_grad(async () => {})).toThrow(/async function leaves the scope/);
  });
});

describe("hooks", () => {
  test("see the gradient and may replace it, in order of registration", () => {
    const x = leaf(1);
    const seen: unknown[] = [];
    const y = x.mul(3);
    y.register_hook((g: Tensor) => {
      seen.push(values(g));
      return g.mul(2);
    });
    const second = y.register_hook((g: Tensor) => {
      seen.push(values(g));
    });
    y.sum().backward();
    expect(seen).toEqual([[1], [2]]);
    expect(values(x.grad)).toEqual([6]);
    second.remove();
    x.mul(1).sum().backward();
    expect(seen.length).toBe(2);
  });

  test("of a leaf see the gradient of each pass before it is summed", () => {
    const x = leaf(1);
    const seen: unknown[] = [];
    x.register_hook((g: Tensor) => {
      seen.push(values(g));
    });
    x.mul(2).sum().backward();
    x.mul(5).sum().backward();
    expect(seen).toEqual([[2], [5]]);
    expect(values(x.grad)).toEqual([7]);
  });

  test("a pass inside a hook", () => {
    const x = leaf(3);
    const y = x.mul(2);
    y.register_hook(() => {
      torch.enable_grad(() => x.mul(x).sum().backward()); // a pass without create_graph records nothing
    });
    y.sum().backward();
    expect(values(x.grad)).toEqual([8]);
  });

  test("retain_grad keeps the gradient of a tensor that is no leaf", () => {
    const x = leaf(1);
    const y = x.mul(2);
    y.retain_grad();
    y.mul(5).sum().backward();
    expect(values(y.grad)).toEqual([5]);
  });
});

describe("Function", () => {
  class Cube extends autograd.Function {
    static override forward(ctx: FunctionContext, x: Tensor): Tensor {
      ctx.save_for_backward(x);
      return x.mul(x).mul(x);
    }
    static override backward(ctx: FunctionContext, grad: Tensor): Tensor {
      return ctx.saved_tensors[0]!.pow(2).mul(3).mul(grad);
    }
  }

  test("has its own derivative, which can be derived again", () => {
    const x = tensor([2], { dtype: torch.float64, requires_grad: true });
    const cube = (t: Tensor): Tensor => Cube.apply(t) as Tensor;
    const [first] = autograd.grad(cube(x), x, null, { create_graph: true });
    expect(values(first!)).toEqual([12]);
    expect(values(autograd.grad(first!, x)[0]!)).toEqual([12]);
    expect(autograd.gradcheck(cube, x)).toBe(true);
    expect(autograd.gradgradcheck(cube, x)).toBe(true);
    expect(cube(x).grad_fn!.name).toBe("CubeBackward");
  });

  test("with a wrong number of gradients names itself", () => {
    class Wrong extends autograd.Function {
      static override forward(_ctx: FunctionContext, x: Tensor): Tensor {
        return x.mul(1);
      }
      static override backward(_ctx: FunctionContext, grad: Tensor): Tensor[] {
        return [grad, grad];
      }
    }
    expect(() => (Wrong.apply(leaf(1)) as Tensor).sum().backward()).toThrow(
      /^WrongBackward: returned an incorrect number of gradients \(expected 1, got 2\)/,
    );
  });

  test("gradcheck sees a wrong derivative", () => {
    class Twice extends autograd.Function {
      static override forward(_ctx: FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
      static override backward(_ctx: FunctionContext, grad: Tensor): Tensor {
        return grad.mul(3);
      }
    }
    const x = tensor([1], { dtype: torch.float64, requires_grad: true });
    expect(() => autograd.gradcheck((t) => Twice.apply(t) as Tensor, x)).toThrow(
      /Jacobian mismatch for output 0 with respect to input 0: .* is 3 analytically and 1.99/,
    );
  });
});

describe("large and unusual graphs", () => {
  test("a chain of 100,000 ops does not overflow the stack", () => {
    const x = leaf(1);
    let y: Tensor = x;
    for (let i = 0; i < 100_000; i++) y = y.add(0.5);
    y.sum().backward();
    expect(values(x.grad)).toEqual([1]);
  });

  test("a diamond is passed once per node, however many paths there are", () => {
    const x = leaf(1);
    let y: Tensor = x;
    for (let i = 0; i < 60; i++) y = y.add(y).mul(0.5); // 2^60 paths
    y.sum().backward();
    expect(values(x.grad)).toEqual([1]);
  });

  test("an error in backward names the op and leaves the library usable", () => {
    const x = leaf(1, 2);
    const y = x.mul(2);
    y.register_hook(() => {
      throw new Error("from the hook");
    });
    expect(() => y.sum().backward()).toThrow("from the hook");
    const z = x.exp();
    z.zero_();
    expect(() => z.sum().backward()).toThrow(/^ExpBackward0: /);
    x.grad = null;
    x.mul(4).sum().backward();
    expect(values(x.grad)).toEqual([4, 4]);
    expect(torch.is_grad_enabled()).toBe(true);
  });

  test("ops without a derivative cut the graph", () => {
    const x = leaf(1, 2);
    expect(x.gt(1).requires_grad).toBe(false);
    expect(torch.argmax(x).requires_grad).toBe(false);
    expect(torch.max(x, 0).values.requires_grad).toBe(true);
    expect(torch.max(x, 0).indices.requires_grad).toBe(false);
  });

  test("grad_fn tells the history", () => {
    const x = leaf(1);
    const y = x.mul(2).exp();
    expect(x.grad_fn).toBeNull();
    expect(y.grad_fn!.name).toBe("ExpBackward0");
    expect(y.grad_fn!.next_functions[0]![0]!.name).toBe("MulBackward0");
    expect(y.is_leaf).toBe(false);
  });
});
