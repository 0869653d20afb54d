/** A bidirectional GRU over packed sequences of different lengths; Adagrad, gradient value clipping. */
import torch, { nn, type Tensor } from "../../../optimized/index.js";

const { pack_padded_sequence, pad_packed_sequence } = nn.utils.rnn;

class Tagger extends nn.Module {
  readonly gru = new nn.GRU(3, 8, { bidirectional: true });
  readonly norm = new nn.LayerNorm(16);
  readonly out = new nn.Linear(16, 2);

  override forward(x: Tensor, lengths: Tensor): Tensor {
    const packed = pack_padded_sequence(x, lengths, { enforce_sorted: false });
    const [outputs] = this.gru(packed);
    const [y] = pad_packed_sequence(outputs);
    return this.out(this.norm(y));
  }
}

export function run(seed = 0, steps = 30, dtype: torch.dtype = torch.float32): number[] {
  torch.set_default_dtype(dtype);
  torch.manual_seed(seed);
  const lengths = torch.tensor([5n, 3n, 7n, 1n, 4n, 6n]);
  const x = torch.randn(7, 6, 3);
  let target = torch.cumsum(x.sum(-1), 0).gt(0).long();
  const mask = torch.arange(7).unsqueeze(1).lt(lengths);
  target = torch.where(mask, target, torch.tensor(-100n));
  const model = new Tagger();
  const opt = new torch.optim.Adagrad(model.parameters(), { lr: 0.05 });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    opt.zero_grad();
    const logits = model(x, lengths);
    const loss = nn.functional.cross_entropy(logits.reshape(-1, 2), target.reshape(-1));
    loss.backward();
    nn.utils.clip_grad_value_(model.parameters(), 0.1);
    opt.step();
    losses.push(loss.item());
  }
  return losses;
}
