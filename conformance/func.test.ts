/** torch.func: transforms and their nesting. Expected values are derivatives by hand, or one transform against another. */
import { describe, expect, test } from "vitest";
import torch, { nn, type Tensor } from "../optimized/index.js";

const { func, tensor } = torch;
const vec = (...values: number[]): Tensor => tensor(values, { dtype: torch.float64 });
const scalar = (value: number): Tensor => tensor(value, { dtype: torch.float64 });
const same = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape);
  expect(torch.allclose(a, b, { rtol: 1e-12, atol: 1e-12 })).toBe(true);
};

describe("grad", () => {
  const f = (x: Tensor, y: Tensor): Tensor => x.pow(2).mul(y).sum();

  test("of one argument, of several, from the end", () => {
    const x = vec(1, 2);
    const y = vec(3, 4);
    same(func.grad(f)(x, y), vec(6, 16));
    const [gx, gy] = func.grad(f, [0, 1])(x, y);
    same(gx, vec(6, 16));
    same(gy, vec(1, 4));
    same(func.grad(f, { argnums: -1 })(x, y), vec(1, 4));
  });

  test("of arrays and objects; arguments that are no tensors pass through", () => {
    const g = func.grad((p: { w: Tensor; b: Tensor[] }, k: number) => p.w.mul(p.b[0]!).mul(k).sum())(
      { w: vec(2), b: [vec(5)] },
      10,
    );
    same(g.w, vec(50));
    same(g.b[0]!, vec(20));
  });

  test("has_aux and grad_and_value", () => {
    const withAux = (x: Tensor): [Tensor, { twice: Tensor }] => [x.pow(2).sum(), { twice: x.mul(2) }];
    const [g, aux] = func.grad(withAux, 0, true)(vec(3));
    same(g, vec(6));
    same(aux.twice, vec(6));
    expect(aux.twice.requires_grad).toBe(false);
    const [g2, value] = func.grad_and_value((x: Tensor) => x.pow(2).sum())(vec(3));
    same(g2, vec(6));
    same(value, scalar(9));
    const [, [v3, a3]] = func.grad_and_value(withAux, { has_aux: true })(vec(3));
    same(v3, scalar(9));
    same(a3.twice, vec(6));
  });

  test("nests: derivatives of derivatives", () => {
    const sin = (x: Tensor): Tensor => x.sin();
    same(func.grad(func.grad(func.grad(sin)))(scalar(1)), scalar(1).cos().neg());
  });

  test("no confusion of levels", () => {
    // d/dx [x · d/dy (x + y)] = d/dx x = 1
    const inner = (x: Tensor): Tensor =>
      func
        .grad((y: Tensor) => x.add(y))(scalar(1))
        .mul(x);
    same(func.grad(inner)(scalar(3)), scalar(1));
    // d/dx [d/dy (x·y) at y = x] = d/dx x = 1
    same(func.grad((x: Tensor) => func.grad((y: Tensor) => x.mul(y))(x))(scalar(3)), scalar(1));
  });

  test("is part of a graph around it only where it depends on it", () => {
    expect(func.grad((x: Tensor) => x.pow(3))(scalar(2)).requires_grad).toBe(false);
    const w = scalar(5).requires_grad_();
    func
      .grad((x: Tensor) => x.pow(2).mul(w))(scalar(3))
      .backward();
    same(w.grad!, scalar(6));
    const x = scalar(2).requires_grad_();
    func
      .grad((t: Tensor) => t.pow(3))(x)
      .backward();
    same(x.grad!, scalar(12));
    expect(torch.no_grad(() => func.grad((t: Tensor) => t.pow(3))(x)).requires_grad).toBe(false);
  });

  test("unused arguments get zeros", () => {
    same(func.grad((_x: Tensor, y: Tensor) => y.sum())(vec(1, 2), vec(1)), vec(0, 0));
    same(func.grad(() => scalar(1))(...([vec(1, 2)] as unknown as [])) as unknown as Tensor, vec(0, 0));
  });

  test("errors name the rule", () => {
    expect(() => func.grad((x: Tensor) => x)(vec(1, 2))).toThrow(
      /^grad: expected the function to return a scalar tensor; got shape \[2\]/,
    );
    expect(() => func.grad((() => 3) as never)(vec(1) as never)).toThrow(/to return a Tensor; got number 3/);
    expect(() => func.grad(f, 5 as 0)(vec(1), vec(1))).toThrow(/Got argnum=5, but only 2 positional inputs/);
    expect(() => func.grad(f, [0, -2])(vec(1), vec(1))).toThrow(/must be unique/);
  });
});

