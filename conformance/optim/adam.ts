import fc from "fast-check";
import { adam, type AdamOptions, type AdamState, adamw } from "../../reference/optim/index.js";
import torch from "../../optimized/index.js";
import { optimizerSpec } from "../driver/optimizer_spec.js";
import type { Spec } from "../driver/spec.js";

/** Adam and AdamW with every option. */

const { optim, ones } = torch;

const options: fc.Arbitrary<AdamOptions> = fc.record(
  {
    lr: fc.constantFrom(1e-3, 0.1),
    betas: fc.constantFrom<[number, number]>([0.9, 0.999], [0.5, 0.9]),
    eps: fc.constantFrom(1e-8, 1e-3),
    weight_decay: fc.constantFrom(0, 0.1),
    amsgrad: fc.boolean(),
    maximize: fc.boolean(),
  },
  { requiredKeys: [] },
);

function specOf(name: "Adam" | "AdamW", rule: typeof adam): Spec {
  return optimizerSpec<AdamOptions, AdamState>({
    name,
    make: (params, o) => new optim[name](params, o),
    rule,
    options,
    errorsPerStep: 64,
    why: "a step moves by at most lr: the quotient of two averages of gradients below 1",
    errors: [
      { call: () => new optim[name]([ones(2)], { lr: -1 }), message: /Invalid learning rate: -1/, kind: "ValueError" },
      { call: () => new optim[name]([]), message: /optimizer got an empty parameter list/, kind: "ValueError" },
      {
        call: () => new optim[name]([ones(2)], { betas: [1, 0.9] }),
        message: /Invalid beta parameter at index 0: 1/,
        kind: "ValueError",
      },
    ],
  });
}

export const adams: Spec[] = [specOf("Adam", adam), specOf("AdamW", adamw)];
