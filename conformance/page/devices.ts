import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Op } from "../../optimized/autograd/op.js";
import { ViewOp } from "../../optimized/autograd/view_op.js";
import { packageRoot } from "../../optimized/core/native.js";
import { lift } from "../driver/lift.js";
import { onDeviceReference, callOf } from "../driver/run.js";
import type { Spec } from "../driver/spec.js";
import { opsOf } from "../driver/trace.js";

/** Where an op runs: "cuda" if native/cuda has a kernel for every op value that its calls run. */

const folder = join(packageRoot, "native", "cuda");
const MACROS = /^(?:KERNEL|UNARY|UNARY_WITH|PREDICATE|BINARY|BINARY_WITH|COMPARISON|TERNARY_WITH|DIVISION)\((\w+)/gm;

const cudaKernels = new Set(
  readdirSync(folder)
    .filter((file) => file.endsWith(".cu"))
    .flatMap((file) => [...readFileSync(join(folder, file), "utf8").matchAll(MACROS)].map((match) => match[1]!)),
);

export function devicesOf(spec: Spec, draws: readonly (readonly unknown[])[]): string[] {
  const ops = opsOf(() => {
    for (const args of draws) callOf(spec, lift(args) as unknown[]);
  });
  const devices = ["cpu"];
  if (draws.every((args) => runsOnReference(spec, args))) devices.push("reference");
  if (ops.size > 0 && [...ops].every(hasCudaKernel)) devices.push("cuda");
  return devices;
}

function hasCudaKernel(op: Op): boolean {
  return op instanceof ViewOp || cudaKernels.has(op.kernel);
}

function runsOnReference(spec: Spec, args: readonly unknown[]): boolean {
  try {
    onDeviceReference(spec, args);
    return true;
  } catch {
    return false;
  }
}
