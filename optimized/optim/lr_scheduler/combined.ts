import { ValueError } from "../../core/errors.js";
import type { Optimizer } from "../optimizer.js";
import { countUpTo, type LRScheduler, ratesOf, type StateDict } from "./base.js";

/** Schedules made of schedules. */

function stateOf(schedule: object, parts: readonly LRScheduler[]): StateDict {
  return { ...schedule, _schedulers: parts.map((part) => part.state_dict()) };
}

function loadState(schedule: object, parts: readonly LRScheduler[], { _schedulers, ...own }: StateDict): void {
  for (const name of Object.keys(schedule)) if (name in own) Object.assign(schedule, { [name]: own[name] });
  parts.forEach((part, i) => {
    part.load_state_dict((_schedulers as readonly StateDict[])[i]!);
  });
}

function hide(schedule: object, fields: object): void {
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(schedule, name, { value });
}

/**
 * One schedule after the other: schedules[i] from epoch milestones[i − 1] on, each beginning at its own epoch 0.
 *
 * Source  torch.optim.lr_scheduler.SequentialLR.
 */
export class SequentialLR {
  declare readonly optimizer: Optimizer;
  declare readonly _schedulers: readonly LRScheduler[];
  readonly _milestones: readonly number[];
  last_epoch: number;
  _last_lr: number[];

  constructor(
    optimizer: Optimizer,
    schedulers: readonly LRScheduler[],
    milestones: readonly number[],
    last_epoch = -1,
    _verbose = false,
  ) {
    const stranger = schedulers.findIndex((schedule) => schedule.optimizer !== optimizer);
    if (stranger >= 0) {
      throw new ValueError(
        "SequentialLR",
        `expects all schedulers to belong to the same optimizer, but got schedulers at index ${stranger} to be different than the optimizer passed in`,
      );
    }
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        "SequentialLR",
        `expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers ${schedulers.length} and the number of milestones to be equal to ${milestones.length}`,
      );
    }
    hide(this, { optimizer, _schedulers: schedulers });
    this._milestones = milestones;
    this.last_epoch = last_epoch + 1;
    // Every schedule made its first step when it was made: take them back, then let the first one begin.
    for (const group of optimizer.param_groups) group.lr = group.initial_lr!;
    for (const schedule of schedulers) schedule.last_epoch -= 1;
    schedulers[0]!._initial_step();
    this._last_lr = schedulers[0]!.get_last_lr();
  }

  step(): void {
    this.last_epoch += 1;
    const at = countUpTo(this._milestones, this.last_epoch);
    const schedule = this._schedulers[at]!;
    if (at > 0 && this._milestones[at - 1] === this.last_epoch) schedule.step(0);
    else schedule.step();
    this._last_lr = schedule.get_last_lr();
  }

  get_last_lr(): number[] {
    return this._last_lr;
  }
  state_dict(): StateDict {
    return stateOf(this, this._schedulers);
  }
  load_state_dict(state_dict: StateDict): void {
    loadState(this, this._schedulers, state_dict);
  }
}

/**
 * Several schedules at once: each step is a step of all of them, in order.
 *
 * Source  torch.optim.lr_scheduler.ChainedScheduler.
 */
export class ChainedScheduler {
  declare readonly optimizer: Optimizer;
  declare readonly _schedulers: readonly LRScheduler[];
  _last_lr: number[];

  constructor(schedulers: readonly LRScheduler[]) {
    const { optimizer } = schedulers[0]!;
    const stranger = schedulers.findIndex((schedule) => schedule.optimizer !== optimizer);
    if (stranger >= 0) {
      throw new ValueError(
        "ChainedScheduler",
        `expects all schedulers to belong to the same optimizer, but got schedulers at index 0 and ${stranger} to be different`,
      );
    }
    hide(this, { optimizer, _schedulers: [...schedulers] });
    this._last_lr = ratesOf(optimizer);
  }

  step(): void {
    for (const schedule of this._schedulers) schedule.step();
    this._last_lr = ratesOf(this.optimizer);
  }

  get_last_lr(): number[] {
    return this._last_lr;
  }
  state_dict(): StateDict {
    return stateOf(this, this._schedulers);
  }
  load_state_dict(state_dict: StateDict): void {
    loadState(this, this._schedulers, state_dict);
  }
}
