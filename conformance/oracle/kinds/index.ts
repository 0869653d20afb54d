/** Cases are told apart by their keys (FORMAT.md, "Kinds of cases"). */
import type { Difference } from "../agreement.js";
import type { RecordedCase } from "../files.js";
import type { Target } from "../target.js";
import type { Json } from "../values.js";
import { runCurve } from "./curve.js";
import { runDistribution } from "./distribution.js";
import { runModule } from "./module.js";
import { runOp } from "./op.js";
import { runOptimizer } from "./optimizer.js";
import { runScheduler } from "./scheduler.js";
import { runSerialization } from "./serialization.js";
import { runSteps } from "./steps.js";

export interface Kind {
  readonly name: string;
  /** The key that only cases of this kind have. */
  readonly key: string;
  /** What a table of results groups these cases by. */
  readonly subject: (c: RecordedCase) => string;
  /** Null if the library gives the recorded result. */
  readonly run: (target: Target, c: never) => Difference | null | Promise<Difference | null>;
}

const text = (json: Json | undefined): string => (typeof json === "string" ? json : "");
const newName = (json: Json | undefined): string => text((json as { readonly new?: Json } | undefined)?.new);
/** Ids of programs are paths: the first part names what they are about. */
const firstPart = (c: RecordedCase): string => c.id.split("/")[0]!;

export const kinds: readonly Kind[] = [
  { name: "op", key: "op", subject: (c) => text(c["op"]), run: runOp },
  { name: "module", key: "module", subject: (c) => text(c["module"]), run: runModule },
  { name: "optimizer", key: "optim", subject: (c) => text(c["optim"]), run: runOptimizer },
  { name: "scheduler", key: "scheduler", subject: (c) => newName(c["scheduler"]), run: runScheduler },
  { name: "distribution", key: "dist", subject: (c) => newName(c["dist"]), run: runDistribution },
  { name: "curve", key: "program", subject: (c) => text(c["program"]), run: runCurve },
  { name: "serialization", key: "file", subject: () => "torch.load", run: runSerialization },
  { name: "steps", key: "steps", subject: firstPart, run: runSteps },
];

export function kindOfCase(c: RecordedCase): Kind {
  const kind = kinds.find(({ key }) => key in c);
  if (!kind) throw new Error(`a case of no known kind: ${Object.keys(c)}`);
  return kind;
}
