import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nativeError, ValueError } from "./errors.js";

/** The native addon: see native/binding/addon.cc. */
export interface Addon {
  readonly block: Float64Array;
  /** block[0] bytes → an object that owns them; block[0] is then the address, block[1] the usable size. */
  allocate(): object;
  /** block[0..2]: address, size and release function of memory of a kernel library → an object that owns it. */
  own(): object;
  /** Another owner of the same memory, which is free when the last one is. */
  share(owner: object): object;
  /** `owner` gives up its share now, not when it is collected. True if that was the last one. */
  release(owner: object): boolean;
  externalBuffer(address: number, bytes: number): ArrayBuffer;
  addressOf(buffer: ArrayBuffer): number;
  /** Whether V8 is told how much native memory its objects hold. */
  reportMemory(on: boolean): void;
  memoryStats(): { in_use: number; peak: number; cached: number; allocations: number };
  resetPeak(): void;
  emptyCache(): void;
  failFrom(bytes: number): void;
  loadKernels(path: string): Kernels;
  cpuFeatures(): string[];
  setThreads(n: number): void;
  onError(make: (kind: string, message: string) => Error): void;
}

export type Kernels = Readonly<Record<string, () => void>>;

/** The folder of package.json: this file runs from the sources and from dist/. */
export const packageRoot = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
})();

const binaries = join(packageRoot, "build", "Release");

function load(): { addon: Addon | null; why: string } {
  const path = join(binaries, "tstorch.node");
  if (process.env.TSTORCH_NATIVE === "0") return { addon: null, why: "TSTORCH_NATIVE=0" };
  if (!existsSync(path)) return { addon: null, why: "it is not built; `npm run setup` builds it" };
  try {
    return { addon: createRequire(import.meta.url)(path) as Addon, why: "" };
  } catch (error) {
    return { addon: null, why: (error as Error).message };
  }
}

const loaded = load();

/** The instruction set whose kernels are loaded; `TSTORCH_ISA` asks for a lower one. */
function chooseIsa(addon: Addon): string | null {
  const features = addon.cpuFeatures();
  const available = (process.arch === "x64" ? features : ["baseline"]).filter((isa) =>
    existsSync(join(binaries, `kernels_${isa}.so`)),
  );
  const wanted = process.env.TSTORCH_ISA;
  if (wanted === undefined) return available.at(-1) ?? null;
  if (!available.includes(wanted)) {
    throw new ValueError("TSTORCH_ISA", `'${wanted}' is not available; this machine has ${available.join(", ")}`);
  }
  return wanted;
}

export const isa = loaded.addon === null ? null : chooseIsa(loaded.addon);
export const addon = isa === null ? null : loaded.addon;
/** Why there is no native code; empty if there is. */
export const whyNoNative = addon !== null ? "" : loaded.addon === null ? loaded.why : "this CPU has no AVX2";
export const cpuKernels: Kernels = addon === null ? {} : addon.loadKernels(join(binaries, `kernels_${isa}.so`));

addon?.onError(nativeError);

let threads = 1;

/** How many threads a kernel may use. */
export function get_num_threads(): number {
  return threads;
}

export function set_num_threads(n: number): void {
  if (!Number.isInteger(n) || n < 1) throw new ValueError("set_num_threads", `expected a positive integer; got ${n}`);
  threads = n;
  addon?.setThreads(n);
}

const asked = Number(process.env.OMP_NUM_THREADS);
set_num_threads(Number.isInteger(asked) && asked > 0 ? asked : availableParallelism());
