import torch, { nn, type Tensor } from "tstorch";
import type { Split } from "./dataset.js";
import { LeNet } from "./model.js";
import { Training } from "./training.js";

/** What this project is for: the fast library agrees with the readable one. */

const STEPS = 3;

interface Steps {
  readonly losses: readonly number[];
  readonly parameters: readonly Tensor[];
  readonly ms: number;
}

/** The first steps of a run on `device`, from its seed. */
function firstSteps(recipe: Training["recipe"], train: Split, device: string): Steps {
  const training = new Training(recipe, device);
  const batches = training.batches(train);
  const losses: number[] = [];
  let ms = 0;
  while (losses.length < STEPS) {
    const { value } = batches.next();
    if (value === undefined) break; // fewer images than that
    const [x, y] = (value as [Tensor, Tensor]).map((t) => t.to(device)) as [Tensor, Tensor];
    const start = performance.now();
    losses.push(training.learn(x, y));
    ms += performance.now() - start;
  }
  const parameters = [...training.model.parameters()].map((p) => p.detach().to("cpu"));
  return { losses, parameters, ms: ms / losses.length };
}

export interface Agreement {
  readonly steps: number;
  /** The largest differences between the two devices. */
  readonly loss: number;
  readonly parameter: number;
  /** One step, in ms. */
  readonly fast_ms: number;
  readonly reference_ms: number;
}

/** The first steps on `device` and on the reference device, from the same seed. */
export function compareWithReference(recipe: Training["recipe"], train: Split, device: string): Agreement {
  const fast = firstSteps(recipe, train, device);
  const slow = firstSteps(recipe, train, "reference");
  const largest = (values: readonly number[]) => Math.max(0, ...values);
  return {
    steps: slow.losses.length,
    loss: largest(slow.losses.map((l, i) => Math.abs(l - fast.losses[i]!))),
    parameter: largest(slow.parameters.map((p, i) => p.sub(fast.parameters[i]!).abs().max().item())),
    fast_ms: fast.ms,
    reference_ms: slow.ms,
  };
}

/** The loss of a small LeNet in float64 against central differences; gives the number of parameters, or throws. */
export function checkGradients(seed: number): number {
  torch.manual_seed(seed);
  const model = new LeNet({ image: 12, channels: [2, 3], hidden: [8, 6] }).double();
  const x = torch.randn(2, 1, 12, 12, { dtype: torch.float64 });
  const y = torch.randint(0, 10, [2]);
  const parameters = [...model.parameters()];
  torch.autograd.gradcheck(() => nn.functional.cross_entropy(model(x), y), parameters);
  return parameters.reduce((count, p) => count + p.numel(), 0);
}
