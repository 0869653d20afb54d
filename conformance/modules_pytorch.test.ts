/**
 * What modules of torch.nn are before anything is computed: text, attributes, initial state from a seed, and what they
 * reject, all recorded from PyTorch by golden/modules/record.py.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { TorchError } from "../optimized/core/errors.js";
import { dtypeByName } from "../optimized/core/dtype.js";
import type { Tensor } from "../optimized/core/tensor.js";
import torch from "../optimized/index.js";
import type { Module } from "../optimized/nn/module.js";
import { is_lazy } from "../optimized/nn/uninitialized.js";
import type { DTypeName } from "../reference/array.js";

type Call = readonly [name: string, args: readonly unknown[], kwargs: object];
/** Shape, first and last value; null: not known yet. */
type Entry = readonly unknown[] | null;

interface Made {
  readonly call: Call;
  readonly repr: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, Entry>>;
  readonly buffers: readonly string[];
}
interface Called extends Made {
  readonly input: readonly number[];
}
interface Rejected {
  readonly call: Call;
  /** Shapes with dtypes, and sizes as they are; null: the constructor rejects its arguments. */
  readonly inputs: readonly (readonly [shape: number[], dtype: DTypeName] | readonly number[])[] | null;
  readonly kind: string;
}

const file = new URL("golden/modules/modules.json.gz", import.meta.url);
const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
  readonly made: readonly Made[];
  readonly called: readonly Called[];
  readonly rejected: readonly Rejected[];
};

type AnyModule = Module & ((...inputs: readonly unknown[]) => unknown);

function make([name, args, kwargs]: Call): AnyModule {
  const Class = torch.nn[name as "Identity"] as unknown as new (...args: unknown[]) => AnyModule;
  return new Class(...args, kwargs);
}

const text = ([name, args, kwargs]: Call) => `${name}${JSON.stringify([...args, kwargs])}`;

function entryOf(tensor: Tensor): Entry {
  if (is_lazy(tensor)) return null;
  const values = tensor.flatten().tolist() as number[];
  return [[...tensor.shape], ...values.slice(0, 1), ...values.slice(-1)].map((x) =>
    typeof x === "bigint" ? Number(x) : x,
  );
}

function expectSame(module: Module, { repr, attributes, state, buffers }: Made): void {
  expect(String(module)).toBe(repr);
  const own = module as unknown as Record<string, unknown>;
  expect(Object.fromEntries(Object.keys(attributes).map((name) => [name, own[name]]))).toEqual(attributes);
  const entries = [...module.state_dict()].map(([name, value]) => [name, entryOf(value as Tensor)]);
  expect(entries).toEqual(Object.entries(state)); // in this order
  expect([...module.named_buffers()].map(([name]) => name)).toEqual(buffers);
}

describe("a module is what PyTorch's is", () => {
  test.each(recorded.made.map((row) => [text(row.call), row] as const))("%s", (_name, row) => {
    torch.manual_seed(0);
    expectSame(make(row.call), row);
  });
  test.each(recorded.called.map((row) => [text(row.call), row] as const))("%s after a call", (_name, row) => {
    torch.manual_seed(0);
    const module = make(row.call);
    module(torch.ones(row.input));
    expectSame(module, row);
  });
});

/**
 * In Python a NotImplementedError is a RuntimeError. Where PyTorch looks up a dim that is not there before it checks how
 * many there are, the rule about the dims is told instead.
 */
function isKind({ kind, message }: TorchError, wanted: string): boolean {
  if (kind === wanted) return true;
  if (wanted === "RuntimeError") return kind === "NotImplementedError";
  return (
    wanted === "IndexError" && kind === "RuntimeError" && /(D or \dD|at least 2 dims).*; got input \[/.test(message)
  );
}

function errorOf(f: () => unknown): unknown {
  try {
    f();
  } catch (error) {
    return error;
  }
  return "nothing was thrown";
}

describe("a module rejects what PyTorch's does", () => {
  const rows = recorded.rejected.map((row) => [`${text(row.call)} of ${JSON.stringify(row.inputs)}`, row] as const);
  test.each(rows)("%s", (_name, { call, inputs, kind }) => {
    const tensors = (inputs ?? []).map((x) =>
      Array.isArray(x[0]) ? torch.ones(x[0] as number[], { dtype: dtypeByName[x[1] as DTypeName] }) : x,
    );
    const module = inputs === null ? null : make(call);
    const error = errorOf(() => (module === null ? make(call) : module(...tensors)));
    expect(error).toBeInstanceOf(TorchError);
    expect(isKind(error as TorchError, kind), `${String(error)}, expected ${kind}`).toBe(true);
  });
});
