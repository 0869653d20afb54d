/** Times and sizes as PyTorch's tables write them. */

/** Microseconds: "12.000us", "1.188ms", "2.000s". */
export function formatTime(us: number): string {
  if (us >= 1e6) return `${(us / 1e6).toFixed(3)}s`;
  return us >= 1e3 ? `${(us / 1e3).toFixed(3)}ms` : `${us.toFixed(3)}us`;
}

export function formatShare(part: number, total: number): string {
  return total === 0 ? "NaN" : `${((part * 100) / total).toFixed(2)}%`;
}

/** Bytes: "4 b", "9.77 Kb". */
export function formatMemory(bytes: number): string {
  const size = Math.abs(bytes);
  const units = [
    [2 ** 30, "Gb"],
    [2 ** 20, "Mb"],
    [2 ** 10, "Kb"],
  ] as const;
  for (const [unit, name] of units) if (size >= unit) return `${(bytes / unit).toFixed(2)} ${name}`;
  return `${bytes} b`;
}
