/**
 * A synchronous training loop in a process of its own: `node dist/conformance/memory/steps.js small|large STEPS`. Prints
 * the resident memory after a tenth of the steps and at the end, and the peak, in MB.
 */
import { readFileSync } from "node:fs";
import { nn, optim } from "../../optimized/index.js";
import torch from "../../optimized/index.js";

const [kind, count] = process.argv.slice(2);
const steps = Number(count);

/** A layer on a few rows: thousands of small tensors a second. */
function smallStep(): () => void {
  const layer = new nn.Linear(8, 4);
  const optimizer = new optim.SGD(layer.parameters(), { lr: 0.01, momentum: 0.9 });
  const x = torch.ones([4, 8]);
  return () => {
    optimizer.zero_grad();
    layer(x).relu().sum().backward();
    optimizer.step();
  };
}

/** Activations of 8 MB, most of which backward needs. */
function largeStep(): () => void {
  const weight = torch.ones([1 << 21], { requires_grad: true });
  const optimizer = new optim.SGD([weight], 1e-3);
  return () => {
    optimizer.zero_grad();
    weight.mul(weight).relu().sum().backward();
    optimizer.step();
  };
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const resident = (): number => megabytes(process.memoryUsage().rss);

const step = kind === "small" ? smallStep() : largeStep();
let early = 0;
for (let i = 0; i < steps; i++) {
  step();
  if (i === Math.floor(steps / 10)) early = resident();
}
const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024;
console.log(JSON.stringify({ early, end: resident(), peak: Math.round(peak) }));
