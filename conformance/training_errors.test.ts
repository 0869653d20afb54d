/**
 * Bad input of training programs: the kind of error, and the words, that PyTorch's users know; and nothing is changed by it, bit
 * for bit: parameters, gradients, buffers, the optimizer's options and its state.
 */
import { describe, expect, test } from "vitest";
import type { FunctionContext } from "../optimized/autograd/function.js";
import { TorchError } from "../optimized/core/errors.js";
import torch, { nn, optim, type Tensor } from "../optimized/index.js";
import type { Optimizer } from "../optimized/optim/index.js";

const leaf = (...values: number[]): Tensor => torch.tensor(values, { requires_grad: true });

/** The error of an action, as its kind in Python and its message. */
function errorOf(action: () => unknown): { kind: string; message: string } {
  try {
    action();
  } catch (error) {
    if (!(error instanceof TorchError)) throw error;
    return { kind: error.kind, message: error.message };
  }
  throw new Error("nothing was thrown");
}

function expectError(action: () => unknown, kind: string, message: RegExp): void {
  const error = errorOf(action);
  expect(error.message).toMatch(message);
  expect(error.kind).toBe(kind);
}

/** All numbers in what a training program has: tensors with their versions, optimizers with everything they keep. */
function snapshot(things: readonly (Tensor | Optimizer | nn.Module)[]): unknown {
  const copied = (value: unknown): unknown => {
    if (value instanceof torch.Tensor) {
      const { _version, grad } = value;
      return { shape: [...value.shape], values: value.tolist(), _version, grad: grad === null ? null : copied(grad) };
    }
    if (value instanceof optim.Optimizer) return [copied([...value.state]), copied(value.param_groups)];
    if (value instanceof nn.Module) return [copied([...value.named_parameters()]), copied([...value.named_buffers()])];
    if (value instanceof Map) return copied([...value]);
    if (Array.isArray(value)) return value.map(copied);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, copied(v)]));
  };
  return copied(things);
}

/** The action fails so, and leaves the things as they were. */
function expectRefused(
  things: readonly (Tensor | Optimizer | nn.Module)[],
  action: () => unknown,
  kind: string,
  message: RegExp,
): void {
  const before = snapshot(things);
  expectError(action, kind, message);
  expect(snapshot(things)).toEqual(before);
}

/** A model of two layers, an optimizer that has taken a step, and gradients. */
function trained(): { model: nn.Sequential; optimizer: Optimizer; loss: () => Tensor } {
  torch.manual_seed(0);
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Linear(4, 1));
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.1, amsgrad: true }) as unknown as Optimizer;
  const x = torch.randn([5, 3]);
  const loss = (): Tensor => (model(x) as Tensor).square().mean();
  loss().backward();
  optimizer.step();
  return { model, optimizer, loss };
}

const optimizers = [
  "SGD",
  "Adadelta",
  "Adagrad",
  "Adam",
  "AdamW",
  "Adamax",
  "ASGD",
  "NAdam",
  "RAdam",
  "RMSprop",
  "Rprop",
] as const;

