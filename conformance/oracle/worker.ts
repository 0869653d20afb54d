/** One process of isolated.ts: tells on descriptor 3, line by line, which case starts and how it ended. */
import { writeSync } from "node:fs";
import { run } from "./runner.js";
import type { WorkerMessage, WorkerTask } from "./isolated.js";

const { paths, filter, ...options } = JSON.parse(process.argv[2]!) as WorkerTask;

/** Written at once: what is queued would be lost when native code kills the process. */
function send(message: WorkerMessage): void {
  writeSync(3, `${JSON.stringify(message)}\n`);
}

const results = run(paths, {
  ...options,
  ...(filter === undefined ? {} : { filter: new RegExp(filter) }),
  onCase: (started) => send({ started }),
});
for await (const result of results) send({ result });
send({ done: true });
