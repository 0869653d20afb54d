/** torch.autograd's functional interface, saved tensor hooks, anomaly detection. Values are PyTorch 1.13's. */
import { describe, expect, test } from "vitest";
import type { FunctionContext } from "../optimized/autograd/function.js";
import torch, { type Tensor } from "../optimized/index.js";

const { autograd, tensor } = torch;
const F = autograd.functional;
const vec = (...values: number[]): Tensor => tensor(values, { dtype: torch.float64 });
const leaf = (...values: number[]): Tensor => vec(...values).requires_grad_();
const close = (got: Tensor, want: unknown): void =>
  expect(torch.allclose(got, tensor(want as number[], { dtype: torch.float64 }), { rtol: 1e-12, atol: 1e-12 })).toBe(
    true,
  );

describe("jacobian and hessian", () => {
  const mixed = (x: Tensor, y: Tensor): Tensor => x.mul(x).mul(y.sum());

  test("one tensor in, one out: [*out, *in]", () => {
    close(
      F.jacobian((x) => x.mul(x), vec(1, 2)),
      [
        [2, 0],
        [0, 4],
      ],
    );
    expect(F.jacobian((x) => x.sum(1), torch.ones([2, 3])).shape).toEqual([2, 2, 3]);
  });

  test("lists in and out give lists of lists", () => {
    const jac = F.jacobian((x, y) => [mixed(x, y), y.sum()], [vec(1, 2), vec(3)]);
    close(jac[0]![0]!, [
      [6, 0],
      [0, 12],
    ]);
    close(jac[0]![1]!, [[1], [4]]);
    close(jac[1]![0]!, [0, 0]);
    close(jac[1]![1]!, [1]);
  });

  test("of no elements is empty", () => {
    expect(F.jacobian((x) => x.narrow(0, 0, 0), vec(1, 2)).shape).toEqual([0, 2]);
  });

  test("hessian of one and of two inputs", () => {
    close(
      F.hessian((x) => x.pow(3).sum(), vec(1, 2)),
      [
        [6, 0],
        [0, 12],
      ],
    );
    const [[xx, xy], [yx, yy]] = F.hessian((x, y) => mixed(x, y).sum(), [vec(1, 2), vec(3)]) as [
      [Tensor, Tensor],
      [Tensor, Tensor],
    ];
    close(xx, [
      [6, 0],
      [0, 6],
    ]);
    close(xy, [[2], [4]]);
    close(yx, [[2, 4]]);
    close(yy, [[0]]);
  });

  test("create_graph: the result can be differentiated", () => {
    const x = leaf(1, 2);
    F.jacobian((t) => t.pow(3), x, { create_graph: true })
      .sum()
      .backward();
    close(x.grad!, [6, 12]);
    expect(F.jacobian((t) => t.pow(3), x).requires_grad).toBe(false);
  });

  test("options and their clashes", () => {
    const square = (t: Tensor): Tensor => t.mul(t);
    close(F.jacobian(square, vec(1), { vectorize: true, strategy: "forward-mode" }), [[2]]);
    expect(() => F.jacobian(square, vec(1), { strategy: "forward-mode" })).toThrow(
      /only implemented for `vectorize=True`/,
    );
    expect(() => F.jacobian(square, vec(1), { vectorize: true, strict: true })).toThrow(/not supported together/);
    expect(() => F.jacobian(square, vec(1), { strategy: "sideways" as never })).toThrow(
      /expected strategy to be either/,
    );
    expect(() => F.jacobian(square, vec(1), { rows: 3 } as never)).toThrow(/unexpected option 'rows'/);
  });

  test("strict: independence is an error, else zeros", () => {
    const first = (x: Tensor, _y: Tensor): Tensor => x.mul(2);
    close(F.jacobian(first, [vec(1), vec(1)])[1]!, [[0]]);
    expect(() => F.jacobian(first, [vec(1), vec(1)], { strict: true })).toThrow(
      /output 0 .* is independent of input 1/,
    );
    expect(() => F.hessian((x) => x.sum(), vec(1), { strict: true })).toThrow(/independent of the input/);
  });

  test("what is no tensor or no scalar is an error", () => {
    expect(() => F.jacobian((x) => x, 3 as never)).toThrow(/must be either a Tensor or a list of Tensors .* number 3/);
    expect(() => F.hessian((x) => x, vec(1, 2))).toThrow(/should contain a single element; got shape \[2\]/);
    expect(() => F.hessian((x) => [x] as never, vec(1))).toThrow(/should return a single Tensor/);
  });
});

