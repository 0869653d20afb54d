/** The rules of the house: see design.md §1 and the end of README.md. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { allOps, ComputeOp } from "../optimized/autograd/op.js";
import { ViewOp } from "../optimized/autograd/view_op.js";
import { cpuKernels } from "../optimized/core/native.js";
import torch from "../optimized/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const ROOMS = ["reference", "optimized", "conformance", "bench", "examples"];

function filesIn(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
}

const sources = ROOMS.flatMap((room) => filesIn(room, [".ts"]));
const native = filesIn("native", [".cc", ".h", ".cu"]);

/** Files of ours that a file imports, also for types only. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^;"']*?(?:from\s*)?["'](\.[^"']+)["']|import\(\s*["'](\.[^"']+)["']\s*\)/gm,
  );
  return [...found].map(([, plain, dynamic]) => {
    const path = resolve(join(root, dirname(file)), (plain ?? dynamic)!.replace(/\.js$/, ".ts"));
    return relative(root, path).replaceAll("\\", "/");
  });
}

interface Rule {
  readonly room: RegExp;
  /** What may be imported besides files of the same room. */
  readonly may: readonly RegExp[];
}

const CORE = [/^reference\/array\.ts$/, /^reference\/rounding\.ts$/];
const RULES: readonly Rule[] = [
  { room: /^reference\//, may: [] },
  { room: /^optimized\/core\//, may: CORE },
  // Loaded by the entry point: it hands its kernels to those who run them.
  { room: /^optimized\/backends\/cuda/, may: [/^optimized\//] },
  { room: /^optimized\/backends\//, may: [/^optimized\/core\//, /^reference\//] },
  { room: /^optimized\/autograd\//, may: [/^optimized\/(core|backends)\//, /^reference\/array\.ts$/] },
  { room: /^optimized\/random\//, may: [/^optimized\/(core|backends|autograd)\//, /^reference\//] },
  { room: /^optimized\/ops\//, may: [/^optimized\/(core|backends|autograd|random)\//, /^reference\//] },
  { room: /^optimized\//, may: [/^reference\//] },
  { room: /^conformance\//, may: [/./] },
  { room: /^bench\//, may: [/./] },
  { room: /^examples\//, may: [/^optimized\//] },
];

function forbidden(file: string): string[] {
  const { room, may } = RULES.find((rule) => rule.room.test(file))!;
  return importsOf(file).filter((target) => !room.test(target) && !may.some((allowed) => allowed.test(target)));
}

describe("imports point one way", () => {
  test.each(RULES.map(({ room }) => room.source.replaceAll("\\", "")))("%s", (room) => {
    const rule = RULES.find(({ room: r }) => r.source.replaceAll("\\", "") === room)!;
    const own = sources.filter((file) => RULES.find((r) => r.room.test(file)) === rule);
    const wrong = own.flatMap((file) => forbidden(file).map((target) => `${file} imports ${target}`));
    expect(wrong).toEqual([]);
  });

  test("the parser of this test sees imports", () => {
    expect(importsOf("optimized/autograd/op.ts")).toContain("optimized/core/tensor.ts");
    expect(importsOf("optimized/autograd/op.ts")).toContain("reference/array.ts");
  });
});

test("no file of ours is imported that is not there", () => {
  const known = new Set(sources);
  const missing = sources.flatMap((file) =>
    importsOf(file)
      .filter((target) => !known.has(target))
      .map((target) => `${file} imports ${target}`),
  );
  expect(missing).toEqual([]);
});

const MOST_LINES = 700;

test(`no file has more than ${MOST_LINES} lines`, () => {
  const lines = (file: string): number => readFileSync(join(root, file), "utf8").split("\n").length - 1;
  expect([...sources, ...native].filter((file) => lines(file) > MOST_LINES)).toEqual([]);
});

describe("every op value", () => {
  test("has a reference function", () => {
    const missing = allOps.filter((op) => op instanceof ComputeOp && typeof op.def.reference !== "function");
    expect(missing.map((op) => op.name)).toEqual([]);
  });

  test.skipIf(Object.keys(cpuKernels).length === 0)("has a CPU kernel, or is a view", () => {
    const missing = allOps.filter((op) => !(op instanceof ViewOp) && cpuKernels[op.kernel] === undefined);
    expect(missing.map((op) => `${op.name} (${op.kernel})`)).toEqual([]);
  });

  test("with a derivative names its gradient", () => {
    expect(allOps.filter((op) => op.name === "" || op.name.includes(" ")).map((op) => op.name)).toEqual([]);
  });
});

/** Public functions without a comment above them. Rows of a table (`const`) and in-place forms speak for themselves. */
function undocumented(file: string): string[] {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  return lines.flatMap((line, i) => {
    const name = /^export function\*? (\w*[a-z0-9])\b/.exec(line)?.[1];
    if (name === undefined) return [];
    if (lines.slice(0, i).some((earlier) => earlier.startsWith(`export function ${name}(`))) return []; // an overload
    if (!(name in torch || name in torch.nn.functional)) return [];
    return /(\*\/|^\s*\/\/.*)\s*$/.test(lines[i - 1] ?? "") ? [] : [name];
  });
}

test("public functions of ops have a comment", () => {
  const wrong = filesIn("optimized/ops", [".ts"]).flatMap((file) =>
    undocumented(file).map((name) => `${file}: ${name}`),
  );
  expect(wrong).toEqual([]);
});
