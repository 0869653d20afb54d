import { parseArgs } from "node:util";

export const HELP = `Usage: npm start -- [options]

Trains LeNet on handwritten digits, then shows that the result can be trusted: the same steps on the reference device,
gradients against central differences, and how much faster the optimized device is.

  --data DIR        MNIST files in DIR (train-images-idx3-ubyte, ..., plain or .gz). Without it, MNIST is downloaded to
                    data/; without a network, digits are drawn by a generator that ships with tstorch
  --epochs N        passes over the training images (default: so many that about 80,000 images are seen, at least 2)
  --batch-size N    images in one step (default 64)
  --lr X            highest learning rate; it falls to 0 along a cosine (default 0.05)
  --seed N          of the initial weights and of the order of the images (default 0)
  --threads N       threads of the kernels (default: OMP_NUM_THREADS, or the number of cores)
  --device NAME     cpu, reference or cuda (default: cpu; reference where there is no native code)
  --save FILE       write a checkpoint when the training is done, or stopped by ctrl-C (then by default to
                    digits.safetensors); any reader of the safetensors format can open it
  --resume FILE     go on from a checkpoint, with the options that it was made with: the result is the same, bit for
                    bit, as without the interruption
  --help            this text
`;

/** A mistake of the caller: shown without a stack trace. */
export class UsageError extends Error {}

/** What decides the result; a checkpoint keeps it. */
export interface Recipe {
  readonly batch_size: number;
  readonly lr: number;
  readonly seed: number;
  /** null: chosen by the size of the data. */
  readonly epochs: number | null;
}

export interface Options {
  readonly data: string | null;
  readonly recipe: Recipe;
  readonly threads: number | null;
  readonly device: string | null;
  readonly save: string | null;
  readonly resume: string | null;
  readonly help: boolean;
}

const text = { type: "string" } as const;

export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  for (const name of ["epochs", "batch-size", "lr", "seed"] as const) {
    if (values.resume !== undefined && values[name] !== undefined) {
      throw new UsageError(`--${name} cannot be given with --resume: the checkpoint says what it is`);
    }
  }
  return {
    data: values.data ?? null,
    recipe: {
      epochs: values.epochs === undefined ? null : integer("epochs", values.epochs, 1),
      batch_size: integer("batch-size", values["batch-size"] ?? "64", 1),
      lr: positive("lr", values.lr ?? "0.05"),
      seed: integer("seed", values.seed ?? "0", 0),
    },
    threads: values.threads === undefined ? null : integer("threads", values.threads, 1),
    device: values.device ?? null,
    save: values.save ?? null,
    resume: values.resume ?? null,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: text,
        epochs: text,
        "batch-size": text,
        lr: text,
        seed: text,
        threads: text,
        device: text,
        save: text,
        resume: text,
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function integer(name: string, value: string, least: number): number {
  const n = Number(value);
  if (value.trim() === "" || !Number.isSafeInteger(n) || n < least) {
    throw new UsageError(`--${name} must be a whole number of at least ${least}; got '${value}'`);
  }
  return n;
}

function positive(name: string, value: string): number {
  const x = Number(value);
  if (value.trim() === "" || !Number.isFinite(x) || x <= 0) {
    throw new UsageError(`--${name} must be a positive number; got '${value}'`);
  }
  return x;
}