describe("products", () => {
  const f = (x: Tensor): Tensor => x.exp().mul(x.sum());
  const cube = (x: Tensor): Tensor => x.pow(3).sum().mul(x.select(0, 0));

  test("vjp and jvp agree with the Jacobian", () => {
    const x = vec(0.5, -1, 2);
    const v = vec(1, 2, -3);
    const jac = F.jacobian(f, x);
    const [out, vj] = F.vjp(f, x, v);
    const [, jv] = F.jvp(f, x, v);
    expect(torch.allclose(out, f(x))).toBe(true);
    expect(torch.allclose(vj, v.matmul(jac))).toBe(true);
    expect(torch.allclose(jv, jac.matmul(v))).toBe(true);
    expect([out.requires_grad, vj.requires_grad, jv.requires_grad]).toEqual([false, false, false]);
  });

  test("vhp and hvp agree with the Hessian", () => {
    const x = vec(0.5, -1, 2);
    const v = vec(1, 2, -3);
    const h = F.hessian(cube, x);
    expect(torch.allclose(F.vhp(cube, x, v)[1], v.matmul(h))).toBe(true);
    expect(torch.allclose(F.hvp(cube, x, v)[1], h.matmul(v))).toBe(true);
  });

  test("v may be left out for one element only, and must fit", () => {
    close(F.vjp((x) => x.mul(x).sum(), vec(1, 2))[1], [2, 4]);
    expect(() => F.vjp(f, vec(1, 2))).toThrow(/^vjp: the vector v can only be None if/);
    expect(() => F.jvp(f, vec(1, 2), vec(1))).toThrow(/v has invalid size: should be \[2\] but got \[1\]/);
    expect(() => F.vhp(cube, vec(1, 2), [vec(1, 2), vec(1, 2)])).toThrow(/should contain a single Tensor/);
  });

  test("through a graph: gradients with respect to v and the inputs", () => {
    const x = leaf(1, 2);
    const v = leaf(1, 1);
    F.jvp((t) => t.pow(2), x, v, { create_graph: true })[1]
      .sum()
      .backward();
    close(x.grad!, [2, 2]);
    close(v.grad!, [2, 4]);
  });

  test("in no_grad too", () => {
    torch.no_grad(() => close(F.vjp((x) => x.pow(2), vec(3), vec(1))[1], [6]));
  });
});

