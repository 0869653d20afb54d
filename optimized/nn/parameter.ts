import { get_default_dtype } from "../core/dtype.js";
import { Tensor } from "../core/tensor.js";
import { setRequiresGrad } from "../ops/autograd.js";
import { deviceOf, emptyTensor } from "../ops/support.js";
import { type ArgumentsOf, signature } from "./arguments.js";

const parameter = signature<[data?: Tensor | null, requires_grad?: boolean]>()("Parameter", 0, [
  "data",
  "requires_grad",
]);

/**
 * A tensor that is trained: as a field of a module it is one of its parameters. It shares the memory of `data` and is
 * a leaf of the graph.
 *
 * Source  torch.nn.Parameter.
 */
export class Parameter extends Tensor {
  constructor(...args: ArgumentsOf<typeof parameter>) {
    const { data, requires_grad = true } = parameter(args);
    const from = data ?? emptyTensor([0], get_default_dtype(), deviceOf(undefined));
    super(from._storage, from.shape, from._strides, from._offset, from.dtype);
    setRequiresGrad(this, requires_grad);
  }

  /** @internal Printing says "Parameter containing:". */
  get _isParameter(): boolean {
    return true;
  }
}
