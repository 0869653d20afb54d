import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../optimized/core/native.js";

/** What differs from PyTorch on purpose: conformance/oracle/known.json, whose patterns name recorded cases, by op. */

interface Difference {
  readonly pattern: string;
  readonly reason: string;
  /** The part of the pattern that names the op. */
  readonly op: string;
}

const known = JSON.parse(readFileSync(join(packageRoot, "conformance", "oracle", "known.json"), "utf8")) as Record<
  string,
  string
>;

const all: readonly Difference[] = Object.entries(known).map(([pattern, reason]) => ({
  pattern,
  reason,
  op: /^[^:]*:(.*?)(?:\/|$)/.exec(pattern)?.[1] ?? pattern,
}));

/** A name as a recorded case has it: `special.i0` for the spec special_i0. */
const recorded = (name: string): readonly string[] => [
  name,
  name.replace(/^special_/, "special."),
  `nn.functional.${name}`,
];

function concerns({ op }: Difference, name: string): boolean {
  return (
    recorded(name).some((n) => new RegExp(`^(?:${op})$`).test(n)) ||
    new RegExp(`(?<![\\w.])${name.replace(/[^\w]/g, "\\$&")}(?![a-z\\d])(?!_[a-z]+_?[a-z]*$)`, "i").test(op)
  );
}

export function differencesOf(name: string): string[] {
  return [...new Set(all.filter((d) => concerns(d, name)).map(({ reason }) => reason))];
}

/** Those that no op of `names` has. */
export function otherDifferences(names: readonly string[]): readonly Difference[] {
  return all.filter((d) => !names.some((name) => concerns(d, name)));
}
