// The native addon: built by cmake-js, only when a source, the build file or a build tool changed, and then by make's rules.
import { existsSync, rmSync } from "node:fs";
import os from "node:os"; // as a whole: `availableParallelism` is missing where Node is too old
import {
  installed,
  path,
  readText,
  referenceDevice,
  run,
  SetupError,
  sources,
  tail,
  task,
  which,
  writeText,
} from "./shared.mjs";
import { ensureSystemPackages } from "./system.mjs";

const addon = path("build", "Release", "tstorch.node");
const stamp = path("build", "setup.json");
const cudaTarget = "tstorch_cuda"; // not part of CMake's `all`

/** With `always`, make looks at every file even when the stamp says that nothing changed. */
export function nativeStep({ always }) {
  const present = existsSync(path("CMakeLists.txt"));
  return {
    pending: () => present && (always || !existsSync(addon) || readText(stamp) !== fingerprint()),
    run: build,
  };
}

function fingerprint() {
  return JSON.stringify({
    platform: `${process.platform}-${process.arch}`,
    root: path(), // CMake's cache holds absolute paths
    tools: ["cmake-js", "node-addon-api", "node-api-headers"].map((name) => `${name} ${installed(name)?.version}`),
    nvcc: which("nvcc"), // the CUDA part is built where the compiler is
    files: sources(["CMakeLists.txt", "native"]),
  });
}

async function build() {
  await ensureSystemPackages();
  const before = fingerprint(); // a source edited during the build is built again next time
  const line = task("native build");
  const onLine = (text) => {
    const percent = /^\[ *(\d+%)\]/.exec(text)?.[1];
    if (percent) line.note(percent);
  };
  await configure(line);
  await check(await cmakeJs(["build", ...parallel()], onLine), line);
  await check(await load(), line);
  const cuda = await buildCuda(onLine);
  line.end(cuda.failed ? "done, without CUDA" : "done");
  writeText(stamp, before);
  if (cuda.failed) throw failure("the CUDA part did not build", cuda, "the CPU");
}

/** CMake refuses a cache of another folder, generator or compiler; then it starts from an empty one. */
async function configure(line) {
  const hadCache = existsSync(path("build", "CMakeCache.txt"));
  const first = await cmakeJs(["configure"], undefined, false);
  if (first.code === 0) return;
  if (hadCache)
    for (const name of ["CMakeCache.txt", "CMakeFiles"]) rmSync(path("build", name), { recursive: true, force: true });
  await check(hadCache ? await cmakeJs(["configure"]) : first, line);
}

/** The CUDA part is a shared object of its own: when it does not build, the CPU part stays whole. */
async function buildCuda(onLine) {
  const { output } = await run("cmake", ["--build", "build", "--target", "help"], { log: "native", append: true });
  if (!new RegExp(`\\b${cudaTarget}\\b`).test(output)) return { failed: false };
  const result = await cmakeJs(["build", "--target", cudaTarget, ...parallel()], onLine);
  return { ...result, failed: result.code !== 0 };
}

function cmakeJs(args, onLine, append = true) {
  const { file } = installed("cmake-js", "bin/cmake-js");
  const options = ["--generator", "Unix Makefiles", "--config", "Release", "--directory", path()];
  return run(process.execPath, [file, ...args, ...options], { log: "native", append, onLine });
}

/** One compiler per core, as long as each has 1.5 GB. */
function parallel() {
  return ["--parallel", String(Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.totalmem() / 1.5e9))))];
}

/** Missing symbols and libraries show only when the addon is loaded. */
function load() {
  return run(process.execPath, ["-e", "require(process.argv[1])", addon], { log: "native", append: true });
}

async function check(result, line) {
  if (result.code === 0) return;
  line.end("failed");
  rmSync(addon, { force: true }); // of an older source: nobody may load it
  throw failure("the native build failed", result);
}

function failure(what, { output, log }, instead = referenceDevice) {
  const errors = output.split("\n").filter((text) => /\berror\b|undefined symbol|cannot open/i.test(text));
  const shown = tail(errors.length > 0 ? errors.slice(0, 10).join("\n") : output, 10);
  return new SetupError(`${what}; log: ${log}\n${shown}`, instead);
}
