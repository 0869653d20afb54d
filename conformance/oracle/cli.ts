/** npm run oracle -- FOLDER... [options]: runs recorded PyTorch cases against tstorch. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runIsolated } from "./isolated.js";
import { Report } from "./report.js";
import { run } from "./runner.js";
import type { Device } from "./target.js";

const USAGE = `usage: npm run oracle -- FOLDER_OR_FILE... [options]
  --device cpu|reference|cuda  where tensors are made (default cpu)
  --filter RE                  only cases whose "file:id" or op matches
  --failures N                 failures to list (default 20)
  --missing                    list all names that tstorch does not have
  --verbose                    list all ops, not only those with failures
  --json FILE                  write all results as JSON
  --in-process                 do not survive crashes of native code (for debuggers)`;

const DEVICES: readonly Device[] = ["cpu", "reference", "cuda"];

const { values: options, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: "string", default: "cpu" },
    filter: { type: "string" },
    failures: { type: "string", default: "20" },
    missing: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    json: { type: "string" },
    "in-process": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const device = DEVICES.find((name) => name === options.device);
const failures = Number(options.failures);
if (options.help || paths.length === 0 || device === undefined || !(failures >= 0)) {
  console.error(USAGE);
  process.exit(options.help ? 0 : 2);
}

const report = new Report();
const filter = options.filter;
const results = options["in-process"]
  ? run(paths, { device, ...(filter === undefined ? {} : { filter: new RegExp(filter) }) })
  : runIsolated(paths, device, filter);
for await (const result of results) report.add(result);
print();
process.exitCode = report.total.failed > 0 ? 1 : 0;

function print(): void {
  const section = (title: string, text: string): void => {
    if (text !== "") console.log(`${title}\n${text}\n`);
  };
  section("", report.fileTable());
  if (options.verbose || report.total.failed > 0) section("", report.subjectTable(options.verbose));
  section("Failures:", report.failureList(failures));
  section("Known differences:", report.knownList());
  section(
    options.missing ? "Missing names:" : "Missing names (most wanted):",
    report.missingList(options.missing ? Infinity : 10),
  );
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report.toJson(), null, 1)}\n`);
}