describe("Function", () => {
  class Scale extends autograd.Function {
    static override forward(x: Tensor, factor: number): Tensor {
      return x.mul(factor);
    }
    static override setup_context(ctx: FunctionContext, [x, factor]: [Tensor, number], output: Tensor): void {
      ctx.save_for_backward(x);
      ctx.factor = factor;
      ctx.seen = output.shape;
    }
    static override backward(ctx: FunctionContext, grad: Tensor): (Tensor | null)[] {
      expect(ctx.seen).toEqual([2]);
      expect(ctx.needs_input_grad).toEqual([true, false]);
      return [grad.mul(ctx.factor as number), null];
    }
  }

  test("with setup_context", () => {
    const x = leaf(1, 2);
    Scale.apply(x, 3).sum().backward();
    close(x.grad!, [3, 3]);
  });

  test("once_differentiable: a second derivative is refused", () => {
    class Once extends autograd.Function {
      static override forward(ctx: FunctionContext, x: Tensor): Tensor {
        ctx.save_for_backward(x);
        return x.mul(x);
      }
      static override backward = autograd.function.once_differentiable((ctx: FunctionContext, grad: Tensor) =>
        ctx.saved_tensors[0]!.mul(2).mul(grad),
      );
    }
    const x = leaf(3);
    const [g] = autograd.grad(Once.apply(x), x, null, { create_graph: true });
    close(g!, [6]);
    const w = leaf(1);
    const [h] = autograd.grad(Once.apply(x).mul(w), x, null, { create_graph: true });
    expect(() => h!.backward()).toThrow(
      /trying to differentiate twice a function that was marked with @once_differentiable/,
    );
  });

  test("set_materialize_grads(false): unused outputs give null", () => {
    const seen: unknown[] = [];
    class Two extends autograd.Function {
      static override forward(ctx: FunctionContext, x: Tensor): [Tensor, Tensor] {
        ctx.set_materialize_grads(false);
        return [x.mul(2), x.mul(3)];
      }
      static override backward(_ctx: FunctionContext, a: Tensor, b: Tensor): Tensor {
        seen.push(a.tolist(), b);
        return a.mul(2);
      }
    }
    const x = leaf(1);
    Two.apply(x)[0].backward();
    expect(seen).toEqual([[1], null]);
  });

  test("mark_dirty: the input itself becomes the output", () => {
    class Add1 extends autograd.Function {
      static override forward(ctx: FunctionContext, x: Tensor): Tensor {
        ctx.mark_dirty(x);
        return x.add_(1);
      }
      static override backward(_ctx: FunctionContext, grad: Tensor): Tensor {
        return grad.mul(5);
      }
    }
    const x = leaf(1);
    const y = x.mul(2);
    const z = Add1.apply(y);
    expect(z).toBe(y);
    z.backward();
    close(x.grad!, [10]);
  });

  test("Variable shares memory and starts a graph", () => {
    const data = vec(1, 2);
    const v = autograd.Variable(data, true);
    v.mul(2).sum().backward();
    close(v.grad!, [2, 2]);
    expect(data.requires_grad).toBe(false);
    expect(() => autograd.Variable([1] as never)).toThrow(/data must be a Tensor/);
  });
});

describe("saved tensors", () => {
  const hooksOn = (x: Tensor, log: string[]): Tensor =>
    autograd.graph.saved_tensors_hooks(
      (t) => {
        log.push(`pack ${t.tolist()}`);
        return t.mul(2);
      },
      (t) => {
        log.push(`unpack ${t.tolist()}`);
        return t.div(2);
      },
      () => x.mul(x.exp()),
    );

  test("hooks see what ops save, and backward what they give", () => {
    const log: string[] = [];
    const x = leaf(1, 2);
    const y = hooksOn(x, log);
    expect(log.length).toBe(3); // exp's result; both factors
    y.sum().backward();
    close(x.grad!, [2 * Math.E, 3 * Math.exp(2)]);
    expect(log.filter((line) => line.startsWith("unpack")).length).toBe(3);
  });

  test("second derivatives go through them", () => {
    const x = leaf(1, 2);
    const [g] = autograd.grad(hooksOn(x, []).sum(), x, null, { create_graph: true });
    g!.sum().backward();
    close(x.grad!, [3 * Math.E, 4 * Math.exp(2)]);
  });

  test("packing to a file or a number: the graph holds nothing else", () => {
    const store = new Map<number, number[] | number>();
    const x = leaf(1, 2);
    const y = autograd.graph.saved_tensors_hooks(
      (t) => store.set(store.size, t.tolist<number[] | number>()).size - 1,
      (key) => tensor(store.get(key)!, { dtype: torch.float64 }),
      () => x.pow(2).mul(3),
    );
    y.sum().backward();
    close(x.grad!, [6, 12]);
  });

  test("of a custom Function", () => {
    class Square extends autograd.Function {
      static override forward(ctx: FunctionContext, x: Tensor): Tensor {
        ctx.save_for_backward(x);
        return x.mul(x);
      }
      static override backward(ctx: FunctionContext, grad: Tensor): Tensor {
        return ctx.saved_tensors[0]!.mul(2).mul(grad);
      }
    }
    const x = leaf(3);
    const y = autograd.graph.saved_tensors_hooks(
      (t) => t.item(),
      (v) => vec(v * 10),
      () => Square.apply(x),
    );
    y.backward();
    close(x.grad!, [60]);
  });

  test("a pack hook may not write, an unpack hook must give a tensor", () => {
    const x = leaf(1);
    const pair = (pack: (t: Tensor) => unknown, unpack: (p: unknown) => Tensor): Tensor =>
      autograd.graph.saved_tensors_hooks(pack, unpack, () => x.mul(2).mul(x.mul(3)));
    expect(() =>
      pair(
        (t) => t.add_(1),
        (t) => t as Tensor,
      ),
    ).toThrow(/pack hook is modifying its input in place/);
    expect(() =>
      pair(
        (t) => t,
        () => 3 as never,
      ).backward(),
    ).toThrow(/expected to be a Tensor but got number 3/);
    x.mul(x).backward(); // the hooks are gone
  });

  test("save_on_cpu gives the same gradients", () => {
    const x = leaf(1, 2);
    autograd.graph
      .save_on_cpu(() => x.pow(3))
      .sum()
      .backward();
    close(x.grad!, [3, 12]);
  });
});