describe("products and Jacobians", () => {
  const f = (x: Tensor): Tensor => x.exp().mul(x.sum());
  const x = vec(0.5, -1, 2);
  const v = vec(1, 2, -3);

  test("agree with autograd.functional", () => {
    const jac = torch.autograd.functional.jacobian(f, x);
    same(func.jacrev(f)(x), jac);
    same(func.jacfwd(f)(x), jac);
    const [out, vjp_fn] = func.vjp(f, x);
    same(out, f(x));
    same(vjp_fn(v), v.matmul(jac));
    same(vjp_fn(v.mul(2)), v.mul(2).matmul(jac));
    same(func.jvp(f, [x], [v])[1], jac.matmul(v));
    const [value, jvp_fn] = func.linearize(f, x);
    same(value, f(x));
    same(jvp_fn(v), jac.matmul(v));
  });

  test("hessian, in both orders of differentiation", () => {
    const g = (t: Tensor): Tensor => t.pow(3).sum().mul(t.select(0, 0));
    const want = torch.autograd.functional.hessian(g, x);
    same(func.hessian(g)(x), want);
    same(func.jacrev(func.jacfwd(g))(x), want);
    same(func.jacrev(func.jacrev(g))(x), want);
    same(func.jacfwd(func.grad(g))(x), want);
  });

  test("structures of outputs and arguments", () => {
    const g = (a: Tensor, b: Tensor): { sum: Tensor; parts: Tensor[] } => ({ sum: a.sum().mul(b), parts: [a.mul(2)] });
    for (const jacobian of [func.jacrev, func.jacfwd]) {
      const jac = jacobian(g, { argnums: [0, 1] })(vec(1, 2), vec(3));
      same(jac.sum[0], tensor([[3, 3]], { dtype: torch.float64 }));
      same(jac.sum[1], tensor([[3]], { dtype: torch.float64 }));
      same(jac.parts[0][0], torch.eye(2, { dtype: torch.float64 }).mul(2));
      same(jac.parts[0][1], torch.zeros([2, 1], { dtype: torch.float64 }));
    }
  });

  test("aux, several primals", () => {
    const [, vjp_fn, aux] = func.vjp((a: Tensor, b: Tensor) => [a.mul(b), "note"] as const, vec(2), vec(3), {
      has_aux: true,
    });
    expect(aux).toBe("note");
    const [ga, gb] = vjp_fn(vec(1));
    same(ga, vec(3));
    same(gb, vec(2));
    expect(func.jvp((a: Tensor) => [a, 7] as const, [vec(1)], [vec(1)], { has_aux: true })[2]).toBe(7);
  });

  test("jvp nests with grad", () => {
    // the Hessian in a direction: forward over reverse
    const g = (t: Tensor): Tensor => t.pow(3).sum();
    same(func.jvp(func.grad(g), [x], [v])[1], x.mul(6).mul(v));
    // reverse over forward
    same(func.grad((t: Tensor) => func.jvp(g, [t], [v])[1])(x), x.mul(6).mul(v));
  });

  test("errors", () => {
    expect(() => func.jvp(f, x as never, [v])).toThrow(/expected primals to be a list/);
    expect(() => func.jvp(f, [x], [vec(1)])).toThrow(/tangents 0 must have the shape.*got got \[1\], expected \[3\]/);
    expect(() => func.vjp(f, x)[1](vec(1))).toThrow(/cotangents 0 must have the shape/);
  });
});

