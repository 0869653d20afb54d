import { TorchTypeError } from "../core/errors.js";
import { gradMode } from "../core/grad_mode.js";

/** Restores a setting at the end of a scope: `using guard = torch.no_grad()`. */
export class Guard {
  private restored = false;

  constructor(private readonly restore: () => void) {}

  [Symbol.dispose](): void {
    if (this.restored) return;
    this.restored = true;
    this.restore();
  }
}

function setMode(enabled: boolean, inference = gradMode.inference): Guard {
  const before = { ...gradMode };
  gradMode.enabled = enabled;
  gradMode.inference = inference;
  return new Guard(() => Object.assign(gradMode, before));
}

/** Runs `f` in a scope, or returns the guard of the scope if there is no `f`. */
export function scope<T>(op: string, guard: Guard, f: (() => T) | undefined): T | Guard {
  if (f === undefined) return guard;
  try {
    if (typeof f !== "function") throw new TorchTypeError(op, "expected a function or nothing");
    const result = f();
    if (result instanceof Promise) {
      throw new TorchTypeError(
        op,
        "an async function leaves the scope at its first await; use `using guard = ...` around each part",
      );
    }
    return result;
  } finally {
    guard[Symbol.dispose]();
  }
}

/** `f` without recording, for the library itself. */
export function withoutGraph<T>(f: () => T): T {
  const { enabled } = gradMode;
  gradMode.enabled = false;
  try {
    return f();
  } finally {
    gradMode.enabled = enabled;
  }
}

/** Nothing is recorded inside: `no_grad(() => ...)` or `using guard = no_grad()`. Source: torch.no_grad. */
export function no_grad(): Guard;
export function no_grad<T>(f: () => T): T;
export function no_grad<T>(f?: () => T): T | Guard {
  return scope("no_grad", setMode(false), f);
}

/** Recording is on inside, also within no_grad. Source: torch.enable_grad. */
export function enable_grad(): Guard;
export function enable_grad<T>(f: () => T): T;
export function enable_grad<T>(f?: () => T): T | Guard {
  return scope("enable_grad", setMode(true), f);
}

/** As no_grad; tensors made inside are meant never to enter a graph. Source: torch.inference_mode. */
export function inference_mode(): Guard;
export function inference_mode(mode: boolean): Guard;
export function inference_mode<T>(f: () => T): T;
export function inference_mode<T>(f?: (() => T) | boolean): T | Guard {
  const mode = typeof f === "boolean" ? f : true;
  return scope(
    "inference_mode",
    setMode(mode ? false : gradMode.enabled, mode),
    typeof f === "function" ? f : undefined,
  );
}

/** Sets the mode at once; the returned guard restores it. Source: torch.set_grad_enabled. */
export function set_grad_enabled(mode: boolean): Guard {
  return setMode(mode);
}

export function is_grad_enabled(): boolean {
  return gradMode.enabled;
}
export function is_inference_mode_enabled(): boolean {
  return gradMode.inference;
}
