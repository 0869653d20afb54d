// dist/: what `tsc` makes of the TypeScript sources, and the bundle of it, when one of them changed.
import { existsSync, rmSync } from "node:fs";
import { installed, path, readJson, readText, run, SetupError, sources, task, writeText } from "./shared.mjs";

const config = path("tsconfig.json");
const stamp = path("dist", ".setup.json");

export function typescriptStep() {
  return {
    pending: () => existsSync(config) && readText(stamp) !== JSON.stringify(inputs()),
    run: build,
  };
}

function inputs() {
  return {
    typescript: installed("typescript")?.version,
    rolldown: installed("rolldown")?.version,
    exports: readJson(path("package.json")).exports,
    files: sources(["tsconfig.json", ...readJson(config).include], (file) => /(\.ts|tsconfig\.json)$/.test(file)),
  };
}

async function build() {
  const now = inputs();
  const line = task("TypeScript build");
  forgetStaleOutputs(now);
  const { file } = installed("typescript", "bin/tsc");
  const result = await run(process.execPath, [file, "-p", config, "--pretty", "false"], { log: "tsc" });
  if (result.code !== 0) {
    line.end("failed");
    throw new SetupError(`tsc found errors; log: ${result.log}\n${firstErrors(result.output)}`);
  }
  const bundle = await run(process.execPath, [path("scripts", "bundle.mjs")], { log: "bundle" });
  line.end(bundle.code === 0 ? "done" : "failed");
  if (bundle.code !== 0) throw new SetupError(`dist/ could not be bundled; log: ${bundle.log}`);
  writeText(stamp, JSON.stringify(now));
}

/** Deletes what deleted sources left in dist/; without a stamp nothing is known of dist/, so tsc emits everything. */
function forgetStaleOutputs(now) {
  const text = readText(stamp);
  if (text === null) return rmSync(path("dist", ".tsbuildinfo"), { force: true });
  for (const file of Object.keys(JSON.parse(text).files)) {
    if (file in now.files || !file.endsWith(".ts")) continue;
    const base = path("dist", file.slice(0, -".ts".length));
    for (const end of [".js", ".js.map", ".d.ts", ".d.ts.map"]) rmSync(base + end, { force: true });
  }
}

function firstErrors(output) {
  const lines = output.trim().split("\n");
  const more = lines.length > 20 ? [`... ${lines.length - 20} more lines in the log`] : [];
  return [...lines.slice(0, 20), ...more].map((line) => `    ${line}`).join("\n");
}
