/**
 * Recorded cases that fail today: defects of tstorch that are still open, unlike the differences in known.json, which are
 * meant to stay. The list only ever gets shorter: a case that fails and is not on it fails the tests, and one that passes
 * again is named so that its line can go. `npm run oracle -- FOLDER` counts all of them as failures.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = [new URL("open.json", import.meta.url), new URL("../../../conformance/oracle/open.json", import.meta.url)];

export function readOpen(): ReadonlySet<string> {
  for (const url of path) {
    try {
      return new Set(JSON.parse(readFileSync(fileURLToPath(url), "utf8")) as string[]);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return new Set();
}
