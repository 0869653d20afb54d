import { int64, uint8 } from "../../core/dtype.js";
import { TorchError, TorchTypeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { default_collate } from "../../data/collate.js";
import { Dataset, indexTensor } from "../../data/dataset.js";
import { from_numpy } from "../../ops/creation.js";
import { to } from "../../ops/copy.js";
import { index_select } from "../../ops/indexing.js";
import { signature } from "../../ops/support.js";
import { item } from "../../ops/values.js";
import { select, view } from "../../ops/views.js";
import { download, type Resource } from "./download.js";
import { findFile, readIdx } from "./idx.js";

export interface MNISTOptions<Image = Tensor, Target = bigint> {
  /** The 60,000 images for training (true) or the 10,000 for test. */
  train?: boolean;
  /** What is made of an image, a uint8 tensor [28, 28]. */
  transform?: ((image: Tensor) => Image) | null;
  target_transform?: ((target: bigint) => Target) | null;
  /** Loads the files into root/<name>/raw if they are not there. */
  download?: boolean;
}
const read = signature<MNISTOptions<unknown, unknown>>("MNIST", ["train", "transform", "target_transform", "download"]);

/**
 * Handwritten digits: 28 x 28 grey images and the digit that each shows. The files, plain or .gz, are looked for in
 * root/MNIST/raw, root/raw and root.
 *
 * A sample is [image, target]; the target is a bigint, so that a batch of them is an int64 tensor. The tensor takes the
 * place of torchvision's PIL image.
 *
 * Source  torchvision.datasets.MNIST; LeCun, Cortes & Burges.
 */
export class MNIST<Image = Tensor, Target = bigint> extends Dataset<[Image, Target]> {
  static mirrors: readonly string[] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
  ];
  static resources: readonly Resource[] = [
    { file: "train-images-idx3-ubyte.gz", md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873" },
    { file: "train-labels-idx1-ubyte.gz", md5: "d53e105ee54ea40749a09fcbcd1e9432" },
    { file: "t10k-images-idx3-ubyte.gz", md5: "9fb629c4189551a2d022fa330f9573f3" },
    { file: "t10k-labels-idx1-ubyte.gz", md5: "ec29112dd5afa0611ce80d1b7f02629c" },
  ];
  static classes: readonly string[] = [
    "0 - zero",
    "1 - one",
    "2 - two",
    "3 - three",
    "4 - four",
    "5 - five",
    "6 - six",
    "7 - seven",
    "8 - eight",
    "9 - nine",
  ];

  readonly train: boolean;
  readonly transform: ((image: Tensor) => Image) | null;
  readonly target_transform: ((target: bigint) => Target) | null;
  /** uint8 [n, 28, 28] */
  readonly data: Tensor;
  /** int64 [n] */
  readonly targets: Tensor;

  constructor(
    readonly root: string,
    ...args: [train?: boolean, ...rest: unknown[]] | [options?: MNISTOptions<Image, Target>]
  ) {
    super();
    if (typeof root !== "string") throw new TorchTypeError(this.name, "expected a folder as first argument");
    const o = read(args) as MNISTOptions<Image, Target>;
    this.train = o.train ?? true;
    this.transform = o.transform ?? null;
    this.target_transform = o.target_transform ?? null;
    if (o.download === true && !this.exists())
      download(this.name, this.raw_folder, this.kind.resources, this.kind.mirrors);
    [this.data, this.targets] = this.load();
  }

  private get kind(): typeof MNIST {
    return this.constructor as typeof MNIST;
  }
  private get name(): string {
    return this.constructor.name;
  }
  get raw_folder(): string {
    return `${this.root}/${this.name}/raw`;
  }
  get classes(): readonly string[] {
    return this.kind.classes;
  }
  get class_to_idx(): Record<string, number> {
    return Object.fromEntries(this.classes.map((name, i) => [name, i]));
  }

  private find(file: string): string | null {
    return findFile([this.raw_folder, `${this.root}/raw`, this.root], file.replace(/\.gz$/, ""));
  }
  private exists(): boolean {
    return this.kind.resources.every(({ file }) => this.find(file) !== null);
  }

  private load(): [data: Tensor, targets: Tensor] {
    const [images, labels] = this.kind.resources.slice(this.train ? 0 : 2).map(({ file }) => {
      const path = this.find(file);
      if (path !== null) return path;
      const hint = "Pass { download: true }, or put the files there";
      throw new TorchError(this.name, `${file} not found in ${this.raw_folder} or ${this.root}. ${hint}`);
    });
    const pixels = readIdx(images!, 3);
    const digits = readIdx(labels!, 1);
    if (pixels.shape[0] !== digits.shape[0]) {
      throw new TorchError(
        this.name,
        `'${images}' has ${pixels.shape[0]} images, but '${labels}' ${digits.shape[0]} labels`,
      );
    }
    const wrong = digits.data.findIndex((digit) => digit >= this.classes.length);
    if (wrong >= 0) throw new TorchError(this.name, `'${labels}' is damaged: label ${wrong} is ${digits.data[wrong]}`);
    return [view(bytesTensor(pixels.data), pixels.shape), to(bytesTensor(digits.data), int64)];
  }

  override get length(): number {
    return this.data.shape[0]!;
  }

  override get(index: number): [Image, Target] {
    const image = select(this.data, 0, index);
    const target = BigInt(item(select(this.targets, 0, index)) as number);
    return [
      this.transform === null ? (image as Image) : this.transform(image),
      this.target_transform === null ? (target as Target) : this.target_transform(target),
    ];
  }

  override getBatch(indices: readonly number[]): unknown {
    if (this.target_transform !== null) return null;
    const rows = indexTensor(indices, this.length);
    const { transform } = this;
    const images = transform === null ? index_select(this.data, 0, rows) : this.transformed(indices, transform);
    return [images, index_select(this.targets, 0, rows)];
  }
  private transformed(indices: readonly number[], transform: (image: Tensor) => Image): unknown {
    return default_collate(indices.map((index) => transform(select(this.data, 0, index))));
  }

  override toString(): string {
    const split = this.train ? "Train" : "Test";
    return `Dataset ${this.name}\n    Number of datapoints: ${this.length}\n    Root location: ${this.root}\n    Split: ${split}`;
  }
}

/** A tensor over a copy, so that the file's memory can go. */
function bytesTensor(bytes: Uint8Array): Tensor {
  return to(from_numpy(Uint8Array.from(bytes)), uint8);
}

/** Pictures of clothes in the format and sizes of MNIST. Source: torchvision.datasets.FashionMNIST; Xiao et al. (2017). */
export class FashionMNIST<Image = Tensor, Target = bigint> extends MNIST<Image, Target> {
  static override mirrors = ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"];
  static override resources = [
    { file: "train-images-idx3-ubyte.gz", md5: "8d4fb7e6c68d591d4c3dfef9ec88bf0d" },
    { file: "train-labels-idx1-ubyte.gz", md5: "25c81989df183df01b3e8a0aad5dffbe" },
    { file: "t10k-images-idx3-ubyte.gz", md5: "bef4ecab320f06d8554ea6380940ec79" },
    { file: "t10k-labels-idx1-ubyte.gz", md5: "bb300cfdad3c16e7a12a480ee83cd310" },
  ];
  static override classes = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ];
}
