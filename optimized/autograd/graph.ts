import { cpu, type Device } from "../core/device.js";
import { TorchTypeError } from "../core/errors.js";
import { describe } from "../core/options.js";
import type { Tensor } from "../core/tensor.js";
import { Guard, scope } from "./grad_mode.js";
import { gradOps } from "./grad_ops.js";
import { type SavedHooks, savedHooks } from "./saved.js";

/** `torch.autograd.graph`: what becomes of tensors that are kept for backward. */

export { Node } from "./node.js";

function hooked(hooks: SavedHooks): Guard {
  const before = savedHooks.current;
  savedHooks.current = hooks;
  return new Guard(() => {
    savedHooks.current = before;
  });
}

/**
 * Ops inside keep `pack_hook(tensor)` for backward instead of the tensor, and backward reads `unpack_hook` of it, which must
 * have the values that the tensor had. Of nested pairs the innermost counts. `saved_tensors_hooks(pack, unpack, () => ...)`
 * or `using guard = saved_tensors_hooks(pack, unpack)`. Source: torch.autograd.graph.saved_tensors_hooks.
 */
export function saved_tensors_hooks<P>(pack_hook: (tensor: Tensor) => P, unpack_hook: (packed: P) => Tensor): Guard;
export function saved_tensors_hooks<P, T>(
  pack_hook: (tensor: Tensor) => P,
  unpack_hook: (packed: P) => Tensor,
  f: () => T,
): T;
export function saved_tensors_hooks<P, T>(
  pack_hook: (tensor: Tensor) => P,
  unpack_hook: (packed: P) => Tensor,
  f?: () => T,
): T | Guard {
  for (const hook of [pack_hook, unpack_hook]) {
    if (typeof hook !== "function") {
      throw new TorchTypeError("saved_tensors_hooks", `hooks must be functions; got ${describe(hook)}`);
    }
  }
  return scope(
    "saved_tensors_hooks",
    hooked({ pack: pack_hook, unpack: unpack_hook as (packed: unknown) => Tensor }),
    f,
  );
}

/**
 * Tensors that ops inside keep for backward are moved to the host, and come back when backward reads them. What is on the
 * host already stays as it is. `pin_memory` is accepted. Source: torch.autograd.graph.save_on_cpu.
 */
export function save_on_cpu(pin_memory?: boolean): Guard;
export function save_on_cpu<T>(f: () => T): T;
export function save_on_cpu<T>(f?: (() => T) | boolean): T | Guard {
  const hooks = hooked({
    pack: (tensor): readonly [Device, Tensor] => [
      tensor.device,
      tensor.device.type === "cuda" ? gradOps.move(tensor, cpu) : tensor,
    ],
    unpack: (packed) => {
      const [device, tensor] = packed as readonly [Device, Tensor];
      return gradOps.move(tensor, device);
    },
  });
  return scope("save_on_cpu", hooks, typeof f === "function" ? f : undefined);
}
