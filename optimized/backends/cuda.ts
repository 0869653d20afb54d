import { existsSync } from "node:fs";
import { join } from "node:path";
import { registerCudaKernels } from "../autograd/op.js";
import { Collector } from "../core/collector.js";
import type { Device } from "../core/device.js";
import { TorchError } from "../core/errors.js";
import { addon, type Kernels, packageRoot } from "../core/native.js";
import { registerCudaAllocator, Storage } from "../core/storage.js";
import type { Tensor } from "../core/tensor.js";
import { registerCudaCopy } from "../ops/transfer.js";
import { block } from "./block.js";

/** The CUDA library: loaded when it is first needed, and only where there is a GPU. */

const path = join(packageRoot, "build", "Release", "tstorch_cuda.so");

let kernels: Kernels | null = null;
let whyNot: string | null = null;

function load(): Kernels | null {
  if (kernels !== null || whyNot !== null) return kernels;
  if (addon === null) whyNot = "there is no native code";
  else if (!existsSync(path))
    whyNot = "the CUDA library is not built; `npm run setup` builds it where nvcc is installed";
  else {
    try {
      kernels = addon.loadKernels(path);
      registerCudaKernels(kernels);
    } catch (error) {
      whyNot = (error as Error).message;
    }
  }
  return kernels;
}

export function isAvailable(): boolean {
  return load() !== null;
}

/** Calls a function of the runtime (native/cuda/runtime.cu); results are at the start of the block. */
export function callCuda(name: string, ...args: readonly number[]): Float64Array {
  const loaded = load();
  if (loaded === null) throw new TorchError("cuda", `CUDA is not available: ${whyNot}`);
  block.begin();
  for (const value of args) block.number(value);
  loaded[name]!();
  return block.data;
}

const collector = new Collector(() => callCuda("memory_stats")[0]!);

function allocate(device: Device, nbytes: number): Storage {
  collector.before(nbytes);
  callCuda("allocate", nbytes);
  const address = block.result(0);
  const owner = addon!.own();
  return new Storage(device, nbytes, address, owner, NO_HOST_MEMORY, 0);
}
const NO_HOST_MEMORY = new ArrayBuffer(0);

function copy(to: Tensor, from: Tensor): void {
  callCuda("copy_bytes", to._address, from._address, from._numel * from.dtype.itemsize);
}

registerCudaAllocator(allocate);
registerCudaCopy(copy);