describe("vmap", () => {
  const a = torch.arange(6, { dtype: torch.float64 }).reshape(3, 2);

  test("maps the first dim, or others", () => {
    same(func.vmap((row: Tensor) => row.sum())(a), a.sum(1));
    same(func.vmap((column: Tensor) => column.sum(), 1)(a), a.sum(0));
    same(func.vmap((row: Tensor) => row.mul(2), { out_dims: 1 })(a), a.mul(2).t());
    same(func.vmap((row: Tensor) => row.mul(2), -1, -1)(a), a.mul(2));
  });

  test("several arguments, null for those that are not mapped, structures", () => {
    const w = vec(1, 10);
    same(func.vmap((x: Tensor, y: Tensor) => x.dot(y), [0, null])(a, w), a.matmul(w));
    const out = func.vmap((p: { x: Tensor; y: Tensor }) => ({ s: p.x.add(p.y), t: [p.x] }), {
      in_dims: [{ x: 0, y: null }],
    })({ x: a, y: w } as never) as unknown as { s: Tensor; t: Tensor[] };
    same(out.s, a.add(w));
    same(out.t[0]!, a);
  });

  test("nests with itself and with grad: per-sample gradients", () => {
    same(func.vmap(func.vmap((x: Tensor) => x.mul(2)))(a), a.mul(2));
    const w = vec(1, -1);
    const loss = (weight: Tensor, x: Tensor): Tensor => weight.dot(x).pow(2);
    const grads = func.vmap(func.grad(loss), [null, 0])(w, a);
    same(grads, a.matmul(w).mul(2).unsqueeze(1).mul(a));
    same(
      func.grad((x: Tensor) =>
        func
          .vmap((row: Tensor) => row.pow(2).sum())(x)
          .sum(),
      )(a),
      a.mul(2),
    );
    same(func.jacrev((x: Tensor) => x.pow(2))(w), torch.diag(w.mul(2)));
  });

  test("no slices: the shapes of the results are known all the same", () => {
    expect(func.vmap((x: Tensor) => x.sum())(torch.zeros([0, 3])).shape).toEqual([0]);
    expect(func.vmap((x: Tensor) => x.mul(2), 0, 1)(torch.zeros([0, 3])).shape).toEqual([3, 0]);
  });

  test("randomness: error, same, different", () => {
    const noisy = (x: Tensor): Tensor => x.add(torch.rand([]));
    const zeros = torch.zeros(3);
    expect(() => func.vmap(noisy)(zeros)).toThrow(/called random operation while in randomness error mode/);
    const same = func.vmap(noisy, { randomness: "same" })(zeros).tolist<number[]>();
    expect(new Set(same).size).toBe(1);
    const different = func.vmap(noisy, { randomness: "different" })(zeros).tolist<number[]>();
    expect(new Set(different).size).toBe(3);
    expect(() => func.vmap(noisy, { randomness: "some" as never })(zeros)).toThrow(/Only allowed values/);
  });

  test("errors", () => {
    const id = (x: Tensor, _y?: Tensor): Tensor => x;
    expect(() => func.vmap(id)(a, vec(1))).toThrow(/same size in the mapped dimension, got sizes 3, 1/);
    expect(() => func.vmap(id, null)(a)).toThrow(/at least one Tensor to map over/);
    expect(() => func.vmap(id, 2)(a)).toThrow(/Got in_dim=2 for input 0, but the input has shape \[3, 2\]/);
    expect(() => func.vmap(id)(scalar(1))).toThrow(/Got in_dim=0/);
    expect(() => func.vmap(() => 3)(...([a] as unknown as []))).toThrow(/must only return Tensors/);
  });
});

