/** How a recorded call is made in TypeScript: Python's operators and protocols have method names here. */
import { inspect } from "node:util";
import { kwargsToLib, toLib, refuseComplexData } from "./convert.js";
import { placeRequired } from "./required.js";
import { invoke, method, property, typeName, Unsupported, type LibTensor, type Target } from "./target.js";
import type { DictValue, Value } from "./values.js";

/**
 * Functions that make a tensor of Python numbers, and where the numbers are: ints there must be int64, so they are
 * passed as bigint. Elsewhere an int stays a JavaScript number.
 */
const DATA_ARGUMENT: Readonly<Record<string, { readonly at: number; readonly name: string }>> = {
  "torch.tensor": { at: 0, name: "data" },
  "torch.as_tensor": { at: 0, name: "data" },
  "torch.asarray": { at: 0, name: "obj" },
  "torch.full": { at: 1, name: "fill_value" },
  "torch.utils.data.default_collate": { at: 0, name: "batch" },
  "torch.Tensor.new_tensor": { at: 1, name: "data" },
};

export interface Arguments {
  readonly args: readonly unknown[];
  readonly kwargs: readonly unknown[];
  /** Arguments that the case names and the call has in `args`: where. */
  readonly placed: ReadonlyMap<string, number>;
}

/** Arguments as library values; for methods, `args[0]` is the object. */
export function argumentsFor(
  target: Target,
  path: string,
  args: readonly Value[],
  kwargs: DictValue,
  vars?: ReadonlyMap<string, unknown>,
): Arguments {
  const required = placeRequired(path, args, kwargs);
  ({ args, kwargs } = required);
  refuseComplexData(path, args);
  const data = DATA_ARGUMENT[path];
  const options = { ...(vars ? { vars } : {}), maps: path.endsWith("load_state_dict") };
  return {
    args: args.map((arg, i) => toLib(target, arg, { ...options, bigints: i === data?.at })),
    kwargs: kwargsToLib(target, kwargs, options, data?.name),
    placed: required.placed,
  };
}

/** `object.name(*args, **kwargs)`, Python's special methods included. */
export function callMethod(
  target: Target,
  object: unknown,
  name: string,
  { args, kwargs }: Pick<Arguments, "args" | "kwargs">,
  label: string,
): unknown {
  if (property(object, name) === undefined) {
    const special = target.isTensor(object) ? TENSOR_SPECIAL[name] : OBJECT_SPECIAL[name];
    if (special) return special(object as LibTensor, [...args, ...kwargs], target);
  }
  return method(object, name, label)(...args, ...kwargs);
}

type Special<T> = (object: T, args: readonly unknown[], target: Target) => unknown;

const as =
  (name: string): Special<unknown> =>
  (object, args) =>
    method(object, name, `torch.Tensor.${name}`)(...args);
/** `2 - x` is `torch.sub(2, x)`: the number comes first. */
const reversed =
  (path: string): Special<unknown> =>
  (object, [other], target) =>
    target.call(path, [other, object]);
const item = (object: unknown): unknown => method(object, "item", "torch.Tensor.item")();

const TENSOR_SPECIAL: Readonly<Record<string, Special<LibTensor>>> = {
  __add__: as("add"),
  __sub__: as("sub"),
  __mul__: as("mul"),
  __truediv__: as("div"),
  __floordiv__: as("floor_divide"),
  __mod__: as("remainder"),
  __pow__: as("pow"),
  __matmul__: as("matmul"),
  __and__: as("bitwise_and"),
  __or__: as("bitwise_or"),
  __xor__: as("bitwise_xor"),
  __lshift__: as("bitwise_left_shift"),
  __rshift__: as("bitwise_right_shift"),
  __eq__: as("eq"),
  __ne__: as("ne"),
  __lt__: as("lt"),
  __le__: as("le"),
  __gt__: as("gt"),
  __ge__: as("ge"),
  __radd__: reversed("torch.add"),
  __rsub__: reversed("torch.sub"),
  __rmul__: reversed("torch.mul"),
  __rdiv__: reversed("torch.div"),
  __rtruediv__: reversed("torch.div"),
  __rpow__: (x, [base], target) => target.call("torch.pow", [target.isTensor(base) ? base.detach() : base, x]), // as Python does
  __rmod__: reversed("torch.remainder"),
  __rmatmul__: reversed("torch.matmul"),
  __rand__: reversed("torch.bitwise_and"),
  __ror__: reversed("torch.bitwise_or"),
  __rxor__: reversed("torch.bitwise_xor"),
  __iadd__: as("add_"),
  __isub__: as("sub_"),
  __imul__: as("mul_"),
  __itruediv__: as("div_"),
  __ipow__: as("pow_"),
  __invert__: as("bitwise_not"),
  __neg__: as("neg"),
  __abs__: as("abs"),
  __getitem__: (x, [index]) => method(x, "index", "torch.Tensor.index")(...indexParts(index)),
  __setitem__: (x, [index, value]) => method(x, "index_put_", "torch.Tensor.index_put_")(indexParts(index), value),
  __len__: (x) => [...x.shape][0],
  __contains__: (x, [value]) => item(method(method(x, "eq", "torch.Tensor.eq")(value), "any", "torch.Tensor.any")()),
  __bool__: (x) => Boolean(item(x)),
  __int__: (x) => Math.trunc(Number(item(x))),
  __index__: (x) => Math.trunc(Number(item(x))),
  __float__: (x) => Number(item(x)),
  __repr__: (x) => String(x),
  __str__: (x) => String(x),
  data: (x) => x.detach(),
};

/** In Python an index is one value or the tuple of them: `x[a, b]`. */
const indexParts = (index: unknown): readonly unknown[] => (Array.isArray(index) ? index : [index]);

const OBJECT_SPECIAL: Readonly<Record<string, Special<unknown>>> = {
  __call__: (object, args) => (typeof object === "object" ? method(object, "forward")(...args) : invoke(object, args)),
  __repr__: (object) => (property(object, inspect.custom) === undefined ? String(object) : inspect(object)),
  __str__: (object) => String(object),
  __len__: (object) => property(object, "length") ?? property(object, "size"),
  __contains__: (object, args) => method(object, "has")(...args),
  __getitem__: (object, [key]) => getItem(object, key),
};

function getItem(object: unknown, key: unknown): unknown {
  const own = property(object, String(key));
  if (own !== undefined) return own;
  for (const name of ["get", "at"]) if (property(object, name) !== undefined) return method(object, name)(key);
  throw new Unsupported(`${typeName(object)}.__getitem__`);
}

/** `x.name` of any object; `data` of a tensor is a typed array here, so PyTorch's `data` is `detach()`. */
export function readAttribute(target: Target, object: unknown, name: string, label: string): unknown {
  if (name === "data" && target.isTensor(object)) return object.detach();
  if (object instanceof Map && object.has(name)) return object.get(name);
  const value = property(object, name);
  if (value === undefined && !(name === "grad" && target.isTensor(object))) throw new Unsupported(label);
  return value;
}

/** Python's list(x): iterators such as `named_parameters()` give their items. */
export function asList(value: unknown): unknown {
  const iterator = property(value, "next");
  return typeof iterator === "function" && Symbol.iterator in (value as object)
    ? [...(value as Iterable<unknown>)]
    : value;
}
