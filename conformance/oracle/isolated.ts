/** Runs cases in another process, so that one that kills or hangs its process is a failure and the others still run. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { allow, readKnown, type CaseName, type Result } from "./runner.js";
import type { Device } from "./target.js";

export interface WorkerTask {
  readonly paths: readonly string[];
  readonly device: Device;
  readonly filter?: string | undefined;
  readonly skip: number;
}

export type WorkerMessage = { readonly started: CaseName } | { readonly result: Result } | { readonly done: true };

/** A case that says nothing for so long is stopped; the longest one takes seconds. */
const PATIENCE_MS = 120_000;

export async function* runIsolated(paths: readonly string[], device: Device, filter?: string): AsyncGenerator<Result> {
  const known = readKnown();
  for (let skip = 0; ; ) {
    let current: CaseName | null = null;
    const worker = startWorker({ paths, device, filter, skip });
    for await (const message of worker.messages) {
      if ("done" in message) return;
      if ("started" in message) current = message.started;
      else {
        current = null;
        skip++;
        yield message.result;
      }
    }
    const end = await worker.end;
    if (current === null) throw new Error(`the worker ended with ${end} outside of any case`);
    skip++;
    yield {
      ...current,
      outcome: allow(known, current, { status: "failed", difference: { path: "", why: `the process died: ${end}` } }),
    };
  }
}

function startWorker(task: WorkerTask): {
  readonly messages: AsyncIterable<WorkerMessage>;
  readonly end: Promise<string>;
} {
  const script = fileURLToPath(new URL("worker.js", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const end = once(child, "close").then(([code, signal]) => String(signal ?? `exit code ${code}`));
  const lines = createInterface({ input: child.stdio[3] as Readable });
  async function* messages(): AsyncGenerator<WorkerMessage> {
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    };
    try {
      watch();
      for await (const line of lines) {
        watch();
        yield JSON.parse(line) as WorkerMessage;
      }
    } finally {
      clearTimeout(timer);
    }
  }
  return { messages: messages(), end };
}