describe("functional_call", () => {
  test("runs with other parameters and restores the own ones, also after an error", () => {
    const net = new nn.Sequential(new nn.Linear(2, 1), new nn.ReLU());
    const own = net.get_parameter("0.weight");
    const params = { "0.weight": torch.tensor([[1, 2]]), "0.bias": torch.tensor([3]) };
    const x = torch.tensor([[10, 100]]);
    expect(func.functional_call(net, params, [x]).tolist()).toEqual([[213]]);
    expect(func.functional_call(net, { "0.bias": torch.tensor([1000]) }, x).item()).not.toBe(213);
    expect(net.get_parameter("0.weight")).toBe(own);
    expect(() => func.functional_call(net, params, [torch.ones([1, 5])])).toThrow();
    expect(net.get_parameter("0.weight")).toBe(own);
    expect([...net.named_parameters()].map(([name]) => name)).toEqual(["0.weight", "0.bias"]);
  });

  test("with grad it gives the gradients of a model", () => {
    const net = new nn.Linear(2, 1);
    const params = Object.fromEntries(net.named_parameters()) as Record<string, Tensor>;
    const x = torch.tensor([[1, 2]]);
    const grads = func.grad((p: Record<string, Tensor>) => func.functional_call(net, p, [x]).sum())(params);
    expect(grads.weight!.tolist()).toEqual([[1, 2]]);
    expect(grads.bias!.tolist()).toEqual([1]);
    expect(net.weight.grad).toBeNull();
  });

  test("inside another one: a model that runs a part of itself with other weights", () => {
    class Fast extends nn.Module {
      readonly layer = new nn.Linear(1, 1, false);
      override forward(x: Tensor): Tensor {
        return func.functional_call(this.layer, { weight: this.layer.weight.mul(2) }, [x]);
      }
    }
    expect(func.functional_call(new Fast(), { "layer.weight": torch.tensor([[5]]) }, [torch.ones([1, 1])]).item()).toBe(
      10,
    );
  });

  test("buffers, tied weights, names", () => {
    const norm = new nn.BatchNorm1d(2);
    const mean = torch.zeros(2);
    func.functional_call(norm, [{ running_mean: mean }], [torch.ones([4, 2])]);
    expect(mean.tolist()).toEqual([expect.closeTo(0.1, 6), expect.closeTo(0.1, 6)]);
    expect(norm.running_mean!.tolist()).toEqual([0, 0]);
    class Tied extends nn.Module {
      readonly a = new nn.Linear(1, 1, false);
      readonly b = new nn.Linear(1, 1, false);
      constructor() {
        super();
        this.b.weight = this.a.weight;
      }
      override forward(x: Tensor): Tensor {
        return this.b(this.a(x));
      }
    }
    const tiedNet = new Tied();
    const ten = { "a.weight": torch.tensor([[10]]) };
    expect(func.functional_call(tiedNet, ten, [torch.ones([1, 1])]).item()).toBe(100);
    expect(() =>
      func.functional_call(tiedNet, { ...ten, "b.weight": torch.ones([1, 1]) }, [torch.ones([1, 1])]),
    ).toThrow(/are tied/);
    expect(() => func.functional_call(norm, { other: mean }, [mean])).toThrow(/no parameter or buffer 'other'/);
    expect(() => func.functional_call(norm, {}, [mean], null, { strict: true })).toThrow(
      /Missing key\(s\): weight, bias/,
    );
  });

  test("an ensemble by stack_module_state and vmap", () => {
    const models = [new nn.Linear(2, 1), new nn.Linear(2, 1), new nn.Linear(2, 1)];
    const [params, buffers] = func.stack_module_state(models);
    const x = torch.randn([4, 2]);
    const run = (p: Record<string, Tensor>, b: Record<string, Tensor>): Tensor =>
      func.functional_call(models[0]!, [p, b], [x]);
    const out = func.vmap(run)(params, buffers);
    expect(torch.allclose(out, torch.stack(models.map((m) => m(x))))).toBe(true);
  });
});
