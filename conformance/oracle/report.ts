/** Counts of outcomes, and how they are printed. */
import type { Difference } from "./agreement.js";
import type { Outcome, Result } from "./runner.js";

type Status = Outcome["status"];
export type Counts = Record<Status, number>;
export interface Failure {
  readonly file: string;
  readonly id: string;
  readonly difference: Difference;
}

export class Report {
  readonly total: Counts = noCounts();
  readonly files = new Map<string, Counts>();
  readonly subjects = new Map<string, Counts>();
  readonly missing = new Map<string, number>();
  readonly known = new Map<string, number>();
  readonly failures: Failure[] = [];

  add({ file, id, subject, outcome }: Result): void {
    for (const counts of [this.total, entry(this.files, file), entry(this.subjects, subject)]) counts[outcome.status]++;
    if (outcome.status === "failed") this.failures.push({ file, id, difference: outcome.difference });
    if (outcome.status === "unsupported") increment(this.missing, outcome.missing);
    if (outcome.status === "known") increment(this.known, outcome.reason);
  }

  fileTable(): string {
    return table("file", [...this.files, ["total", this.total]]);
  }

  /** Ops with failures, the most failures first; all ops if `all`. */
  subjectTable(all = false): string {
    const rows = [...this.subjects].filter(([, counts]) => all || counts.failed > 0);
    return table(
      "op",
      rows.sort(([, a], [, b]) => b.failed - a.failed),
    );
  }

  failureList(limit: number): string {
    const lines = this.failures
      .slice(0, limit)
      .map(({ file, id, difference }) => `${file}:${id}\n    ${formatDifference(difference)}`);
    const more = this.failures.length - lines.length;
    return [...lines, ...(more > 0 ? [`... and ${more} more`] : [])].join("\n");
  }

  /** Names that the library does not have, the most wanted first. */
  missingList(limit = Infinity): string {
    return countedList(this.missing, limit);
  }

  knownList(): string {
    return countedList(this.known, Infinity);
  }

  toJson(): object {
    return {
      total: this.total,
      files: Object.fromEntries(this.files),
      ops: Object.fromEntries(this.subjects),
      missing: Object.fromEntries(sorted(this.missing)),
      known: Object.fromEntries(this.known),
      failures: this.failures,
    };
  }
}

export function formatDifference(d: Difference): string {
  const place = d.index ? ` at [${d.index.join(", ")}]` : "";
  const values = d.got === undefined && d.want === undefined ? "" : `: got ${d.got ?? "?"}, want ${d.want ?? "?"}`;
  const size =
    d.abs == null ? "" : ` (abs ${d.abs.toPrecision(3)}${d.rel == null ? "" : `, rel ${d.rel.toPrecision(3)}`})`;
  return `${d.path === "" ? "" : `${d.path}: `}${d.why}${place}${values}${size}`;
}

const noCounts = (): Counts => ({ passed: 0, failed: 0, known: 0, unsupported: 0 });

function entry(map: Map<string, Counts>, key: string): Counts {
  const counts = map.get(key) ?? noCounts();
  map.set(key, counts);
  return counts;
}

function increment(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

const sorted = (map: ReadonlyMap<string, number>): readonly [string, number][] =>
  [...map].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));

function countedList(map: ReadonlyMap<string, number>, limit: number): string {
  return sorted(map)
    .slice(0, limit)
    .map(([name, count]) => `${String(count).padStart(6)}  ${name}`)
    .join("\n");
}

function table(title: string, rows: readonly (readonly [string, Counts])[]): string {
  const columns: readonly Status[] = ["passed", "failed", "known", "unsupported"];
  const width = Math.max(title.length, ...rows.map(([name]) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    name.padEnd(width) + cells.map((c) => c.padStart(13)).join("");
  return [
    line(title, columns),
    ...rows.map(([name, counts]) =>
      line(
        name,
        columns.map((c) => String(counts[c] || "-")),
      ),
    ),
  ].join("\n");
}
