import { existsSync } from "node:fs";
import type { Tensor } from "tstorch";
import { type Recipe, UsageError } from "./options.js";
import { type File, load, save } from "./safetensors.js";
import { Training } from "./training.js";

/**
 * A training run in a file: `model.*` are the parameters, `momentum.N` the buffer of parameter N, and the metadata
 * `training` holds the recipe, how far it has come, and the losses so far, as JSON. The order of the batches follows from
 * the recipe, so nothing else is needed to go on.
 */

interface Saved {
  readonly recipe: Recipe & { readonly epochs: number };
  readonly data: string;
  readonly epoch: number;
  readonly step: number;
  readonly losses: readonly number[];
}

export function saveTraining(path: string, training: Training, data: string): void {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of training.model.state_dict()) tensors.set(`model.${name}`, tensor);
  for (const [n, { momentum_buffer }] of training.optimizer.state_dict().state) {
    if (momentum_buffer !== null) tensors.set(`momentum.${n}`, momentum_buffer);
  }
  const { recipe, epoch, step, losses } = training;
  const saved: Saved = { recipe, data, epoch, step, losses };
  save(path, { tensors, metadata: { training: JSON.stringify(saved) } });
}

/** What a checkpoint holds, before the data is there. */
export function openTraining(path: string): { saved: Saved; restore: (device: string, data: string) => Training } {
  if (!existsSync(path)) throw new UsageError(`--resume: there is no file '${path}'`);
  const file = readFile(path);
  const saved = JSON.parse(file.metadata["training"]!) as Saved;
  return { saved, restore: (device, data) => restore(path, file, saved, device, data) };
}

function readFile(path: string): File {
  try {
    const file = load(path);
    if (file.metadata["training"] === undefined) throw new Error("it holds no training run of this example");
    return file;
  } catch (error) {
    throw new UsageError(`--resume: cannot read '${path}': ${(error as Error).message}`);
  }
}

function restore(path: string, { tensors }: File, saved: Saved, device: string, data: string): Training {
  if (saved.data !== data) {
    throw new UsageError(`--resume: '${path}' was trained on ${saved.data}; got ${data}. Give the same --data`);
  }
  const training = new Training(saved.recipe, device);
  training.model.load_state_dict(withPrefix(tensors, "model."));
  for (let i = 0; i < saved.epoch; i++) training.endEpoch();
  const { param_groups } = training.optimizer.state_dict();
  const momentum = [...withPrefix(tensors, "momentum.")].map(([n, t]) => [Number(n), { momentum_buffer: t }] as const);
  training.optimizer.load_state_dict({ state: new Map(momentum), param_groups });
  training.step = saved.step;
  training.losses.push(...saved.losses);
  return training;
}

function withPrefix(tensors: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Tensor> {
  const own = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
