/**
 * A training program that is stopped in the middle of an epoch, and goes on in new objects from a checkpoint, ends as the one
 * that was not stopped: the same losses, weights, buffers, states and random numbers, bit for bit.
 */
import { describe, expect, test } from "vitest";
import torch, { nn, optim, type Tensor } from "../optimized/index.js";
import type { Optimizer, Params } from "../optimized/optim/index.js";

const { DataLoader, TensorDataset } = torch.utils.data;
const { lr_scheduler } = optim;

const SAMPLES = 22;
const BATCH = 4;
const PER_EPOCH = Math.ceil(SAMPLES / BATCH);
const STEPS = 3 * PER_EPOCH;

/** What differs between the programs. */
interface Program {
  readonly name: string;
  readonly model: () => nn.Sequential;
  readonly optimizer: (params: Params<never>) => Optimizer;
  readonly schedule: (optimizer: Optimizer) => Schedule;
  readonly shuffle: boolean;
}

type Schedule = Pick<InstanceType<typeof lr_scheduler.StepLR>, "step" | "state_dict" | "load_state_dict">;

const net = (...middle: nn.Module[]): nn.Sequential =>
  new nn.Sequential(new nn.Linear(3, 8), new nn.BatchNorm1d(8), new nn.ReLU(), ...middle, new nn.Linear(8, 1));
const make =
  <T>(optimizer: new (params: never, options: T) => object, options: T) =>
  (params: Params<never>) =>
    new optimizer(params as never, options) as Optimizer;

const programs: readonly Program[] = [
  {
    name: "SGD with momentum, StepLR",
    model: () => net(),
    optimizer: make<object>(optim.SGD, { lr: 0.05, momentum: 0.9, dampening: 0.1, weight_decay: 0.01 }),
    schedule: (optimizer) => new lr_scheduler.StepLR(optimizer, 4, 0.7),
    shuffle: false,
  },
  {
    name: "Adam with amsgrad, OneCycleLR",
    model: () => net(),
    optimizer: make<object>(optim.Adam, { lr: 0.05, amsgrad: true }),
    schedule: (optimizer) => new lr_scheduler.OneCycleLR(optimizer, 0.1, STEPS),
    shuffle: false,
  },
  {
    name: "RMSprop with dropout and shuffled batches, warm restarts",
    model: () => net(new nn.Dropout(0.4)),
    optimizer: make<object>(optim.RMSprop, { lr: 0.01, momentum: 0.5, centered: true }),
    schedule: (optimizer) => new lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 3, 2),
    shuffle: true,
  },
  {
    name: "NAdam with dropout and shuffled batches, two schedules in turn",
    model: () => net(new nn.Dropout(0.2), new nn.GELU()),
    optimizer: make<object>(optim.NAdam, { lr: 0.02, weight_decay: 0.01 }),
    schedule: (optimizer) => {
      const parts = [new lr_scheduler.LinearLR(optimizer), new lr_scheduler.ExponentialLR(optimizer, 0.8)];
      return new lr_scheduler.SequentialLR(optimizer, parts, [5]);
    },
    shuffle: true,
  },
];

/** Everything that a program has while it runs. */
class Training {
  readonly model: nn.Sequential;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** Doubles its scale after every four steps, and halves it where a step was skipped. */
  readonly scaler = new torch.cuda.amp.GradScaler({ init_scale: 2 ** 10, growth_interval: 4 });
  readonly generator = new torch.Generator();
  /** The generator at the start of the epoch, and the batches of it that are over: where the loader is. */
  private epochStart: Tensor;
  private batches = 0;
  private readonly loader: InstanceType<typeof DataLoader<[Tensor, Tensor], [Tensor, Tensor]>>;

  constructor({ model, optimizer, schedule, shuffle }: Program, seed: number) {
    torch.manual_seed(seed);
    this.model = model();
    this.optimizer = optimizer(this.model.parameters() as Params<never>);
    this.schedule = schedule(this.optimizer);
    this.generator.manual_seed(seed);
    this.epochStart = this.generator.get_state();
    const data = new torch.Generator().manual_seed(1);
    const x = torch.randn([SAMPLES, 3], { generator: data });
    this.loader = new DataLoader(new TensorDataset(x, x.sum(1, true).sin()), {
      batch_size: BATCH,
      shuffle,
      generator: this.generator,
    }) as typeof this.loader;
  }

  /** Takes `count` steps, epoch after epoch; the losses. */
  run(count: number): number[] {
    const losses: number[] = [];
    while (losses.length < count) {
      this.generator.set_state(this.epochStart);
      let batch = 0;
      for (const [x, y] of this.loader) {
        if (batch++ < this.batches) continue;
        losses.push(this.step(x, y));
        this.batches++;
        if (losses.length === count) break;
      }
      if (this.batches < PER_EPOCH) continue;
      this.batches = 0;
      this.epochStart = this.generator.get_state();
    }
    return losses;
  }

  private step(x: Tensor, y: Tensor): number {
    this.optimizer.zero_grad();
    const loss = nn.functional.mse_loss(this.model(x) as Tensor, y);
    this.scaler.scale(loss).backward();
    this.scaler.step(this.optimizer);
    this.scaler.update();
    this.schedule.step();
    return loss.item() as number;
  }

  state_dict() {
    return {
      model: this.model.state_dict(),
      optimizer: this.optimizer.state_dict(),
      schedule: this.schedule.state_dict(),
      scaler: this.scaler.state_dict(),
      random: torch.get_rng_state(),
      loader: { epochStart: this.epochStart, batches: this.batches },
    };
  }

  load_state_dict({ model, optimizer, schedule, scaler, random, loader }: ReturnType<Training["state_dict"]>): void {
    this.model.load_state_dict(model);
    this.optimizer.load_state_dict(optimizer);
    this.schedule.load_state_dict(schedule);
    this.scaler.load_state_dict(scaler);
    torch.set_rng_state(random);
    this.epochStart = loader.epochStart;
    this.batches = loader.batches;
  }
}

/** A copy that shares nothing, as a file would be. */
function copied<T>(value: T): T {
  if (value instanceof torch.Tensor) return value.detach().clone() as T;
  if (value instanceof Map) return new Map([...value].map(([key, v]) => [key, copied(v)])) as T;
  if (Array.isArray(value)) return value.map(copied) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, copied(v)])) as T;
}

/** With numbers in place of tensors, which are then compared one by one. */
function numbers(value: unknown): unknown {
  if (value instanceof torch.Tensor) return [String(value.dtype), value.shape, value.tolist()];
  if (value instanceof Map) return numbers([...value]);
  if (Array.isArray(value)) return value.map(numbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, numbers(v)]));
}

describe.each(programs)("$name", (program) => {
  const whole = new Training(program, 3);
  const losses = whole.run(STEPS);
  const end = numbers(whole.state_dict());

  // In the middle of the first epoch, at its end, before the end of the second.
  test.each([2, PER_EPOCH, 2 * PER_EPOCH - 1])("stopped after %d steps", (at) => {
    const first = new Training(program, 3);
    expect(first.run(at)).toEqual(losses.slice(0, at));
    const checkpoint = copied(first.state_dict());
    first.run(2); // the checkpoint is a copy: what goes on does not reach it

    const second = new Training(program, 99);
    second.load_state_dict(checkpoint);
    expect(second.run(STEPS - at)).toEqual(losses.slice(at));
    expect(numbers(second.state_dict())).toEqual(end);
  });

  test("the seed matters, so the checkpoint does", () => {
    expect(new Training(program, 99).run(3)).not.toEqual(losses.slice(0, 3));
  });
});
