import type { Device } from "../core/device.js";
import { type DType, get_default_dtype } from "../core/dtype.js";
import { TorchError } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";
import { assignData } from "../ops/autograd.js";
import { deviceOf, emptyTensor } from "../ops/support.js";
import { Parameter } from "./parameter.js";

/** Parameters and buffers whose shape is not known yet: that of lazy modules before their first call. */

export interface UninitializedOptions {
  requires_grad?: boolean;
  device?: Device | string | null;
  dtype?: DType | null;
}

let shapesReadable = 0;

/** While `f` runs, shapes that are not known read as [0]: for what only copies or moves tensors. */
export function withReadableShapes<T>(f: () => T): T {
  shapesReadable++;
  try {
    return f();
  } finally {
    shapesReadable--;
  }
}

/** From now on the shape of `tensor` can be set, but not read. */
function hideShape(tensor: Tensor): void {
  Object.defineProperty(tensor, "shape", {
    configurable: true,
    enumerable: true,
    get(): readonly number[] {
      if (shapesReadable > 0) return [0];
      throw new TorchError(
        "",
        "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in " +
          "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` to " +
          "initialize the parameters before accessing their attributes.",
      );
    },
    set() {},
  });
}

function materialize(tensor: Tensor, kind: object, shape: readonly number[], options: UninitializedOptions): void {
  const device = options.device == null ? tensor.device : deviceOf(options);
  const value = emptyTensor(shape, options.dtype ?? tensor.dtype, device);
  Object.defineProperty(tensor, "shape", { value: shape, writable: true, configurable: true, enumerable: true });
  assignData(tensor, value);
  Object.setPrototypeOf(tensor, kind);
}

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * A parameter without a shape; `materialize` makes it a Parameter, not initialised.
 *
 * Source  torch.nn.parameter.UninitializedParameter.
 */
export class UninitializedParameter extends Parameter {
  constructor({ requires_grad = true, device, dtype }: UninitializedOptions = {}) {
    super(emptyTensor([0], dtype ?? get_default_dtype(), deviceOf({ device: device ?? null })), requires_grad);
    hideShape(this);
  }
  materialize(shape: readonly number[], options: Omit<UninitializedOptions, "requires_grad"> = {}): void {
    materialize(this, Parameter.prototype, shape, options);
  }
  [INSPECT](): string {
    return "<UninitializedParameter>";
  }
}

/**
 * A buffer without a shape; `materialize` makes it a Tensor, not initialised.
 *
 * Source  torch.nn.parameter.UninitializedBuffer.
 */
export class UninitializedBuffer extends Tensor {
  constructor({ device, dtype }: UninitializedOptions = {}) {
    const from = emptyTensor([0], dtype ?? get_default_dtype(), deviceOf({ device: device ?? null }));
    super(from._storage, from.shape, from._strides, from._offset, from.dtype);
    hideShape(this);
  }
  materialize(shape: readonly number[], options: Omit<UninitializedOptions, "requires_grad"> = {}): void {
    materialize(this, Tensor.prototype, shape, options);
  }
  [INSPECT](): string {
    return "<UninitializedBuffer>";
  }
}

/** Whether a tensor waits for its shape. Source: torch.nn.parameter.is_lazy. */
export function is_lazy(value: unknown): value is UninitializedParameter | UninitializedBuffer {
  return value instanceof UninitializedParameter || value instanceof UninitializedBuffer;
}
