/** Mixed precision: which ops run in what, what is kept, scaling of gradients. Dtypes and numbers are PyTorch 1.13's. */
import { describe, expect, test } from "vitest";
import type { FunctionContext } from "../optimized/autograd/function.js";
import torch, { nn, optim, type Tensor } from "../optimized/index.js";

const { autocast, bfloat16, float16, float32, float64 } = torch;
const F = torch.nn.functional;
const A = torch.rand([4, 4]);
const B = torch.rand([4, 4]);
const V = torch.rand([4]);
const I = torch.rand([2, 3, 8, 8]);

/** Name, the op of a tensor in some dtype, and the dtype of its result for float32 and for bfloat16. */
type Row = readonly [string, (t: (x: Tensor) => Tensor) => Tensor, string, string];
const LOW = ["bfloat16", "bfloat16"] as const;
const FULL = ["float32", "float32"] as const;
const AS_GIVEN = ["float32", "bfloat16"] as const;
const rows: readonly Row[] = [
  ["mm", (t) => torch.mm(t(A), B), ...LOW],
  ["matmul", (t) => t(A).matmul(B), ...LOW],
  ["bmm", (t) => torch.bmm(t(A).unsqueeze(0), B.unsqueeze(0)), ...LOW],
  ["inner", (t) => torch.inner(t(A), B), ...LOW],
  ["addmm", (t) => torch.addmm(V, t(A), B), ...LOW],
  ["baddbmm", (t) => torch.baddbmm(V, t(A).unsqueeze(0), B.unsqueeze(0)), ...LOW],
  ["addbmm", (t) => torch.addbmm(A, t(A).unsqueeze(0), B.unsqueeze(0)), ...LOW],
  ["linear", (t) => F.linear(t(A), B, V), ...LOW],
  ["einsum", (t) => torch.einsum("ij,jk->ik", t(A), B), ...LOW],
  ["tensordot", (t) => torch.tensordot(t(A), B, 1), ...LOW],
  ["conv2d", (t) => F.conv2d(t(I), torch.rand([4, 3, 3, 3])), ...LOW],
  ["conv1d", (t) => F.conv1d(t(I).select(3, 0), torch.rand([4, 3, 3]), { padding: 1 }), ...LOW],
  ["mv", (t) => torch.mv(t(A), t(V)), ...AS_GIVEN],
  ["dot", (t) => torch.dot(t(V), t(V)), ...AS_GIVEN],
  ["addmv", (t) => torch.addmv(t(V), t(A), t(V)), ...AS_GIVEN],
  ["outer", (t) => torch.outer(t(V), t(V)), ...AS_GIVEN],
  ["sum", (t) => t(A).sum(), ...AS_GIVEN],
  ["softmax", (t) => t(A).softmax(1), ...AS_GIVEN],
  ["exp", (t) => t(A).exp(), ...AS_GIVEN],
  ["relu", (t) => t(A).relu(), ...AS_GIVEN],
  ["avg_pool2d", (t) => F.avg_pool2d(t(I), 2), ...AS_GIVEN],
  ["conv_transpose2d", (t) => F.conv_transpose2d(t(I), torch.rand([3, 4, 3, 3])), ...FULL],
  ["prod", (t) => torch.prod(t(A)), ...FULL],
  ["mse_loss", (t) => F.mse_loss(t(A), t(B)), ...FULL],
  ["l1_loss", (t) => F.l1_loss(t(A), t(B)), ...FULL],
  ["cross_entropy", (t) => F.cross_entropy(t(A), torch.tensor([0n, 1n, 2n, 3n])), ...FULL],
  ["binary_cross_entropy_with_logits", (t) => F.binary_cross_entropy_with_logits(t(A), t(B)), ...FULL],
  ["kl_div", (t) => F.kl_div(t(A), t(B), { reduction: "sum" }), ...FULL],
  ["avg_pool3d", (t) => F.avg_pool3d(t(I), 2), ...FULL],
  ["pad replicate", (t) => F.pad(t(I), [1, 1, 1, 1], "replicate"), ...FULL],
  ["pad constant", (t) => F.pad(t(I), [1, 1]), ...AS_GIVEN],
  ["quantile", (t) => torch.quantile(t(V), 0.5), ...FULL],
  ["cdist", (t) => torch.cdist(t(A), t(B)), ...FULL],
  ["trace", (t) => torch.trace(t(A)), ...FULL],
  ["stack", (t) => torch.stack([t(A), B]), ...FULL],
  ["cat", (t) => torch.cat([t(A), B]), ...FULL],
];

