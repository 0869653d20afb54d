/** A small network learns sin(2x) with mini-batches, and its state dict goes to another model: `node dist/examples/regression.js` */
import torch, { nn, optim } from "tstorch";

const { DataLoader, TensorDataset } = torch.utils.data;

torch.manual_seed(0);
const x = torch.linspace(-3, 3, 600).unsqueeze(1);
const y = torch.sin(x.mul(2)).add(torch.randn(600, 1).mul(0.05));
const loader = new DataLoader(new TensorDataset(x, y), { batch_size: 50, shuffle: true });

const makeModel = () =>
  new nn.Sequential(new nn.Linear(1, 64), new nn.Tanh(), new nn.Linear(64, 64), new nn.Tanh(), new nn.Linear(64, 1));
const model = makeModel();
const optimizer = new optim.AdamW(model.parameters(), { lr: 3e-3 });
const scheduler = new optim.lr_scheduler.CosineAnnealingLR(optimizer, 60);
const criterion = new nn.MSELoss();

for (let epoch = 1; epoch <= 60; epoch++) {
  let total = 0;
  for (const [xb, yb] of loader) {
    const loss = criterion(model(xb), yb);
    optimizer.zero_grad();
    loss.backward();
    nn.utils.clip_grad_norm_(model.parameters(), 1.0);
    optimizer.step();
    total += loss.item() * xb.shape[0]!;
  }
  scheduler.step();
  if (epoch % 10 === 0) console.log(`epoch ${epoch}: mean squared error ${(total / 600).toFixed(5)}`);
}

const copy = makeModel();
copy.load_state_dict(model.state_dict());
copy.eval();
torch.no_grad(() => {
  for (const at of [-2, 0, 1]) {
    const predicted = copy(torch.tensor([[at]])).item();
    console.log(`f(${at}) = ${predicted.toFixed(3)}, sin(2x) = ${Math.sin(2 * at).toFixed(3)}`);
  }
});
