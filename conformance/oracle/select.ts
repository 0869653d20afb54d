/**
 * node dist/conformance/oracle/select.js SOURCE TARGET --bytes N
 *
 * Copies a selection of recorded cases of at most N bytes: small files whole, and of the others every op at least
 * once, then its other ways of being called, dtypes, gradients and errors in turn. The same source gives the same bytes.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { listFiles, readCases, type CaseFile, type RecordedCase } from "./files.js";
import { kindOfCase } from "./kinds/index.js";
import type { Json } from "./values.js";

/** Files up to this size are taken whole. */
const SMALL_FILE = 110_000;
/** Larger serialized files only repeat what the small ones have. */
const SMALL_CHECKPOINT = 4_096;
/** Shorter cases have empty or 0-dim tensors: right to have, but not first. */
const TRIFLE = 450;

interface Candidate {
  readonly file: CaseFile;
  readonly line: string;
  /** Order in the file. */
  readonly position: number;
  /** 0 is taken first. */
  rank: number;
}

function select(from: string, to: string, bytes: number): void {
  const files = listFiles([from]);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const manifest = files.find((file) => file.path.endsWith("manifest.json"));
  const checkpoints = manifest ? copyCheckpoints(manifest, join(to, "serialization")) : 0;
  const ordered = files
    .filter((file) => file !== manifest)
    .flatMap(rankCases)
    .sort((a, b) => a.rank - b.rank || a.line.length - b.line.length || compareText(a, b));
  const packed = pack(ordered.slice(0, largestPrefix(ordered, bytes - checkpoints)));
  const index: string[] = [];
  for (const [name, { data, cases }] of packed) {
    writeFileSync(join(to, name), data);
    index.push(`${JSON.stringify(name)}: {"cases": ${cases}, "bytes": ${data.length}}`);
  }
  writeFileSync(join(to, "INDEX.json"), `{\n${index.join(",\n")}\n}\n`);
  const total = [...packed.values()].reduce((sum, { cases }) => sum + cases, 0);
  console.log(`${total} of ${ordered.length} cases, ${totalBytes(packed) + checkpoints} bytes`);
}

/** Within an op, its strata take turns; within a stratum, the smallest case that is no trifle comes first. */
function rankCases(file: CaseFile): Candidate[] {
  const whole = statSync(file.path).size <= SMALL_FILE;
  const strata = new Map<string, Map<string, Candidate[]>>();
  const all: Candidate[] = [];
  for (const c of readCases(file)) {
    const candidate = { file, line: JSON.stringify(c), position: all.length, rank: 0 };
    all.push(candidate);
    const subject = kindOfCase(c).subject(c);
    const ofSubject = strata.get(subject) ?? new Map<string, Candidate[]>();
    strata.set(subject, ofSubject);
    listIn(ofSubject, stratum(c)).push(candidate);
  }
  if (whole) return all;
  for (const ofSubject of strata.values()) {
    const groups = [...ofSubject.values()].map((group) =>
      group.toSorted((a, b) => weight(a) - weight(b) || a.position - b.position),
    );
    groups.sort((a, b) => weight(a[0]!) - weight(b[0]!) || a[0]!.position - b[0]!.position);
    for (const [g, group] of groups.entries())
      for (const [round, c] of group.entries()) c.rank = round === 0 && g === 0 ? 0 : round + 1;
  }
  return all;
}

function listIn(groups: Map<string, Candidate[]>, key: string): Candidate[] {
  const group = groups.get(key) ?? [];
  groups.set(key, group);
  return group;
}

const weight = (c: Candidate): number => (c.line.length < TRIFLE ? 1e6 - c.line.length : c.line.length);

/** What makes two cases of one op different in kind. */
function stratum(c: RecordedCase): string {
  const first = ((c["args"] ?? c["inputs"] ?? c["params"] ?? []) as readonly Json[]).find(
    (arg) => typeof arg === "object" && arg !== null && "t" in arg,
  );
  const tensor = first as { readonly t?: string; readonly st?: unknown } | undefined;
  const traits = ["raises", "grads", "grad_grad", "alias", "args_after", "alts", "cmp", "state_after"].filter(
    (key) => key in c,
  );
  return JSON.stringify([c["call"], c["method"], c["mode"], tensor?.t, tensor?.st !== undefined, traits]);
}

/** The most cases, in order, that fit. */
function largestPrefix(ordered: readonly Candidate[], bytes: number): number {
  let fits = 0;
  let tooMany = ordered.length + 1;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (totalBytes(pack(ordered.slice(0, middle))) <= bytes) fits = middle;
    else tooMany = middle;
  }
  return fits;
}

type Packed = ReadonlyMap<string, { readonly data: Buffer; readonly cases: number }>;

function pack(chosen: readonly Candidate[]): Packed {
  const byFile = new Map<string, Candidate[]>();
  for (const c of chosen) listIn(byFile, c.file.name).push(c);
  return new Map(
    [...byFile]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, cases]) => {
        const lines = cases.sort((a, b) => a.position - b.position).map((c) => `${c.line}\n`);
        return [`${name}.jsonl.gz`, { data: gzipSync(lines.join(""), { level: 9 }), cases: cases.length }];
      }),
  );
}

const totalBytes = (packed: Packed): number => [...packed.values()].reduce((sum, { data }) => sum + data.length, 0);

const compareText = (a: Candidate, b: Candidate): number => (a.line < b.line ? -1 : a.line > b.line ? 1 : 0);

function copyCheckpoints(manifest: CaseFile, to: string): number {
  const folder = dirname(manifest.path);
  const entries = JSON.parse(readFileSync(manifest.path, "utf8")) as { file: string }[];
  const chosen = entries.filter(({ file }) => statSync(join(folder, file)).size <= SMALL_CHECKPOINT);
  mkdirSync(to, { recursive: true });
  for (const { file } of chosen) copyFileSync(join(folder, file), join(to, basename(file)));
  const text = `[\n${chosen.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`;
  writeFileSync(join(to, "manifest.json"), text);
  return text.length + chosen.reduce((sum, { file }) => sum + statSync(join(folder, file)).size, 0);
}

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { bytes: { type: "string" } } });
const [source, target] = positionals;
const limit = Number(options.bytes);
if (source === undefined || target === undefined || !(limit > 0)) {
  console.error("usage: node select.js SOURCE TARGET --bytes N");
  process.exit(2);
}
select(source, target, limit);
