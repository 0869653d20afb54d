/** A method or an attribute of a distribution. */
import { argumentsFor, callMethod, readAttribute } from "../call.js";
import type { Difference, Tolerance } from "../agreement.js";
import { compare } from "../compare.js";
import { fromLib, toLib } from "../convert.js";
import { expectRaises } from "../errors.js";
import { rngHash } from "../rng.js";
import type { Target } from "../target.js";
import { decode, decodeList, decodeRecord, type Json } from "../values.js";

export interface DistributionCase extends Tolerance {
  readonly id: string;
  readonly dist: { readonly new: string; readonly args: readonly Json[]; readonly kwargs: Json };
  readonly method: string;
  readonly args: readonly Json[];
  readonly attr?: boolean;
  readonly seed?: number;
  readonly out: Json;
  readonly rng?: string;
  readonly raises?: string;
  readonly message?: string;
}

export function runDistribution(target: Target, c: DistributionCase): Difference | null {
  const body = (): unknown => {
    if (c.seed !== undefined) target.call("torch.manual_seed", [c.seed]);
    const distribution = toLib(target, decode(c.dist));
    const name = `${c.dist.new}.${c.method}`;
    if (c.attr) return readAttribute(target, distribution, c.method, name);
    const { args } = argumentsFor(target, name, decodeList(c.args), decodeRecord({}));
    if (c.method === "kl_divergence") return target.call("torch.distributions.kl_divergence", [distribution, ...args]);
    return callMethod(target, distribution, c.method, { args, kwargs: [] }, name);
  };
  if (c.raises !== undefined) return expectRaises(c.raises, c.message, body);
  const difference = compare(fromLib(target, body()), decode(c.out), c);
  if (difference || c.rng === undefined) return difference;
  const hash = rngHash(target);
  return hash === c.rng ? null : { path: "random state after the call", why: "hash", got: hash, want: c.rng };
}
