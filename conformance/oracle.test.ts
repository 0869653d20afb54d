/**
 * Recorded PyTorch cases: a selection that is part of the repository, and all of them where they lie next to it.
 * Cases that need a name tstorch does not have are counted, not failed; `npm run oracle` lists those names.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { compare } from "./oracle/compare.js";
import { listFiles } from "./oracle/files.js";
import { PASSED_FLOOR } from "./oracle/floors.js";
import { Report } from "./oracle/report.js";
import { readOpen } from "./oracle/open.js";
import { run } from "./oracle/runner.js";
import { decode, type Json } from "./oracle/values.js";

const folders = [
  { name: "golden", path: new URL("golden", import.meta.url), floor: PASSED_FLOOR.golden },
  { name: "all", path: new URL("../../shared/oracle", import.meta.url), floor: PASSED_FLOOR.all },
].map(({ path, ...folder }) => ({ ...folder, path: fileURLToPath(path) }));

const TEN_MINUTES = 600_000;

/** Cases that are known to fail: defects that are still open. */
const open = readOpen();

describe.each(folders.filter(({ path }) => existsSync(path)))("recorded PyTorch cases ($name)", ({ path, floor }) => {
  const report = new Report();
  afterAll(() =>
    console.log(
      `${open.size} cases are listed as open defects\n${report.fileTable()}\n\nmost wanted of the missing names:\n${report.missingList(10)}`,
    ),
  );

  test.each(listFiles([path]))("$name", { timeout: TEN_MINUTES }, async (file) => {
    const ofFile = new Report();
    for await (const result of run([file.path])) for (const r of [ofFile, report]) r.add(result);
    const fresh = ofFile.failures.filter(({ file: name, id }) => !open.has(`${name}:${id}`));
    expect(fresh, `${fresh.length} cases fail that are not open defects\n${ofFile.failureList(20)}`).toEqual([]);
  });

  test(`at least ${floor} cases pass`, () => {
    expect(report.total.passed).toBeGreaterThanOrEqual(floor);
  });
});

/** A comparison that accepts everything would make all of the above pass. */
describe("agreement", () => {
  const tensor = (...values: number[]): Json => ({
    t: "float64",
    s: [values.length],
    d: Buffer.from(new Float64Array(values).buffer).toString("base64"),
  });
  const agrees = (got: Json, want: Json, rtol = 0, atol = 0): boolean =>
    compare(decode(got), decode(want), { rtol, atol }) === null;

  test.each<[got: Json, want: Json]>([
    [tensor(1), tensor(1 + 2 ** -52)],
    [tensor(NaN), tensor(0)],
    [tensor(0), tensor(NaN)],
    [tensor(1e308), tensor(Infinity)],
    [tensor(-Infinity), tensor(Infinity)],
    [tensor(1), tensor(1, 1)],
    [tensor(), null],
    [
      { t: "int64", s: [1], d: "AQAAAAAAAAA=" },
      { t: "int64", s: [1], d: "AgAAAAAAAAA=" },
    ],
    [
      { t: "int64", s: [1], d: "AAAAAAAAIAA=" },
      { t: "int64", s: [1], d: "AQAAAAAAIAA=" },
    ], // 2^53 and 2^53 + 1
    [
      { t: "int64", s: [1], d: "AQAAAAAAAAA=" },
      { t: "float64", s: [1], d: "AQAAAAAAAAA=" },
    ],
    [{ dict: { a: 1, b: 2 } }, { dict: { b: 2, a: 1 } }],
    [[1, 2], [1]],
    [true, 1],
    ["x", null],
  ])("%j is not %j", (got, want) => {
    expect(agrees(got, want)).toBe(false);
    expect(agrees(want, want)).toBe(true);
  });

  test("is |got - want| <= atol + rtol * |want|", () => {
    expect(agrees(tensor(10.11), tensor(10), 0.01, 0.01)).toBe(true);
    expect(agrees(tensor(10.12), tensor(10), 0.01, 0.01)).toBe(false);
  });

  test("takes each element from any of the right answers", () => {
    const [want, other] = [decode(tensor(1, 2)), decode(tensor(3, 4))];
    const exact = { rtol: 0, atol: 0 };
    expect(compare(decode(tensor(1, 4)), want, exact, [other])).toBeNull();
    expect(compare(decode(tensor(1, 3)), want, exact, [other])).toMatchObject({ index: [1], abs: 1 });
  });
});
