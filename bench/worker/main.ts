import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import torch from "../../optimized/index.js";
import { isa, packageRoot, whyNoNative } from "../../optimized/core/native.js";
import { measureMemory } from "./memory.js";
import { Runner } from "./runner.js";
import { table } from "./table.js";
import { readWorkloads, Unsupported, type Workload } from "./workload.js";

/**
 * The worker that a peer benchmark starts: one JSON line per command on stdin, one per answer on stdout.
 *
 *     (start)                                       → {"ready": true, "version", "threads", "info", "ops"}
 *     {"cmd": "prep", "name": "...", "min_ms": 100} → {"ok": true, "first_ms", "est_ms", "k"}
 *     {"cmd": "sample"}                             → {"ok": true, "ms": mean time of one of k calls}
 *     {"cmd": "done"}                               → {"ok": true}
 *     on failure                                    → {"ok": false, "error", "unsupported"}
 *
 * With `--oneshot NAME` it runs one memory workload instead and prints one line.
 */

const { values: flags } = parseArgs({
  options: { threads: { type: "string", default: "1" }, oneshot: { type: "string" } },
});
const toStdout = process.stdout.write.bind(process.stdout);
const say = (answer: object) => toStdout(`${JSON.stringify(answer)}\n`);
console.log = console.info = console.error; // stdout belongs to the protocol

torch.set_num_threads(Number(flags.threads));
const workloads = readWorkloads();

function named(name: string): Workload {
  const workload = workloads.find((w) => w.name === name);
  if (workload === undefined) throw new Unsupported(`no such workload: ${name}`);
  return workload;
}

function failure(error: unknown): object {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const text = `${name}: ${message.split("\n")[0]}`.slice(0, 300);
  return {
    ok: false,
    error: text,
    unsupported: error instanceof Unsupported || error instanceof torch.NotImplementedError,
  };
}

interface Command {
  readonly cmd: string;
  readonly name: string;
  readonly min_ms?: number;
}

function answer(runner: Runner, { cmd, name, min_ms = 100 }: Command): object {
  try {
    if (cmd === "prep") return { ok: true, ...runner.prepare(named(name), min_ms) };
    if (cmd === "sample") return { ok: true, ms: runner.sample() };
    if (cmd !== "done") throw new Unsupported(`no such command: ${cmd}`);
    runner.drop();
    return { ok: true };
  } catch (error) {
    runner.drop();
    return failure(error);
  }
}

async function serve(): Promise<void> {
  const runner = new Runner(table);
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
  const info = { isa: isa ?? `none: ${whyNoNative}`, node: process.version };
  const ops = [...Object.keys(table), "mem.mlp", "mem.resnet"];
  say({ ready: true, version, threads: torch.get_num_threads(), info, ops });
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as Command;
    if (command.cmd === "quit") break;
    say(answer(runner, command));
  }
}

function oneshot(name: string): object {
  try {
    return measureMemory(named(name), workloads, table);
  } catch (error) {
    return failure(error);
  }
}

if (flags.oneshot === undefined) await serve();
else say(oneshot(flags.oneshot));
process.exit(0);
