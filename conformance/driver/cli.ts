/** Runs specs without a test runner: `node dist/conformance/driver/cli.js [--filter REGEX] [--runs N]`. */
import { parseArgs } from "node:util";
import { specs } from "../specs/index.js";
import { propertiesOf } from "./properties.js";

const { values } = parseArgs({ options: { filter: { type: "string", default: "" }, runs: { type: "string", default: "40" } } });
const filter = new RegExp(values.filter);

let failed = 0;
let passed = 0;
for (const spec of specs.filter(({ name }) => filter.test(name))) {
  for (const property of propertiesOf(spec)) {
    if (property.skip !== undefined) continue;
    try {
      property.check(Number(values.runs));
      passed++;
    } catch (error) {
      failed++;
      console.log(`${spec.name} ${property.name}\n${String((error as Error).message)}\n`);
    }
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
