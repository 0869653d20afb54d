/** Dropout between the layers of recurrent networks. */
import { describe, expect, test } from "vitest";
import torch, { nn, type Tensor } from "../optimized/index.js";

const STEPS = 3;
const BATCH = 2;

describe.each(["RNN", "LSTM", "GRU"] as const)("%s", (name) => {
  test.each([false, true])("drops the same with batch_first, bidirectional: %s", (bidirectional) => {
    const options = { num_layers: 2, dropout: 0.5, bidirectional };
    const first = new nn[name](1, 2, { ...options, batch_first: true });
    const second = new nn[name](1, 2, options);
    second.load_state_dict(first.state_dict());
    const x = torch.randn([BATCH, STEPS, 1]);
    const output = (layer: typeof first, input: Tensor): Tensor => {
      torch.manual_seed(5);
      return (layer.forward(input) as [Tensor, unknown])[0];
    };
    const want = output(second, x.transpose(0, 1)).transpose(0, 1);
    expect(output(first, x).tolist()).toEqual(want.tolist());
  });

  test("in evaluation nothing is dropped", () => {
    const layer = new nn[name](1, 2, { num_layers: 2, dropout: 0.5, batch_first: true }).eval();
    const x = torch.randn([BATCH, STEPS, 1]);
    const output = (): unknown => (layer.forward(x) as [Tensor, unknown])[0].tolist();
    expect(output()).toEqual(output());
  });
});

test("the masks are those of PyTorch 1.13", () => {
  const layer = new nn.GRU(1, 2, { num_layers: 2, dropout: 0.5, batch_first: true });
  torch.no_grad(() => {
    for (const p of layer.parameters()) p.fill_(0.1);
  });
  torch.manual_seed(5);
  const [y] = layer(torch.ones(3, 2, 1)) as [Tensor, Tensor];
  const want = [0.0779, 0.0779, 0.1157, 0.1157, 0.0863, 0.0863, 0.1351, 0.1351, 0.0779, 0.0779, 0.1436, 0.1436];
  y.flatten()
    .tolist<number[]>()
    .forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 4));
});
