/** A small Transformer encoder classifies padded sequences; AdamW with linear warm-up. */
import torch, { nn, type Tensor } from "../../../optimized/index.js";

class Classifier extends nn.Module {
  readonly emb: InstanceType<typeof nn.Embedding>;
  readonly encoder: InstanceType<typeof nn.TransformerEncoder>;
  readonly head: InstanceType<typeof nn.Linear>;
  declare readonly pe: Tensor; // the buffer

  constructor(vocab = 12, d = 16, heads = 4, classes = 3, max_len = 10) {
    super();
    this.emb = new nn.Embedding(vocab, d, { padding_idx: 0 });
    const pos = torch.arange(max_len).unsqueeze(1);
    const div = torch.exp(torch.arange(0, d, 2).mul(-Math.log(10000.0) / d));
    const pe = torch.zeros(max_len, d);
    pe.index_put_([":", "0::2"], torch.sin(pos.mul(div)));
    pe.index_put_([":", "1::2"], torch.cos(pos.mul(div)));
    this.register_buffer("pe", pe);
    const layer = new nn.TransformerEncoderLayer(d, heads, {
      dim_feedforward: 24,
      dropout: 0.1,
      batch_first: true,
      activation: "gelu",
    });
    this.encoder = new nn.TransformerEncoder(layer, 2);
    this.head = new nn.Linear(d, classes);
  }

  override forward(x: Tensor): Tensor {
    const pad = x.eq(0);
    let h = this.emb(x).add(this.pe.index(torch.slice(null, x.shape[1]!)));
    h = this.encoder(h, { src_key_padding_mask: pad });
    const keep = pad.logical_not().unsqueeze(-1);
    return this.head(h.mul(keep).sum(1).div(keep.sum(1)));
  }
}

export function run(seed = 0, steps = 30, dtype: torch.dtype = torch.float32): number[] {
  torch.set_default_dtype(dtype);
  torch.manual_seed(seed);
  const x = torch.randint(1, 12, [32, 10]);
  const lengths = torch.randint(4, 11, [32]);
  for (let i = 0; i < 32; i++) x.index_put_([i, torch.slice(Number(lengths.index(i).item()), null)], 0);
  const y = x.sum(1).remainder(3);
  const model = new Classifier();
  const opt = new torch.optim.AdamW(model.parameters(), { lr: 0.003, weight_decay: 0.05 });
  const sched = new torch.optim.lr_scheduler.LambdaLR(opt, (step: number) => Math.min(1.0, (step + 1) / 8));
  const losses: number[] = [];
  model.train();
  for (let step = 0; step < steps; step++) {
    const b = torch.slice(8 * (step % 4), 8 * (step % 4) + 8);
    opt.zero_grad();
    const loss = nn.functional.cross_entropy(model(x.index(b)), y.index(b), { label_smoothing: 0.1 });
    loss.backward();
    opt.step();
    sched.step();
    losses.push(loss.item());
  }
  return losses;
}
