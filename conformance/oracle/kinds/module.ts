/** A module with a given state: forward, gradients of inputs and parameters, state afterwards. */
import { argumentsFor, callMethod } from "../call.js";
import type { Difference, Tolerance } from "../agreement.js";
import { compare } from "../compare.js";
import { construct, fromLib, toLib } from "../convert.js";
import { expectRaises } from "../errors.js";
import { backward, compareInputGradients, type Inputs } from "../gradients.js";
import { method, type LibTensor, type Target } from "../target.js";
import { decode, decodeList, decodeRecord, type Json } from "../values.js";

export interface ModuleCase extends Tolerance {
  readonly id: string;
  readonly module: string;
  readonly init: { readonly args: readonly Json[]; readonly kwargs: Json };
  readonly dtype?: string;
  readonly state_dict?: Json;
  readonly mode?: "train" | "eval";
  readonly inputs: readonly Json[];
  readonly input_kwargs?: Json;
  readonly out: Json;
  readonly grad_out?: Json;
  readonly grads?: { readonly inputs: Readonly<Record<string, Json>>; readonly params: Readonly<Record<string, Json>> };
  readonly grtol?: number;
  readonly gatol?: number;
  readonly state_after?: Json;
  readonly raises?: string;
  readonly message?: string;
}

export function runModule(target: Target, c: ModuleCase): Difference | null {
  const values = decodeList(c.inputs);
  const kwargValues = decodeRecord(c.input_kwargs);
  const inputs: Inputs = { ...argumentsFor(target, c.module, values, kwargValues), values, kwargValues };
  const run = (): { module: unknown; out: unknown } => {
    const module = buildModule(target, c);
    return { module, out: callMethod(target, module, "__call__", inputs, `${c.module}.forward`) };
  };
  if (c.raises !== undefined) return expectRaises(c.raises, c.message, run);

  const { module, out } = run();
  const difference = compare(fromLib(target, out), decode(c.out), c) ?? compareState(target, c, module);
  if (difference || c.grad_out === undefined || !c.grads) return difference;
  backward(target, out, decode(c.grad_out));
  const tol = { rtol: c.grtol ?? c.rtol, atol: c.gatol ?? c.atol };
  return (
    compareInputGradients(target, inputs, c.grads.inputs, tol) ??
    compareParameterGradients(target, module, c.grads.params, tol)
  );
}

function buildModule(target: Target, c: ModuleCase): unknown {
  const module = construct(target, c.module, decodeList(c.init.args), decodeRecord(c.init.kwargs));
  if (c.dtype !== undefined) method(module, "to")(target.resolve(`torch.${c.dtype}`));
  if (c.state_dict !== undefined)
    method(module, "load_state_dict")(toLib(target, decodeRecord(c.state_dict), { maps: true }));
  if (c.mode !== undefined) method(module, c.mode)();
  return module;
}

function compareState(target: Target, c: ModuleCase, module: unknown): Difference | null {
  if (c.state_after === undefined) return null;
  return compare(
    fromLib(target, method(module, "state_dict")()),
    decodeRecord(c.state_after),
    c,
    [],
    "state after the call",
  );
}

function compareParameterGradients(
  target: Target,
  module: unknown,
  grads: Readonly<Record<string, Json>>,
  tol: Tolerance,
): Difference | null {
  const parameters = new Map(method(module, "named_parameters")() as Iterable<[string, LibTensor]>);
  for (const [name, json] of Object.entries(grads)) {
    const parameter = parameters.get(name);
    if (parameter === undefined) return { path: name, why: "no such parameter", got: `[${[...parameters.keys()]}]` };
    const difference = compare(fromLib(target, parameter.grad), decode(json), tol, [], `grad of ${name}`);
    if (difference) return difference;
  }
  return null;
}
