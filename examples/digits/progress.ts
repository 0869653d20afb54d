import { Presets, SingleBar } from "cli-progress";

/** What is shown while an epoch runs: a bar on a terminal; elsewhere only the line at its end. */
export interface Progress {
  update(step: number, loss: number, rate: number): void;
  stop(): void;
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
export const formatCount = (n: number): string => whole.format(n);

export function showProgress(label: string, steps: number): Progress {
  if (!process.stdout.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar(
    {
      format: `${label} {bar} {value}/{total}  loss {loss}  {rate} images/s`,
      barsize: 28,
      fps: 10,
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false, // ctrl-C is the program's own matter
    },
    Presets.shades_classic,
  );
  bar.start(steps, 0, { loss: "", rate: "" });
  return {
    update: (step, loss, rate) => bar.update(step, { loss: loss.toFixed(4), rate: formatCount(rate) }),
    stop: () => bar.stop(),
  };
}
