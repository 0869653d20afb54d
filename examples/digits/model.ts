import torch, { nn, type Tensor } from "tstorch";

const F = nn.functional;

export interface LeNetSizes {
  /** Width of the square images. */
  readonly image?: number;
  readonly channels?: readonly [number, number];
  readonly hidden?: readonly [number, number];
}

/**
 * The network of LeCun, Bottou, Bengio & Haffner (1998) in today's form: ReLU and max pooling.
 *
 *     x: [N, 1, 28, 28] → logits of the ten digits: [N, 10]
 */
export class LeNet extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly conv2: nn.Conv2d;
  readonly fc1: nn.Linear;
  readonly fc2: nn.Linear;
  readonly fc3: nn.Linear;

  constructor({ image = 28, channels = [6, 16], hidden = [120, 84] }: LeNetSizes = {}) {
    super();
    const left = Math.floor((Math.floor(image / 2) - 4) / 2); // 28 → 14 by pooling → 10 by conv2 → 5 by pooling
    this.conv1 = new nn.Conv2d(1, channels[0], 5, { padding: 2 });
    this.conv2 = new nn.Conv2d(channels[0], channels[1], 5);
    this.fc1 = new nn.Linear(channels[1] * left * left, hidden[0]);
    this.fc2 = new nn.Linear(hidden[0], hidden[1]);
    this.fc3 = new nn.Linear(hidden[1], 10);
  }

  override forward(x: Tensor): Tensor {
    x = F.max_pool2d(F.relu(this.conv1(x)), 2);
    x = F.max_pool2d(F.relu(this.conv2(x)), 2);
    x = torch.flatten(x, 1);
    x = F.relu(this.fc1(x));
    x = F.relu(this.fc2(x));
    return this.fc3(x);
  }
}
