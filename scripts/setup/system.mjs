// System packages that the native build needs: found by what they bring, installed by apt when we are root.
import { existsSync, readdirSync } from "node:fs";
import { path, readText, referenceDevice, run, SetupError, task, which } from "./shared.mjs";

const include = (file) => () =>
  ["/usr/include", "/usr/local/include"].some((folder) => existsSync(`${folder}/${file}`));
const library = (file) => () => libraryFolders().some((folder) => existsSync(`${folder}/${file}`));
const command = (name) => () => which(name) !== null;
const usedByBuild = (pattern) => pattern.test(readText(path("CMakeLists.txt")) ?? "");

/** Debian and Ubuntu package -> is what it brings there? */
const packages = () => ({
  "g++": command("g++"),
  make: command("make"),
  cmake: command("cmake"),
  libgomp1: library("libgomp.so.1"),
  "libopenblas-openmp-dev": library("openblas-openmp/libopenblas.so"), // shares the OpenMP threads with oneDNN and us
  "libdnnl-dev": include("dnnl.hpp"),
  ...(usedByBuild(/hwy/i) && { "libhwy-dev": include("hwy/highway.h") }),
});

/** Multi-arch folders (/usr/lib/x86_64-linux-gnu, ...) first. */
function libraryFolders() {
  const arch = existsSync("/usr/lib") ? readdirSync("/usr/lib").filter((name) => name.includes("-linux-gnu")) : [];
  return [...arch.map((name) => `/usr/lib/${name}`), "/usr/lib", "/usr/lib64", "/usr/local/lib"];
}

export function missingSystemPackages() {
  return Object.entries(packages()).flatMap(([name, isThere]) => (isThere() ? [] : [name]));
}

/** Installs what is missing, or throws an error that says which one command does. */
export async function ensureSystemPackages() {
  const missing = missingSystemPackages();
  if (missing.length === 0 || which("apt-get") === null) return; // on other systems CMake says what it lacks
  const byHand = `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  if (process.getuid?.() !== 0) throw failure(`the native build needs system packages; run once:\n\n    ${byHand}\n`);

  const line = task(`system packages ${missing.join(" ")}`);
  const log = await aptInstall(missing);
  const left = missingSystemPackages();
  line.end(left.length === 0 ? "installed" : "failed");
  if (left.length > 0)
    throw failure(`apt-get did not bring ${left.join(" ")}; log: ${log}; by hand:\n\n    ${byHand}\n`);
}

async function aptInstall(names) {
  const options = { log: "apt", env: { DEBIAN_FRONTEND: "noninteractive" } };
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  await run("apt-get", [...wait, "update"], options); // may fail without network; the install then decides
  const install = [...wait, "install", "-y", "--no-install-recommends", ...names];
  return (await run("apt-get", install, { ...options, append: true })).log;
}

function failure(message) {
  return new SetupError(message, referenceDevice);
}
