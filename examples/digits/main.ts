import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import torch from "tstorch";
import { chart } from "./chart.js";
import { openTraining, saveTraining } from "./checkpoint.js";
import { type Digits, digitsOn, first, loadDigits } from "./dataset.js";
import { HELP, type Options, readOptions, UsageError } from "./options.js";
import { formatCount, showProgress } from "./progress.js";
import { checkGradients, compareWithReference } from "./proof.js";
import { defaultEpochs, evaluate, Training } from "./training.js";

/** `npm start`: see options.ts. */

const CHECKPOINT = "digits.safetensors"; // what ctrl-C writes without --save
const INTERRUPTED = 130; // exit code, as shells have it

const say = (line = "") => process.stdout.write(`${line}\n`);
const row = (name: string, text: string) => say(`${name.padEnd(12)} ${text}`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Set by ctrl-C; the training stops after the step it is at. A second ctrl-C ends the program at once. */
let interrupted = false;
process.on("SIGINT", () => {
  if (interrupted) process.exit(INTERRUPTED);
  interrupted = true;
});

/** Lets the event loop turn, so that signals arrive. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function trainEpoch(training: Training, digits: Digits): Promise<void> {
  const { epochs, batch_size } = training.recipe;
  const label = `epoch ${String(training.epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  const bar = showProgress(label, Math.ceil(digits.train.images.shape[0]! / batch_size));
  const first = training.losses.length;
  const start = performance.now();
  let seen = 0;
  for (const [x, y] of training.batches(digits.train)) {
    training.losses.push(training.learn(x, y));
    seen += x.shape[0]!;
    bar.update(training.step, training.losses.at(-1)!, (1000 * seen) / (performance.now() - start));
    await turn();
    if (interrupted) return bar.stop();
  }
  training.endEpoch();
  const ms = performance.now() - start;
  const score = evaluate(training.model, digits.test);
  bar.stop();
  const own = training.losses.slice(first);
  const mean = own.reduce((a, b) => a + b, 0) / own.length;
  const cells = [
    `loss ${mean.toFixed(4)}`,
    `test loss ${score.loss.toFixed(4)}`,
    `accuracy ${(100 * score.accuracy).toFixed(2)}%`,
    `${formatCount((1000 * seen) / ms)} images/s`.padStart(16),
    seconds(ms),
  ];
  say(`${label}  ${cells.join("  ")}`);
}

/** True when it was stopped by ctrl-C. */
async function train(training: Training, digits: Digits, save: string | null): Promise<boolean> {
  while (!training.done && !interrupted) await trainEpoch(training, digits);
  if (interrupted || save !== null) {
    const file = save ?? CHECKPOINT;
    saveTraining(file, training, digits.name);
    say(
      `${interrupted ? "stopped: " : ""}checkpoint written to ${file}${interrupted ? `; go on with --resume ${file}` : ""}`,
    );
  }
  return interrupted;
}

function showLosses(losses: readonly number[]): void {
  const width = Math.min((process.stdout.columns ?? 80) - 12, 64);
  say();
  say(`loss of ${formatCount(losses.length)} steps, logarithmic`);
  say(chart(losses, width, 9));
  say();
}

function prove(training: Training, digits: Digits): void {
  say("What tstorch is for: the same program on the reference device, which is readable TypeScript in float64");
  if (training.device !== "reference") {
    const a = compareWithReference(training.recipe, digits.train, training.device);
    row(
      "agreement",
      `${a.steps} steps from seed ${training.recipe.seed}: losses differ by at most ${a.loss.toExponential(1)}, parameters by ${a.parameter.toExponential(1)}`,
    );
    row(
      "speed",
      `${a.fast_ms.toFixed(2)} ms a step instead of ${formatCount(a.reference_ms)} ms: ${formatCount(a.reference_ms / a.fast_ms)} times as fast`,
    );
  }
  const count = checkGradients(training.recipe.seed);
  row(
    "gradients",
    `gradcheck: the loss of a small LeNet in float64 has the right gradient for all of its ${count} parameters`,
  );
}

function deviceOf({ device }: Options): string {
  const native = torch.cpu.is_available();
  const wanted = device ?? (native ? "cpu" : "reference");
  if (!["cpu", "reference", "cuda"].includes(wanted)) {
    throw new UsageError(`--device must be cpu, reference or cuda; got '${wanted}'`);
  }
  if (wanted === "cpu" && !native)
    throw new UsageError("--device cpu: there is no native code; `npm run setup` builds it");
  if (wanted === "cuda" && !torch.cuda.is_available()) throw new UsageError("--device cuda: no GPU was found");
  return wanted;
}

/** Says before the training, not after it, that its result could not be written. */
function checkFolder(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw new UsageError(`--save: cannot write '${file}': ${(error as Error).message}`);
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const device = deviceOf(options);
  if (options.save !== null) checkFolder(options.save);
  if (options.threads !== null) torch.set_num_threads(options.threads);
  const checkpoint = options.resume === null ? null : openTraining(options.resume);
  const all = await loadDigits(options.data, say);
  const digits = digitsOn(device, device === "reference" ? first(all, 384, 128) : all);
  const recipe = { ...options.recipe, epochs: options.recipe.epochs ?? defaultEpochs(digits, device) };
  const training = checkpoint?.restore(device, digits.name) ?? new Training(recipe, device);
  const count = [...training.model.parameters()].reduce((n, p) => n + p.numel(), 0);
  const { batch_size, lr, epochs, seed } = training.recipe;
  row("data", `${digits.name}${device === "reference" ? "; no more, because the reference device is slow" : ""}`);
  const threads = torch.get_num_threads();
  const where = device === "cpu" ? `cpu with ${threads} thread${threads === 1 ? "" : "s"}` : device;
  row("model", `LeNet, ${formatCount(count)} parameters, on ${where}`);
  row(
    "training",
    `${epochs} epochs, batches of ${batch_size}, SGD with momentum, learning rate ${lr} to 0, seed ${seed}`,
  );
  if (checkpoint !== null) row("resumed", `after ${training.epoch} epochs and ${training.step} steps`);
  if (await train(training, digits, options.save)) return INTERRUPTED;
  showLosses(training.losses);
  prove(training, digits);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`digits: ${error.message}\n        npm start -- --help shows the options\n`);
  process.exitCode = 2;
}
