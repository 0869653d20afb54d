import fc from "fast-check";
import type { DTypeName, NdArray } from "../../reference/array.js";
import type { Params } from "../../reference/nn/index.js";
import { no_grad } from "../../optimized/autograd/grad_mode.js";
import type { Device } from "../../optimized/core/device.js";
import type { DType } from "../../optimized/core/dtype.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import type { Module } from "../../optimized/nn/module.js";
import { arrayOf, FULL_FLOATS } from "../generators/arrays.js";
import type { Values } from "../generators/values.js";
import type { Tolerance } from "./close.js";
import { tensorOf } from "./lift.js";
import { defineSpec, type ErrorCase, type Lifted, type Result, type Spec } from "./spec.js";

/** Lists are taken as tuples. */
type Tuple = readonly [] | readonly unknown[];

/** Draws one array for an input: integers, masks and states are made of `seed` too. */
export type Draw = (shape: readonly number[], values?: Values) => NdArray;

/** What a module must do: its forward as a pure function of its parameters, its buffers, its configuration and inputs. */
export interface ModuleSpec<Config extends Tuple, Inputs extends Tuple> {
  /** The public name: `torch.nn.<name>`. */
  readonly name: string;
  readonly make: (...config: Config) => Module;
  /** Arguments of the constructor. */
  readonly configs: fc.Arbitrary<Config>;
  /** The inputs for a module of this configuration; what else they vary in comes from `seed`. */
  readonly inputs: (config: Config, draw: Draw, seed: number) => Inputs;
  /** Values of parameters and of float inputs. */
  readonly values?: Values;
  /** By the names of the state dict; buffers are among the parameters. Absent: the module itself on device "reference". */
  readonly reference?: (params: Params, config: NoInfer<Config>, ...inputs: NoInfer<Inputs>) => object;
  /** What of the output counts; all of it if absent. */
  readonly output?: (y: never) => Result;
  /** Called in evaluation mode. */
  readonly evaluate?: boolean;
  /** Buffers after the call, by name, where it changes them. */
  readonly buffersAfter?: (
    params: Params,
    config: NoInfer<Config>,
    ...inputs: NoInfer<Inputs>
  ) => Record<string, NdArray>;
  /** Values of buffers, where those that a new module has would hide mistakes. */
  readonly buffers?: (name: string, draw: Draw, shape: readonly number[]) => NdArray;
  readonly tolerance: Tolerance | ((x: NdArray) => Tolerance);
  readonly why: string;
  /** Why the derivative is not checked. */
  readonly skip?: string;
  readonly skipSecond?: string;
  readonly random?: boolean;
  readonly dtypes?: readonly DTypeName[];
  readonly errors?: readonly ErrorCase[];
}

/** Buffers are no arguments of a derivative: arrays that no property looks into. */
class Buffers {
  constructor(readonly arrays: Readonly<Record<string, NdArray>>) {}
}

type Args<Config, Inputs> = [params: Record<string, NdArray>, buffers: Buffers, config: Config, inputs: Inputs];

/** The specs of a module: its output and gradients, and its buffers where the forward changes them. */
export function moduleSpecs<Config extends Tuple, Inputs extends Tuple>(m: ModuleSpec<Config, Inputs>): Spec[] {
  const common = {
    ops: [],
    inputs: drawn(m, m.dtypes ?? FULL_FLOATS),
    tolerance: (_params: unknown, _buffers: unknown, _config: unknown, inputs: Inputs): Tolerance =>
      typeof m.tolerance === "function" ? m.tolerance(inputs[0] as NdArray) : m.tolerance,
    why: m.why,
    ...(m.random === undefined ? {} : { random: m.random }),
  };
  const forward = defineSpec<Args<Config, Inputs>>({
    ...common,
    name: m.evaluate === true ? `${m.name} in evaluation` : m.name,
    call: (params, buffers, config, inputs) => run(m, params, buffers, config, inputs).output,
    ...(m.reference === undefined ? {} : { reference: pure(m.reference) }),
    smooth: m.skip === undefined ? drawn(m, ["float64"]) : { skip: m.skip },
    ...(m.skipSecond === undefined ? {} : { skipSecond: m.skipSecond }),
    ...(m.errors === undefined ? {} : { errors: m.errors }),
  });
  if (m.buffersAfter === undefined) return [forward];
  const after = defineSpec<Args<Config, Inputs>>({
    ...common,
    name: `buffers of ${m.name}`,
    call: (params, buffers, config, inputs) => run(m, params, buffers, config, inputs).buffers,
    reference: pure(m.buffersAfter),
    smooth: { skip: "buffers have no derivative" },
  });
  return [forward, after];
}

/** `f` of a module with the buffers among its parameters. */
function pure<Config, Inputs extends Tuple, R>(
  f: (params: Params, config: Config, ...inputs: Inputs) => R,
): (...args: Args<Config, Inputs>) => R {
  return (params, buffers, config, inputs) => f({ ...buffers.arrays, ...params }, config, ...inputs);
}

/** A module as it is made, without a draw from the generator of the test. */
function fresh<Config extends readonly unknown[]>(make: (...config: Config) => Module, config: Config): Module {
  const state = torch.get_rng_state();
  const module = make(...config);
  torch.set_rng_state(state);
  return module;
}

function drawn<Config extends Tuple, Inputs extends Tuple>(
  m: ModuleSpec<Config, Inputs>,
  dtypes: readonly DTypeName[],
): fc.Arbitrary<Args<Config, Inputs>> {
  return fc.tuple(m.configs, fc.constantFrom(...dtypes), fc.integer()).map(([config, dtype, seed]) => {
    let next = seed;
    const draw: Draw = (shape, values = m.values ?? "unit") => arrayOf(shape, dtype, values, next++);
    const module = fresh(m.make, config);
    const params = [...module.named_parameters()].map(([name, p]) => [name, draw(p.shape)] as const);
    const buffers = [...module.named_buffers()]
      .filter(([, b]) => b.dtype.is_floating_point)
      .map(([name, b]) => [name, m.buffers?.(name, draw, b.shape) ?? draw(b.shape)] as const);
    const inputs = m.inputs(config, draw, next);
    return [Object.fromEntries(params), new Buffers(Object.fromEntries(buffers)), config, inputs];
  });
}

interface Ran {
  readonly output: Result;
  readonly buffers: Record<string, Tensor>;
}

/** Calls a new module of the configuration with the given parameters and buffers in place of its own. */
function run<Config extends Tuple, Inputs extends Tuple>(
  m: ModuleSpec<Config, Inputs>,
  params: Record<string, Tensor>,
  buffers: Buffers,
  config: unknown,
  inputs: Lifted<Inputs>,
): Ran {
  const module = fresh(m.make, config as Config);
  if (m.evaluate === true) module.eval();
  const first = [...Object.values(params), ...tensors(inputs)][0];
  if (first !== undefined) put(module, first.device, first.dtype, buffers);
  const y = torch.func.functional_call(module, params, inputs) as never;
  const output = m.output === undefined ? (y as Result) : m.output(y);
  return { output, buffers: Object.fromEntries([...module.named_buffers()].map(([name, b]) => [name, b.clone()])) };
}

function tensors(inputs: readonly unknown[]): Tensor[] {
  return inputs.filter((x): x is Tensor => x instanceof torch.Tensor);
}

function put(module: Module, device: Device, dtype: DType, buffers: Buffers): void {
  module.to({ device, dtype });
  no_grad(() => {
    for (const [name, b] of module.named_buffers()) {
      const array = buffers.arrays[name];
      if (array !== undefined) b.copy_(tensorOf(array, { device }));
    }
  });
}
