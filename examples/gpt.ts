/**
 * A small GPT learns to continue a text: `node dist/examples/gpt.js [FILE] [STEPS]`
 * Good with data such as tinyshakespeare; without a file it learns a few sentences by heart.
 */
import torch, { nn, optim, type Tensor } from "tstorch";
import { readText } from "./text.js";

const F = nn.functional;
const CONTEXT = 64;

/** Attention to what came before, then a layer of its own for every position. */
class Block extends nn.Module {
  readonly ln1: nn.LayerNorm;
  readonly attention: nn.MultiheadAttention;
  readonly ln2: nn.LayerNorm;
  readonly mlp: nn.Sequential;

  constructor(size: number, heads: number) {
    super();
    this.ln1 = new nn.LayerNorm(size);
    this.attention = new nn.MultiheadAttention(size, heads, { batch_first: true });
    this.ln2 = new nn.LayerNorm(size);
    this.mlp = new nn.Sequential(new nn.Linear(size, 4 * size), new nn.GELU(), new nn.Linear(4 * size, size));
  }

  override forward(x: Tensor, mask: Tensor): Tensor {
    const h = this.ln1(x);
    const [mixed] = this.attention(h, h, h, { attn_mask: mask, need_weights: false });
    const y = x.add(mixed);
    return y.add(this.mlp(this.ln2(y)));
  }
}

class GPT extends nn.Module {
  readonly token: nn.Embedding;
  readonly position: nn.Embedding;
  readonly blocks: nn.ModuleList<Block>;
  readonly ln: nn.LayerNorm;
  readonly head: nn.Linear;
  declare readonly mask: Tensor; // true where a position may not look: at what comes after it

  constructor(characters: number, size = 96, heads = 4, layers = 3) {
    super();
    this.token = new nn.Embedding(characters, size);
    this.position = new nn.Embedding(CONTEXT, size);
    this.blocks = new nn.ModuleList(Array.from({ length: layers }, () => new Block(size, heads)));
    this.ln = new nn.LayerNorm(size);
    this.head = new nn.Linear(size, characters, { bias: false });
    this.register_buffer("mask", torch.ones(CONTEXT, CONTEXT, { dtype: torch.bool }).triu(1));
  }

  override forward(ids: Tensor): Tensor {
    const length = ids.shape[1]!;
    const mask = this.mask.narrow(0, 0, length).narrow(1, 0, length);
    let x = this.token(ids).add(this.position(torch.arange(length)));
    for (const block of this.blocks) x = block(x, mask);
    return this.head(this.ln(x));
  }
}

const steps = Number(process.argv[3] ?? 300);
torch.manual_seed(0);
const text = readText();
const model = new GPT(text.all.length);
const optimizer = new optim.AdamW(model.parameters(), { lr: 3e-3, betas: [0.9, 0.95], weight_decay: 0.1 });

for (let step = 1; step <= steps; step++) {
  const [x, y] = text.batch(16, CONTEXT);
  const loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten());
  optimizer.zero_grad();
  loss.backward();
  nn.utils.clip_grad_norm_(model.parameters(), 1.0);
  optimizer.step();
  if (step % 50 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(3)}`);
}

/** Continues from the first character of the text, one drawn character at a time. */
function speak(length: number): string {
  model.eval();
  return torch.no_grad(() => {
    const ids = [text.ids.index(0).item()];
    while (ids.length < length) {
      const seen = torch.tensor([ids.slice(-CONTEXT).map(BigInt)]);
      const probabilities = model(seen).index(0, -1).div(0.7).softmax(0); // divided by a temperature: fewer surprises
      ids.push(torch.multinomial(probabilities, 1).item());
    }
    return text.decode(ids);
  });
}

console.log(`\n${speak(300)}`);
