/** Backward hooks of the old kind, with the numbers that PyTorch 1.13.1 gives. */
import { expect, test } from "vitest";
import torch from "../optimized/index.js";

const { nn } = torch;

test("register_backward_hook sees and changes the gradients of the last op", () => {
  const module = new nn.Sequential(new nn.Linear(1, 1, { bias: false }), new nn.Sigmoid());
  const x = torch.tensor([[0.5]], { requires_grad: true });
  torch.nn.init.constant_((module.at(0) as InstanceType<typeof nn.Linear>).weight, 2);
  const seen: string[] = [];
  const handle = module.register_backward_hook((m, gradInput, gradOutput) => {
    seen.push(m._get_name(), String(gradInput), String(gradOutput));
    return [gradInput[0]!.mul(10)];
  });
  module(x).sum().backward();
  expect(seen).toEqual(["Sequential", "tensor([[0.1966]])", "tensor([[1.]])"]);
  expect(String(x.grad)).toBe("tensor([[3.9322]])");
  expect(() => module.register_full_backward_hook(() => {})).toThrow(/Cannot use both regular backward hooks and full/);
  handle.remove();
  expect(() => module.register_full_backward_hook(() => {})).not.toThrow();
  expect(() => module.register_backward_hook(() => {})).toThrow(/Cannot use both regular backward hooks and full/);
});
