import * as ref from "../../reference/ops/index.js";
import { bool, uint8 } from "../core/dtype.js";
import { DtypeError, TorchError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { activation, derivative, type InplaceArguments, type Numbers, run, withInplace } from "./activation_op.js";
import { to } from "./copy.js";
import { abs, exp, gt, le, lt, mul, where } from "./pointwise.js";
import { type Arguments, expectTensor, signature } from "./support.js";

/** Activations that are put together of pieces. Formulas and special values: reference/ops/activation.ts. */

const hardtanhCommon = {
  kernel: "clamp",
  reference: ref.hardtanh,
  derivative: derivative({ kernel: "hardtanh_backward", reference: ref.hardtanh_backward }),
  integers: true,
} as const;
const hardtanhRow = activation({ ...hardtanhCommon, name: "hardtanh", reads: "input" });
/** In place the input is gone; the output is inside the limits where the input was. */
const hardtanhFromOutput = activation({ ...hardtanhCommon, name: "hardtanh_", reads: "output" });

function checkHardtanh(input: Tensor, min: number, max: number): Numbers {
  expectTensor("hardtanh", "input", input);
  if (input.dtype === bool) throw new DtypeError("hardtanh", "Bool inputs not supported for hardtanh");
  if (input.dtype === uint8 && (min < 0 || max < 0)) {
    throw new DtypeError("hardtanh", "cannot do hardtanh on an unsigned type with negative limits");
  }
  return [min, max];
}

interface HardtanhOptions {
  min_val?: number;
  max_val?: number;
  inplace?: boolean;
}
const readHardtanh = signature<HardtanhOptions>("hardtanh", ["min_val", "max_val", "inplace"]);
type HardtanhArguments = Arguments<[min_val?: number, max_val?: number, inplace?: boolean], HardtanhOptions>;
/** min(max(x, min_val), max_val). Source: torch.nn.functional.hardtanh. */
export function hardtanh(input: Tensor, ...args: HardtanhArguments): Tensor {
  const { min_val = -1, max_val = 1, inplace = false } = readHardtanh(args);
  return run(inplace ? hardtanhFromOutput : hardtanhRow, input, inplace, checkHardtanh(input, min_val, max_val));
}
export function hardtanh_(input: Tensor, min_val = -1, max_val = 1): Tensor {
  return hardtanhFromOutput.inplace(input, checkHardtanh(input, min_val, max_val));
}

const readRelu6 = signature<{ inplace?: boolean }>("relu6", ["inplace"]);
/** min(max(x, 0), 6). Source: torch.nn.functional.relu6. */
export function relu6(input: Tensor, ...args: InplaceArguments): Tensor {
  return hardtanh(input, { min_val: 0, max_val: 6, inplace: readRelu6(args).inplace });
}

const hardsigmoidRow = activation({
  name: "hardsigmoid",
  reference: ref.hardsigmoid,
  reads: "input",
  derivative: derivative({ kernel: "hardsigmoid_backward", reference: ref.hardsigmoid_backward }),
});
/** min(max(x + 3, 0), 6) / 6. Source: torch.nn.functional.hardsigmoid. */
export const hardsigmoid = withInplace("hardsigmoid", hardsigmoidRow);

const hardswishRow = activation({
  name: "hardswish",
  reference: ref.hardswish,
  reads: "input",
  derivative: derivative({
    kernel: "hardswish_backward",
    reference: ref.hardswish_backward,
    curvature: (x) => mul(to(lt(abs(x), 3), x.dtype), 1 / 3),
  }),
});
/** x · min(max(x + 3, 0), 6) / 6. Source: torch.nn.functional.hardswish. */
export const hardswish = withInplace("hardswish", hardswishRow);

const thresholdRow = activation({
  name: "threshold",
  reference: ref.threshold,
  reads: "input",
  derivative: derivative({ kernel: "threshold_backward", reference: ref.threshold_backward }),
  integers: true,
});
const readThreshold = signature<{ inplace?: boolean }>("threshold", ["inplace"]);
/** value where x ≤ threshold, else x. Source: torch.nn.functional.threshold. */
export function threshold(input: Tensor, threshold: number, value: number, ...args: InplaceArguments): Tensor {
  return run(thresholdRow, input, readThreshold(args).inplace === true, [threshold, value]);
}
export function threshold_(input: Tensor, threshold: number, value: number): Tensor {
  return thresholdRow.inplace(input, [threshold, value]);
}

const shrinkDerivative = derivative({ kernel: "shrink_backward", reference: ref.shrink_backward });
const hardshrinkRow = activation({
  name: "hardshrink",
  reference: ref.hardshrink,
  reads: "input",
  derivative: shrinkDerivative,
});
interface LambdOption {
  lambd?: number;
}
type LambdArguments = Arguments<[lambd?: number], LambdOption>;
const readHardshrink = signature<LambdOption>("hardshrink", ["lambd"]);
/** 0 where |x| ≤ lambd, else x. Source: torch.nn.functional.hardshrink. */
export function hardshrink(input: Tensor, ...args: LambdArguments): Tensor {
  const { lambd = 0.5 } = readHardshrink(args);
  return hardshrinkRow.call(input, [lambd]);
}

const softshrinkRow = activation({
  name: "softshrink",
  reference: ref.softshrink,
  reads: "input",
  derivative: shrinkDerivative,
});
const readSoftshrink = signature<LambdOption>("softshrink", ["lambd"]);
/** x moved by lambd towards 0, and 0 where |x| ≤ lambd. Source: torch.nn.functional.softshrink. */
export function softshrink(input: Tensor, ...args: LambdArguments): Tensor {
  const { lambd = 0.5 } = readSoftshrink(args);
  if (lambd < 0) throw new TorchError("softshrink", `lambda must be greater or equal to 0, but found to be ${lambd}`);
  return softshrinkRow.call(input, [lambd]);
}

// f = scale · (x, or alpha · (e^(input_scale·x) − 1) where x ≤ 0); options: alpha, scale, input_scale.
const eluRow = activation({
  name: "elu",
  reference: ref.eluFamily,
  reads: "input",
  derivative: derivative({
    kernel: "elu_backward",
    reference: ref.elu_backward,
    curvature: (x, [alpha, scale, inputScale]) =>
      where(gt(x, 0), 0, mul(exp(mul(x, inputScale!)), scale! * alpha! * inputScale! ** 2)),
  }),
});
/** In place the input is gone; for alpha ≥ 0 the output tells the derivative. */
const eluFromOutput = activation({
  name: "elu_",
  kernel: "elu",
  reference: ref.eluFamily,
  reads: "output",
  derivative: derivative({
    kernel: "elu_backward_from_output",
    reference: ref.elu_backward_from_output,
    curvature: (y, [, , inputScale]) => mul(to(le(y, 0), y.dtype), inputScale!),
  }),
});
function eluWith(input: Tensor, inplace: boolean, alpha: number, scale: number, inputScale: number): Tensor {
  const row = inplace && alpha >= 0 ? eluFromOutput : eluRow;
  return run(row, input, inplace, [alpha, scale, inputScale]);
}

interface AlphaOptions {
  alpha?: number;
  inplace?: boolean;
}
type AlphaArguments = Arguments<[alpha?: number, inplace?: boolean], AlphaOptions>;

const readElu = signature<AlphaOptions>("elu", ["alpha", "inplace"]);
/** x where x > 0, else alpha · (eˣ − 1). Source: torch.nn.functional.elu. */
export function elu(input: Tensor, ...args: AlphaArguments): Tensor {
  const { alpha = 1, inplace = false } = readElu(args);
  return eluWith(input, inplace, alpha, 1, 1);
}
export function elu_(input: Tensor, alpha = 1): Tensor {
  return eluWith(input, true, alpha, 1, 1);
}

const readSelu = signature<{ inplace?: boolean }>("selu", ["inplace"]);
/** scale · elu(x) with the constants that keep mean 0 and variance 1. Source: torch.nn.functional.selu. */
export function selu(input: Tensor, ...args: InplaceArguments): Tensor {
  return eluWith(input, readSelu(args).inplace === true, ref.SELU_ALPHA, ref.SELU_SCALE, 1);
}
export function selu_(input: Tensor): Tensor {
  return selu(input, true);
}

const readCelu = signature<AlphaOptions>("celu", ["alpha", "inplace"]);
/** x where x > 0, else alpha · (e^(x/alpha) − 1). Source: torch.nn.functional.celu. */
export function celu(input: Tensor, ...args: AlphaArguments): Tensor {
  const { alpha = 1, inplace = false } = readCelu(args);
  if (alpha === 0) throw new TorchError("celu", "ZeroDivisionError: alpha cannot be 0 for CELU");
  return eluWith(input, inplace, alpha, 1, 1 / alpha);
}
export function celu_(input: Tensor, alpha = 1): Tensor {
  return celu(input, alpha, true);
}
