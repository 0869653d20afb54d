import type { Call } from "./calls.js";

/** How the calls of a spec are written in Python. */
export interface PythonCall {
  readonly op: string;
  readonly how?: Call["call"];
  readonly args: readonly unknown[];
}

/** A call of the arguments of a spec, or why there is none. */
export type Spelling = string | ((args: readonly unknown[]) => PythonCall);
