/** Layers beside what PyTorch recorded of its own: golden/modules/layers.py says what there is. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import torch from "../optimized/index.js";
import type { Module } from "../optimized/nn/module.js";

interface Call {
  readonly module: string;
  readonly args: readonly Value[];
  readonly options: Readonly<Record<string, Value>>;
}
type Slice = { readonly slice: readonly (number | null)[] };
type Value = number | string | boolean | null | readonly Value[] | Call | { readonly ones: readonly number[] } | Slice;

interface Recorded {
  readonly cases: readonly {
    readonly call: Call;
    readonly text: string;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly state: readonly (readonly [name: string, shape: number[], dtype: string, sum: number, sizes: number])[];
    readonly buffers: readonly string[];
  }[];
  readonly programs: readonly {
    readonly start: Call;
    readonly steps: readonly (readonly [method: string, ...args: Value[]])[];
    readonly texts: readonly string[];
  }[];
}

const file = new URL("./golden/modules/layers.json.gz", import.meta.url);
const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Recorded;

/** What a description means: see `build` in layers.py. */
function build(value: Value): unknown {
  if (Array.isArray(value)) return value.map(build);
  if (typeof value !== "object" || value === null) return value;
  if ("ones" in value) return torch.ones(value.ones);
  if ("slice" in value) {
    const [start, stop, step] = (value as Slice).slice;
    return { start, stop, step };
  }
  return make(value as Call);
}

/** Options come last, as one object. */
function make({ module, args, options }: Call): Module {
  const type = Reflect.get(torch.nn, module) as new (...args: unknown[]) => Module;
  const named = Object.entries(options).map(([name, value]) => [name, build(value)]);
  return new type(...args.map(build), ...(named.length === 0 ? [] : [Object.fromEntries(named)]));
}

const shown = ({ module, args, options }: Call): string =>
  `${module} ${JSON.stringify(args)} ${JSON.stringify(options)}`.slice(0, 100);

describe.each(recorded.cases.map((c) => [shown(c.call), c] as const))("%s", (_name, { call, ...want }) => {
  torch.manual_seed(7);
  const module = make(call);
  const state = [...module.state_dict()] as [string, InstanceType<typeof torch.Tensor>][];

  test("text and attributes", () => {
    expect(String(module)).toBe(want.text);
    const got = Object.keys(want.attributes).map((name) => [name, Reflect.get(module, name)]);
    expect(Object.fromEntries(got)).toEqual(want.attributes);
  });
  test("state, buffers and first values", () => {
    expect(state.map(([name, t]) => [name, [...t.shape], String(t.dtype)])).toEqual(
      want.state.map(([name, shape, dtype]) => [name, shape, dtype]),
    );
    expect([...module.named_buffers()].map(([name]) => name)).toEqual(want.buffers);
    state.forEach(([, t], i) => {
      const [, , , sum, sizes] = want.state[i]!;
      expect(t.double().sum().item()).toBeCloseTo(sum, 5);
      expect(t.double().abs().sum().item()).toBeCloseTo(sizes, 5);
    });
  });
});

test.each(recorded.programs.map((p) => [p.start.module, p] as const))("methods of %s", (_name, program) => {
  const module = make(program.start);
  const texts = program.steps.map(([method, ...args]) => {
    const f = Reflect.get(module, method) as (...args: unknown[]) => unknown;
    const result = f.apply(module, args.map(build));
    return String(method === "at" ? result : module);
  });
  expect(texts).toEqual(program.texts);
});

/** PyTorch keeps the names 2, 1, 0; fields with numbers as names have their own order, so here they are counted again. */
test("a Sequential backwards runs backwards", () => {
  const modules = new torch.nn.Sequential(new torch.nn.ReLU(), new torch.nn.Tanh(), new torch.nn.Mish());
  const reversed = modules.at({ start: null, stop: null, step: -1 });
  expect([...reversed]).toEqual([...modules].reverse());
});
