/** A two-layer perceptron fits a noisy function; mini-batches come from a shuffling DataLoader. */
import torch, { nn } from "../../../optimized/index.js";

const { DataLoader, TensorDataset } = torch.utils.data;

export function run(seed = 0, steps = 30, dtype: torch.dtype = torch.float32): number[] {
  torch.set_default_dtype(dtype);
  torch.manual_seed(seed);
  const x = torch.rand(64, 3).mul(2).sub(1);
  const y = torch
    .sin(x.index(":", ":1").mul(2))
    .add(x.index(":", "1:2").mul(x.index(":", "2:3")))
    .add(torch.randn(64, 1).mul(0.05));
  const g = new torch.Generator();
  g.manual_seed(seed + 1);
  const loader = new DataLoader(new TensorDataset(x, y), { batch_size: 16, shuffle: true, generator: g });
  const model = new nn.Sequential(
    new nn.Linear(3, 16),
    new nn.Tanh(),
    new nn.Linear(16, 16),
    new nn.ReLU(),
    new nn.Linear(16, 1),
  );
  const opt = new torch.optim.Adam(model.parameters(), { lr: 0.01 });
  const sched = new torch.optim.lr_scheduler.StepLR(opt, 3, { gamma: 0.5 });
  const losses: number[] = [];
  while (losses.length < steps) {
    for (const [xb, yb] of loader) {
      opt.zero_grad();
      const loss = nn.functional.mse_loss(model(xb), yb);
      loss.backward();
      opt.step();
      losses.push(loss.item());
      if (losses.length === steps) break;
    }
    sched.step();
  }
  return losses;
}
