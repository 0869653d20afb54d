import { describe, expect, test } from "vitest";
import torch, { nn, type Tensor } from "../optimized/index.js";

const { optimize_for_inference } = torch.jit;

/** A network whose batch norms have seen data, so that they are no identity. */
function trained<M extends nn.Module & ((x: Tensor) => Tensor)>(model: M, ...shape: number[]): M {
  for (let i = 0; i < 3; i++) model(torch.randn(shape).mul(2).add(1));
  return model;
}

const norms = (model: nn.Module): number =>
  [...model.modules()].filter((m) => m._get_name().startsWith("BatchNorm")).length;
const close = (a: Tensor, b: Tensor): boolean => torch.allclose(a, b, { rtol: 1e-4, atol: 1e-5 });

/** Two paths, one with a batch norm after an addition, which has to stay. */
class Residual extends nn.Module {
  readonly conv = new nn.Conv2d(3, 3, 3, { padding: 1 });
  readonly norm = new nn.BatchNorm2d(3);
  readonly last = new nn.BatchNorm2d(3);

  override forward(x: Tensor): Tensor {
    return this.last(this.norm(this.conv(x)).add(x));
  }
}

/** The result of the layer counts twice. */
class Leaky extends nn.Module {
  readonly conv = new nn.Conv2d(3, 3, 1);
  readonly norm = new nn.BatchNorm2d(3);

  override forward(x: Tensor): Tensor {
    const y = this.conv(x);
    return this.norm(y).add(y);
  }
}

describe("optimize_for_inference", () => {
  test("makes batch norms part of convolutions and linear layers", () => {
    torch.manual_seed(1);
    const model = trained(
      new nn.Sequential(
        new nn.Conv2d(3, 8, 3),
        new nn.BatchNorm2d(8),
        new nn.ReLU(),
        new nn.ConvTranspose2d(8, 4, 2, { bias: false }),
        new nn.BatchNorm2d(4, { affine: false }),
        new nn.Flatten(),
        new nn.Linear(4 * 7 * 7, 5),
        new nn.BatchNorm1d(5),
      ),
      6,
      3,
      8,
      8,
    );
    const x = torch.randn(2, 3, 8, 8);
    const fast = optimize_for_inference(model, x);
    expect(norms(fast)).toBe(0);
    expect(norms(model)).toBe(3);
    expect(model.training).toBe(true);
    const other = torch.randn(4, 3, 8, 8);
    expect(close(fast(other), model.eval()(other))).toBe(true);
  });

  test("leaves batch norms that follow something else, or have no statistics", () => {
    torch.manual_seed(2);
    const model = trained(new Residual(), 4, 3, 5, 5);
    const x = torch.randn(2, 3, 5, 5);
    const fast = optimize_for_inference(model, x);
    expect(norms(fast)).toBe(1);
    expect(close(fast(x), model.eval()(x))).toBe(true);
    const untracked = new nn.Sequential(new nn.Conv1d(2, 2, 1), new nn.BatchNorm1d(2, { track_running_stats: false }));
    expect(norms(optimize_for_inference(untracked, torch.randn(2, 2, 3)))).toBe(1);
  });

  test("leaves layers that run twice", () => {
    torch.manual_seed(3);
    const conv = new nn.Conv2d(2, 2, 1);
    const model = trained(new nn.Sequential(conv, new nn.BatchNorm2d(2), conv, new nn.BatchNorm2d(2)), 4, 2, 3, 3);
    const x = torch.randn(2, 2, 3, 3);
    expect(norms(optimize_for_inference(model, x))).toBe(2);
  });

  test("rejects a model that reads what lies between", () => {
    torch.manual_seed(4);
    const model = trained(new Leaky(), 4, 3, 5, 5);
    expect(() => optimize_for_inference(model, torch.randn(2, 3, 5, 5))).toThrow(/reads what lies between/);
    expect(norms(model)).toBe(1);
  });
});
