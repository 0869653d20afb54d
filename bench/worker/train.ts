import torch, { nn, type Tensor } from "../../optimized/index.js";
import { randint, randn } from "./inputs.js";
import { cnn, GPT, type GptSizes, LastStep, lenet, type LstmSizes, mlp, ResNet18 } from "./models.js";
import type { Call, Table } from "./workload.js";

const { cross_entropy } = nn.functional;

interface Optimizer {
  zero_grad(set_to_none: boolean): void;
  step(): unknown;
}

/** One step: gradients dropped, forward, backward, update. */
function step(loss: () => Tensor, optimizer: Optimizer): Call {
  return () => {
    optimizer.zero_grad(true);
    const l = loss();
    l.backward();
    optimizer.step();
    return l;
  };
}

function image(model: nn.Module, { b }: { b: number }, size: number): Call {
  const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const [x, y] = [randn(b, 1, size, size), randint(10, b)];
  return step(() => cross_entropy(model(x), y), optimizer);
}

/** Whole training steps. */
export const train: Table = {
  "train.mlp": ({ b }: { b: number }) => {
    const model = mlp();
    const optimizer = new torch.optim.Adam(model.parameters(), { lr: 1e-3 });
    const [x, y] = [randn(b, 784), randint(10, b)];
    return step(() => cross_entropy(model(x), y), optimizer);
  },
  "train.lenet": (p: { b: number }) => image(lenet(), p, 28),
  "train.cnn": (p: { b: number }) => image(cnn(), p, 28),
  "train.resnet18": ({ b, img, classes }: { b: number; img: number; classes: number }) => {
    const model = new ResNet18(classes, img).train();
    const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.01 });
    const [x, y] = [randn(b, 3, img, img), randint(classes, b)];
    return step(() => cross_entropy(model(x), y), optimizer);
  },
  "train.lstm": (p: LstmSizes & { b: number; seq: number }) => {
    const model = new LastStep(p);
    const optimizer = new torch.optim.Adam(model.parameters(), { lr: 1e-3 });
    const [x, y] = [randn(p.b, p.seq, p.d), randint(p.classes, p.b)];
    return step(() => cross_entropy(model(x), y), optimizer);
  },
  "train.gpt": (p: GptSizes & { b: number }) => {
    const model = new GPT(p);
    const optimizer = new torch.optim.AdamW(model.parameters(), { lr: 3e-4, betas: [0.9, 0.95], weight_decay: 0.1 });
    const [tokens, targets] = [randint(p.vocab, p.b, p.seq), randint(p.vocab, p.b * p.seq)];
    return step(() => cross_entropy(model(tokens).view(-1, p.vocab), targets), optimizer);
  },
};
