import { TorchError } from "../core/errors.js";
import { Guard, scope } from "./grad_mode.js";
import { gradOps } from "./grad_ops.js";
import type { Gradients, Node } from "./node.js";
import { observe, observeNodes } from "./observe.js";

/** Anomaly detection: nodes remember where their op was called, and their gradients are looked at. */

interface Origin {
  /** The stack of the call that made the node. */
  readonly stack: string;
  /** The node whose backward made it, for derivatives of derivatives. */
  readonly parent: Node | null;
}

const state = { enabled: false, checkNaN: true };
const origins = new WeakMap<Node, Origin>();
let running: Node | null = null;
let stop: (() => void) | null = null;

/** Lines of the stack that belong to the machinery of ops. */
const OWN_FRAMES = 3;

function remember(node: Node): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 30;
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = stackTraceLimit;
  origins.set(node, {
    stack: stack
      .split("\n")
      .slice(1 + OWN_FRAMES)
      .join("\n"),
    parent: running,
  });
}

/** " Traceback of forward call ...", and those of the nodes that led to this one. */
function traceOf(node: Node): string {
  const origin = origins.get(node);
  if (origin === undefined) {
    return "No forward pass information available. Enable detect anomaly during forward pass for more information";
  }
  const induced: string[] = [];
  for (let parent = origin.parent; parent !== null; parent = origins.get(parent)?.parent ?? null) {
    induced.push(
      `\nPrevious calculation was induced by ${parent.name}. Traceback of forward call that induced the previous calculation:\n${origins.get(parent)?.stack ?? ""}`,
    );
  }
  return `Traceback of forward call that caused the error:\n${origin.stack}${induced.join("")}`;
}

function watch(node: Node, run: () => Gradients): Gradients {
  const outer = running;
  running = node;
  let results: Gradients;
  try {
    results = run();
  } catch (error) {
    if (error instanceof Error && !error.message.includes("Error detected in ")) {
      error.message = `${error.message}. Error detected in ${node.name}. ${traceOf(node)}`;
    }
    throw error;
  } finally {
    running = outer;
  }
  if (state.checkNaN) checkForNaN(node, results);
  return results;
}

function checkForNaN(node: Node, results: Gradients): void {
  results.forEach((g, i) => {
    const real = g !== null && (g.dtype.is_floating_point || g.dtype.is_complex);
    if (!real || !gradOps.hasNaN(g)) return;
    throw new TorchError(
      "",
      `Function '${node.name}' returned nan values in its ${i}th output. Error detected in ${node.name}. ${traceOf(node)}`,
    );
  });
}

function set(enabled: boolean, checkNaN: boolean): void {
  state.checkNaN = checkNaN;
  if (enabled === state.enabled) return;
  state.enabled = enabled;
  observe.made = enabled ? remember : null;
  if (enabled) stop = observeNodes(watch);
  else stop?.();
}

function setting(mode: boolean, check_nan: boolean): Guard {
  const before = { ...state };
  set(mode, check_nan);
  return new Guard(() => set(before.enabled, before.checkNaN));
}

export interface AnomalyOptions {
  /** Whether gradients with NaN are an error. */
  check_nan?: boolean;
}

/**
 * Errors in backward name the op and the place of its forward call, and a NaN in a gradient is an error:
 * `detect_anomaly(() => ...)` or `using guard = detect_anomaly()` around both forward and backward. Slow: for looking for
 * mistakes only. Source: torch.autograd.detect_anomaly.
 */
export function detect_anomaly(options?: AnomalyOptions | boolean): Guard;
export function detect_anomaly<T>(f: () => T, options?: AnomalyOptions | boolean): T;
export function detect_anomaly<T>(
  f?: (() => T) | AnomalyOptions | boolean,
  options?: AnomalyOptions | boolean,
): T | Guard {
  const given = typeof f === "function" ? options : f;
  const check_nan = typeof given === "boolean" ? given : (given?.check_nan ?? true);
  return scope("detect_anomaly", setting(true, check_nan), typeof f === "function" ? f : undefined);
}

/** Turns anomaly detection on or off at once; the returned guard restores it. Source: torch.autograd.set_detect_anomaly. */
export function set_detect_anomaly(mode: boolean, check_nan: boolean | AnomalyOptions = true): Guard {
  return setting(mode, typeof check_nan === "boolean" ? check_nan : (check_nan.check_nan ?? true));
}

/** Source: torch.is_anomaly_enabled. */
export function is_anomaly_enabled(): boolean {
  return state.enabled;
}

/** Source: torch.is_anomaly_check_nan_enabled. */
export function is_anomaly_check_nan_enabled(): boolean {
  return state.checkNaN;
}
