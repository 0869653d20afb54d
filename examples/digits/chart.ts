import { plot } from "asciichart";

/** The mean of each of at most `width` parts of equal length. */
function shrink(values: readonly number[], width: number): number[] {
  const parts = Math.min(width, values.length);
  return Array.from({ length: parts }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / parts), Math.floor(((i + 1) * values.length) / parts));
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}

/** A line chart for the terminal, on a logarithmic scale: losses fall by powers of ten. */
export function chart(losses: readonly number[], width: number, height: number): string {
  const logs = shrink(losses, width).map((loss) => Math.log10(Math.max(loss, 1e-6)));
  return plot(logs, { height: height - 1, format: (x) => (10 ** x).toPrecision(3).padStart(8) });
}
