/** Runs recorded cases one after the other; no case can stop the others. */
import { readFileSync } from "node:fs";
import type { Difference } from "./agreement.js";
import { describeError, missingName } from "./errors.js";
import { listFiles, readCases, type RecordedCase } from "./files.js";
import { kindOfCase } from "./kinds/index.js";
import { Target, type Device } from "./target.js";

export type Outcome =
  | { readonly status: "passed" }
  | { readonly status: "failed"; readonly difference: Difference }
  | { readonly status: "known"; readonly difference: Difference; readonly reason: string }
  | { readonly status: "unsupported"; readonly missing: string };

export interface Result {
  readonly file: string;
  readonly id: string;
  readonly subject: string;
  readonly outcome: Outcome;
}

export interface RunOptions {
  readonly device?: Device;
  /** Only cases whose "file:id" or subject matches. */
  readonly filter?: RegExp;
  /** Called before each case: the last name is the case that killed the process. */
  readonly onCase?: (label: string) => void;
}

/** Differences from PyTorch that are wanted or not ours, as patterns of "file:id" with the reason. */
export type KnownDifferences = readonly { readonly pattern: RegExp; readonly reason: string }[];

export async function* run(paths: readonly string[], options: RunOptions = {}): AsyncGenerator<Result> {
  const target = await Target.load(options.device ?? "cpu");
  const known = readKnown();
  for (const file of listFiles(paths)) {
    for (const c of readCases(file)) {
      const subject = kindOfCase(c).subject(c);
      const label = `${file.name}:${c.id}`;
      if (options.filter && !options.filter.test(label) && !options.filter.test(subject)) continue;
      options.onCase?.(label);
      yield { file: file.name, id: c.id, subject, outcome: allow(known, label, await runCase(target, c)) };
    }
  }
}

export async function runCase(target: Target, c: RecordedCase): Promise<Outcome> {
  const kind = kindOfCase(c);
  target.reset();
  try {
    const difference = await kind.run(target, c as never);
    return difference === null ? { status: "passed" } : { status: "failed", difference };
  } catch (error) {
    const missing = missingName(error, kind.subject(c));
    if (missing !== null) return { status: "unsupported", missing };
    return { status: "failed", difference: { path: "", why: describeError(error) } };
  }
}

function allow(known: KnownDifferences, label: string, outcome: Outcome): Outcome {
  if (outcome.status !== "failed") return outcome;
  const match = known.find(({ pattern }) => pattern.test(label));
  return match ? { status: "known", difference: outcome.difference, reason: match.reason } : outcome;
}

function readKnown(): KnownDifferences {
  const file = findKnown();
  const entries = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  return Object.entries(entries).map(([pattern, reason]) => ({ pattern: new RegExp(`^(?:${pattern})$`), reason }));
}

/** Next to this file's source: the compiler does not copy JSON to dist. */
function findKnown(): URL {
  const here = new URL("known.json", import.meta.url);
  return new URL(here.href.replace("/dist/conformance/", "/conformance/"));
}
