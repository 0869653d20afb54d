import { TorchError } from "./errors.js";

export type DeviceType = "cpu" | "cuda" | "reference";

/** Where a tensor's memory is and which kernels run on it; prints as `cpu` or `cuda:0`. */
export class Device {
  /** The device itself; for the one that ops see of a sparse tensor, where its parts lie (core/sparse_storage.ts). */
  readonly home: Device;

  constructor(
    readonly type: DeviceType,
    readonly index: number | null = null,
    home: Device | null = null,
  ) {
    this.home = home ?? this;
  }

  toString(): string {
    return this.index === null ? this.type : `${this.type}:${this.index}`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `device(type='${this.type}'${this.index === null ? "" : `, index=${this.index}`})`;
  }
}

export const cpu = new Device("cpu");
/** Runs the pure TypeScript functions of `reference/`: everything works without native code, slowly. */
export const reference = new Device("reference");
const cudaDevices: Device[] = [];

/** One object per device, so that devices are compared with `===`. */
export function device(type: string | Device, index: number | null = null): Device {
  if (type instanceof Device) return type;
  const match = /^(cpu|cuda|reference)(?::(\d+))?$/.exec(type);
  if (match === null) {
    throw new TorchError("device", `'${type}' is not a device; expected cpu, cuda, cuda:N or reference`);
  }
  const number = match[2] === undefined ? index : Number(match[2]);
  if (match[1] === "cpu") return cpu;
  if (match[1] === "reference") return reference;
  const n = number ?? 0;
  cudaDevices[n] ??= new Device("cuda", n);
  return cudaDevices[n];
}

let defaultDevice: Device = cpu;

export function get_default_device(): Device {
  return defaultDevice;
}

/** The device of tensors made without `device`. */
export function set_default_device(to: string | Device): void {
  defaultDevice = device(to);
}
