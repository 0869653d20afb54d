/** Generator and discriminator trained in turns with two optimizers; each step gives the two losses. */
import torch, { nn } from "../../../optimized/index.js";

export function run(seed = 0, steps = 30, dtype: torch.dtype = torch.float32): number[] {
  torch.set_default_dtype(dtype);
  torch.manual_seed(seed);
  const G = new nn.Sequential(new nn.Linear(4, 16), new nn.LeakyReLU(0.2), new nn.Linear(16, 2));
  const D = new nn.Sequential(new nn.Linear(2, 16), new nn.LeakyReLU(0.2), new nn.Dropout(0.3), new nn.Linear(16, 1));
  for (const m of G.modules()) {
    if (m instanceof nn.Linear) {
      nn.init.xavier_normal_(m.weight);
      nn.init.zeros_(m.bias!);
    }
  }
  const opt_g = new torch.optim.Adam(G.parameters(), { lr: 0.002, betas: [0.5, 0.999] });
  const opt_d = new torch.optim.Adam(D.parameters(), { lr: 0.002, betas: [0.5, 0.999] });
  const bce = new nn.BCEWithLogitsLoss();
  const ones = torch.ones(16, 1);
  const zeros = torch.zeros(16, 1);
  const losses: number[] = [];
  for (let step = 0; step < Math.floor(steps / 2); step++) {
    const angle = torch.rand(16).mul(6.283185307);
    const real = torch.stack([torch.cos(angle), torch.sin(angle)], 1).add(torch.randn(16, 2).mul(0.05));
    const fake = G(torch.randn(16, 4));
    opt_d.zero_grad();
    const loss_d = bce(D(real), ones).add(bce(D(fake.detach()), zeros));
    loss_d.backward();
    opt_d.step();
    opt_g.zero_grad();
    const loss_g = bce(D(fake), ones);
    loss_g.backward();
    opt_g.step();
    losses.push(loss_d.item(), loss_g.item());
  }
  return losses;
}
