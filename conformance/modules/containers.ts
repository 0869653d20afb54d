import fc from "fast-check";
import type { NdArray } from "../../reference/array.js";
import * as ref from "../../reference/index.js";
import type { Tensor } from "../../optimized/core/tensor.js";
import torch from "../../optimized/index.js";
import { Module } from "../../optimized/nn/module.js";
import { type ModuleSpec, moduleSpecs } from "../driver/module_spec.js";
import { epsilonOf } from "../driver/scale.js";
import type { Spec } from "../driver/spec.js";

/** Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict, DataParallel: in a forward, where they give names to parameters. */

const { nn, ones } = torch;

const common = {
  tolerance: (x: NdArray) => ({ ulps: 8, floor: 64 * epsilonOf(x) }),
  why: "two products with sums of at most 5 terms below 1",
} satisfies Partial<ModuleSpec<readonly unknown[], readonly unknown[]>>;

/** tanh between two linear layers of the given names. */
const twoLayers = (params: ref.nn.Params, first: string, second: string, x: NdArray): NdArray => {
  const hidden = ref.tanh(ref.nn.linear(ref.nn.submodule(params, first), x));
  return ref.nn.linear(ref.nn.submodule(params, second), hidden);
};
const layers = () => [new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2)] as const;
const outOfRange = { message: /index \d is out of range/, kind: "IndexError" };
const notModule = { message: /is not a Module subclass/, kind: "TypeError" };

const sequential = moduleSpecs({
  ...common,
  name: "Sequential",
  make: (named: boolean) => {
    const [fc1, act, fc2] = layers();
    return named ? new nn.Sequential({ fc1, act, fc2 }) : new nn.Sequential(fc1, act, fc2);
  },
  configs: fc.tuple(fc.boolean()),
  inputs: (_config, draw) => [draw([2, 3])],
  reference: (params, [named], x) =>
    twoLayers(params, ...((named ? ["fc1", "fc2"] : ["0", "2"]) as [string, string]), x),
  errors: [
    { call: () => new nn.Sequential(new nn.ReLU()).at(3), ...outOfRange },
    { call: () => Reflect.construct(nn.Sequential, [3]), ...notModule },
    { call: () => new nn.Sequential(new nn.ReLU()).append(3 as never), ...notModule },
    {
      call: () => new nn.Sequential(new nn.ReLU()).insert(3, new nn.ReLU()),
      message: /Index out of range: 3/,
      kind: "IndexError",
    },
  ],
});

class Listed extends Module {
  readonly layers = new nn.ModuleList<Module>(layers());
  override forward(x: Tensor): Tensor {
    return [...this.layers].reduce((input, layer) => layer(input) as Tensor, x);
  }
}

const moduleList = moduleSpecs({
  ...common,
  name: "ModuleList",
  make: () => new Listed(),
  configs: fc.constant<[]>([]),
  inputs: (_config, draw) => [draw([2, 3])],
  reference: (params, _config, x) => twoLayers(params, "layers.0", "layers.2", x),
  errors: [
    { call: () => new nn.ModuleList([new nn.ReLU()]).at(2), ...outOfRange },
    { call: () => new nn.ModuleList([new nn.ReLU()]).append(3 as never), ...notModule },
    {
      call: () => new nn.ModuleList([new nn.ReLU()]).extend(new nn.ReLU() as never),
      message: /should be called with an iterable/,
      kind: "TypeError",
    },
    {
      call: () => (new nn.ModuleList([new nn.ReLU()]) as Module)(ones([1])),
      message: /missing the required "forward" function/,
      kind: "NotImplementedError",
    },
  ],
});

class Chosen extends Module {
  readonly heads = new nn.ModuleDict({ left: new nn.Linear(3, 2), right: new nn.Linear(3, 2) });
  constructor(readonly choice: "left" | "right") {
    super();
  }
  override forward(x: Tensor): Tensor {
    return this.heads.get(this.choice)(x) as Tensor;
  }
}

