/** One call of a function, a method or an attribute, with its gradients. */
import { argumentsFor, callMethod, readAttribute, type Arguments } from "../call.js";
import { compareUnique, type Cmp } from "../cmp.js";
import type { Difference, Tolerance } from "../agreement.js";
import { compare, sameList } from "../compare.js";
import { fromLib } from "../convert.js";
import { expectRaises } from "../errors.js";
import {
  argumentAt,
  at,
  backward,
  compareInputGradients,
  compareSecondOrder,
  type Inputs,
  type SecondOrder,
} from "../gradients.js";
import { invoke, method, type LibTensor, type Target } from "../target.js";
import { decode, decodeList, decodeRecord, type Json } from "../values.js";

export interface OpCase extends Tolerance {
  readonly id: string;
  readonly op: string;
  readonly call: "function" | "method" | "attr" | "inplace" | "inplace_function";
  readonly args: readonly Json[];
  readonly kwargs: Json;
  readonly out: Json;
  readonly alts?: readonly { readonly out: Json }[];
  readonly cmp?: Cmp;
  readonly cmp_dim?: number;
  readonly raises?: string;
  readonly message?: string;
  readonly grad_out?: Json;
  readonly grads?: Readonly<Record<string, Json>>;
  readonly grtol?: number;
  readonly gatol?: number;
  readonly grad_grad?: SecondOrder;
  readonly args_after?: Readonly<Record<string, Json>>;
  readonly alias?: Readonly<
    Record<string, { readonly of: string; readonly st: readonly number[]; readonly o: number }>
  >;
}

export function runOp(target: Target, c: OpCase): Difference | null {
  const inputs = inputsOf(target, c);
  if (c.raises !== undefined) return expectRaises(c.raises, c.message, () => perform(target, c, inputs));
  const out = perform(target, c, inputs);
  const got = fromLib(target, out);
  const want = decode(c.out);
  const difference = c.cmp
    ? compareUnique(c.cmp, got, want, inputs.values[0] ?? null, c, { op: c.op, dim: c.cmp_dim })
    : compare(
        got,
        want,
        c,
        (c.alts ?? []).map((alt) => decode(alt.out)),
      );
  return (
    difference ??
    compareArgumentsAfter(target, c, inputs) ??
    compareAliases(target, c, inputs, out) ??
    compareGradients(target, c, inputs, out)
  );
}

function inputsOf(target: Target, c: OpCase): Inputs {
  const values = decodeList(c.args);
  const kwargValues = decodeRecord(c.kwargs);
  return { ...argumentsFor(target, c.op, values, kwargValues), values, kwargValues };
}

function perform(target: Target, c: OpCase, { args, kwargs }: Arguments): unknown {
  const [object, ...rest] = args;
  const name = c.op.slice(c.op.lastIndexOf(".") + 1);
  const clone = (): unknown => method(object, "clone", "torch.Tensor.clone")();
  switch (c.call) {
    case "function":
      return invoke(target.resolve(c.op), [...args, ...kwargs]);
    case "method":
      return callMethod(target, object, name, { args: rest, kwargs }, c.op);
    case "attr":
      return readAttribute(target, object, name, c.op);
    case "inplace": {
      const copy = clone();
      callMethod(target, copy, name, { args: rest, kwargs }, c.op);
      return copy;
    }
    case "inplace_function": {
      const copy = clone();
      invoke(target.resolve(c.op), [copy, ...rest, ...kwargs]);
      return copy;
    }
    default:
      throw new Error(`unknown call ${c.call satisfies never}`);
  }
}

function compareArgumentsAfter(target: Target, c: OpCase, inputs: Inputs): Difference | null {
  for (const [path, json] of Object.entries(c.args_after ?? {})) {
    const difference = compare(
      fromLib(target, argumentAt(inputs, path)),
      decode(json),
      c,
      [],
      `argument ${path} after the call`,
    );
    if (difference) return difference;
  }
  return null;
}

function compareAliases(target: Target, c: OpCase, inputs: Inputs, out: unknown): Difference | null {
  for (const [path, { of, st, o }] of Object.entries(c.alias ?? {})) {
    const view = at(out, path) as LibTensor;
    const strides = [...view.stride()];
    const where = `output ${path || "itself"} as a view of input ${of}`;
    if (!target.sharesStorage(view, argumentAt(inputs, of) as LibTensor))
      return { path: where, why: "does not share memory" };
    if (!sameList(strides, st)) return { path: where, why: "strides", got: `[${strides}]`, want: `[${st}]` };
    const offset = view.storage_offset();
    if (offset !== o) return { path: where, why: "storage offset", got: String(offset), want: String(o) };
  }
  return null;
}

function compareGradients(target: Target, c: OpCase, inputs: Inputs, out: unknown): Difference | null {
  if (c.grad_out === undefined) return null;
  const gradOut = decode(c.grad_out);
  backward(target, out, gradOut);
  const tol = { rtol: c.grtol ?? c.rtol, atol: c.gatol ?? c.atol };
  const difference = compareInputGradients(target, inputs, c.grads ?? {}, tol);
  if (difference || !c.grad_grad) return difference;
  const fresh = inputsOf(target, c);
  return compareSecondOrder(target, fresh, perform(target, c, fresh), gradOut, c.grad_grad);
}
