import { NotImplementedError, TorchTypeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { Distribution } from "../distribution.js";

/** Kullback-Leibler divergences by the classes of both distributions. */

/** A class of distributions, whatever its constructor takes. */
export interface DistributionClass<D extends Distribution = Distribution> {
  readonly name: string;
  readonly prototype: D;
}
export type Divergence<P extends Distribution = Distribution, Q extends Distribution = Distribution> = (
  p: P,
  q: Q,
) => Tensor;

interface Entry {
  readonly p: DistributionClass;
  readonly q: DistributionClass;
  readonly divergence: Divergence<never, never>;
}

const registry: Entry[] = [];
const found = new Map<unknown, Map<unknown, Divergence | null>>();

/**
 * Registers KL(p ‖ q) for distributions of these classes and their subclasses. Without a function it gives the one that
 * registers it. Source: torch.distributions.kl.register_kl.
 *
 *     register_kl(Normal, Normal, (p, q) => ...)
 */
export function register_kl<P extends Distribution, Q extends Distribution>(
  type_p: DistributionClass<P>,
  type_q: DistributionClass<Q>,
  divergence: Divergence<P, Q>,
): Divergence<P, Q>;
export function register_kl<P extends Distribution, Q extends Distribution>(
  type_p: DistributionClass<P>,
  type_q: DistributionClass<Q>,
): (divergence: Divergence<P, Q>) => Divergence<P, Q>;
export function register_kl<P extends Distribution, Q extends Distribution>(
  type_p: DistributionClass<P>,
  type_q: DistributionClass<Q>,
  divergence?: Divergence<P, Q>,
) {
  for (const [name, type] of Object.entries({ type_p, type_q })) {
    if (typeof type === "function" && isSubclass(type, Distribution)) continue;
    throw new TorchTypeError("register_kl", `Expected ${name} to be a Distribution subclass but got ${type}`);
  }
  const add = (made: Divergence<P, Q>): Divergence<P, Q> => {
    const at = registry.findIndex(({ p, q }) => p === type_p && q === type_q);
    registry.splice(at < 0 ? registry.length : at, 1, { p: type_p, q: type_q, divergence: made });
    found.clear();
    return made;
  };
  return divergence === undefined ? add : add(divergence);
}

function isSubclass(type: DistributionClass, of: DistributionClass): boolean {
  return type === of || Object.prototype.isPrototypeOf.call(of.prototype, type.prototype);
}

/** Whether the first pair is at least as special: at the first difference its class is a subclass. */
function atLeastAsSpecial(a: readonly DistributionClass[], b: readonly DistributionClass[]): boolean {
  for (const [i, type] of a.entries()) {
    if (!isSubclass(type, b[i]!)) return false;
    if (type !== b[i]) break;
  }
  return true;
}

/** The most special registered pair that fits; p counts first. Warns where counting q first would give another. */
function find(p: DistributionClass, q: DistributionClass): Divergence | null {
  const matches = registry.filter((entry) => isSubclass(p, entry.p) && isSubclass(q, entry.q));
  if (matches.length === 0) return null;
  const best = (order: (entry: Entry) => readonly DistributionClass[]): Entry =>
    matches.reduce((a, b) => (atLeastAsSpecial(order(a), order(b)) ? a : b));
  const left = best((entry) => [entry.p, entry.q]);
  const right = best((entry) => [entry.q, entry.p]);
  if (left.divergence !== right.divergence) {
    process.emitWarning(
      `Ambiguous kl_divergence(${p.name}, ${q.name}). Please register_kl(${left.p.name}, ${right.q.name})`,
      "RuntimeWarning",
    );
  }
  return left.divergence as Divergence;
}

function lookUp(p: DistributionClass, q: DistributionClass): Divergence | null {
  const row = found.get(p) ?? new Map<unknown, Divergence | null>();
  found.set(p, row);
  if (!row.has(q)) row.set(q, find(p, q));
  return row.get(q) ?? null;
}

/**
 * KL(p ‖ q) = ∫ p(x) log (p(x) / q(x)) dx, of shape batch_shape.
 *
 * Throws  NotImplementedError if none is registered for these classes.
 * Source  torch.distributions.kl.kl_divergence.
 */
export function kl_divergence(p: Distribution, q: Distribution): Tensor {
  const [typeP, typeQ] = [p.constructor, q.constructor] as [DistributionClass, DistributionClass];
  const divergence = lookUp(typeP, typeQ);
  if (divergence !== null) return divergence(p, q);
  throw new NotImplementedError("", `No KL(p || q) is implemented for p type ${typeP.name} and q type ${typeQ.name}`);
}