const noKey = (call: () => unknown, message: RegExp) => ({ call, message, kind: "KeyError" });
const moduleDict = moduleSpecs({
  ...common,
  name: "ModuleDict",
  make: (choice: "left" | "right") => new Chosen(choice),
  configs: fc.tuple(fc.constantFrom("left", "right")),
  inputs: (_config, draw) => [draw([2, 3])],
  reference: (params, [choice], x) => ref.nn.linear(ref.nn.submodule(params, `heads.${choice}`), x),
  errors: [
    noKey(() => new nn.ModuleDict().get("x"), /there is no module 'x'/),
    noKey(() => new nn.ModuleDict().pop("x"), /there is no module 'x'/),
    noKey(() => new nn.ModuleDict().set("x.y", new nn.ReLU()), /can't contain "\."/),
    noKey(() => new nn.ModuleDict().set("", new nn.ReLU()), /can't be empty string/),
    noKey(() => new nn.ModuleDict().set("keys", new nn.ReLU()), /attribute 'keys' already exists/),
    { call: () => new nn.ModuleDict().set("b", 3 as never), ...notModule },
    {
      call: () => new nn.ModuleDict().update(3 as never),
      message: /should be called with an iterable of key\/value pairs/,
      kind: "TypeError",
    },
    {
      call: () => new nn.ModuleDict().update([["c"]] as never),
      message: /element #0 has length 1; 2 is required/,
      kind: "ValueError",
    },
  ],
});

class Polynomial extends Module {
  readonly listed = new nn.ParameterList([ones([3]), ones([1])]);
  readonly named = new nn.ParameterDict({ shift: ones([2, 1]) });
  override forward(x: Tensor): Tensor {
    return x.mul(this.listed.at(0)).add(this.listed.at(-1)).mul(x).add(this.named.get("shift")!);
  }
}

const parameters = (name: "ParameterList" | "ParameterDict", errors: Spec["errors"]): Spec[] =>
  moduleSpecs({
    ...common,
    name,
    make: () => new Polynomial(),
    configs: fc.constant<[]>([]),
    inputs: (_config, draw) => [draw([2, 3])],
    reference: (params, _config, x) => {
      const [slope, offset, shift] = ["listed.0", "listed.1", "named.shift"].map((key) => params[key]!) as [
        NdArray,
        NdArray,
        NdArray,
      ];
      return ref.add(ref.mul(ref.add(ref.mul(x, slope), offset), x), shift);
    },
    errors: errors ?? [],
  });

const parameterList = parameters("ParameterList", [
  { call: () => new nn.ParameterList([ones([2])]).at(3), ...outOfRange },
  ...[ones([2]), 3].map((values) => ({
    call: () => new nn.ParameterList().extend(values as never),
    message: /should be called with an iterable/,
    kind: "TypeError",
  })),
  { call: () => (new nn.ParameterList() as Module)(1), message: /should not be called/ },
]);

const parameterDict = parameters("ParameterDict", [
  { call: () => new nn.ParameterDict().pop("x"), message: /there is no parameter 'x'/, kind: "AttributeError" },
  noKey(() => new nn.ParameterDict().popitem(), /the dictionary is empty/),
  {
    call: () => new nn.ParameterDict().update(3 as never),
    message: /should be called with an iterable of key\/value pairs/,
    kind: "TypeError",
  },
  { call: () => (new nn.ParameterDict() as Module)(1), message: /should not be called/ },
]);

const dataParallel = moduleSpecs({
  ...common,
  name: "DataParallel",
  make: () => new nn.DataParallel(new nn.Linear(3, 2)),
  configs: fc.constant<[]>([]),
  inputs: (_config, draw) => [draw([2, 3])],
  reference: (params, _config, x) => ref.nn.linear(ref.nn.submodule(params, "module"), x),
});

export const containerModules: Spec[] = [
  ...sequential,
  ...moduleList,
  ...moduleDict,
  ...parameterList,
  ...parameterDict,
  ...dataParallel,
];
