import { existsSync } from "node:fs";
import torch, { type Tensor } from "tstorch";
import { UsageError } from "./options.js";
import { formatCount } from "./progress.js";
import { syntheticDigits } from "./synthetic.js";

const { MNIST } = torch.vision.datasets;

export interface Split {
  /** float32 [n, 1, 28, 28], with mean 0 and variance 1 over all of MNIST. */
  readonly images: Tensor;
  /** int64 [n] */
  readonly labels: Tensor;
}

export interface Digits {
  /** What they are, for people; a checkpoint keeps it too. */
  readonly name: string;
  readonly train: Split;
  readonly test: Split;
}

const [MEAN, DEVIATION] = [0.1307, 0.3081]; // of the pixels of MNIST, from 0 to 1
const DOWNLOADS = "data"; // in the current folder
const PATIENCE = 4000; // ms; who does not answer in that time counts as not there

/** Grey images as bytes, and their digits. */
interface Raw {
  readonly data: Tensor;
  readonly targets: Tensor;
}

function prepare({ data, targets }: Raw, device: string): Split {
  const images = data.float().div(255).sub(MEAN).div(DEVIATION).unsqueeze(1);
  return { images: images.to(device), labels: targets.to(device) };
}

function digits(kind: string, train: Raw, test: Raw, device: string): Digits {
  const sizes = [train, test].map(({ data }) => formatCount(data.shape[0]!));
  const name = `${kind}, ${sizes[0]} images for training and ${sizes[1]} for test`;
  return { name, train: prepare(train, device), test: prepare(test, device) };
}

function readMnist(folder: string, device: string, download: boolean): Digits {
  const split = (train: boolean) => new MNIST(folder, { train, download });
  return digits("MNIST", split(true), split(false), device);
}

/** Whether any server that has MNIST answers. */
async function reachable(): Promise<boolean> {
  const file = MNIST.resources[0]!.file;
  const ask = async (mirror: string) => {
    const { ok } = await fetch(mirror + file, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE) });
    if (!ok) throw new Error("not there");
  };
  return Promise.any(MNIST.mirrors.map(ask)).then(
    () => true,
    () => false,
  );
}

/** MNIST from `folder`; or, if that is null, downloaded; or, without a network, drawn digits. */
export async function loadDigits(folder: string | null, device: string, say: (line: string) => void): Promise<Digits> {
  if (folder !== null) return readFolder(folder, device);
  const present = existsSync(`${DOWNLOADS}/MNIST/raw`);
  if (!present && (await reachable())) say(`downloading MNIST to ${DOWNLOADS}/ ...`);
  else if (!present) return drawDigits(device, say, "no server that has MNIST answers");
  try {
    return readMnist(DOWNLOADS, device, true);
  } catch (error) {
    if (!(error instanceof torch.TorchError)) throw error;
    return drawDigits(device, say, error.message);
  }
}

function readFolder(folder: string, device: string): Digits {
  try {
    return readMnist(folder, device, false);
  } catch (error) {
    if (!(error instanceof torch.TorchError)) throw error;
    throw new UsageError(`--data: ${error.message}`);
  }
}

function drawDigits(device: string, say: (line: string) => void, why: string): Digits {
  say(`${why}\nso the digits are synthetic: drawn by a generator, not handwritten (--data DIR takes MNIST files)`);
  return digits("synthetic digits", syntheticDigits(8000, 1), syntheticDigits(2000, 2), device);
}
