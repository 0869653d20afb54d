/** A training program: the losses of every step, from the seed. */
import { numberAgrees, type Difference } from "../agreement.js";
import { Unsupported, type Target } from "../target.js";
import { decode, type Json } from "../values.js";

export interface CurveCase {
  readonly id: string;
  readonly program: string;
  readonly seed: number;
  readonly dtype: string;
  readonly steps: number;
  readonly losses: readonly Json[];
  readonly tol: readonly Json[];
}

/** `programs/<name>.ts` is the line-by-line port of `programs/<name>.py`. */
interface Program {
  run(seed: number, steps: number, dtype: unknown): readonly number[] | Promise<readonly number[]>;
}

export async function runCurve(target: Target, c: CurveCase): Promise<Difference | null> {
  const name = /([^/]+)\.py$/.exec(c.program)?.[1];
  const entry = `../programs/${name}.js`;
  if (target.device === "cuda") throw new Unsupported("the CPU's random numbers on cuda");
  const dtype = target.resolve(`torch.${c.dtype}`);
  const losses = await import(entry)
    .then((program: Program) => program.run(c.seed, c.steps, dtype))
    .catch(nameWhatIsMissing);
  if (losses.length !== c.losses.length) {
    return { path: "", why: "number of losses", got: String(losses.length), want: String(c.losses.length) };
  }
  for (const [k, json] of c.losses.entries()) {
    const [want, atol] = [numberOf(json), numberOf(c.tol[k]!)];
    const got = losses[k]!;
    if (numberAgrees(got, want, { rtol: 0, atol })) continue;
    return {
      path: "",
      why: `loss ${k} is not within ${atol}`,
      got: String(got),
      want: String(want),
      abs: Math.abs(got - want),
    };
  }
  return null;
}

/** A program calls what it needs directly, so a missing name shows as an error of the JavaScript engine. */
function nameWhatIsMissing(error: unknown): never {
  const missing = /is not a (function|constructor)|does not provide an export|of undefined|Cannot find module/;
  throw error instanceof Error && missing.test(error.message) ? new Unsupported(error.message) : error;
}

function numberOf(json: Json): number {
  const value = decode(json);
  if (value === null || typeof value !== "object" || (value.kind !== "float" && value.kind !== "int"))
    throw new Error("not a number");
  return Number(value.value);
}
