/**
 * Calls of every spec and small programs, run in a real PyTorch and here. Skipped where there is no PyTorch. The draws are
 * the same each time; `npm run live -- --seconds 600 --seed 7` looks further.
 */
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type Call, NO_FUNCTION, notSent, specCalls } from "./live/calls.js";
import { knownDifferences } from "./live/known.js";
import { LiveRunner } from "./live/live_runner.js";
import { type Program, programs } from "./live/programs/program.js";
import { findPyTorch } from "./live/pytorch.js";
import { sparsePrograms } from "./live/sparse_programs.js";
import { spellings } from "./live/spellings.js";
import { Target } from "./oracle/target.js";
import { specs } from "./specs/index.js";

const python = findPyTorch();
if (python === null) console.log("live comparison skipped: no Python with torch and numpy (Debian: python3-torch)");

/** Draws of each kind for each spec, and of programs. */
const runs = Number(process.env.LIVE_RUNS ?? 5);
const seed = Number(process.env.LIVE_SEED ?? 42);

const sent = specs.filter((spec) => notSent(spec) === null);

describe.skipIf(python === null)("live PyTorch", async () => {
  const runner = python === null ? null : new LiveRunner(python, await Target.load("cpu"));
  afterAll(() => runner?.stop());

  async function agrees(call: Call | Program | null): Promise<void> {
    if (call === null) return;
    const outcome = await runner!.run(call);
    if (outcome.status === "failed") expect(outcome.difference, JSON.stringify(call)).toBeNull();
  }

  test.each(sent.map((spec) => [spec.name, spec] as const))("%s", { timeout: 60_000 }, async (_, spec) => {
    const { any, smooth } = specCalls(spec);
    await fc.assert(fc.asyncProperty(any, agrees), { numRuns: runs, seed });
    if (smooth !== null) await fc.assert(fc.asyncProperty(smooth, agrees), { numRuns: runs, seed });
  });
  test("programs", { timeout: 300_000 }, () =>
    fc.assert(fc.asyncProperty(programs, agrees), { numRuns: 20 * runs, seed }),
  );
  test("programs with sparse tensors", { timeout: 300_000 }, () =>
    fc.assert(fc.asyncProperty(sparsePrograms, agrees), { numRuns: 20 * runs, seed }),
  );
});

test("specs that are not sent, spellings and known differences name specs", () => {
  const names = new Set(specs.map(({ name }) => name));
  const listed = [...Object.keys(spellings), ...Object.keys(knownDifferences)];
  expect(listed.filter((name) => !names.has(name))).toEqual([]);
  expect(specs.filter((spec) => notSent(spec) === NO_FUNCTION).map(({ name }) => name)).toEqual([]);
});
