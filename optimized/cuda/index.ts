import { callCuda, isAvailable } from "../backends/cuda.js";
import { Guard } from "../autograd/grad_mode.js";
import { device as toDevice, type Device } from "../core/device.js";

/** torch.cuda: devices, streams, memory. Everything but `is_available` and `device_count` throws where there is no GPU. */

export * as amp from "../amp/cuda.js";

export function is_available(): boolean {
  return isAvailable();
}
export function device_count(): number {
  return isAvailable() ? callCuda("devices")[0]! : 0;
}
export function current_device(): number {
  return callCuda("devices")[1]!;
}
export function set_device(device: number | string | Device): void {
  const index = typeof device === "number" ? device : (toDevice(device).index ?? 0);
  callCuda("set_device", index);
}
/** Waits until all work on the device is done. */
export function synchronize(): void {
  callCuda("synchronize");
}

/** A queue of work on the device; work on different streams may overlap. Source: torch.cuda.Stream. */
export class Stream {
  /** @internal */ readonly handle: number = callCuda("stream_create")[0]!;

  synchronize(): void {
    callCuda("stream_synchronize", this.handle);
  }
  /** What comes on this stream waits for what is on `other` now. */
  wait_stream(other: Stream | null): void {
    callCuda("stream_wait", this.handle, other?.handle ?? 0);
  }
}

let current: Stream | null = null;

/** The stream that ops run on; null is the default stream. */
export function current_stream(): Stream | null {
  return current;
}

/** Ops inside run on `stream`: `using guard = torch.cuda.stream(s)`. Source: torch.cuda.stream. */
export function stream(to: Stream | null): Guard {
  const before = current;
  const select = (s: Stream | null) => {
    callCuda("stream_set", s?.handle ?? 0);
    current = s;
  };
  select(to);
  return new Guard(() => select(before));
}

/** Bytes of live tensors on the device. */
export function memory_allocated(): number {
  return callCuda("memory_stats")[0]!;
}
export function max_memory_allocated(): number {
  return callCuda("memory_stats")[1]!;
}
/** Bytes taken from the device: live and cached. */
export function memory_reserved(): number {
  const stats = callCuda("memory_stats");
  return stats[0]! + stats[2]!;
}
export function reset_peak_memory_stats(): void {
  callCuda("reset_peak");
}
/** Gives cached blocks back to the device. */
export function empty_cache(): void {
  callCuda("empty_cache");
}
