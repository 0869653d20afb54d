import { formatFloatRepr } from "../core/number_format.js";
import { ownModules } from "./module_state.js";
import type { Module } from "./module.js";

/** Text of modules, as Python prints them. */

/** A Python value: None, True, 'text', 3, (1, 2); numbers that are floats in PyTorch go through `float`. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return `'${value}'`;
  if (Array.isArray(value)) return `(${value.map(python).join(", ")}${value.length === 1 ? "," : ""})`;
  return typeof value === "number" && !Number.isInteger(value) ? float(value) : String(value);
}

/** repr of a Python float: 1.0, 1e-05, inf. */
export function float(value: number | null): string {
  return value === null ? "None" : formatFloatRepr(value);
}

/** The class, then in brackets `extra_repr` and the submodules, a line each. Source: torch.nn.Module.__repr__. */
export function reprOf(module: Module): string {
  const extra = module.extra_repr();
  const extraLines = extra === "" ? [] : extra.split("\n");
  const children = [...ownModules(module)].map(([name, child]) => `(${name}): ${indented(String(child))}`);
  const name = module._get_name();
  if (extraLines.length === 0 && children.length === 0) return `${name}()`;
  if (extraLines.length === 1 && children.length === 0) return `${name}(${extraLines[0]})`;
  return `${name}(\n  ${[...extraLines, ...children].join("\n  ")}\n)`;
}

function indented(text: string): string {
  return text.split("\n").join("\n  ");
}
