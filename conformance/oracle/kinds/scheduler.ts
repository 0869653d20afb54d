/** Learning rates (and momenta) of a scheduler over rounds of optimizer.step(); scheduler.step(). */
import type { Difference, Tolerance } from "../agreement.js";
import { compare } from "../compare.js";
import { fromLib, kwargsToLib, requireGrad, toLib } from "../convert.js";
import { expectRaises } from "../errors.js";
import { invoke, method, property, type Target } from "../target.js";
import { decode, decodeRecord, dict, keyText, list, type Json, type Value } from "../values.js";

export interface SchedulerCase extends Tolerance {
  readonly id: string;
  readonly scheduler: Json;
  readonly optimizer: { readonly class: string; readonly kwargs: Json; readonly group_lrs: readonly Json[] };
  readonly n: number;
  readonly lrs?: readonly Json[];
  readonly momenta?: readonly Json[];
  readonly metrics?: readonly Json[];
  readonly epochs?: readonly Json[];
  readonly state_dict?: Json;
  readonly raises?: string;
  readonly message?: string;
}

export function runScheduler(target: Target, c: SchedulerCase): Difference | null {
  const optimizer = optimizerOf(target, c);
  const rounds = (): Difference | null => {
    const scheduler = toLib(target, decode(c.scheduler), { vars: new Map([["optimizer", optimizer]]) });
    let difference = compareRates(target, c, optimizer, 0);
    for (let k = 0; k < c.n && !difference; k++) {
      method(optimizer, "step")();
      const given = c.metrics?.[k] ?? c.epochs?.[k];
      method(scheduler, "step")(...(given === undefined ? [] : [toLib(target, decode(given))]));
      difference = compareRates(target, c, optimizer, k + 1);
    }
    if (difference || c.state_dict === undefined) return difference;
    const state = withoutParts(fromLib(target, method(scheduler, "state_dict")()));
    return compare(state, decode(c.state_dict), c, [], "state_dict");
  };
  return c.raises === undefined ? rounds() : expectRaises(c.raises, c.message, rounds);
}

/** Functions and the states of the schedules that a schedule is made of are not recorded. */
const PARTS = ["_schedulers", "lr_lambdas"];

function withoutParts(state: Value): Value {
  if (state === null || typeof state !== "object" || state.kind !== "dict") return state;
  return dict(state.entries.filter(([key]) => !PARTS.includes(keyText(key))));
}

function optimizerOf(target: Target, c: SchedulerCase): unknown {
  const groups = c.optimizer.group_lrs.map((lr) => {
    const parameter = requireGrad(target.call("torch.zeros", [[1]]));
    return { params: [parameter], lr: toLib(target, decode(lr)) };
  });
  return invoke(target.resolve(c.optimizer.class), [groups, ...kwargsToLib(target, decodeRecord(c.optimizer.kwargs))]);
}

function compareRates(target: Target, c: SchedulerCase, optimizer: unknown, k: number): Difference | null {
  const groups = [...(property(optimizer, "param_groups") as Iterable<object>)];
  const read = (one: (group: object) => unknown): Value => list(groups.map((group) => fromLib(target, one(group))));
  if (c.lrs) {
    const difference = compare(
      read((g) => property(g, "lr")),
      decode(c.lrs[k]!),
      c,
      [],
      `lr after ${k} steps`,
    );
    if (difference) return difference;
  }
  if (!c.momenta) return null;
  const momentum = (g: object): unknown =>
    property(g, "momentum") ?? [...(property(g, "betas") as Iterable<number>)][0];
  return compare(read(momentum), decode(c.momenta[k]!), c, [], `momentum after ${k} steps`);
}
