/** What an exception of the library means for a case. */
import type { Difference } from "./agreement.js";
import { Unsupported } from "./target.js";

/** The name of a thing that is missing, or null for any other error. */
export function missingName(error: unknown, context: string): string | null {
  if (error instanceof Unsupported) return error.missing;
  if (!(error instanceof Error)) return null;
  if (error.name === "NotImplementedError") return `${context}: ${firstLine(error.message)}`;
  const option = kindOf(error) === "TypeError" && /^(.*?)unexpected option '(\w+)'/.exec(error.message);
  return option ? `${context}: option ${option[2]}` : null;
}

/** The Python exception that an error stands for; errors of the JavaScript engine stand for none. */
export function kindOf(error: unknown): string | null {
  const kind = (error as { kind?: unknown } | null | undefined)?.kind;
  return typeof kind === "string" ? kind : null;
}

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = kindOf(error) === null ? `, ${(error.stack ?? "").split("\n")[1]?.trim() ?? ""}` : "";
  return `${kindOf(error) ?? error.name}: ${firstLine(error.message)}${place}`;
}

/** Null if `body` fails with the Python exception `raises`. */
export function expectRaises(raises: string, message: string | undefined, body: () => unknown): Difference | null {
  try {
    body();
  } catch (error) {
    const kind = kindOf(error);
    if (kind !== null && alias(kind) === alias(raises)) return null;
    if (missingName(error, "") !== null) throw error;
    return {
      path: "",
      why: "raised another error",
      got: describeError(error),
      want: `${raises}: ${firstLine(message ?? "")}`,
    };
  }
  return { path: "", why: "did not fail", got: "a result", want: `${raises}: ${firstLine(message ?? "")}` };
}

const alias = (kind: string): string => (kind === "_LinAlgError" ? "LinAlgError" : kind);

const firstLine = (text: string): string => text.split("\n")[0]!.slice(0, 200);
