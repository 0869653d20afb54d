#!/usr/bin/env node
// The one set-up step, run before `npm start` and `npm test`. It does what is missing and nothing else, needs nothing but
// Node itself, and ends at once when nothing is missing.
import { withLock } from "./setup/lock.mjs";
import { nativeStep } from "./setup/native.mjs";
import { npmStep } from "./setup/npm.mjs";
import { path, readJson, SetupError } from "./setup/shared.mjs";
import { typescriptStep } from "./setup/typescript.mjs";

const help = `Usage: node scripts/setup.mjs [--dev] [--native] [--strict]

Brings this folder to where it can run: npm dependencies, system packages (by apt when root; otherwise it prints
the command), the native addon in build/, the compiled TypeScript in dist/. Does only what is missing or changed.
Without the native addon the library runs on its reference device, which gives the same numbers slowly.

  --dev     also what tests, lint and benchmarks need
  --native  only the native addon: lets make look at every file again; exits with 1 when it does not build
  --strict  exit with 1 when any part is missing, the native addon included
  --help    this text

Logs of the last runs: .cache/setup-{npm,apt,native,tsc}.log
`;

const flags = new Set(process.argv.slice(2));
if (flags.has("--help") || flags.has("-h")) {
  process.stdout.write(help);
} else {
  process.exitCode = await main();
}

async function main() {
  const unknown = [...flags].filter((flag) => !["--dev", "--native", "--strict"].includes(flag));
  if (unknown.length > 0) return fail(`unknown option ${unknown.join(" ")}; try --help`, 2);
  try {
    checkNode();
    const steps = plan();
    if (!steps.some((step) => step.pending())) return 0;
    return await withLock(() => perform(steps));
  } catch (error) {
    if (error instanceof SetupError) return fail(error.message, 1);
    throw error;
  }
}

function plan() {
  const native = flags.has("--native");
  const steps = [npmStep({ dev: flags.has("--dev") }), nativeStep({ always: native })];
  return native ? steps : [...steps, typescriptStep()];
}

/** Runs the steps that are still pending: another set-up may have done them while this one waited. */
async function perform(steps) {
  let code = 0;
  for (const step of steps) {
    if (!step.pending()) continue;
    try {
      await step.run();
    } catch (error) {
      if (!(error instanceof SetupError) || error.instead === null) throw error;
      fail(`${error.message}\nsetup: going on with ${error.instead}`);
      if (flags.has("--strict") || flags.has("--native")) code = 1;
    }
  }
  return code;
}

function checkNode() {
  const { engines } = readJson(path("package.json"));
  const [major, minor] = /(\d+)\.(\d+)/.exec(engines.node).slice(1).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split(".").map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new SetupError(`tstorch needs Node ${engines.node}; this is ${process.versions.node} (https://nodejs.org)`);
}

function fail(message, code) {
  process.stderr.write(`setup: ${message}\n`);
  return code;
}
