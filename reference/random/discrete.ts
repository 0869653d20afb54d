/**
 * Counts, drawn element by element in row-major order; how many uniforms an element takes depends on what was drawn.
 * What is said in sampling.ts holds here.
 *
 * Source  ATen/native/Distributions.{h,cpp}.
 */

import { broadcastShapes, broadcastTo, type NdArray } from "../array.js";
import { roundTo } from "../rounding.js";
import { check, fill } from "./fill.js";
import { type GeneratorState, uniform53 } from "./mt19937.js";

/**
 * Poisson numbers, one per rate λ. For λ < 10 uniforms are multiplied until the product falls below exp(−λ); else
 * transformed rejection.
 *
 * Throws  RangeError if a rate is negative or NaN.
 * Source  torch.poisson; Hörmann, The transformed rejection method for generating Poisson random variables (1993).
 */
export function poisson(state: GeneratorState, rates: NdArray): NdArray {
  rates.data.forEach((rate) => check("poisson", rate >= 0, `needs rates >= 0; got ${rate}`));
  return fill(rates.shape, rates.dtype, (i) => poissonOne(state, rates.data[i]!));
}

function poissonOne(state: GeneratorState, rate: number): number {
  if (rate >= 10) return poissonByRejection(state, rate);
  if (rate === 0) return 0;
  const end = Math.exp(-rate);
  let k = 0;
  for (let product = uniform53(state); product > end; product *= uniform53(state)) k++;
  return k;
}

function poissonByRejection(state: GeneratorState, rate: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform53(state) - 0.5;
    const v = uniform53(state);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const accepted = -rate + k * Math.log(rate) - logFactorial(k);
    if (Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b) <= accepted) return k;
  }
}

/**
 * Successes among `count` trials of probability p. p > ½ counts the failures. For count · p < 10 geometric gaps between
 * successes are added up; else transformed rejection. Constants of the dtype are rounded to it.
 *
 * Special 0 for count <= 0 or p <= 0, count for p >= 1, NaN for p = NaN.
 * Throws  RangeError if the shapes do not broadcast.
 * Source  torch.binomial; Hörmann, The generation of binomial random variates (1993).
 */
export function binomial(state: GeneratorState, count: NdArray, p: NdArray): NdArray {
  const shape = broadcastShapes("binomial", count.shape, p.shape);
  const counts = broadcastTo(count, shape).data;
  const probabilities = broadcastTo(p, shape).data;
  const rounded = (x: number) => roundTo(count.dtype, x);
  return fill(shape, count.dtype, (i) => binomialOne(state, counts[i]!, probabilities[i]!, rounded));
}

type Rounded = (x: number) => number;

function binomialOne(state: GeneratorState, count: number, p: number, rounded: Rounded): number {
  if (count <= 0 || p <= 0) return 0;
  if (p >= 1) return count;
  if (Number.isNaN(p)) return p;
  const rarer = p <= 0.5 ? p : rounded(1 - p);
  const byRejection = rounded(count * rarer) >= 10;
  const k = byRejection
    ? binomialByRejection(state, count, rarer, rounded)
    : binomialByInversion(state, count, rarer, rounded);
  return p <= 0.5 ? k : count - k;
}

function binomialByInversion(state: GeneratorState, count: number, p: number, rounded: Rounded): number {
  const logFailure = rounded(Math.log1p(-p));
  let sum = 0;
  for (let successes = 0; ; successes++) {
    sum += Math.ceil(Math.log(uniform53(state)) / logFailure);
    if (sum > count) return successes;
  }
}

function binomialByRejection(state: GeneratorState, count: number, p: number, rounded: Rounded): number {
  const failure = rounded(1 - p);
  const mean = rounded(count * p);
  const deviation = rounded(Math.sqrt(rounded(mean * failure)));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = mean + 0.5;
  const vr = 0.92 - 4.2 / b;
  const r = rounded(p / failure);
  const alpha = (2.83 + 5.1 / b) * deviation;
  const m = Math.floor(rounded(rounded(count + 1) * p));
  for (;;) {
    const u = uniform53(state) - 0.5;
    const v = uniform53(state);
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (k < 0 || k > count) continue;
    if (us >= 0.07 && v <= vr) return k;
    const bound =
      (m + 0.5) * Math.log((m + 1) / (r * (count - m + 1))) +
      (count + 1) * Math.log((count - m + 1) / (count - k + 1)) +
      (k + 0.5) * Math.log((r * (count - k + 1)) / (k + 1)) +
      (stirlingTail(m) + stirlingTail(count - m) - stirlingTail(k) - stirlingTail(count - k));
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

const STIRLING_TAILS = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
  0.0138761288230707, 0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
];

function logFactorial(k: number): number {
  return 0.5 * Math.log(2 * Math.PI) + (k + 0.5) * Math.log(k + 1) - (k + 1) + stirlingTail(k);
}

/** log k! − (½ log 2π + (k + ½) log(k + 1) − (k + 1)) */
function stirlingTail(k: number): number {
  if (k <= 9) return STIRLING_TAILS[Math.trunc(k)]!;
  const square = (k + 1) ** 2;
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}