describe("dtypes inside autocast", () => {
  test.each(rows)("%s", (_name, op, fromFloat, fromLow) => {
    autocast("cpu", () => {
      expect(op((x) => x).dtype.name).toBe(fromFloat);
      expect(op((x) => x.to(bfloat16)).dtype.name).toBe(fromLow);
    });
  });

  test("doubles, integers, in-place forms and `out` are left alone", () => {
    autocast("cpu", () => {
      expect(torch.mm(A.double(), B.double()).dtype).toBe(float64);
      expect(torch.mm(A.int(), B.int()).dtype).toBe(torch.int32);
      expect(torch.mm(A, B, { out: torch.empty([4, 4]) }).dtype).toBe(float32);
      expect(A.clone().addmm_(A, B).dtype).toBe(float32);
      expect(torch.mm(A.half(), B.half()).dtype).toBe(bfloat16);
    });
  });
});

describe("regions", () => {
  const product = (): string => torch.mm(A, B).dtype.name;

  test("nest, may be off inside, and end with an error", () => {
    const seen = autocast("cpu", () => [
      product(),
      autocast("cpu", { enabled: false }, product),
      autocast("cpu", float16, product),
      product(),
    ]);
    expect(seen).toEqual(["bfloat16", "float32", "float16", "bfloat16"]);
    expect(() =>
      autocast("cpu", () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(product()).toBe("float32");
  });

  test("as a guard, as a wrapped function, as torch.cpu.amp.autocast", () => {
    {
      using _region = torch.amp.autocast("cpu", { dtype: bfloat16 });
      expect(product()).toBe("bfloat16");
      expect(torch.is_autocast_cpu_enabled()).toBe(true);
    }
    expect(torch.is_autocast_cpu_enabled()).toBe(false);
    const wrapped = torch.amp.autocast_mode.autocast_decorator({ device_type: "cpu" }, product);
    expect(wrapped()).toBe("bfloat16");
    expect(torch.cpu.amp.autocast(product)).toBe("bfloat16");
    expect(torch.cpu.amp.autocast(false, product)).toBe("float32");
  });

  test("the settings can be read and set", () => {
    expect([torch.get_autocast_cpu_dtype(), torch.get_autocast_gpu_dtype()]).toEqual([bfloat16, float16]);
    torch.set_autocast_cpu_enabled(true);
    expect(product()).toBe("bfloat16");
    torch.set_autocast_cpu_enabled(false);
    expect(torch.is_autocast_enabled()).toBe(false);
    expect(torch.is_autocast_cache_enabled()).toBe(true);
  });

  test("weights are converted once per region, and their gradients are float32", () => {
    const w = torch.rand([4, 4], { requires_grad: true });
    // The product is computed in float32 and rounded: w -> bfloat16 (kept) -> float32 -> product -> bfloat16.
    const castOf = (t: Tensor): unknown =>
      t.grad_fn!.next_functions[0]![0]!.next_functions[1]![0]!.next_functions[0]![0];
    const both = (): [Tensor, Tensor] => [torch.mm(A, w), torch.mm(B, w)];
    const [a, b] = autocast("cpu", both);
    expect(castOf(a)).toBe(castOf(b));
    a.add(b).sum().backward();
    expect(w.grad!.dtype).toBe(float32);
    const [c, d] = autocast("cpu", { cache_enabled: false }, both);
    expect(castOf(c)).not.toBe(castOf(d));
  });

  test("what was converted without a graph is not taken into one", () => {
    const w = torch.rand([4, 4], { requires_grad: true });
    autocast("cpu", () => {
      torch.no_grad(() => torch.mm(A, w));
      torch.mm(A, w).sum().backward();
    });
    expect(w.grad).not.toBeNull();
  });

  test("backward inside a region keeps the dtypes of forward", () => {
    const w = torch.rand([4, 4], { requires_grad: true });
    const plain = torch.mm(A, w);
    autocast("cpu", () => plain.sum().backward());
    expect(torch.allclose(w.grad!, A.t().matmul(torch.ones([4, 4])))).toBe(true);
  });

  test("errors", () => {
    expect(() => autocast("tpu" as never)).toThrow(/device_type must be 'cuda' or 'cpu'/);
    expect(() => autocast("cpu", { precision: 1 } as never)).toThrow(/unexpected option 'precision'/);
    expect(() => autocast("cpu", async () => {})).toThrow(/async function leaves the scope/);
    expect(torch.is_autocast_cpu_enabled()).toBe(false);
  });
});

describe("custom functions", () => {
  class Product extends torch.autograd.Function {
    static override forward = torch.cuda.amp.custom_fwd(
      (ctx: FunctionContext, x: Tensor, w: Tensor): Tensor => {
        ctx.save_for_backward(x, w);
        expect(x.dtype).toBe(float32);
        return x.matmul(w);
      },
      { cast_inputs: float32 },
    );
    static override backward = torch.cuda.amp.custom_bwd((ctx: FunctionContext, grad: Tensor): Tensor[] => {
      const [x, w] = ctx.saved_tensors as [Tensor, Tensor];
      return [grad.matmul(w.t()), x.t().matmul(grad)];
    });
  }

  test("cast_inputs converts and turns autocast off, in backward too", () => {
    const w = B.clone().requires_grad_();
    const y = autocast("cpu", () => Product.apply(A.to(bfloat16), w) as Tensor);
    expect(y.dtype).toBe(float32);
    autocast("cpu", () => y.sum().backward());
    expect(w.grad!.dtype).toBe(float32);
  });

  test("without cast_inputs backward runs as forward did", () => {
    const seen: string[] = [];
    class Seen extends torch.autograd.Function {
      static override forward = torch.amp.custom_fwd((_ctx: FunctionContext, x: Tensor): Tensor => x.mul(2));
      static override backward = torch.amp.custom_bwd((_ctx: FunctionContext, grad: Tensor): Tensor => {
        seen.push(torch.mm(A, B).dtype.name);
        return grad.mul(2);
      });
    }
    const x = torch.rand([2], { requires_grad: true });
    const y = autocast("cpu", () => Seen.apply(x) as Tensor);
    y.sum().backward();
    (Seen.apply(x) as Tensor).sum().backward();
    expect(seen).toEqual(["bfloat16", "float32"]);
  });
});

/** A small convolutional net on images whose class is the brightest quadrant. */
function train(dtype: typeof bfloat16, scaler: InstanceType<typeof torch.amp.GradScaler>): number[] {
  torch.manual_seed(0);
  const net = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(4),
    new nn.Flatten(),
    new nn.Linear(16, 4),
  );
  const optimizer = new optim.Adam(net.parameters(), { lr: 0.02 });
  const labels = torch.randint(0, 4, [64]);
  const x = torch.rand([64, 1, 8, 8]);
  labels.tolist<number[]>().forEach((label, i) => {
    x.select(0, i)
      .narrow(1, (label >> 1) * 4, 4)
      .narrow(2, (label & 1) * 4, 4)
      .add_(1);
  });
  return Array.from({ length: 40 }, () => {
    optimizer.zero_grad();
    const loss = autocast("cpu", { dtype }, () => F.cross_entropy(net(x), labels));
    expect(loss.dtype).toBe(float32);
    scaler.scale(loss).backward();
    scaler.step(optimizer);
    scaler.update();
    return loss.item();
  });
}

describe("training", () => {
  test("in bfloat16 converges", () => {
    const losses = train(bfloat16, new torch.amp.GradScaler({ enabled: false }));
    expect(losses[0]).toBeGreaterThan(1);
    expect(losses.at(-1)).toBeLessThan(0.1);
  });

  test("in float16 with a scaler converges", () => {
    const losses = train(float16, new torch.amp.GradScaler({ init_scale: 1024 }));
    expect(losses.at(-1)).toBeLessThan(0.1);
  });
});

describe("GradScaler", () => {
  const setup = (): { w: Tensor; optimizer: InstanceType<typeof optim.SGD> } => {
    const w = torch.ones([2], { requires_grad: true });
    return { w, optimizer: new optim.SGD([w], 0.5) };
  };
  const scalerOf = (options = {}): InstanceType<typeof torch.amp.GradScaler> =>
    new torch.amp.GradScaler({ init_scale: 8, growth_interval: 2, ...options });

  test("scales, unscales, steps, grows", () => {
    const { w, optimizer } = setup();
    const scaler = scalerOf();
    for (let i = 0; i < 2; i++) {
      optimizer.zero_grad();
      scaler.scale(w.sum()).backward();
      expect(w.grad!.tolist()).toEqual([8, 8]);
      scaler.unscale_(optimizer);
      expect(w.grad!.tolist()).toEqual([1, 1]);
      scaler.step(optimizer);
      scaler.update();
    }
    expect(w.tolist()).toEqual([0, 0]);
    expect(scaler.get_scale()).toBe(16);
  });

  test.each([Number.POSITIVE_INFINITY, Number.NaN])("a gradient of %d skips the step and backs off", (bad) => {
    const { w, optimizer } = setup();
    const scaler = scalerOf();
    scaler.scale(w.sum().mul(bad)).backward();
    expect(scaler.step(optimizer)).toBeNull();
    scaler.update();
    expect(w.tolist()).toEqual([1, 1]);
    expect(scaler.get_scale()).toBe(4);
    expect(scaler._get_growth_tracker()).toBe(0);
  });

  test("scale takes nested lists; update takes a new scale", () => {
    const scaler = scalerOf();
    const [a, [b]] = scaler.scale([torch.ones([2]), [torch.ones([])]] as [Tensor, Tensor[]]);
    expect(a.tolist()).toEqual([8, 8]);
    expect(b!.item()).toBe(8);
    scaler.update(2);
    expect(scaler.get_scale()).toBe(2);
    expect(() => scaler.scale(3 as never)).toThrow(/must be a Tensor or a list of Tensors; got number 3/);
  });

  test("state dict", () => {
    const scaler = scalerOf();
    expect(scaler.state_dict()).toEqual({
      scale: 8,
      growth_factor: 2,
      backoff_factor: 0.5,
      growth_interval: 2,
      _growth_tracker: 0,
    });
    const other = new torch.cuda.amp.GradScaler();
    other.load_state_dict(scaler.state_dict());
    expect(other.get_scale()).toBe(8);
    expect(() => other.load_state_dict({})).toThrow(/source state dict is empty/);
  });

  test("disabled it does nothing", () => {
    const { w, optimizer } = setup();
    const scaler = scalerOf({ enabled: false });
    scaler.scale(w.sum()).backward();
    scaler.unscale_(optimizer);
    scaler.step(optimizer);
    scaler.update();
    expect(w.tolist()).toEqual([0.5, 0.5]);
    expect([scaler.get_scale(), scaler.is_enabled(), scaler.state_dict()]).toEqual([1, false, {}]);
  });

  test("wrong order of calls", () => {
    const { w, optimizer } = setup();
    const scaler = scalerOf();
    expect(() => scaler.step(optimizer)).toThrow(/did not use scaler.scale/);
    scaler.scale(w.sum()).backward();
    expect(() => scaler.update()).toThrow(/No inf checks were recorded prior to update/);
    scaler.unscale_(optimizer);
    expect(() => scaler.unscale_(optimizer)).toThrow(/has already been called on this optimizer/);
    scaler.step(optimizer);
    expect(() => scaler.step(optimizer)).toThrow(/step\(\) has already been called/);
    expect(() => scaler.unscale_(optimizer)).toThrow(/is being called after step/);
    expect(() => new torch.amp.GradScaler({ growth_factor: 1 })).toThrow(/growth factor must be > 1.0/);
    const half = torch.ones([1], { dtype: float16, requires_grad: true });
    half.grad = torch.ones([1], { dtype: float16 });
    const next = scalerOf();
    next.scale(w.sum());
    expect(() => next.unscale_(new optim.SGD([half], 1))).toThrow(/Attempting to unscale FP16 gradients/);
    expect(() => next.step(optimizer, () => 1)).toThrow(/Closure use is not currently supported/);
  });
});
