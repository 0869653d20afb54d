import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { isa, packageRoot } from "../optimized/core/native.js";
import type { Measurement } from "./measure.js";

/**
 * What was measured on this machine, oldest first: `bench/history/<machine>.local.json`, which git ignores, and
 * `<machine>.json`, which `--record` writes to be committed.
 */

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly isa: string;
}

export interface Entry {
  readonly date: string;
  /** With a "+" when files differ from the commit. */
  readonly commit: string | null;
  readonly node: string;
  readonly machine: Machine;
  readonly threads: number;
  readonly numbers: Readonly<Record<string, Measurement>>;
}

const folder = join(packageRoot, "bench", "history");

export function thisMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? process.arch,
    cores: os.availableParallelism(),
    memory_gb: Math.round(os.totalmem() / 2 ** 30),
    isa: isa ?? "none",
  };
}

function fileOf({ cpu, cores, isa }: Machine, local: boolean): string {
  const slug = `${cpu} ${cores} ${isa}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return join(folder, `${slug}${local ? ".local" : ""}.json`);
}

function read(file: string): Entry[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Entry[]) : [];
}

function git(...args: string[]): string | null {
  try {
    return execFileSync("git", args, {
      cwd: packageRoot,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}

function commit(): string | null {
  const hash = git("rev-parse", "--short", "HEAD");
  const changed = git("status", "--porcelain", "--untracked-files=no");
  return hash === null ? null : `${hash}${changed ? "+" : ""}`;
}

export function makeEntry(threads: number, numbers: Readonly<Record<string, Measurement>>): Entry {
  const date = new Date().toISOString();
  return { date, commit: commit(), node: process.version, machine: thisMachine(), threads, numbers };
}

/** Adds `entry` to the history of its machine; gives the file. */
export function append(entry: Entry, local: boolean): string {
  const file = fileOf(entry.machine, local);
  const lines = [...read(file), entry].map((e) => JSON.stringify(e));
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `[\n${lines.join(",\n")}\n]\n`);
  return file;
}

/** The newest entry of this machine with as many threads that has any of `names`; null if there is none. */
export function lastEntry(threads: number, names: readonly string[]): Entry | null {
  const machine = thisMachine();
  return (
    [true, false]
      .flatMap((local) => read(fileOf(machine, local)))
      .filter((e) => e.threads === threads && names.some((name) => name in e.numbers))
      .sort((a, b) => a.date.localeCompare(b.date))
      .at(-1) ?? null
  );
}

export interface Regression {
  readonly name: string;
  readonly before_ms: number;
  readonly now_ms: number;
}

/** Slower by more than a fourth, and by more than what a busy neighbour explains: the fastest run is slower too. */
export function regressions(before: Entry, now: Entry): Regression[] {
  return Object.entries(now.numbers).flatMap(([name, { median_ms, min_ms }]) => {
    const old = before.numbers[name];
    if (old === undefined || median_ms <= 1.25 * old.median_ms || min_ms <= 1.1 * old.median_ms) return [];
    return [{ name, before_ms: old.median_ms, now_ms: median_ms }];
  });
}
