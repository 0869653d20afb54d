/** Recorded files on disk. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Json } from "./values.js";

/** One recorded case: an object with an id; its other keys tell its kind. */
export type RecordedCase = { readonly id: string; readonly [key: string]: Json };

export interface CaseFile {
  /** Without extension: "ops-linalg", "serialization". */
  readonly name: string;
  readonly path: string;
}

const SUFFIX = /\.jsonl(\.gz)?$/;

/** The files of folders, in order of name; a path may also be one file. */
export function listFiles(paths: readonly string[]): readonly CaseFile[] {
  return paths.flatMap((path) => (statSync(path).isDirectory() ? listFolder(path) : [caseFile(path)]));
}

function listFolder(folder: string): readonly CaseFile[] {
  const files = readdirSync(folder)
    .filter((name) => SUFFIX.test(name))
    .sort()
    .map((name) => caseFile(join(folder, name)));
  const manifest = [join(folder, "serialization", "manifest.json"), join(folder, "manifest.json")].find(existsSync);
  return manifest === undefined ? files : [...files, caseFile(manifest)];
}

function caseFile(path: string): CaseFile {
  return {
    name: basename(path) === "manifest.json" ? basename(dirname(path)) : basename(path).replace(SUFFIX, ""),
    path,
  };
}

export function* readCases(file: CaseFile): Generator<RecordedCase> {
  const bytes = readFileSync(file.path);
  if (file.path.endsWith("manifest.json")) {
    for (const entry of JSON.parse(bytes.toString("utf8")) as { file: string }[]) {
      yield { ...entry, id: entry.file, folder: dirname(file.path) };
    }
    return;
  }
  const text = (file.path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  for (const line of text.split("\n")) if (line !== "") yield JSON.parse(line) as RecordedCase;
}