describe("anomaly detection", () => {
  const badSqrt = (x: Tensor): Tensor => x.mul(0).sqrt();

  test("a NaN names the node, its output and the place of the forward call", () => {
    const x = leaf(1, 2);
    const run = (): void => torch.autograd.detect_anomaly(() => badSqrt(x).mul(0).sum().backward());
    expect(run).toThrow(/^Function 'SqrtBackward0' returned nan values in its 0th output\./);
    expect(run).toThrow(
      /Traceback of forward call that caused the error:\n(.*\n)*.*badSqrt.*autograd_functional\.test/,
    );
    expect(torch.is_anomaly_enabled()).toBe(false);
    expect(() => badSqrt(x).mul(0).sum().backward()).not.toThrow();
  });

  test("check_nan: false lets NaN pass; errors still tell the place", () => {
    const x = leaf(1);
    autograd.detect_anomaly(() => badSqrt(x).mul(0).backward(), { check_nan: false });
    const changed = (): void =>
      autograd.detect_anomaly(() => {
        const y = x.exp();
        y.detach().zero_();
        y.backward();
      });
    expect(changed).toThrow(/modified by an inplace operation.*Error detected in ExpBackward0.*autograd_functional/s);
  });

  test("a graph that was made before has no place to tell", () => {
    const y = badSqrt(leaf(1)).mul(0);
    using _guard = autograd.set_detect_anomaly(true);
    expect(() => y.backward()).toThrow(/No forward pass information available/);
  });

  test("derivatives of derivatives tell what induced them", () => {
    const x = leaf(0);
    const run = (): void =>
      autograd.detect_anomaly(() => {
        const [g] = autograd.grad(x.pow(1.5), x, null, { create_graph: true });
        g!.mul(0).pow(0.5).mul(0).backward();
      });
    expect(run).toThrow(/nan values/);
  });
});

describe("hooks of nodes and leaves", () => {
  test("post accumulate hooks run when .grad is there; accumulators take node hooks", () => {
    const x = leaf(1, 2);
    const seen: unknown[] = [];
    const handle = x.register_post_accumulate_grad_hook((p) => {
      seen.push(p.grad!.tolist());
      p.grad = null;
    });
    const accumulator = x.view(2).grad_fn!.next_functions[0]![0]!;
    accumulator.register_hook(() => void seen.push("node"));
    x.mul(3).sum().backward();
    expect(seen).toEqual(["node", [3, 3]]);
    expect(x.grad).toBeNull();
    handle.remove();
    x.mul(3).sum().backward();
    close(x.grad!, [3, 3]);
    expect(() => x.mul(2).register_post_accumulate_grad_hook(() => {})).toThrow(/non-leaf/);
  });

  test("nodes carry metadata", () => {
    const y = leaf(1).mul(2);
    y.grad_fn!.metadata.note = 1;
    expect(y.grad_fn!.metadata).toEqual({ note: 1 });
  });
});
