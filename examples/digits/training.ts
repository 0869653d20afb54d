import torch, { nn, type Tensor } from "tstorch";
import type { Digits, Split } from "./dataset.js";
import { LeNet } from "./model.js";
import type { Recipe } from "./options.js";

const { DataLoader, TensorDataset } = torch.utils.data;
const { cross_entropy } = nn.functional;

/** Everything that one training run changes: the model, the optimizer, the schedule, and how far it has come. */
export class Training {
  readonly model: LeNet;
  readonly optimizer: torch.optim.SGD;
  readonly scheduler: torch.optim.lr_scheduler.CosineAnnealingLR;
  readonly losses: number[] = [];
  /** Finished epochs, and finished steps of the one that is not. */
  epoch = 0;
  step = 0;

  constructor(
    readonly recipe: Recipe & { readonly epochs: number },
    readonly device: string,
  ) {
    torch.manual_seed(recipe.seed);
    this.model = new LeNet().to(device);
    this.optimizer = new torch.optim.SGD(this.model.parameters(), {
      lr: recipe.lr,
      momentum: 0.9,
      weight_decay: 5e-4,
      nesterov: true,
    });
    this.scheduler = new torch.optim.lr_scheduler.CosineAnnealingLR(this.optimizer, recipe.epochs);
  }

  get done(): boolean {
    return this.epoch === this.recipe.epochs;
  }

  /**
   * The batches of the current epoch, from the first that is not done. Seed and epoch alone decide the order, and by which
   * pixel to each side a batch is shifted: with more places to see a digit at, LeNet makes fewer mistakes.
   */
  *batches({ images, labels }: Split): Generator<[x: Tensor, y: Tensor]> {
    const { batch_size, seed } = this.recipe;
    const generator = new torch.Generator().manual_seed(seed + this.epoch);
    const loader = new DataLoader(new TensorDataset(images, labels), { batch_size, shuffle: true, generator });
    let n = 0;
    for (const [x, y] of loader) {
      const shift = torch.randint(-1, 2, [2], { generator }).tolist<number[]>();
      if (n++ >= this.step) yield [torch.roll(x!, shift, [2, 3]), y!];
    }
  }

  /** One step on one batch; gives the loss. */
  learn(x: Tensor, y: Tensor): number {
    this.optimizer.zero_grad(true);
    const loss = cross_entropy(this.model(x), y);
    loss.backward();
    this.optimizer.step();
    this.step++;
    return loss.item();
  }

  endEpoch(): void {
    this.scheduler.step();
    this.epoch++;
    this.step = 0;
  }
}

export interface Score {
  readonly loss: number;
  /** Part of the images whose digit was found. */
  readonly accuracy: number;
}

export function evaluate(model: LeNet, { images, labels }: Split, batch = 500): Score {
  model.eval();
  let [loss, right] = [0, 0];
  torch.no_grad(() => {
    const parts = images.split(batch);
    const answers = labels.split(batch);
    for (const [i, x] of parts.entries()) {
      const y = answers[i]!;
      const logits = model(x);
      loss += cross_entropy(logits, y, { reduction: "sum" }).item();
      right += logits.argmax(1).eq(y).sum().item();
    }
  });
  model.train();
  return { loss: loss / images.shape[0]!, accuracy: right / images.shape[0]! };
}

/** Epochs that show the model about 80,000 images; on the reference device, which is slow, two. */
export function defaultEpochs({ train }: Digits, device: string): number {
  return device === "reference" ? 2 : Math.max(2, Math.round(80_000 / train.images.shape[0]!));
}
