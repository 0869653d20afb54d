/** A character-level LSTM language model with gradient clipping. */
import torch, { nn, type Tensor } from "../../../optimized/index.js";

const TEXT = "the quick brown fox jumps over the lazy dog. pack my box with five dozen liquor jugs. ";

type State = readonly [h: Tensor, c: Tensor];

class CharLSTM extends nn.Module {
  readonly emb: InstanceType<typeof nn.Embedding>;
  readonly lstm: InstanceType<typeof nn.LSTM>;
  readonly out: InstanceType<typeof nn.Linear>;

  constructor(n: number, e = 8, h = 16) {
    super();
    this.emb = new nn.Embedding(n, e);
    this.lstm = new nn.LSTM(e, h, { num_layers: 2, batch_first: true });
    this.out = new nn.Linear(h, n);
  }

  override forward(x: Tensor, state: State | null = null): [Tensor, State] {
    const [y, next] = this.lstm(this.emb(x), state);
    return [this.out(y), next];
  }
}

export function run(seed = 0, steps = 30, dtype: torch.dtype = torch.float32): number[] {
  torch.set_default_dtype(dtype);
  torch.manual_seed(seed);
  const chars = [...new Set(TEXT)].sort();
  const ids = torch.tensor([...TEXT, ...TEXT].map((c) => BigInt(chars.indexOf(c))));
  const model = new CharLSTM(chars.length);
  const opt = new torch.optim.RMSprop(model.parameters(), { lr: 0.01, alpha: 0.9 });
  const sched = new torch.optim.lr_scheduler.ExponentialLR(opt, 0.97);
  const losses: number[] = [];
  let state: State | null = null;
  for (let step = 0; step < steps; step++) {
    const start = torch.randint(0, ids.shape[0]! - 13, [4]).tolist() as number[];
    const x = torch.stack(start.map((s) => ids.index(torch.slice(s, s + 12))));
    const y = torch.stack(start.map((s) => ids.index(torch.slice(s + 1, s + 13))));
    opt.zero_grad();
    const [logits, next]: [Tensor, State] = model(x, state);
    const loss = nn.functional.cross_entropy(logits.reshape(-1, chars.length), y.reshape(-1));
    loss.backward();
    nn.utils.clip_grad_norm_(model.parameters(), 0.5);
    opt.step();
    sched.step();
    state = [next[0].detach(), next[1].detach()];
    losses.push(loss.item());
  }
  return losses;
}
