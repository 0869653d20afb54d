import { autocastState } from "../core/autocast.js";
import type { DType } from "../core/dtype.js";
import type { DeviceType } from "./autocast.js";

/** Reading and setting what autocast is set to, piece by piece. */

function set(device: DeviceType, change: { enabled?: boolean; dtype?: DType }): void {
  const { setting } = autocastState;
  autocastState.setting = { ...setting, [device]: { ...setting[device], ...change } };
}

/** Whether autocast is on for a device; without argument for cuda, as in PyTorch 1.13. Source: torch.is_autocast_enabled. */
export function is_autocast_enabled(device_type: DeviceType = "cuda"): boolean {
  return autocastState.setting[device_type].enabled;
}
/** Source: torch.is_autocast_cpu_enabled. */
export function is_autocast_cpu_enabled(): boolean {
  return is_autocast_enabled("cpu");
}
/** Source: torch.set_autocast_enabled. */
export function set_autocast_enabled(enabled: boolean): void {
  set("cuda", { enabled });
}
/** Source: torch.set_autocast_cpu_enabled. */
export function set_autocast_cpu_enabled(enabled: boolean): void {
  set("cpu", { enabled });
}
/** Source: torch.get_autocast_cpu_dtype. */
export function get_autocast_cpu_dtype(): DType {
  return autocastState.setting.cpu.dtype;
}
/** Source: torch.get_autocast_gpu_dtype. */
export function get_autocast_gpu_dtype(): DType {
  return autocastState.setting.cuda.dtype;
}
/** Source: torch.set_autocast_cpu_dtype. */
export function set_autocast_cpu_dtype(dtype: DType): void {
  set("cpu", { dtype });
}
/** Source: torch.set_autocast_gpu_dtype. */
export function set_autocast_gpu_dtype(dtype: DType): void {
  set("cuda", { dtype });
}
/** Whether weights are converted once per region. Source: torch.is_autocast_cache_enabled. */
export function is_autocast_cache_enabled(): boolean {
  return autocastState.setting.cacheEnabled;
}
/** Source: torch.set_autocast_cache_enabled. */
export function set_autocast_cache_enabled(enabled: boolean): void {
  autocastState.setting = { ...autocastState.setting, cacheEnabled: enabled };
}
/** Forgets converted weights. Source: torch.clear_autocast_cache. */
export function clear_autocast_cache(): void {
  autocastState.cache.clear();
}
