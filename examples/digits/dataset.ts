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
  readonly kind: string;
  /** What they are and how many, for people; a checkpoint keeps it too. */
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

function prepare({ data, targets }: Raw): Split {
  return { images: data.float().div(255).sub(MEAN).div(DEVIATION).unsqueeze(1), labels: targets };
}

function digits(kind: string, train: Split, test: Split): Digits {
  const sizes = [train, test].map(({ labels }) => formatCount(labels.shape[0]!));
  return { kind, name: `${kind}, ${sizes[0]} images for training and ${sizes[1]} for test`, train, test };
}

/** The first images only. */
export function first({ kind, train, test }: Digits, training: number, tested: number): Digits {
  const cut = ({ images, labels }: Split, n: number) => ({
    images: images.index(`:${n}`),
    labels: labels.index(`:${n}`),
  });
  return digits(kind, cut(train, training), cut(test, tested));
}

export function digitsOn(device: string, { kind, train, test }: Digits): Digits {
  const move = ({ images, labels }: Split) => ({ images: images.to(device), labels: labels.to(device) });
  return digits(kind, move(train), move(test));
}

function readMnist(folder: string, download: boolean): Digits {
  const split = (train: boolean) => prepare(new MNIST(folder, { train, download }));
  return digits("MNIST", split(true), split(false));
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
export async function loadDigits(folder: string | null, say: (line: string) => void): Promise<Digits> {
  if (folder !== null) return readFolder(folder);
  const present = existsSync(`${DOWNLOADS}/MNIST/raw`);
  if (!present && (await reachable())) say(`downloading MNIST to ${DOWNLOADS}/ ...`);
  else if (!present) return drawDigits(say, "no server that has MNIST answers");
  try {
    return readMnist(DOWNLOADS, true);
  } catch (error) {
    if (!(error instanceof torch.TorchError)) throw error;
    return drawDigits(say, error.message);
  }
}

function readFolder(folder: string): Digits {
  try {
    return readMnist(folder, false);
  } catch (error) {
    if (!(error instanceof torch.TorchError)) throw error;
    throw new UsageError(`--data: ${error.message}`);
  }
}

function drawDigits(say: (line: string) => void, why: string): Digits {
  say(`${why}\nso the digits are synthetic: drawn by a generator, not handwritten (--data DIR takes MNIST files)`);
  return digits("synthetic digits", prepare(syntheticDigits(8000, 1)), prepare(syntheticDigits(2000, 2)));
}
