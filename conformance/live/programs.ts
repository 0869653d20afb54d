import * as fc from "fast-check";
import type { Json } from "../oracle/values.js";

/** Random training programs: a network of several modules, a loss, an optimizer, five steps from one seed. */

type Step = Readonly<Record<string, Json>>;

interface Layer {
  readonly fn: string;
  readonly args: readonly Json[];
  readonly kwargs?: Readonly<Record<string, Json>>;
}

const activations: fc.Arbitrary<Layer> = fc.constantFrom(
  { fn: "torch.nn.ReLU", args: [] },
  { fn: "torch.nn.Tanh", args: [] },
  { fn: "torch.nn.Sigmoid", args: [] },
  { fn: "torch.nn.GELU", args: [] },
  { fn: "torch.nn.LeakyReLU", args: [{ f: "0.2" }] },
  { fn: "torch.nn.Dropout", args: [{ f: "0.3" }] },
);

const normalization = (n: number): fc.Arbitrary<Layer> =>
  fc.constantFrom({ fn: "torch.nn.LayerNorm", args: [n] }, { fn: "torch.nn.BatchNorm1d", args: [n] });

const optimizers: fc.Arbitrary<Layer> = fc.constantFrom<Layer>(
  { fn: "torch.optim.SGD", args: [], kwargs: { lr: { f: "0.1" } } },
  { fn: "torch.optim.SGD", args: [], kwargs: { lr: { f: "0.05" }, momentum: { f: "0.9" }, nesterov: true } },
  {
    fn: "torch.optim.SGD",
    args: [],
    kwargs: { lr: { f: "0.05" }, momentum: { f: "0.9" }, weight_decay: { f: "0.01" } },
  },
  { fn: "torch.optim.Adam", args: [], kwargs: { lr: { f: "0.01" } } },
  { fn: "torch.optim.AdamW", args: [], kwargs: { lr: { f: "0.01" }, weight_decay: { f: "0.1" } } },
  { fn: "torch.optim.RMSprop", args: [], kwargs: { lr: { f: "0.01" } } },
);

const ref = (name: string): Json => ({ var: name });

function training(layers: readonly Layer[], width: number, optimizer: Layer, seed: number): readonly Step[] {
  const steps: Step[] = [
    { set: null, fn: "torch.set_default_dtype", args: [{ dtype: "float64" }] },
    { set: null, fn: "torch.manual_seed", args: [seed] },
  ];
  layers.forEach(({ fn, args }, i) => steps.push({ set: `m${i}`, fn, args }));
  steps.push({ set: "model", fn: "torch.nn.Sequential", args: layers.map((_, i) => ref(`m${i}`)) });
  steps.push({ set: "p", obj: ref("model"), method: "parameters", args: [] });
  steps.push({ set: "opt", fn: optimizer.fn, args: [ref("p")], kwargs: optimizer.kwargs ?? {} });
  steps.push({ set: "x", fn: "torch.randn", args: [6, width] });
  for (let k = 0; k < 5; k++) {
    steps.push({ set: null, obj: ref("opt"), method: "zero_grad", args: [] });
    steps.push({ set: "y", obj: ref("model"), method: "__call__", args: [ref("x")] });
    steps.push({ set: "l", obj: ref("y"), method: "square", args: [] });
    steps.push({ set: "l", obj: ref("l"), method: "mean", args: [] });
    steps.push({ set: null, obj: ref("l"), method: "backward", args: [] });
    steps.push({ set: null, fn: "torch.nn.utils.clip_grad_norm_", args: [ref("p"), { f: "1.0" }] });
    steps.push({ set: null, obj: ref("opt"), method: "step", args: [] });
    steps.push({ set: `loss${k}`, obj: ref("l"), method: "item", args: [] });
  }
  return steps;
}

const widths = fc.integer({ min: 2, max: 6 });

export const programs = fc
  .record({
    input: widths,
    hidden: fc.array(widths, { minLength: 1, maxLength: 3 }),
    optimizer: optimizers,
    seed: fc.nat({ max: 99 }),
  })
  .chain(({ input, hidden, optimizer, seed }) =>
    fc.tuple(...hidden.map((n) => fc.tuple(fc.option(normalization(n), { nil: null }), activations))).map((extras) => {
      const layers: Layer[] = [];
      hidden.forEach((n, i) => {
        layers.push({ fn: "torch.nn.Linear", args: [i === 0 ? input : hidden[i - 1]!, n] });
        const [norm, activation] = extras[i]!;
        if (norm !== null) layers.push(norm);
        layers.push(activation);
      });
      layers.push({ fn: "torch.nn.Linear", args: [hidden.at(-1)!, 2] });
      return {
        id: "program",
        steps: training(layers, input, optimizer, seed),
        read: [0, 1, 2, 3, 4].map((k) => `loss${k}`).concat("p"),
        // Five steps amplify the rounding of the first: Adam divides by the root of tiny second moments.
        rtol: 1e-6,
        atol: 1e-8,
      };
    }),
  );
