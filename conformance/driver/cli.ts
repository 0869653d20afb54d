/** Runs specs without a test runner: `node dist/conformance/driver/cli.js [--filter REGEX] [--only REGEX] [--runs N]`. */
import { parseArgs } from "node:util";
import { allOps } from "../../optimized/autograd/op.js";
import { specs } from "../specs/index.js";
import { propertiesOf } from "./properties.js";
import { neverRan } from "./trace.js";

const { values } = parseArgs({
  options: {
    /** Names of specs. */
    filter: { type: "string", default: "" },
    /** Names of properties. */
    only: { type: "string", default: "" },
    runs: { type: "string", default: "30" },
    /** Prints what takes long. */
    times: { type: "boolean", default: false },
    /** Lists op values that no spec names, and those that did not run. */
    coverage: { type: "boolean", default: false },
  },
});
const [filter, only] = [new RegExp(values.filter), new RegExp(values.only)];

let failed = 0;
let passed = 0;
for (const spec of specs.filter(({ name }) => filter.test(name))) {
  for (const property of propertiesOf(spec)) {
    if (property.skip !== undefined || !only.test(property.name)) continue;
    const start = performance.now();
    try {
      property.check(Number(values.runs));
      passed++;
    } catch (error) {
      failed++;
      console.log(`${spec.name} ${property.name}\n${String((error as Error).message)}\n`);
    }
    const took = performance.now() - start;
    if (values.times && took > 200) console.log(`${took.toFixed(0)} ms: ${spec.name} ${property.name}`);
  }
}
const named = new Set(specs.flatMap((spec) => spec.ops ?? [spec.name]));
const unnamed = allOps.filter((op) => !named.has(op.name));
if (values.coverage) {
  console.log(`without a spec: ${unnamed.map((op) => op.name).join(" ")}`);
  console.log(
    `never ran: ${neverRan()
      .map((op) => `${op.name} (${op.kernel})`)
      .join(" ")}`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
