#!/usr/bin/env node
// Starts the worker that speaks the protocol of a peer benchmark: see bench/worker/main.ts and bench/peers.json.
import { existsSync } from "node:fs";

const main = new URL("../dist/bench/worker/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write("bench: dist/ is not built; run `npm run setup` first\n");
  process.exitCode = 1;
}
