// One set-up at a time per folder: a lock file that names its owner, so that a dead owner's lock is recognised.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { path, readText, say, SetupError } from "./shared.mjs";

const lockFile = path(".cache", "setup.lock");
const me = owner(process.pid);
const patience = 30 * 60_000; // ms; longer than any build

/** Waits until no other set-up runs in this folder, then runs `body` alone. */
export async function withLock(body) {
  mkdirSync(dirname(lockFile), { recursive: true });
  await acquire();
  process.once("exit", release);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));
  try {
    return await body();
  } finally {
    release();
  }
}

async function acquire() {
  const deadline = Date.now() + patience;
  for (let announced = false; !tryCreate(); await sleep(100)) {
    const holder = readText(lockFile);
    if (!holder) continue; // released or taken just now
    if (isDead(holder)) {
      removeStale(holder);
      continue;
    }
    if (Date.now() > deadline) throw new SetupError(`another set-up (${holder}) does not end; delete ${lockFile}`);
    if (!announced) say(`waiting for another set-up to end (process ${holder.split(" ")[1]})`);
    announced = true;
  }
}

/** Creates the lock file, unless there is one. */
function tryCreate() {
  try {
    writeFileSync(lockFile, me, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function release() {
  if (readText(lockFile) === me) rmSync(lockFile, { force: true });
}

/** Takes the lock away under another name, and puts it back if it was no longer the stale one. */
function removeStale(holder) {
  const grave = `${lockFile}.stale.${process.pid}`;
  try {
    renameSync(lockFile, grave);
    const taken = readText(grave);
    if (taken !== holder) writeFileSync(lockFile, taken, { flag: "wx" });
  } catch {
    // another process was quicker; the next round sees what it left
  }
  rmSync(grave, { force: true });
}

/** `host pid start-time`: a process number used again has another start time. */
function owner(pid) {
  return `${hostname()} ${pid} ${startTime(pid)}`;
}

function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]; // field 22, counted after "pid (name) "
  } catch {
    return "?"; // no /proc here, or no such process
  }
}

function isDead(holder) {
  const [host, pid] = holder.split(" ");
  if (host !== hostname()) return false; // cannot know; `patience` ends the wait
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return error.code === "ESRCH";
  }
  return owner(Number(pid)) !== holder;
}
