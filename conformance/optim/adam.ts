import fc from "fast-check";
import {
  adam,
  adamax,
  type AdamaxOptions,
  type AdamaxState,
  type AdamOptions,
  type AdamState,
  adamw,
  nadam,
  type NAdamOptions,
  type NAdamState,
  radam,
  type RAdamOptions,
  type RAdamState,
} from "../../reference/optim/index.js";
import torch from "../../optimized/index.js";
import { optimizerSpec } from "../driver/optimizer_spec.js";
import type { ErrorCase, Spec } from "../driver/spec.js";
import { badParameters, invalid } from "./errors.js";

/** Adam and its relatives with every option. */

const { optim, ones } = torch;

const shared = {
  lr: fc.constantFrom(1e-3, 0.1),
  eps: fc.constantFrom(1e-8, 1e-3),
  weight_decay: fc.constantFrom(0, 0.1),
};
const betas = fc.constantFrom<[number, number]>([0.9, 0.999], [0.5, 0.9]);
const allOptional = { requiredKeys: [] };

const why = "a step moves by a few lr at most: the quotient of two averages of gradients below 1";

function errorsOf(name: "Adam" | "AdamW" | "Adamax" | "NAdam" | "RAdam"): ErrorCase[] {
  return [
    ...badParameters((params, o) => new optim[name](params, o)),
    ...invalid<Partial<AdamOptions>>(
      (o) => new optim[name]([ones(2)], o),
      [
        [{ lr: -1 }, "learning rate: -1"],
        [{ eps: -1 }, "epsilon value: -1"],
        [{ betas: [1, 0.9] }, "beta parameter at index 0: 1"],
        [{ betas: [0.9, -0.1] }, "beta parameter at index 1: -0.1"],
        [{ weight_decay: -1 }, "weight_decay value: -1"],
      ],
    ),
  ];
}

function adamSpec(name: "Adam" | "AdamW", rule: typeof adam): Spec {
  return optimizerSpec<AdamOptions, AdamState>({
    name,
    make: (params, o) => new optim[name](params, o),
    rule,
    options: fc.record({ ...shared, betas, amsgrad: fc.boolean(), maximize: fc.boolean() }, allOptional),
    errorsPerStep: 64,
    why,
    errors: errorsOf(name),
  });
}

const adamaxSpec = optimizerSpec<AdamaxOptions, AdamaxState>({
  name: "Adamax",
  make: (params, o) => new optim.Adamax(params, o),
  rule: adamax,
  options: fc.record({ ...shared, betas, maximize: fc.boolean() }, allOptional),
  errorsPerStep: 64,
  why,
  errors: errorsOf("Adamax"),
});

const nadamSpec = optimizerSpec<NAdamOptions, NAdamState>({
  name: "NAdam",
  make: (params, o) => new optim.NAdam(params, o),
  rule: nadam,
  options: fc.record({ ...shared, betas, momentum_decay: fc.constantFrom(4e-3, 0.5) }, allOptional),
  errorsPerStep: 64,
  why,
  errors: [
    ...errorsOf("NAdam"),
    ...invalid((o) => new optim.NAdam([ones(2)], o), [[{ momentum_decay: -1 }, "momentum_decay value: -1"]]),
  ],
});

const radamSpec = optimizerSpec<RAdamOptions, RAdamState>({
  name: "RAdam",
  make: (params, o) => new optim.RAdam(params, o),
  rule: radam,
  // With β₂ = 0.5 the variance is never trusted, with 0.9 and 0.999 from the 6th step on.
  options: fc.record(
    { ...shared, betas: fc.constantFrom<[number, number]>([0.9, 0.999], [0.5, 0.9], [0.9, 0.5]) },
    allOptional,
  ),
  errorsPerStep: 64,
  why,
  steps: 10,
  errors: errorsOf("RAdam"),
});

export const adams: Spec[] = [adamSpec("Adam", adam), adamSpec("AdamW", adamw), adamaxSpec, nadamSpec, radamSpec];
