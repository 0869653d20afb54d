import { plot } from "asciichart";

/** The mean of each of at most `width` parts of equal length. */
function shrink(values: readonly number[], width: number): number[] {
  const parts = Math.min(width, values.length);
  return Array.from({ length: parts }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / parts), Math.floor(((i + 1) * values.length) / parts));
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}

/** A line chart for the terminal. */
export function chart(values: readonly number[], width: number, height: number): string {
  return plot(shrink(values, width), { height: height - 1, format: (x) => x.toFixed(2).padStart(7) });
}
