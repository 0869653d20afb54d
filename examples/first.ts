import torch, { nn, optim } from "tstorch";

torch.manual_seed(0);
const x = torch.rand(512, 2).mul(2).sub(1); // points of a square
const y = x.pow(2).sum(1).lt(0.5).long(); // is a point within the circle?

const model = new nn.Sequential(new nn.Linear(2, 32), new nn.ReLU(), new nn.Linear(32, 2));
const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });

for (let epoch = 1; epoch <= 200; epoch++) {
  const loss = nn.functional.cross_entropy(model(x), y);
  optimizer.zero_grad();
  loss.backward();
  optimizer.step();
  if (epoch % 50 === 0) console.log(`epoch ${epoch}: loss ${loss.item().toFixed(4)}`);
}

const accuracy = torch.no_grad(() => model(x).argmax(1).eq(y).float().mean());
console.log(`accuracy ${accuracy.item().toFixed(3)}`);
