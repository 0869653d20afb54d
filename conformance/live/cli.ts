/** Calls of every spec in PyTorch and here, for as long as one likes: `npm run live -- [--seconds N] [--filter RE] [--seed N]`. */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { specs } from "../specs/index.js";
import { Target } from "../oracle/target.js";
import { type Call, notSent, specCalls } from "./calls.js";
import { LiveRunner } from "./live_runner.js";
import { findPyTorch } from "./pytorch.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    /** Names of specs. */
    filter: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    /** Lists the specs that are not sent, with the reasons. */
    unsent: { type: "boolean", default: false },
    /** Prints a call that differs, as JSON. */
    verbose: { type: "boolean", default: false },
  },
});

const wanted = specs.filter(({ name }) => new RegExp(values.filter).test(name));
const sent = wanted.filter((spec) => notSent(spec) === null);
if (values.unsent) for (const spec of wanted) if (notSent(spec) !== null) console.log(`${spec.name}: ${notSent(spec)}`);

const python = findPyTorch();
if (python === null) throw new Error("no Python with torch (Debian: apt install python3-torch)");
const runner = new LiveRunner(python, await Target.load("cpu"));
const end = Date.now() + 1000 * Number(values.seconds);
const counts = new Map(sent.map(({ name }) => [name, { passed: 0, refused: 0, failed: 0, first: "" }]));

for (let round = 0; Date.now() < end; round++) {
  for (const spec of sent) {
    const { smooth, any } = specCalls(spec);
    const seed = Number(values.seed) + round;
    const drawn = [any, ...(smooth === null ? [] : [smooth])].flatMap((calls) =>
      fc.sample(calls, { numRuns: 4, seed }),
    );
    for (const call of drawn) if (call !== null) await count(call);
  }
}
runner.stop();

async function count(call: Call): Promise<void> {
  const outcome = await runner.run(call);
  const row = counts.get(call.id)!;
  row[outcome.status]++;
  if (outcome.status === "failed" && row.first === "") {
    row.first = `${JSON.stringify(outcome.difference)}${values.verbose ? `\n  ${JSON.stringify(call)}` : ""}`;
  }
}

let total = { passed: 0, refused: 0, failed: 0 };
for (const [name, { passed, refused, failed, first }] of counts) {
  total = { passed: total.passed + passed, refused: total.refused + refused, failed: total.failed + failed };
  if (failed > 0 || passed === 0)
    console.log(`${name}: ${passed} passed, ${refused} refused by PyTorch, ${failed} differ ${first}`);
}
console.log(`${sent.length} of ${wanted.length} specs: ${JSON.stringify(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
