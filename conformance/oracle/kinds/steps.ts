/** A small program: steps share variables, as in Python. */
import { argumentsFor, asList, callMethod, readAttribute } from "../call.js";
import type { Difference, Tolerance } from "../agreement.js";
import { compare } from "../compare.js";
import { fromLib, toLib } from "../convert.js";
import { expectRaises } from "../errors.js";
import { rngHash, sha256 } from "../rng.js";
import { invoke, property, typeName, Unsupported, type Target } from "../target.js";
import { decode, decodeList, decodeRecord, entriesByName, type Json, type Value } from "../values.js";

export interface StepsCase extends Tolerance {
  readonly id: string;
  readonly steps: readonly Step[];
  readonly out: Json;
  readonly rng?: readonly string[];
  readonly out_sha256?: Readonly<
    Record<string, { readonly t: string; readonly s: readonly number[]; readonly sha256: string }>
  >;
  /** Results of PyTorch without SIMD kernels, also right. */
  readonly out_scalar?: Readonly<Record<string, Json>>;
  readonly quantize_dynamic?: {
    readonly modules: readonly string[];
    readonly dtype: string;
    readonly x: Json;
    readonly out: Json;
  };
  readonly qatol?: number;
}

interface Step {
  readonly set?: string | null;
  readonly value?: Json;
  readonly fn?: string;
  readonly obj?: Json;
  readonly method?: string;
  readonly attr?: string;
  readonly setattr?: string;
  readonly list?: Json;
  readonly with?: { readonly fn: string; readonly args: readonly Json[]; readonly kwargs: Json };
  readonly steps?: readonly Step[];
  /** A function that runs these steps, and returns the variable `returns`. */
  readonly closure?: readonly Step[];
  readonly returns?: string;
  readonly args?: readonly Json[];
  readonly kwargs?: Json;
  readonly raises?: string;
  readonly message?: string;
}

export async function runSteps(target: Target, c: StepsCase): Promise<Difference | null> {
  const program = new Program(target, c.rng);
  if (c.rng) target.call("torch.manual_seed", [0]);
  const failure = await program.run(c.steps);
  return (
    failure ??
    compareOut(target, c, program.vars) ??
    compareHashes(target, c, program.vars) ??
    compareQuantized(target, c, program.vars)
  );
}

class Program {
  readonly vars = new Map<string, unknown>();
  private hashes = 0;

  constructor(
    private readonly target: Target,
    private readonly rng: readonly string[] | undefined,
  ) {}

  async run(steps: readonly Step[]): Promise<Difference | null> {
    for (const step of steps) {
      const difference = step.with ? await this.runWith(step, step.with) : await this.runStep(step);
      if (difference) return difference;
    }
    return null;
  }

  private async runWith(step: Step, scope: NonNullable<Step["with"]>): Promise<Difference | null> {
    const { args, kwargs } = argumentsFor(
      this.target,
      scope.fn,
      decodeList(scope.args),
      decodeRecord(scope.kwargs),
      this.vars,
    );
    const guard = this.target.call(scope.fn, [...args, ...kwargs]);
    if (guard === null || typeof guard !== "object" || !(Symbol.dispose in guard))
      throw new Unsupported(`${scope.fn} as a scope`);
    try {
      return await this.run(step.steps ?? []);
    } finally {
      (guard as Disposable)[Symbol.dispose]();
    }
  }

  private async runStep(step: Step): Promise<Difference | null> {
    if (step.raises !== undefined) {
      const difference = expectRaises(step.raises, step.message, this.prepare(step));
      return difference && { ...difference, path: label(step) };
    }
    const result = await this.prepare(step)();
    if (step.set != null) this.vars.set(step.set, result);
    return this.checkRng(step);
  }

