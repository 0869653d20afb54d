/** Random calls and small programs, run in a real PyTorch and here. Skipped where there is no PyTorch. */
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { calls } from "./live/calls.js";
import { programs } from "./live/programs.js";
import { findPyTorch, PyTorch } from "./live/pytorch.js";
import { runCase } from "./oracle/runner.js";
import { Target } from "./oracle/target.js";

const python = findPyTorch();
if (python === null) console.log("live comparison skipped: no Python with torch and numpy (Debian: python3-torch)");

/** More draws where someone looks for trouble: LIVE_RUNS=5000. */
const runs = Number(process.env.LIVE_RUNS ?? 400);

describe.skipIf(python === null)("live PyTorch", () => {
  const pytorch = python === null ? null : new PyTorch(python);
  const ready = pytorch?.ready();
  afterAll(() => pytorch?.stop());

  async function agrees(incomplete: object): Promise<void> {
    await ready;
    const outcome = await runCase(await Target.load("cpu"), await pytorch!.complete(incomplete));
    expect(outcome, JSON.stringify(incomplete)).toEqual({ status: "passed" });
  }

  test("calls", { timeout: 300_000 }, () => fc.assert(fc.asyncProperty(calls, agrees), { numRuns: runs }));
  test("programs", { timeout: 300_000 }, () => fc.assert(fc.asyncProperty(programs, agrees), { numRuns: runs / 8 }));
});
