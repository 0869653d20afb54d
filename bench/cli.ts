import { relative } from "node:path";
import torch from "../optimized/index.js";
import { isa, packageRoot, whyNoNative } from "../optimized/core/native.js";
import { findPyTorch } from "../conformance/live/pytorch.js";
import { numjs } from "./against/numjs.js";
import { onDevice, type Opponent } from "./against/opponent.js";
import { compare } from "./against/paired.js";
import { pytorch } from "./against/pytorch.js";
import { formatNumber, formatRate, formatTime, geometricMean, median } from "./format.js";
import { append, lastEntry, makeEntry, regressions, thisMachine, type Entry } from "./history.js";
import { measure, type Measurement } from "./measure.js";
import { HELP, type Options, readOptions, type Rival, UsageError } from "./options.js";
import { smallWorkloads } from "./small.js";
import { readWorkloads, Unsupported, type Workload } from "./worker/workload.js";

/** `npm run bench`: see options.ts. */

const say = (line: string) => process.stdout.write(`${line}\n`);
const WIDTH = 44; // of names

/** The workloads of both lists that this run is about. */
function selected({ filter, threads, against, smoke }: Options): Workload[] {
  const all = [...smallWorkloads, ...(smoke ? [] : readWorkloads())];
  const slowRival = against === "reference" || against === "numjs";
  const pattern = filter ?? (slowRival ? /^(eager|small)\// : /./);
  return all.filter(
    (w) => pattern.test(w.name) && w.kind !== "process" && (w.threads === undefined || w.threads.includes(threads)),
  );
}

/** Times every workload; what is not there yet is counted, not an error. */
function measureAll(workloads: readonly Workload[], time: number): Record<string, Measurement> {
  const numbers: Record<string, Measurement> = {};
  const missing: string[] = [];
  for (const workload of workloads) {
    try {
      const m = measure(workload, time);
      numbers[workload.name] = m;
      const spread = `±${((100 * m.mad_ms) / m.median_ms).toFixed(0)}%`;
      const cells = [formatTime(m.median_ms).padStart(9), spread.padStart(5), formatRate(workload, m.median_ms)];
      say(`${workload.name.padEnd(WIDTH)} ${cells.join("  ")}`);
    } catch (error) {
      if (!(error instanceof Unsupported || error instanceof torch.NotImplementedError)) throw error;
      missing.push(workload.name);
    }
  }
  if (missing.length > 0) say(`not in tstorch: ${missing.join(", ")}`);
  return numbers;
}

function report(before: Entry, now: Entry): boolean {
  const slower = regressions(before, now);
  say(`compared with ${before.commit ?? "no commit"} of ${before.date}: ${slower.length} slower`);
  for (const { name, before_ms, now_ms } of slower) {
    say(
      `  ${name.padEnd(WIDTH)} ${formatTime(before_ms)} -> ${formatTime(now_ms)} (${formatNumber(now_ms / before_ms)}x)`,
    );
  }
  return slower.length === 0;
}

function run(options: Options): number {
  const numbers = measureAll(selected(options), options.time);
  const entry = makeEntry(options.threads, numbers);
  const before = options.check ? lastEntry(options.threads, Object.keys(numbers)) : null;
  if (options.check && before === null) say("no earlier numbers of this machine to compare with");
  if (!options.smoke) say(`written to ${relative(process.cwd(), append(entry, !options.record))}`);
  return before === null || report(before, entry) ? 0 : 1;
}

function rivalOf(name: Rival, threads: number): Opponent | string {
  if (name === "reference") return onDevice("reference", "reference");
  if (name === "numjs") return numjs();
  const python = findPyTorch();
  if (python === null)
    return "skipped: no Python with torch was found (PYTHON names one; Debian: apt install python3-torch)";
  return pytorch(python, threads);
}

async function runAgainst(options: Options, name: Rival): Promise<number> {
  const theirs = rivalOf(name, options.threads);
  if (typeof theirs === "string") {
    say(`against ${name}: ${theirs}`);
    return 0;
  }
  const ours = onDevice("tstorch", "cpu");
  const ratios: number[] = [];
  const without: string[] = [];
  try {
    say(`${"".padEnd(WIDTH)} ${"tstorch".padStart(9)} ${name.padStart(9)}   tstorch / ${name}`);
    for (const workload of selected(options)) {
      const pair = await compare(workload, ours, theirs, options);
      if (typeof pair === "string") {
        without.push(workload.name);
        continue;
      }
      const ratio = median(pair.ratios);
      ratios.push(ratio);
      const times = [pair.ours_ms, pair.theirs_ms].map((ms) => formatTime(ms).padStart(9)).join(" ");
      const [low, high] = [pair.ratios[0]!, pair.ratios.at(-1)!].map(formatNumber);
      say(`${workload.name.padEnd(WIDTH)} ${times}   ${formatNumber(ratio)}x  (${low} to ${high})`);
    }
  } finally {
    theirs.close();
  }
  if (without.length > 0) say(`not in both: ${without.join(", ")}`);
  if (ratios.length > 0) say(`geometric mean of ${ratios.length}: ${formatNumber(geometricMean(ratios))}x`);
  return 0;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.list) {
    for (const { name } of selected(options)) say(name);
    return 0;
  }
  if (isa === null) throw new UsageError(`there is no native code to measure: ${whyNoNative}`);
  torch.set_num_threads(options.threads);
  const { cpu, cores } = thisMachine();
  say(`${cpu}, ${cores} cores; ${isa}, ${options.threads} thread${options.threads > 1 ? "s" : ""}; ${packageRoot}`);
  return options.against === null ? run(options) : runAgainst(options, options.against);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message} (--help)\n`);
  process.exitCode = 2;
}
