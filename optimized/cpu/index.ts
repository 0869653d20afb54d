import { addon } from "../core/native.js";

/** torch.cpu: the same statistics of memory for the host that torch.cuda has for the device. Zero without native code. */

export * as amp from "../amp/cpu.js";

const none = { in_use: 0, peak: 0, cached: 0, allocations: 0 };
const stats = () => addon?.memoryStats() ?? none;

/** Bytes of live tensors beyond the small ones (up to 1 KB), which live on the JavaScript heap. */
export function memory_allocated(): number {
  return stats().in_use;
}
export function max_memory_allocated(): number {
  return stats().peak;
}
/** Bytes taken from the system: live and cached. */
export function memory_reserved(): number {
  const { in_use, cached } = stats();
  return in_use + cached;
}
export function reset_peak_memory_stats(): void {
  addon?.resetPeak();
}
/** Gives cached blocks back to the system. */
export function empty_cache(): void {
  addon?.emptyCache();
}
export function is_available(): boolean {
  return addon !== null;
}
