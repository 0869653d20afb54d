import { expect, test } from "vitest";
import torch from "../optimized/index.js";
import type { Tensor } from "../optimized/core/tensor.js";

/** Averaged weights. The numbers follow from the formulas: means of 1, 3, 8 and of batches. */

const { nn } = torch;
const { AveragedModel, update_bn } = torch.optim.swa_utils;

function weight(value: number): InstanceType<typeof nn.Linear> {
  const linear = new nn.Linear(2, 1, { bias: false });
  torch.no_grad(() => linear.weight.fill_(value));
  return linear;
}

test("AveragedModel takes the first parameters as they are, then their means", () => {
  const average = new AveragedModel(weight(100));
  const seen = [1, 3, 8].map((value) => {
    average.update_parameters(weight(value));
    return (average.module.weight as Tensor).tolist();
  });
  expect(seen).toEqual([[[1, 1]], [[2, 2]], [[4, 4]]]);
  expect(average.n_averaged.item()).toBe(3);
  expect((average(torch.ones(1, 2)) as Tensor).item()).toBe(8);
  expect([...average.state_dict().keys()].sort()).toEqual(["module.weight", "n_averaged"]);
});

test("with use_buffers buffers are averaged too, whole numbers cut off", () => {
  const norm = (weight: number, mean: number): InstanceType<typeof nn.BatchNorm1d> => {
    const module = new nn.BatchNorm1d(1);
    torch.no_grad(() => {
      module.weight!.fill_(weight);
      module.running_mean!.fill_(mean);
      module.num_batches_tracked!.fill_(mean);
    });
    return module;
  };
  const average = new AveragedModel(norm(100, 100), { use_buffers: true });
  for (const [weight, mean] of [
    [1, 2],
    [3, 5],
    [8, 9],
  ] as const)
    average.update_parameters(norm(weight, mean));
  expect(average.module.weight!.tolist()).toEqual([4]);
  expect(average.module.running_mean!.item()).toBeCloseTo(16 / 3, 6);
  expect(average.module.num_batches_tracked!.item()).toBe(5); // 2, 3.5 cut to 3, 3 + 6/3
});

test("avg_fn replaces the mean", () => {
  const average = new AveragedModel(weight(0), { avg_fn: (a, p) => a.mul(0.5).add(p.mul(0.5)) });
  for (const value of [4, 8]) average.update_parameters(weight(value));
  expect((average.module.weight as Tensor).tolist()).toEqual([[6, 6]]);
});

test("update_bn makes the running statistics the means over a pass, and leaves momentum and mode", () => {
  const norm = new nn.BatchNorm1d(1);
  norm.eval();
  const batches = [torch.tensor([[1], [3]]), [torch.tensor([[4], [8]]), "a label"] as const];
  update_bn(batches, norm);
  expect(norm.running_mean!.tolist()).toEqual([4]);
  expect(norm.running_var!.tolist()).toEqual([5]); // of 2 and 8, with n − 1
  expect([norm.momentum, norm.training]).toEqual([0.1, false]);
});
