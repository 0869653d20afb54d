import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

export const HELP = `Usage: npm run bench -- [options]

Times workloads of bench/workloads.json and bench/small.ts, and keeps the numbers in bench/history/.

  --filter RE      only workloads whose name matches, such as '^matmul' (default: all; with --against reference
                   or numjs: '^(eager|small)/', the rest is too large for them)
  --threads N      threads of the kernels (default: OMP_NUM_THREADS, or the number of cores)
  --time MS        how long each sample, or each workload without --against, is timed (default 200)
  --against WHO    reference, numjs or pytorch: both run the same workload in turn; prints our time over theirs
  --rounds N       how many turns with --against (default 5)
  --check          compare with the last numbers of this machine; exits with 1 when a workload became slower
  --record         write to the history that is committed, not to the local one
  --smoke          a few seconds: the small workloads only, nothing is written
  --list           the names of the workloads
  --help           this text

The harness in ../shared/bench measures tstorch beside other libraries: see bench/peers.json.
`;

export type Rival = "reference" | "numjs" | "pytorch";
const RIVALS: readonly string[] = ["reference", "numjs", "pytorch"];

export interface Options {
  readonly filter: RegExp | null;
  readonly threads: number;
  readonly time: number;
  readonly rounds: number;
  readonly against: Rival | null;
  readonly check: boolean;
  readonly record: boolean;
  readonly smoke: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

/** A mistake on the command line. */
export class UsageError extends Error {}

export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const smoke = values.smoke ?? false;
  return {
    filter: values.filter === undefined ? null : pattern(values.filter),
    threads: count("threads", values.threads, Number(process.env.OMP_NUM_THREADS) || availableParallelism()),
    time: count("time", values.time, smoke ? 20 : 200),
    rounds: count("rounds", values.rounds, smoke ? 3 : 5),
    against: rival(values.against),
    check: values.check ?? false,
    record: values.record ?? false,
    smoke,
    list: values.list ?? false,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        filter: { type: "string" },
        threads: { type: "string" },
        time: { type: "string" },
        rounds: { type: "string" },
        against: { type: "string" },
        check: { type: "boolean" },
        record: { type: "boolean" },
        smoke: { type: "boolean" },
        list: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageError(`--filter: ${(error as Error).message}`);
  }
}

function count(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`--${name}: expected a positive integer; got '${text}'`);
  return value;
}

function rival(text: string | undefined): Rival | null {
  if (text !== undefined && !RIVALS.includes(text)) {
    throw new UsageError(`--against: expected ${RIVALS.join(", ")}; got '${text}'`);
  }
  return (text as Rival | undefined) ?? null;
}