  /** Arguments are made at once, so that a step that must fail fails in the call itself. */
  private prepare(step: Step): () => unknown {
    const { target, vars } = this;
    const value = (json: Json | undefined): unknown => toLib(target, decode(json ?? null), { vars });
    const args = (path: string): ReturnType<typeof argumentsFor> =>
      argumentsFor(target, path, decodeList(step.args), decodeRecord(step.kwargs), vars);
    if (step.fn !== undefined) {
      const { fn } = step;
      const { args: positional, kwargs } = args(fn);
      return () => asList(invoke(target.resolve(fn), [...positional, ...kwargs]));
    }
    if (step.closure !== undefined) return () => () => this.runClosure(step.closure!, step.returns!);
    if (step.list !== undefined) return () => listOf(value(step.list));
    if (step.obj === undefined) return () => value(step.value);
    const object = value(step.obj);
    if (step.setattr !== undefined) {
      const { setattr } = step;
      return () => void Reflect.set(object as object, setattr, value(step.value));
    }
    if (step.attr !== undefined) {
      const { attr } = step;
      return () =>
        attr.split(".").reduce((o: unknown, key) => readAttribute(target, o, key, `${typeName(o)}.${key}`), object);
    }
    const { method } = step;
    const path = `${target.isTensor(object) ? "torch.Tensor" : typeName(object)}.${method}`;
    const prepared = args(path);
    return () => asList(callMethod(target, object, method!, prepared, path));
  }

  /** What is called by the library cannot wait: none of these steps is asynchronous. */
  private runClosure(steps: readonly Step[], returns: string): unknown {
    for (const step of steps) {
      const result = this.prepare(step)();
      if (step.set != null) this.vars.set(step.set, result);
    }
    return this.vars.get(returns);
  }

  private checkRng(step: Step): Difference | null {
    if (this.rng === undefined) return null;
    const want = this.rng[this.hashes++];
    const got = rngHash(this.target);
    return got === want
      ? null
      : { path: `random state after ${label(step)}`, why: "hash", got, want: want ?? "no hash" };
  }
}

function compareOut(target: Target, c: StepsCase, vars: ReadonlyMap<string, unknown>): Difference | null {
  for (const [name, want] of entriesByName(decodeRecord(c.out))) {
    const scalar = c.out_scalar?.[name];
    const difference = compare(result(target, vars, name), want, c, scalar === undefined ? [] : [decode(scalar)], name);
    if (difference) return difference;
  }
  return null;
}

function compareHashes(target: Target, c: StepsCase, vars: ReadonlyMap<string, unknown>): Difference | null {
  for (const [name, { t, s, sha256: want }] of Object.entries(c.out_sha256 ?? {})) {
    const got = result(target, vars, name);
    if (got === null || typeof got !== "object" || got.kind !== "tensor") return { path: name, why: "not a tensor" };
    if (got.dtype !== t || String(got.shape) !== String(s)) {
      return { path: name, why: "dtype or shape", got: `${got.dtype}[${got.shape}]`, want: `${t}[${s}]` };
    }
    if (sha256(got.bytes) !== want) return { path: name, why: "SHA-256 of the data", got: sha256(got.bytes), want };
  }
  return null;
}

/** The output of the dynamically quantized model; engines round differently, so within qatol * max|out|. */
function compareQuantized(target: Target, c: StepsCase, vars: ReadonlyMap<string, unknown>): Difference | null {
  const q = c.quantize_dynamic;
  if (q === undefined) return null;
  const want = decode(q.out);
  const modules = new Set(q.modules.map((name) => target.resolve(name)));
  const model = target.call("torch.quantization.quantize_dynamic", [
    vars.get("m"),
    modules,
    { dtype: target.resolve(`torch.${q.dtype}`) },
  ]);
  const out = invoke(model, [toLib(target, decode(q.x))]);
  const largest = Math.max(...target.numbersOf(toLib(target, want) as never).map(Math.abs));
  return compare(fromLib(target, out), want, { rtol: 0, atol: (c.qatol ?? 0) * largest }, [], "quantize_dynamic");
}

function result(target: Target, vars: ReadonlyMap<string, unknown>, name: string): Value {
  return fromLib(target, vars.get(name));
}

/** Python's list(x), also of an asynchronous loader. */
async function listOf(value: unknown): Promise<unknown[]> {
  const items: unknown[] = [];
  if (value instanceof Map) return [...value.keys()];
  const iterable =
    typeof property(value, "keys") === "function" && !(Symbol.iterator in (value as object))
      ? (value as { keys(): Iterable<unknown> }).keys()
      : (value as Iterable<unknown> | AsyncIterable<unknown>);
  for await (const item of iterable) items.push(item);
  return items;
}

function label(step: Step): string {
  return step.fn ?? step.method ?? step.attr ?? `set ${step.set}`;
}
