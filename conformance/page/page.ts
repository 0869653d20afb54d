import fc from "fast-check";
import type { Spec } from "../driver/spec.js";
import { derivatives } from "./derivatives.js";
import { devicesOf } from "./devices.js";
import { differencesOf, otherDifferences } from "./differences.js";
import { dtypesInWords, workingDtypes } from "./dtypes.js";
import { type LargestError, largestError, takesArrays } from "./errors.js";
import { alsoKnownAs, unlisted } from "./names.js";

/** The page of all ops: what is measured here, in one table. The same draws each time, so that the page is the same. */

const SEED = 2026;
/** Calls drawn for the errors and dtypes of an op, and for its derivatives. */
const RUNS = { calls: 40, derivatives: 3 };

interface Row {
  readonly name: string;
  readonly others: readonly string[];
  readonly dtypes: string;
  readonly devices: readonly string[];
  readonly derivatives: string;
  readonly error: LargestError | null;
  readonly differences: readonly string[];
}

function rowOf(spec: Spec): Row {
  const draws = fc.sample(spec.inputs, { numRuns: RUNS.calls, seed: SEED });
  return {
    name: spec.name,
    others: alsoKnownAs(spec.name),
    dtypes: draws.some(takesArrays) ? dtypesInWords(workingDtypes(spec, draws)) : "makes tensors",
    devices: devicesOf(spec, draws.slice(0, 5)),
    derivatives: derivatives(spec, RUNS.derivatives, SEED),
    error: largestError(spec, draws),
    differences: differencesOf(spec.name),
  };
}

function errorInWords(error: LargestError | null): string {
  if (error === null) return "";
  return error.ulps === 0 ? "0" : `${Number(error.ulps.toPrecision(2))} (${error.dtype})`;
}

function line({ name, others, dtypes, devices, derivatives, error, differences }: Row): string {
  const names = [name, ...others].map((n) => `\`${n}\``).join(" ");
  const cells = [names, dtypes, devices.join(", "), derivatives, errorInWords(error), differences.join("; ")];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const HEAD = `# All ops

Written by \`npm run page\`; do not edit. One line for every spec of \`conformance/specs\`, which is a function of \`torch\`,
\`torch.special\` or \`torch.nn.functional\`, a part of one, or an op that only modules call.

- **dtypes** that the function takes on the CPU, found by trying. *floats* are float16, bfloat16, float32 and float64, *ints* int8 to
  int64 and uint8.
- **devices**: *reference* is the pure TypeScript of \`reference/\`; *cuda* is named where \`native/cuda\` has a kernel for every part.
- **derivatives**: the orders that agree with central differences, at smooth points drawn from the spec, or why there are none.
- **error**: the largest in ${RUNS.calls} drawn calls, in units in the last place, against the float64 reference rounded to the dtype
  named; beyond the absolute floor that a spec allows where results cancel. Another instruction set may differ in it. Empty: no float
  comes out.
- **differs from PyTorch 1.13**: on purpose, from \`conformance/oracle/known.json\`.

| function | dtypes | devices | derivatives | error | differs from PyTorch 1.13 |
|---|---|---|---|---|---|
`;

export function page(specs: readonly Spec[]): string {
  const rows = specs.map(rowOf).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const names = rows.map(({ name }) => name);
  const rest = otherDifferences(names).map(({ pattern, reason }) => `- \`${pattern}\`: ${reason}`);
  const listed = new Set(rows.flatMap(({ name, others }) => [name, ...others]));
  return [
    `${HEAD}${rows.map(line).join("\n")}\n`,
    `## Functions without a line\n\nComposed of the above, creation and queries, held by recorded cases of PyTorch:\n\n${unlisted(
      listed,
    )
      .map((name) => `\`${name}\``)
      .join(" ")}\n`,
    `## Other differences from PyTorch 1.13\n\nBy the recorded cases that they concern:\n\n${rest.join("\n")}\n`,
  ].join("\n");
}
