/**
 * Calls of every spec in PyTorch and here, for as long as one likes: `npm run live -- [--seconds N] [--filter RE] [--seed N]`; or so
 * many training programs: `npm run live -- --programs N [--seed N]`.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import type { Spec } from "../driver/spec.js";
import { specs } from "../specs/index.js";
import { Target } from "../oracle/target.js";
import { type Call, notSent, specCalls } from "./calls.js";
import { LiveRunner } from "./live_runner.js";
import { programs } from "./programs/program.js";
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
    /** Runs this many training programs in place of the specs. */
    programs: { type: "string", default: "0" },
  },
});

const wanted = specs.filter(({ name }) => new RegExp(values.filter).test(name));
const sent = wanted.filter((spec) => notSent(spec) === null);
if (values.unsent) for (const spec of wanted) if (notSent(spec) !== null) console.log(`${spec.name}: ${notSent(spec)}`);

const python = findPyTorch();
if (python === null) throw new Error("no Python with torch (Debian: apt install python3-torch)");
const runner = new LiveRunner(python, await Target.load("cpu"));
const failed = Number(values.programs) > 0 ? await runPrograms(Number(values.programs)) : await runSpecs();
runner.stop();
process.exitCode = failed === 0 ? 0 : 1;

/** How many of the programs differ. */
async function runPrograms(numRuns: number): Promise<number> {
  let different = 0;
  for (const [i, program] of fc.sample(programs, { numRuns, seed: Number(values.seed) }).entries()) {
    const outcome = await runner.run(program);
    if (outcome.status === "passed") continue;
    different++;
    const what = outcome.status === "failed" ? JSON.stringify(outcome.difference) : outcome.status;
    console.log(`program ${i}: ${what}${values.verbose ? `\n  ${JSON.stringify(program)}` : ""}`);
  }
  console.log(`${numRuns} programs, ${different} differ`);
  return different;
}

/** How many calls of the specs differ. */
async function runSpecs(): Promise<number> {
  const end = Date.now() + 1000 * Number(values.seconds);
  const counts = new Map(sent.map(({ name }) => [name, { passed: 0, refused: 0, failed: 0, first: "" }]));
  for (let round = 0; Date.now() < end; round++) {
    for (const spec of sent) {
      for (const call of drawn(spec, Number(values.seed) + round)) await count(call, counts.get(call.id)!);
    }
  }
  let total = { passed: 0, refused: 0, failed: 0 };
  for (const [name, { passed, refused, failed: differ, first }] of counts) {
    total = { passed: total.passed + passed, refused: total.refused + refused, failed: total.failed + differ };
    if (differ > 0 || passed === 0)
      console.log(`${name}: ${passed} passed, ${refused} refused by PyTorch, ${differ} differ ${first}`);
  }
  console.log(`${sent.length} of ${wanted.length} specs: ${JSON.stringify(total)}`);
  return total.failed;
}

function drawn(spec: Spec, seed: number): Call[] {
  const { smooth, any } = specCalls(spec);
  const kinds = [any, ...(smooth === null ? [] : [smooth])];
  return kinds.flatMap((calls) => fc.sample(calls, { numRuns: 4, seed })).filter((call) => call !== null);
}

type Counts = { passed: number; refused: number; failed: number; first: string };

async function count(call: Call, row: Counts): Promise<void> {
  const outcome = await runner.run(call);
  row[outcome.status]++;
  if (outcome.status === "failed" && row.first === "") {
    row.first = `${JSON.stringify(outcome.difference)}${values.verbose ? `\n  ${JSON.stringify(call)}` : ""}`;
  }
}