describe.each([...optimizers, "LBFGS"] as const)("%s", (name) => {
  const make = (params: unknown, options: object = {}): Optimizer =>
    new (optim[name] as unknown as new (params: unknown, options: object) => Optimizer)(params, {
      lr: 0.1,
      ...options,
    });

  test("lr < 0", () => {
    const w = leaf(1, 2);
    if (name === "LBFGS")
      expect(make([w], { lr: -1 }).defaults.lr).toBe(-1); // PyTorch's takes any
    else expectRefused([w], () => make([w], { lr: -1 }), "ValueError", /Invalid learning rate: -1$/);
  });

  test("an empty parameter list, a non-leaf, no tensors, a set, one tensor", () => {
    const w = leaf(1, 2);
    const twice = w.mul(2);
    const only = /optimizer can only optimize Tensors, but one of the params is/;
    expectRefused([w], () => make([]), "ValueError", /optimizer got an empty parameter list/);
    expectRefused([w, twice], () => make([w, twice]), "ValueError", /can't optimize a non-leaf Tensor/);
    expectRefused([w], () => make([1, 2]), "TypeError", only);
    expectRefused(
      [w],
      () => make([{ params: new Set([w]) }]),
      "TypeError",
      /need to be organized in ordered collections/,
    );
    expectRefused([w], () => make(w), "TypeError", /should be an iterable of Tensors or dicts, but got/);
  });

  test("an option that it does not have", () => {
    expectRefused([], () => make([leaf(1)], { speed: 3 }), "TypeError", /speed/);
  });
});

describe.each(optimizers)("%s", (name) => {
  const make = (params: unknown): Optimizer =>
    new (optim[name] as unknown as new (params: unknown, options: object) => Optimizer)(params, { lr: 0.1 });
  const stepped = (...params: Tensor[]): Optimizer => {
    const optimizer = make(params);
    for (const p of params) p.grad = torch.ones_like(p);
    optimizer.step();
    return optimizer;
  };

  test("a parameter in two groups", () => {
    const [v, w] = [leaf(1), leaf(2, 3)];
    const both = /some parameters appear in more than one parameter group/;
    expectRefused([v, w], () => make([{ params: [v, w] }, { params: [w] }]), "ValueError", both);
    const optimizer = stepped(v, w);
    expectRefused([v, w, optimizer], () => optimizer.add_param_group({ params: [leaf(1), w] }), "ValueError", both);
  });

  test("a state dict of other groups", () => {
    const [v, w] = [leaf(1), leaf(2, 3)];
    const optimizer = stepped(v, w);
    const load = (saved: Optimizer) => () => optimizer.load_state_dict(saved.state_dict());
    const size = /loaded state dict contains a parameter group that doesn't match the size of optimizer's group/;
    expectRefused([v, w, optimizer], load(stepped(leaf(1))), "ValueError", size);
    const groups = /loaded state dict has a different number of parameter groups/;
    expectRefused([v, w, optimizer], load(make([{ params: [leaf(1)] }, { params: [leaf(1)] }])), "ValueError", groups);
  });

  test("a state dict of other shapes", () => {
    const [v, w] = [leaf(1), leaf(2, 3)];
    const optimizer = stepped(v, w);
    const saved = stepped(leaf(1), leaf(1, 2, 3)).state_dict();
    const keeps = [...saved.state.values()].some((state) =>
      Object.values(state).some((value) => value instanceof torch.Tensor && value.numel() > 1),
    );
    const load = (): void => optimizer.load_state_dict(saved);
    if (keeps)
      expectRefused(
        [v, w, optimizer],
        load,
        "RuntimeError",
        /must have the shape of its parameter; got .*\[3\].*\[2\]/,
      );
    else load(); // plain SGD keeps nothing per parameter
  });
});

describe("LBFGS", () => {
  test("step without a closure", () => {
    const w = leaf(1, 2);
    w.grad = torch.ones(2);
    const optimizer = new optim.LBFGS([w]) as unknown as Optimizer;
    expectRefused([w, optimizer], () => optimizer.step(), "TypeError", /closure/);
  });

  test("two groups", () => {
    const groups = [{ params: [leaf(1)] }, { params: [leaf(1)] }];
    expectRefused([], () => new optim.LBFGS(groups), "ValueError", /LBFGS doesn't support per-parameter options/);
  });
});

describe("gradients", () => {
  test("a second backward", () => {
    const { model, optimizer, loss } = trained();
    const value = loss();
    value.backward();
    expectRefused(
      [model, optimizer, value],
      () => value.backward(),
      "RuntimeError",
      /Trying to backward through the graph a second time/,
    );
  });

  test("of another shape, dtype or kind cannot be assigned", () => {
    const w = leaf(1, 2);
    w.grad = torch.ones(2);
    const assign = (grad: unknown) => () => Reflect.set(w, "grad", grad);
    expectRefused([w], assign(torch.ones(3)), "RuntimeError", /assigned grad has data of a different size/);
    expectRefused(
      [w],
      assign(torch.ones(2, { dtype: torch.float64 })),
      "RuntimeError",
      /assigned grad has data of a different type/,
    );
    expectRefused([w], assign(3), "TypeError", /assigned grad expected to be a Tensor or null; got/);
  });

  /** A function whose backward returns what it is made with. */
  const returning = (result: unknown) =>
    class Odd extends torch.autograd.Function {
      static override forward(_ctx: FunctionContext, x: Tensor): Tensor {
        return x.mul(2);
      }
      static override backward(): never {
        return result as never;
      }
    };

  test.each([
    [
      "of the wrong shape",
      torch.ones(3),
      /invalid gradient at index 0 - got \[3\] but expected shape compatible with \[2\]/,
    ],
    [
      "that are too many",
      [torch.ones(2), torch.ones(2)],
      /returned an incorrect number of gradients \(expected 1, got 2\)/,
    ],
    ["that are none at all", "a", /backward must return Tensors or null; got/],
  ])("%s from a custom Function", (_, result, message) => {
    const w = leaf(3, 4);
    w.grad = torch.ones(2);
    const loss = (returning(result).apply(w) as Tensor).exp().sum();
    expectRefused([w], () => loss.backward(), "RuntimeError", message);
  });

  test("of results that have none, or are no scalars", () => {
    const w = leaf(1, 2);
    const y = w.mul(2);
    expectRefused([w], () => y.backward(), "RuntimeError", /grad can be implicitly created only for scalar outputs/);
    expectRefused([w], () => y.backward(torch.ones(3)), "RuntimeError", /Mismatch in shape/);
    const none = /element 0 of tensors does not require grad and does not have a grad_fn/;
    expectRefused([w], () => w.detach().sum().backward(), "RuntimeError", none);
  });

  test("of what was changed in place", () => {
    const w = leaf(1, 2);
    expectRefused([w], () => w.add_(1), "RuntimeError", /a leaf Variable that requires grad .*in-place operation/);
    const y = w.exp();
    y.add_(1);
    const loss = y.sum();
    const changed = /one of the variables needed for gradient computation has been modified by an inplace operation/;
    expectRefused([w, y], () => loss.backward(), "RuntimeError", changed);
  });

  test("that are not finite are not clipped, if so asked", () => {
    const w = leaf(1, 2);
    w.grad = torch.tensor([Number.NaN, 1]);
    const clip = () => nn.utils.clip_grad_norm_([w], 1, { error_if_nonfinite: true });
    expectRefused([w], clip, "RuntimeError", /The total norm of order 2.* is non-finite, so it cannot be clipped/);
  });

  test("of integers", () => {
    const make = () => torch.ones(2, { dtype: torch.int64, requires_grad: true });
    expectError(make, "RuntimeError", /Only Tensors of floating point and complex dtype can require gradients/i);
  });
});

describe("GradScaler", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])("a gradient of %s skips the step and halves the scale", (bad) => {
    const { model, optimizer } = trained();
    const scaler = new torch.cuda.amp.GradScaler({ init_scale: 1024 });
    scaler.scale(torch.ones([]));
    optimizer.zero_grad();
    const [first] = [...model.parameters()];
    first!.grad = torch.full_like(first!, bad);
    scaler.unscale_(optimizer);
    const before = snapshot([model, optimizer]);
    expect(scaler.step(optimizer)).toBeNull();
    expect(snapshot([model, optimizer])).toEqual(before);
    scaler.update();
    expect(scaler.get_scale()).toBe(512);
  });

  test("calls in the wrong order", () => {
    const { model, optimizer, loss } = trained();
    const scaler = new torch.cuda.amp.GradScaler();
    expectRefused([model, optimizer], () => scaler.step(optimizer), "AssertionError", /scale/);
    scaler.scale(loss()).backward();
    scaler.unscale_(optimizer);
    const twice = /unscale_\(\) has already been called on this optimizer since the last update\(\)/;
    expectRefused([model, optimizer], () => scaler.unscale_(optimizer), "RuntimeError", twice);
    scaler.step(optimizer);
    const again = /step\(\) has already been called since the last update\(\)/;
    expectRefused([model, optimizer], () => scaler.step(optimizer), "RuntimeError", again);
  });
});

