/**
 * A character-level LSTM learns to continue a text: `node dist/examples/char_lstm.js [FILE] [STEPS]`
 * Good with data such as tinyshakespeare; without a file it learns a few sentences by heart.
 */
import torch, { nn, optim, type Tensor } from "tstorch";
import { readText } from "./text.js";

type State = readonly [h: Tensor, c: Tensor];

class CharLSTM extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;

  constructor(characters: number, size = 128) {
    super();
    this.embedding = new nn.Embedding(characters, 32);
    this.lstm = new nn.LSTM(32, size, { num_layers: 2, batch_first: true });
    this.head = new nn.Linear(size, characters);
  }

  override forward(x: Tensor, state: State | null = null): [logits: Tensor, state: State] {
    const [y, next] = this.lstm(this.embedding(x), state);
    return [this.head(y), next];
  }
}

const steps = Number(process.argv[3] ?? 300);
torch.manual_seed(0);
const text = readText();
const model = new CharLSTM(text.all.length);
const optimizer = new optim.Adam(model.parameters(), { lr: 5e-3 });

for (let step = 1; step <= steps; step++) {
  const [x, y] = text.batch(16, 64);
  const [logits] = model(x);
  const loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten());
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
    let state: State | null = null;
    while (ids.length < length) {
      const [logits, next]: [Tensor, State] = model(torch.tensor([[BigInt(ids.at(-1)!)]]), state);
      const probabilities = logits.flatten().div(0.5).softmax(0); // divided by a temperature: fewer surprises
      ids.push(torch.multinomial(probabilities, 1).item());
      state = next;
    }
    return text.decode(ids);
  });
}

console.log(`\n${speak(300)}`);
