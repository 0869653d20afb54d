// What every set-up step uses: paths, fingerprints of sources, child processes with a log, one line of output per task.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's own folder; every path of the set-up starts here. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const path = (...parts) => join(root, ...parts);

const require = createRequire(path("package.json"));

/** The version of an installed package and the path of one of its files; null when it is not installed. */
export function installed(name, file = "package.json") {
  try {
    const manifest = require.resolve(`${name}/package.json`);
    return { version: readJson(manifest).version, file: join(dirname(manifest), file) };
  } catch {
    return null;
  }
}

/** A failure with a message for people. `instead` names what still works; without it, nothing does. */
export class SetupError extends Error {
  constructor(message, instead = null) {
    super(message);
    this.instead = instead;
  }
}

export const referenceDevice = "the reference device: the same numbers, slowly";

export function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** The text of a file, or null when there is none. */
export function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

export function writeText(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Where `command` is on PATH, or null. */
export function which(command) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file)) ?? null;
}

/** `{ "path from the root": "size mtime" }` of the files at or under `roots` that `keep` accepts. */
export function sources(roots, keep = () => true) {
  const found = {};
  const visit = (file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) for (const name of readdirSync(file).sort()) visit(join(file, name));
    else if (stat && keep(file)) found[relative(root, file)] = `${stat.size} ${stat.mtimeMs}`;
  };
  for (const each of roots) visit(path(each));
  return found;
}

/**
 * Runs a program, its output going to `.cache/setup-<log>.log`.
 * Gives the exit code, the output and the log's path from the root; a program that is not there exits with 127.
 */
export function run(command, args, { log, append = false, env = {}, onLine = () => {} }) {
  const logFile = path(".cache", `setup-${log}.log`);
  mkdirSync(dirname(logFile), { recursive: true });
  const file = createWriteStream(logFile, { flags: append ? "a" : "w" });
  file.write(`$ ${[command, ...args].join(" ")}\n`);
  let output = "";
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stop = () => child.kill();
    process.once("exit", stop);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        file.write(text);
        text.split("\n").forEach(onLine);
      });
    }
    child.on("error", (error) => {
      output += `${error.message}\n`;
      finish(127);
    });
    child.on("close", (code) => finish(code ?? 1));
    const finish = (code) => {
      process.off("exit", stop);
      file.end(() => resolve({ code, output, log: relative(root, logFile) }));
    };
  });
}

/** The last `count` lines of `text` that are not empty, indented. */
export function tail(text, count) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines
    .slice(-count)
    .map((line) => `    ${line}`)
    .join("\n");
}

export function say(text) {
  process.stdout.write(`setup: ${text}\n`);
}

/** One line for a task: what it does while it runs, with a note on a terminal, and how it ended. */
export function task(label) {
  const live = process.stdout.isTTY;
  const start = Date.now();
  process.stdout.write(`setup: ${label} ...`);
  const line = (text) => process.stdout.write(live ? `\r\x1b[K${text}` : text.slice(`setup: ${label} ...`.length));
  return {
    note: (text) => live && line(`setup: ${label} ... ${text}`),
    end: (text) => line(`setup: ${label} ... ${text} (${((Date.now() - start) / 1000).toFixed(1)} s)\n`),
  };
}
