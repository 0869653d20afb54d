/** A LeNet-like network with batch normalisation and dropout on synthetic images, SGD with a cosine schedule. */
import torch, { nn, type Tensor } from "../../../optimized/index.js";

const F = nn.functional;

class Net extends nn.Module {
  readonly conv1 = new nn.Conv2d(1, 6, 3, { padding: 1 });
  readonly bn1 = new nn.BatchNorm2d(6);
  readonly conv2 = new nn.Conv2d(6, 12, 3);
  readonly drop = new nn.Dropout(0.25);
  readonly fc1 = new nn.Linear(12 * 2 * 2, 20);
  readonly fc2 = new nn.Linear(20, 4);

  override forward(x: Tensor): Tensor {
    x = F.max_pool2d(F.relu(this.bn1(this.conv1(x))), 2);
    x = F.avg_pool2d(F.relu(this.conv2(x)), 2);
    x = this.drop(torch.flatten(x, 1));
    return this.fc2(F.relu(this.fc1(x)));
  }
}

export function run(seed = 0, steps = 30, dtype: torch.dtype = torch.float32): number[] {
  torch.set_default_dtype(dtype);
  torch.manual_seed(seed);
  const labels = torch.randint(0, 4, [48]);
  const images = torch.randn(48, 1, 12, 12).mul(0.5);
  for (let i = 0; i < 48; i++) {
    const k = Number(labels.index(i).item());
    images.index(i, 0, torch.slice(3 * k, 3 * k + 3)).add_(1.5);
  }
  const net = new Net();
  const opt = new torch.optim.SGD(net.parameters(), { lr: 0.05, momentum: 0.9, weight_decay: 1e-4, nesterov: true });
  const sched = new torch.optim.lr_scheduler.CosineAnnealingLR(opt, steps);
  const criterion = new nn.CrossEntropyLoss();
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    net.train();
    const idx = torch.randperm(48).index(":16");
    opt.zero_grad();
    const loss = criterion(net(images.index(idx)), labels.index(idx));
    loss.backward();
    opt.step();
    sched.step();
    losses.push(loss.item());
  }
  net.eval();
  torch.no_grad(() => {
    losses.push(criterion(net(images), labels).item());
  });
  return losses;
}
