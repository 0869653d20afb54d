import type { Workload } from "./worker/workload.js";

/** Numbers for people. */

const UNITS: readonly (readonly [size: number, name: string])[] = [
  [1e3, "s"],
  [1, "ms"],
  [1e-3, "µs"],
  [1e-6, "ns"],
];

export function formatTime(ms: number): string {
  const [size, unit] = UNITS.find(([size]) => ms >= size) ?? UNITS.at(-1)!;
  return `${formatNumber(ms / size)} ${unit}`;
}

/** Three significant digits. */
export function formatNumber(x: number): string {
  return x >= 100 ? x.toFixed(0) : x.toPrecision(3);
}

/** What the time means for the machine: arithmetic or memory traffic per second. */
export function formatRate({ flops, bytes }: Workload, ms: number): string {
  if (bytes !== undefined) return `${formatNumber(bytes / ms / 1e6)} GB/s`;
  if (flops !== undefined) return `${formatNumber(flops / ms / 1e6)} GFLOP/s`;
  return "";
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, x) => sum + Math.log(x), 0) / values.length);
}
