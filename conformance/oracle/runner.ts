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

export interface CaseName {
  readonly file: string;
  readonly id: string;
  readonly subject: string;
}

export interface Result extends CaseName {
  readonly outcome: Outcome;
}

export interface RunOptions {
  readonly device?: Device;
  /** Only cases whose "file:id" or subject matches. */
  readonly filter?: RegExp;
  /** Leaves out this many of the matching cases. */
  readonly skip?: number;
  /** Called before each case. */
  readonly onCase?: (name: CaseName) => void;
}

/** Differences from PyTorch that are wanted or not ours, as patterns of "file:id" with the reason. */
export type KnownDifferences = readonly { readonly pattern: RegExp; readonly reason: string }[];

export async function* run(paths: readonly string[], options: RunOptions = {}): AsyncGenerator<Result> {
  const target = await Target.load(options.device ?? "cpu");
  const known = readKnown();
  let toSkip = options.skip ?? 0;
  for (const file of listFiles(paths)) {
    for (const c of readCases(file)) {
      const name: CaseName = { file: file.name, id: c.id, subject: kindOfCase(c).subject(c) };
      if (options.filter && !options.filter.test(labelOf(name)) && !options.filter.test(name.subject)) continue;
      if (toSkip-- > 0) continue;
      options.onCase?.(name);
      yield { ...name, outcome: allow(known, name, await runCase(target, c)) };
    }
  }
}

export const labelOf = ({ file, id }: CaseName): string => `${file}:${id}`;

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

/** A failure that is a known difference. */
export function allow(known: KnownDifferences, name: CaseName, outcome: Outcome): Outcome {
  if (outcome.status !== "failed") return outcome;
  const match = known.find(({ pattern }) => pattern.test(labelOf(name)));
  return match ? { status: "known", difference: outcome.difference, reason: match.reason } : outcome;
}

export function readKnown(): KnownDifferences {
  const file = findKnown();
  const entries = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  return Object.entries(entries).map(([pattern, reason]) => ({ pattern: new RegExp(`^(?:${pattern})$`), reason }));
}

/** Next to this file's source: the compiler does not copy JSON to dist. */
function findKnown(): URL {
  const here = new URL("known.json", import.meta.url);
  return new URL(here.href.replace("/dist/conformance/", "/conformance/"));
}
