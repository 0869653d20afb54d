/** Results that backward does not read may be changed in place, wherever PyTorch allows it: gradients stay the same. */
import { describe, expect, test } from "vitest";
import torch, { nn, type Tensor } from "../optimized/index.js";

const F = torch.nn.functional;

/** Functions of two tensors [2, 3, 4] whose result PyTorch does not keep. */
const functions: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor>> = {
  add: (x, w) => x.add(w),
  mul: (x, w) => x.mul(w),
  div: (x, w) => x.div(w),
  "div by a broadcast tensor": (x, w) => x.div(w.select(0, 0)),
  matmul: (x, w) => x.matmul(w.mT),
  hardtanh: (x, w) => F.hardtanh(x.add(w), -0.5, 0.5),
  relu6: (x, w) => F.relu6(x.mul(w)),
  leaky_relu: (x, w) => F.leaky_relu(x.mul(w), 0.2),
  elu: (x, w) => F.elu(x.mul(w)),
  softplus: (x, w) => F.softplus(x.mul(w)),
  layer_norm: (x, w) => F.layer_norm(x.mul(w), [4]),
  ...Object.fromEntries(
    (["RNN", "LSTM", "GRU"] as const).map((name) => [name, (x: Tensor, w: Tensor) => recurrent(name)(x.mul(w))]),
  ),
};

function recurrent(name: "RNN" | "LSTM" | "GRU"): (x: Tensor) => Tensor {
  torch.manual_seed(0);
  const layer = new nn[name](4, 3, { num_layers: 2, batch_first: true }).double();
  return (x) => (layer.forward(x) as [Tensor, unknown])[0];
}

function gradients(f: (x: Tensor, w: Tensor) => Tensor, then: (y: Tensor) => Tensor): unknown[] {
  torch.manual_seed(1);
  const draw = (): Tensor => torch.rand([2, 3, 4], { dtype: torch.float64 }).add(0.5).requires_grad_();
  const [x, w] = [draw(), draw()];
  then(f(x, w)).square().sum().backward();
  return [x.grad!.tolist(), w.grad!.tolist()];
}

describe.each(Object.entries(functions))("%s", (_, f) => {
  test("its result may be changed in place", () => {
    expect(gradients(f, (y) => y.mul_(3))).toEqual(gradients(f, (y) => y.mul(3)));
    expect(gradients(f, (y) => F.relu(y, { inplace: true }))).toEqual(gradients(f, (y) => F.relu(y)));
  });
});

test("in place hardtanh has the gradient of hardtanh", () => {
  const plain = gradients(
    (x, w) => F.hardtanh(x.sub(w), -0.2, 0.2),
    (y) => y,
  );
  expect(
    gradients(
      (x, w) => F.hardtanh_(x.sub(w), -0.2, 0.2),
      (y) => y,
    ),
  ).toEqual(plain);
});
