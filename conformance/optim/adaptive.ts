import fc from "fast-check";
import {
  adadelta,
  type AdadeltaOptions,
  type AdadeltaState,
  adagrad,
  type AdagradOptions,
  type AdagradState,
  rmsprop,
  type RmspropOptions,
  type RmspropState,
  rprop,
  type RpropOptions,
  type RpropState,
} from "../../reference/optim/index.js";
import torch from "../../optimized/index.js";
import { optimizerSpec } from "../driver/optimizer_spec.js";
import type { Spec } from "../driver/spec.js";
import { badParameters, invalid } from "./errors.js";

/** Optimizers with a step size per element and no momentum of their own: Adadelta, Adagrad, RMSprop, Rprop. */

const { optim, ones } = torch;

const allOptional = { requiredKeys: [] };
const weight_decay = fc.constantFrom(0, 0.1);
const maximize = fc.boolean();

const adadeltaSpec = optimizerSpec<AdadeltaOptions, AdadeltaState>({
  name: "Adadelta",
  make: (params, o) => new optim.Adadelta(params, o),
  rule: adadelta,
  options: fc.record(
    {
      lr: fc.constantFrom(1, 0.1),
      rho: fc.constantFrom(0.9, 0, 1),
      eps: fc.constantFrom(1e-6, 0.1),
      weight_decay,
      maximize,
    },
    allOptional,
  ),
  errorsPerStep: 64,
  why: "a step moves by √eps times a quotient of averages of numbers below 1",
  errors: [
    ...badParameters((params, o) => new optim.Adadelta(params, o)),
    ...invalid(
      (o) => new optim.Adadelta([ones(2)], o),
      [
        [{ lr: -1 }, "learning rate: -1"],
        [{ rho: 1.5 }, "rho value: 1.5"],
        [{ eps: -1 }, "epsilon value: -1"],
        [{ weight_decay: -1 }, "weight_decay value: -1"],
      ],
    ),
  ],
});

const adagradSpec = optimizerSpec<AdagradOptions, AdagradState>({
  name: "Adagrad",
  make: (params, o) => new optim.Adagrad(params, o),
  rule: adagrad,
  options: fc.record(
    {
      lr: fc.constantFrom(0.01, 1),
      lr_decay: fc.constantFrom(0, 0.5),
      weight_decay,
      initial_accumulator_value: fc.constantFrom(0, 0.5),
      eps: fc.constantFrom(1e-10, 1e-3),
      maximize,
    },
    allOptional,
  ),
  ofAllGroups: ["initial_accumulator_value"],
  errorsPerStep: 64,
  why: "a step moves by at most lr: g over the root of a sum with g² in it",
  errors: [
    ...badParameters((params, o) => new optim.Adagrad(params, o)),
    ...invalid(
      (o) => new optim.Adagrad([ones(2)], o),
      [
        [{ lr: -1 }, "learning rate: -1"],
        [{ lr_decay: -1 }, "lr_decay value: -1"],
        [{ weight_decay: -1 }, "weight_decay value: -1"],
        [{ initial_accumulator_value: -1 }, "initial_accumulator_value value: -1"],
        [{ eps: -1 }, "epsilon value: -1"],
      ],
    ),
  ],
});

const rmspropSpec = optimizerSpec<RmspropOptions, RmspropState>({
  name: "RMSprop",
  make: (params, o) => new optim.RMSprop(params, o),
  rule: rmsprop,
  options: fc.record(
    {
      lr: fc.constantFrom(0.01, 0.1),
      alpha: fc.constantFrom(0.99, 0.5),
      eps: fc.constantFrom(1e-8, 1e-3),
      weight_decay,
      momentum: fc.constantFrom(0, 0.9),
      centered: fc.boolean(),
      maximize,
    },
    allOptional,
  ),
  errorsPerStep: 256,
  why: "a first step divides by √(1−α) |g|, so it moves by ten lr; centered, v − a² cancels",
  errors: [
    ...badParameters((params, o) => new optim.RMSprop(params, o)),
    ...invalid(
      (o) => new optim.RMSprop([ones(2)], o),
      [
        [{ lr: -1 }, "learning rate: -1"],
        [{ eps: -1 }, "epsilon value: -1"],
        [{ momentum: -1 }, "momentum value: -1"],
        [{ weight_decay: -1 }, "weight_decay value: -1"],
        [{ alpha: -1 }, "alpha value: -1"],
      ],
    ),
  ],
});

const rpropSpec = optimizerSpec<RpropOptions, RpropState>({
  name: "Rprop",
  make: (params, o) => new optim.Rprop(params, o),
  rule: rprop,
  options: fc.record(
    {
      lr: fc.constantFrom(0.01, 0.5),
      etas: fc.constantFrom<[number, number]>([0.5, 1.2], [0.1, 3]),
      step_sizes: fc.constantFrom<[number, number]>([1e-6, 50], [0.02, 0.6]),
      maximize,
    },
    allOptional,
  ),
  errorsPerStep: 16,
  why: "signs of gradients times step sizes of at most 3⁴ lr",
  errors: [
    ...badParameters((params, o) => new optim.Rprop(params, o)),
    ...invalid<Partial<RpropOptions>>(
      (o) => new optim.Rprop([ones(2)], o as never),
      [
        [{ lr: -1 }, "learning rate: -1"],
        [{ etas: [1.5, 1.2] }, "eta values: 1.5, 1.2"],
      ],
    ),
  ],
});

export const adaptives: Spec[] = [adadeltaSpec, adagradSpec, rmspropSpec, rpropSpec];