describe("schedules", () => {
  const made = (options: object = {}): Optimizer =>
    new optim.SGD([leaf(1)], { lr: 0.1, ...options }) as unknown as Optimizer;
  const { lr_scheduler } = optim;

  test("without an optimizer, resumed without initial_lr, with the wrong numbers", () => {
    const optimizer = made();
    const refused = (action: () => unknown, kind: string, message: RegExp): void =>
      expectRefused([optimizer], action, kind, message);
    expectError(() => new lr_scheduler.StepLR(3 as unknown as Optimizer, 1), "TypeError", /Optimizer/);
    const resumed = () => new lr_scheduler.StepLR(optimizer, 1, { last_epoch: 3 });
    refused(resumed, "KeyError", /param 'initial_lr' is not specified in param_groups\[0\] when resuming an optimizer/);
    refused(() => new lr_scheduler.ReduceLROnPlateau(optimizer, { factor: 1 }), "ValueError", /Factor should be < 1.0/);
    refused(() => new lr_scheduler.LambdaLR(optimizer, [() => 1, () => 1]), "ValueError", /[Ee]xpected 1 .*lr_lambda/);
    refused(
      () => new lr_scheduler.SequentialLR(optimizer, [], [1]),
      "ValueError",
      /one more than the number of milestone/,
    );
  });

  test("more steps than one cycle has", () => {
    const optimizer = made({ momentum: 0.9 });
    const schedule = new lr_scheduler.OneCycleLR(optimizer, 1, 2);
    for (let i = 0; i < 2; i++) schedule.step();
    const over = /Tried to step 4 times. The specified number of total steps is 2/;
    expectRefused([optimizer], () => schedule.step(), "ValueError", over);
  });
});
