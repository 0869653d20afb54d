import fc from "fast-check";
import {
  asgd,
  type ASGDOptions,
  type ASGDState,
  sgd,
  type SgdOptions,
  type SgdState,
} from "../../reference/optim/index.js";
import torch from "../../optimized/index.js";
import { optimizerSpec } from "../driver/optimizer_spec.js";
import type { Spec } from "../driver/spec.js";
import { badParameters, invalid } from "./errors.js";

/** SGD and averaged SGD with every option. */

const { optim, ones } = torch;

/** A group replaces all three at once: nesterov goes with a momentum and without dampening only. */
const momenta = fc.constantFrom(
  { momentum: 0, dampening: 0, nesterov: false },
  { momentum: 0.9, dampening: 0, nesterov: false },
  { momentum: 0.9, dampening: 0.5, nesterov: false },
  { momentum: 0.5, dampening: 0, nesterov: true },
);

const sgdOptions: fc.Arbitrary<SgdOptions> = fc
  .tuple(
    momenta,
    fc.record(
      { lr: fc.constantFrom(0.1, 1), weight_decay: fc.constantFrom(0, 0.1), maximize: fc.boolean() },
      { requiredKeys: ["lr"] },
    ),
  )
  .map(([momentum, rest]) => ({ ...momentum, ...rest }));

const asgdOptions: fc.Arbitrary<ASGDOptions> = fc.record(
  {
    lr: fc.constantFrom(1e-2, 0.5),
    lambd: fc.constantFrom(1e-4, 0.1),
    alpha: fc.constantFrom(0.75, 1),
    t0: fc.constantFrom(0, 1, 1e6), // the average begins after t0 steps
    weight_decay: fc.constantFrom(0, 0.1),
    maximize: fc.boolean(),
  },
  { requiredKeys: [] },
);

export const sgds: Spec[] = [
  optimizerSpec<SgdOptions, SgdState>({
    name: "SGD",
    make: (params, o) => new optim.SGD(params, o),
    rule: sgd,
    options: sgdOptions,
    errorsPerStep: 16,
    why: "sums of a few numbers of size 1",
    errors: [
      ...badParameters((params, o) => new optim.SGD(params, { lr: 0.1, ...o })),
      {
        call: () => new optim.SGD([ones(2)]),
        message: /parameter group didn't specify a value of required optimization parameter lr/,
        kind: "ValueError",
      },
      ...invalid(
        (o) => new optim.SGD([ones(2)], { lr: 0.1, ...o }),
        [
          [{ lr: -1 }, "learning rate: -1"],
          [{ momentum: -0.5 }, "momentum value: -0.5"],
          [{ weight_decay: -2 }, "weight_decay value: -2"],
        ],
      ),
      ...[{ nesterov: true }, { nesterov: true, momentum: 0.9, dampening: 0.1 }].map((o) => ({
        call: () => new optim.SGD([ones(2)], { lr: 0.1, ...o }),
        message: /Nesterov momentum requires a momentum and zero dampening/,
        kind: "ValueError",
      })),
    ],
  }),
  optimizerSpec<ASGDOptions, ASGDState>({
    name: "ASGD",
    make: (params, o) => new optim.ASGD(params, o),
    rule: asgd,
    options: asgdOptions,
    errorsPerStep: 16,
    why: "sums of a few numbers of size 1",
    errors: [
      ...badParameters((params, o) => new optim.ASGD(params, o)),
      ...invalid(
        (o) => new optim.ASGD([ones(2)], o),
        [
          [{ lr: -1 }, "learning rate: -1"],
          [{ weight_decay: -2 }, "weight_decay value: -2"],
        ],
      ),
    ],
  }),
];
