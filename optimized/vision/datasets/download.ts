import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { TorchError } from "../../core/errors.js";

export interface Resource {
  readonly file: string;
  readonly md5: string;
}

const TIMEOUT = 60_000; // ms without an answer

/** `fetch` is asynchronous and the constructors of data sets are not: another process waits for it. */
const FETCH = `
  const [url, path] = process.argv.slice(1);
  const response = await fetch(url, { signal: AbortSignal.timeout(${TIMEOUT}) });
  if (!response.ok) throw new Error("HTTP " + response.status);
  (await import("node:fs")).writeFileSync(path, Buffer.from(await response.arrayBuffer()));`;

export function md5Of(path: string): string {
  return createHash("md5").update(readFileSync(path)).digest("hex");
}

/** Loads what is not yet in `folder` with the right checksum, from the first mirror that has it. */
export function download(op: string, folder: string, resources: readonly Resource[], mirrors: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { file, md5 } of resources) {
    const path = `${folder}/${file}`;
    if (existsSync(path) && md5Of(path) === md5) continue;
    const problems: string[] = [];
    if (!mirrors.some((mirror) => loadFrom(`${mirror}${file}`, path, md5, problems))) {
      throw new TorchError(op, `cannot download ${file}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    }
  }
}

/** Whether it worked; a file is at `path` only if its checksum is right. */
function loadFrom(url: string, path: string, md5: string, problems: string[]): boolean {
  const part = `${path}.part`;
  try {
    execFileSync(process.execPath, ["--input-type=module", "-e", FETCH, url, part], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const got = md5Of(part);
    if (got !== md5) throw new Error(`its MD5 checksum is ${got}; expected ${md5}`);
    renameSync(part, path);
    return true;
  } catch (error) {
    problems.push(`${url}: ${reason(error as Error & { stderr?: Buffer })}`);
    return false;
  } finally {
    rmSync(part, { force: true });
  }
}

/** The line that says what went wrong, of what the other process wrote. */
function reason(error: Error & { stderr?: Buffer }): string {
  const lines = (error.stderr?.toString() ?? error.message).split("\n");
  const causes = lines.filter((line) => /Error|ENOTFOUND|ECONN|HTTP \d/.test(line)).map((line) => line.trim());
  return causes.join("; ") || error.message;
}
