// npm dependencies, exactly as package-lock.json names them.
import { existsSync, statSync } from "node:fs";
import { path, readJson, run, SetupError, tail, task } from "./shared.mjs";

const lockfile = path("package-lock.json");
const hiddenLockfile = path("node_modules", ".package-lock.json"); // npm writes it last

/** What set-up itself needs; `--dev` also asks for everything that tests, lint and benchmarks use. */
const toBuild = ["typescript", "@types/node", "rolldown"];

export function npmStep({ dev }) {
  return { pending: () => missingPackages(dev) || lockChanged(), run: install };
}

function missingPackages(dev) {
  const { dependencies, devDependencies } = readJson(path("package.json"));
  const names = [...Object.keys(dependencies), ...(dev ? Object.keys(devDependencies) : toBuild)];
  return names.some((name) => !existsSync(path("node_modules", name, "package.json")));
}

/** Is package-lock.json newer than the installation, and does it name other versions? */
function lockChanged() {
  if (!existsSync(hiddenLockfile)) return true;
  if (!existsSync(lockfile) || statSync(lockfile).mtimeMs <= statSync(hiddenLockfile).mtimeMs) return false;
  const actual = readJson(hiddenLockfile).packages;
  return Object.entries(readJson(lockfile).packages).some(([name, { version, optional }]) => {
    if (name === "") return false;
    return name in actual ? actual[name].version !== version : !optional; // optional: another platform's binaries
  });
}

async function install() {
  const line = task("npm dependencies");
  const common = ["--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
  let result = { code: 1 };
  if (existsSync(lockfile)) result = await run("npm", ["ci", ...common], { log: "npm" });
  if (result.code !== 0) result = await run("npm", ["install", ...common], { log: "npm", append: true });
  if (result.code === 0) return line.end("installed");
  line.end("failed");
  throw new SetupError(`npm could not install the dependencies; log: ${result.log}\n${tail(result.output, 10)}`);
}
