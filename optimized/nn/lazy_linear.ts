import { type ArgumentsOf, FACTORY, type Factory, signature } from "./arguments.js";
import { lazy } from "./lazy.js";
import { Linear } from "./linear.js";
import { UninitializedParameter } from "./uninitialized.js";

const linear = signature<[out_features: number, bias?: boolean, ...factory: Factory]>()("LazyLinear", 1, [
  "out_features",
  "bias",
  ...FACTORY,
]);

/**
 * A Linear whose in_features is the last size of its first input.
 *
 * State   weight, bias: UninitializedParameter before the first call, then those of Linear
 * Source  torch.nn.LazyLinear.
 */
export class LazyLinear extends lazy(Linear, (module: Linear, input) => {
  module.in_features = input.shape.at(-1)!;
  (module.weight as UninitializedParameter).materialize([module.out_features, module.in_features]);
  (module.bias as UninitializedParameter | null)?.materialize([module.out_features]);
  module.reset_parameters();
}) {
  constructor(...args: ArgumentsOf<typeof linear>) {
    const { out_features, bias = true, device, dtype } = linear(args);
    super(0, 0, { bias: false, device, dtype });
    const wait = () => new UninitializedParameter({ device: device ?? null, dtype: dtype ?? null });
    this.out_features = out_features;
    this.weight = wait();
    this.bias = bias ? wait() : null;
  }
}
