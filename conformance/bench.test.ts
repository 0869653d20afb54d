/** The bench tool on its smallest workloads, and the protocol of its worker. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findPyTorch } from "./live/pytorch.js";
import { isa, packageRoot } from "../optimized/core/native.js";
import { smallWorkloads } from "../bench/small.js";
import { table } from "../bench/worker/table.js";
import { readWorkloads } from "../bench/worker/workload.js";

const node = (file: string, args: readonly string[], input = "") =>
  spawnSync(process.execPath, ["--expose-gc", join(packageRoot, file), ...args], { encoding: "utf8", input });

/** What the list asks for and this library does not have yet. */
const MISSING = /^(la|fft)\.|^infer\.qlinear$|^data\.decode$|^startup\.|^mem\./;

test("every op of the workloads is there, or known to be missing", () => {
  const ops = [...readWorkloads(), ...smallWorkloads].map(({ op }) => op);
  const wrong = new Set(ops.filter((op) => op in table === MISSING.test(op)));
  expect([...wrong]).toEqual([]);
});

describe.skipIf(isa === null)("the small workloads", () => {
  test("all run", () => {
    for (const { op, p } of smallWorkloads) expect(() => table[op]!(p)(), op).not.toThrow();
  });

  test("are measured", { timeout: 60_000 }, () => {
    const { stdout, status } = node("dist/bench/cli.js", ["--smoke", "--filter", "small/(add|matmul)"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/small\/add_1e4 +\S+ [µm]s/);
    expect(stdout).not.toContain("written to");
  });

  const rivals = ["reference", "numjs", ...(findPyTorch() === null ? [] : ["pytorch"])];
  test.each(rivals)("against %s", { timeout: 60_000 }, (rival) => {
    const { stdout, status } = node("dist/bench/cli.js", [
      "--smoke",
      "--against",
      rival,
      "--filter",
      "small/matmul_64",
    ]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/small\/matmul_64 .* \d\S*x {2}\(\S+ to \S+\)/);
  });

  test("unknown options are refused", () => {
    const { stderr, status } = node("dist/bench/cli.js", ["--againts", "numjs"]);
    expect(status).toBe(2);
    expect(stderr).toContain("--againts");
  });
});

test.skipIf(isa === null)("the worker answers one line per command", () => {
  const commands = [
    { cmd: "prep", name: "eager/add_1elem", min_ms: 5 },
    { cmd: "sample" },
    { cmd: "done" },
    { cmd: "prep", name: "linalg/svd/256" },
    { cmd: "sample" },
    { cmd: "quit" },
  ];
  const input = commands.map((command) => `${JSON.stringify(command)}\n`).join("");
  const { stdout } = node("bench/worker.mjs", ["--threads", "1"], input);
  const lines = stdout.trim().split("\n");
  const [ready, prep, sample, done, unsupported, without] = lines.map(
    (line) => JSON.parse(line) as Record<string, unknown>,
  );
  expect(ready).toMatchObject({ ready: true, threads: 1 });
  expect(prep).toMatchObject({ ok: true });
  expect(sample!["ms"]).toBeGreaterThan(0);
  expect(done).toEqual({ ok: true });
  expect(unsupported).toMatchObject({ ok: false, unsupported: true });
  expect(without).toMatchObject({ ok: false, unsupported: false });
  expect(lines).toHaveLength(6);
});
