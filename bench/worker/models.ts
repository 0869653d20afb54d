import torch, { nn, type Tensor } from "../../optimized/index.js";

/** The networks of the workloads: the same layers, and the same initial values, as in the PyTorch programs. */

const F = nn.functional;

export function mlp() {
  return new nn.Sequential(
    new nn.Linear(784, 512),
    new nn.ReLU(),
    new nn.Linear(512, 512),
    new nn.ReLU(),
    new nn.Linear(512, 10),
  );
}

export function lenet() {
  return new nn.Sequential(
    new nn.Conv2d(1, 6, 5, { padding: 2 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(6, 16, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(400, 120),
    new nn.ReLU(),
    new nn.Linear(120, 84),
    new nn.ReLU(),
    new nn.Linear(84, 10),
  );
}

/** PyTorch's MNIST example without dropout. */
export function cnn() {
  return new nn.Sequential(
    new nn.Conv2d(1, 32, 3),
    new nn.ReLU(),
    new nn.Conv2d(32, 64, 3),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(9216, 128),
    new nn.ReLU(),
    new nn.Linear(128, 10),
  );
}

/** Two 3×3 convolutions beside a shortcut, which is a 1×1 convolution where the shape changes. */
class BasicBlock extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly downsample: nn.Sequential | null;

  constructor(inplanes: number, planes: number, stride: number) {
    super();
    this.conv1 = new nn.Conv2d(inplanes, planes, 3, { stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(planes);
    this.conv2 = new nn.Conv2d(planes, planes, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(planes);
    this.downsample =
      stride === 1 && inplanes === planes
        ? null
        : new nn.Sequential(new nn.Conv2d(inplanes, planes, 1, { stride, bias: false }), new nn.BatchNorm2d(planes));
  }

  override forward(x: Tensor): Tensor {
    const y = this.bn2(this.conv2(F.relu(this.bn1(this.conv1(x)))));
    return F.relu(y.add(this.downsample === null ? x : this.downsample(x)));
  }
}

/** torchvision's ResNet-18; for images of 32×32 with the small stem that CIFAR wants. */
export class ResNet18 extends nn.Module {
  readonly stem: nn.Sequential;
  readonly layers: nn.Sequential;
  readonly avgpool = new nn.AdaptiveAvgPool2d(1);
  readonly fc: nn.Linear;

  constructor(classes: number, image: number) {
    super();
    const conv =
      image === 32
        ? new nn.Conv2d(3, 64, 3, { padding: 1, bias: false })
        : new nn.Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
    const pool = image === 32 ? [] : [new nn.MaxPool2d(3, { stride: 2, padding: 1 })];
    this.stem = new nn.Sequential(conv, new nn.BatchNorm2d(64), new nn.ReLU(), ...pool);
    const stage = (from: number, to: number, stride: number) => [
      new BasicBlock(from, to, stride),
      new BasicBlock(to, to, 1),
    ];
    this.layers = new nn.Sequential(
      ...stage(64, 64, 1),
      ...stage(64, 128, 2),
      ...stage(128, 256, 2),
      ...stage(256, 512, 2),
    );
    this.fc = new nn.Linear(512, classes);
  }

  override forward(x: Tensor): Tensor {
    return this.fc(torch.flatten(this.avgpool(this.layers(this.stem(x))), 1));
  }
}

export interface LstmSizes {
  d: number;
  h: number;
  layers: number;
  classes: number;
}

/** An LSTM whose last step is classified. */
export class LastStep extends nn.Module {
  readonly lstm: nn.LSTM;
  readonly out: nn.Linear;

  constructor({ d, h, layers, classes }: LstmSizes) {
    super();
    this.lstm = new nn.LSTM(d, h, { num_layers: layers, batch_first: true });
    this.out = new nn.Linear(h, classes);
  }

  override forward(x: Tensor): Tensor {
    return this.out(this.lstm(x)[0].index(":", -1));
  }
}

/** A pre-norm transformer block with causal attention written out. */
class Block extends nn.Module {
  readonly ln1: nn.LayerNorm;
  readonly ln2: nn.LayerNorm;
  readonly qkv: nn.Linear;
  readonly proj: nn.Linear;
  readonly fc1: nn.Linear;
  readonly fc2: nn.Linear;

  constructor(
    readonly d: number,
    readonly heads: number,
  ) {
    super();
    this.ln1 = new nn.LayerNorm(d);
    this.ln2 = new nn.LayerNorm(d);
    this.qkv = new nn.Linear(d, 3 * d);
    this.proj = new nn.Linear(d, d);
    this.fc1 = new nn.Linear(d, 4 * d);
    this.fc2 = new nn.Linear(4 * d, d);
  }

  override forward(x: Tensor, mask: Tensor): Tensor {
    const [b, t, d] = x.shape as [number, number, number];
    const size = d / this.heads;
    const parts = this.qkv(this.ln1(x)).view(b, t, 3, this.heads, size).permute(2, 0, 3, 1, 4);
    const [q, k, v] = parts.unbind(0) as [Tensor, Tensor, Tensor];
    const scores = q.matmul(k.transpose(-2, -1)).mul(1 / Math.sqrt(size));
    const attention = scores.masked_fill(mask, -Infinity).softmax(-1);
    const y = x.add(this.proj(attention.matmul(v).transpose(1, 2).reshape(b, t, d)));
    return y.add(this.fc2(F.gelu(this.fc1(this.ln2(y)))));
  }
}

export interface GptSizes {
  d: number;
  heads: number;
  layers: number;
  vocab: number;
  seq: number;
}

export class GPT extends nn.Module {
  readonly tok: nn.Embedding;
  readonly pos: nn.Embedding;
  readonly blocks: nn.ModuleList<Block>;
  readonly ln: nn.LayerNorm;
  readonly head: nn.Linear;
  declare readonly mask: Tensor;
  declare readonly ar: Tensor;

  constructor({ d, heads, layers, vocab, seq }: GptSizes) {
    super();
    this.tok = new nn.Embedding(vocab, d);
    this.pos = new nn.Embedding(seq, d);
    this.blocks = new nn.ModuleList(Array.from({ length: layers }, () => new Block(d, heads)));
    this.ln = new nn.LayerNorm(d);
    this.head = new nn.Linear(d, vocab, { bias: false });
    this.register_buffer("mask", torch.triu(torch.ones(seq, seq, { dtype: torch.bool }), 1));
    this.register_buffer("ar", torch.arange(seq));
  }

  override forward(tokens: Tensor): Tensor {
    let x = this.tok(tokens).add(this.pos(this.ar));
    for (const block of this.blocks) x = block(x, this.mask);
    return this.head(this.ln(x));
  }
}
