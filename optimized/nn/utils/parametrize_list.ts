import { no_grad } from "../../autograd/grad_mode.js";
import { requiresGrad } from "../../autograd/apply.js";
import { NotImplementedError, TorchError, ValueError } from "../../core/errors.js";
import { sameShape } from "../../core/strides.js";
import { Tensor } from "../../core/tensor.js";
import { assignData, detach, setRequiresGrad } from "../../ops/autograd.js";
import { describe } from "../../ops/support.js";
import { ModuleList } from "../containers.js";
import type { Module } from "../module.js";
import { fieldOf } from "../module_state.js";
import { Parameter } from "../parameter.js";

/** A module whose forward gives the tensor that others see; `right_inverse` takes such a tensor back. */
export type Parametrization = Module & { right_inverse?: (value: Tensor) => Tensor | readonly Tensor[] };

/** A field of `module` that is a parameter if `value` is one, and a buffer otherwise. */
export function registerTensor(module: Module, name: string, value: Tensor): void {
  if (value instanceof Parameter) module.register_parameter(name, value);
  else module.register_buffer(name, value);
}

/** `value`, if it may stand for a tensor with this dtype and shape. */
export function checkTensor(
  what: string,
  value: unknown,
  like: { readonly dtype: unknown; readonly shape: readonly number[] },
): Tensor {
  const op = "register_parametrization";
  if (!(value instanceof Tensor)) throw new ValueError(op, `${what} must return a tensor. Got ${describe(value)}`);
  const change = "unless the `unsafe` flag is enabled";
  if (value.dtype !== like.dtype) {
    throw new ValueError(
      op,
      `${what} may not change the dtype, ${change}; got ${value.dtype} for ${String(like.dtype)}`,
    );
  }
  if (!sameShape(value.shape, like.shape)) {
    const text = (shape: readonly number[]) => `[${shape.join(", ")}]`;
    throw new ValueError(
      op,
      `${what} may not change the shape, ${change}; got ${text(value.shape)} for ${text(like.shape)}`,
    );
  }
  return value;
}

/**
 * The parametrizations of one tensor, in order, with what they start from: `original`, or `original0`, `original1`, ...
 * where the first `right_inverse` gives several tensors. Calling it computes the tensor.
 *
 * Source  torch.nn.utils.parametrize.ParametrizationList.
 */
export class ParametrizationList extends ModuleList<Parametrization> {
  unsafe: boolean;
  is_tensor: boolean;
  ntensors: number;
  declare original: Tensor;

  constructor(modules: readonly Parametrization[], original: Tensor, unsafe: boolean | { unsafe?: boolean } = false) {
    if (modules.length === 0) {
      throw new ValueError("ParametrizationList", "ParametrizationList requires one or more modules.");
    }
    super(modules);
    this.unsafe = typeof unsafe === "boolean" ? unsafe : (unsafe.unsafe ?? false);
    const like = { dtype: original.dtype, shape: original.shape };
    const start = this.inverseOf(original, true);
    this.is_tensor = start instanceof Tensor;
    this.ntensors = start instanceof Tensor ? 1 : start.length;
    if (start instanceof Tensor) {
      if (start.dtype !== original.dtype) {
        throw new ValueError(
          "ParametrizationList",
          "When `right_inverse` outputs one tensor, it may not change the dtype; " +
            `got ${start.dtype} for ${original.dtype}`,
        );
      }
      assignData(original, detach(start)); // the same object, so that optimizers need not know
      registerTensor(this, "original", original);
    } else {
      start.forEach((value, i) => {
        const own = original instanceof Parameter ? new Parameter(value) : value;
        setRequiresGrad(own, requiresGrad(original));
        registerTensor(this, `original${i}`, own);
      });
    }
    if (!this.unsafe) checkTensor("A parametrization", this.forward(), like);
  }

  /** `value` back through all right inverses; with `lenient`, those that are missing change nothing. */
  private inverseOf(value: Tensor, lenient: boolean): Tensor | readonly Tensor[] {
    const result: unknown = no_grad(() =>
      [...this]
        .reverse()
        .reduce<Tensor | readonly Tensor[]>((x, module) => this.backThrough(module, x as Tensor, lenient), value),
    );
    if (result instanceof Tensor) return result;
    if (Array.isArray(result) && result.every((t) => t instanceof Tensor)) return result;
    throw new ValueError(
      "right_inverse",
      `'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got ${describe(result)}.`,
    );
  }

  private backThrough(module: Parametrization, value: Tensor, lenient: boolean): Tensor | readonly Tensor[] {
    if (module.right_inverse === undefined) {
      if (lenient) return value;
      throw new TorchError("right_inverse", `parametrization ${module._get_name()} does not implement right_inverse.`);
    }
    try {
      return module.right_inverse(value);
    } catch (error) {
      if (lenient && error instanceof NotImplementedError) return value;
      throw error;
    }
  }

  /** Makes the original such that the parametrized tensor is `value`. */
  right_inverse(value: Tensor): void {
    const result = this.inverseOf(value, false);
    const list = result instanceof Tensor ? [result] : result;
    if (result instanceof Tensor !== this.is_tensor || list.length !== this.ntensors) {
      throw new ValueError("right_inverse", `must return ${this.ntensors} tensor(s); got ${list.length}`);
    }
    list.forEach((tensor, i) => {
      const name = this.is_tensor ? "original" : `original${i}`;
      const original = fieldOf(this, name) as Tensor;
      if (tensor.dtype !== original.dtype) {
        throw new ValueError(
          "right_inverse",
          `The tensor returned by \`right_inverse\` has dtype ${tensor.dtype} while \`${name}\` has dtype ${original.dtype}`,
        );
      }
      assignData(original, detach(tensor));
    });
  }

  override forward(): Tensor {
    const names = this.is_tensor ? ["original"] : Array.from({ length: this.ntensors }, (_, i) => `original${i}`);
    const [first, ...others] = [...this];
    const start = first!(...names.map((name) => fieldOf(this, name))) as Tensor;
    return others.reduce((x, module) => module(x) as Tensor, start);
  }
}
