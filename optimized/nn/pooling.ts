import { ValueError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { python } from "./repr.js";
import { ntuple, type Size } from "./sizes.js";

/** Pooling over windows. Formulas and shapes: reference/ops/pool.ts. No state. Source: torch.nn. */

/** With return_indices a pair: the values and where they came from. */
export type MaxPoolResult = Tensor | readonly [output: Tensor, indices: Tensor];

const maxPool = signature<
  [
    kernel_size: Size,
    stride?: Size | null,
    padding?: Size,
    dilation?: Size,
    return_indices?: boolean,
    ceil_mode?: boolean,
  ]
>()("MaxPool", 1, ["kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode"]);

abstract class MaxPool extends Module {
  kernel_size: Size;
  stride: Size;
  padding: Size;
  dilation: Size;
  return_indices: boolean;
  ceil_mode: boolean;

  constructor(...args: ArgumentsOf<typeof maxPool>) {
    super();
    const { kernel_size, stride, padding = 0, dilation = 1, return_indices = false, ceil_mode = false } = maxPool(args);
    this.kernel_size = kernel_size;
    this.stride = stride ?? kernel_size;
    this.padding = padding;
    this.dilation = dilation;
    this.return_indices = return_indices;
    this.ceil_mode = ceil_mode;
  }
  protected get options() {
    const { kernel_size, stride, padding, dilation, ceil_mode, return_indices } = this;
    return [kernel_size, stride, padding, dilation, ceil_mode, return_indices] as const;
  }
  override extra_repr(): string {
    const { kernel_size, stride, padding, dilation, ceil_mode } = this;
    return (
      `kernel_size=${python(kernel_size)}, stride=${python(stride)}, padding=${python(padding)}, ` +
      `dilation=${python(dilation)}, ceil_mode=${python(ceil_mode)}`
    );
  }
}

/** The maximum of each window over [N, C, L]. */
export class MaxPool1d extends MaxPool {
  override forward(input: Tensor): Tensor {
    return F.max_pool1d(input, ...this.options) as Tensor;
  }
}
/** The maximum of each window over [N, C, H, W]. */
export class MaxPool2d extends MaxPool {
  override forward(input: Tensor): Tensor {
    return F.max_pool2d(input, ...this.options) as Tensor;
  }
}
/** The maximum of each window over [N, C, D, H, W]. */
export class MaxPool3d extends MaxPool {
  override forward(input: Tensor): Tensor {
    return F.max_pool3d(input, ...this.options) as Tensor;
  }
}

const unpool = signature<[kernel_size: Size, stride?: Size | null, padding?: Size]>()("MaxUnpool", 1, [
  "kernel_size",
  "stride",
  "padding",
]);
const unpoolCall = signature<[input: Tensor, indices: Tensor, output_size?: readonly number[] | null]>()(
  "MaxUnpool",
  2,
  ["input", "indices", "output_size"],
);

abstract class MaxUnpool extends Module {
  kernel_size: readonly number[];
  stride: readonly number[];
  padding: readonly number[];

  constructor(rank: number, args: readonly unknown[]) {
    super();
    const { kernel_size, stride, padding = 0 } = unpool(args);
    this.kernel_size = ntuple(rank, kernel_size);
    this.stride = ntuple(rank, stride ?? kernel_size);
    this.padding = ntuple(rank, padding);
  }
  override extra_repr(): string {
    const { kernel_size, stride, padding } = this;
    return `kernel_size=${python(kernel_size)}, stride=${python(stride)}, padding=${python(padding)}`;
  }
}

/** Puts values back to where MaxPool1d took them from; zeros elsewhere. */
export class MaxUnpool1d extends MaxUnpool {
  constructor(...args: ArgumentsOf<typeof unpool>) {
    super(1, args);
  }
  override forward(...args: ArgumentsOf<typeof unpoolCall>): Tensor {
    const { input, indices, output_size = null } = unpoolCall(args);
    return F.max_unpool1d(input, indices, this.kernel_size, this.stride, this.padding, output_size);
  }
}
/** Puts values back to where MaxPool2d took them from; zeros elsewhere. */
export class MaxUnpool2d extends MaxUnpool {
  constructor(...args: ArgumentsOf<typeof unpool>) {
    super(2, args);
  }
  override forward(...args: ArgumentsOf<typeof unpoolCall>): Tensor {
    const { input, indices, output_size = null } = unpoolCall(args);
    return F.max_unpool2d(input, indices, this.kernel_size, this.stride, this.padding, output_size);
  }
}
/** Puts values back to where MaxPool3d took them from; zeros elsewhere. */
export class MaxUnpool3d extends MaxUnpool {
  constructor(...args: ArgumentsOf<typeof unpool>) {
    super(3, args);
  }
  override forward(...args: ArgumentsOf<typeof unpoolCall>): Tensor {
    const { input, indices, output_size = null } = unpoolCall(args);
    return F.max_unpool3d(input, indices, this.kernel_size, this.stride, this.padding, output_size);
  }
}

const avgPool = signature<
  [
    kernel_size: Size,
    stride?: Size | null,
    padding?: Size,
    ceil_mode?: boolean,
    count_include_pad?: boolean,
    divisor_override?: number | null,
  ]
>()("AvgPool", 1, ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"]);

abstract class AvgPool extends Module {
  kernel_size: Size;
  stride: Size;
  padding: Size;
  ceil_mode: boolean;
  /** Whether padding counts as elements. */
  count_include_pad: boolean;
  /** What to divide by, in place of the number of elements. */
  divisor_override: number | null;

  constructor(...args: ArgumentsOf<typeof avgPool>) {
    super();
    const {
      kernel_size,
      stride,
      padding = 0,
      ceil_mode = false,
      count_include_pad = true,
      divisor_override,
    } = avgPool(args);
    this.kernel_size = kernel_size;
    this.stride = stride ?? kernel_size;
    this.padding = padding;
    this.ceil_mode = ceil_mode;
    this.count_include_pad = count_include_pad;
    this.divisor_override = divisor_override ?? null;
  }
  override extra_repr(): string {
    const { kernel_size, stride, padding } = this;
    return `kernel_size=${python(kernel_size)}, stride=${python(stride)}, padding=${python(padding)}`;
  }
}

/** The mean of each window over [N, C, L]. */
export class AvgPool1d extends AvgPool {
  constructor(...args: ArgumentsOf<typeof avgPool>) {
    super(...args);
    const { kernel_size, stride, padding, divisor_override } = this;
    if (divisor_override !== null) throw new ValueError("AvgPool1d", "there is no divisor_override in one dim");
    this.kernel_size = ntuple(1, kernel_size);
    this.stride = ntuple(1, stride);
    this.padding = ntuple(1, padding);
  }
  override forward(input: Tensor): Tensor {
    const { kernel_size, stride, padding, ceil_mode, count_include_pad } = this;
    return F.avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad);
  }
}
/** The mean of each window over [N, C, H, W]. */
export class AvgPool2d extends AvgPool {
  override forward(input: Tensor): Tensor {
    const { kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override } = this;
    return F.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);
  }
}
/** The mean of each window over [N, C, D, H, W]. */
export class AvgPool3d extends AvgPool {
  override forward(input: Tensor): Tensor {
    const { kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override } = this;
    return F.avg_pool3d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);
  }
}

const lpPool = signature<[norm_type: number, kernel_size: Size, stride?: Size | null, ceil_mode?: boolean]>()(
  "LPPool",
  2,
  ["norm_type", "kernel_size", "stride", "ceil_mode"],
);

abstract class LPPool extends Module {
  norm_type: number;
  kernel_size: Size;
  stride: Size | null;
  ceil_mode: boolean;

  constructor(...args: ArgumentsOf<typeof lpPool>) {
    super();
    const { norm_type, kernel_size, stride, ceil_mode = false } = lpPool(args);
    this.norm_type = norm_type;
    this.kernel_size = kernel_size;
    this.stride = stride ?? null;
    this.ceil_mode = ceil_mode;
  }
  override extra_repr(): string {
    const { norm_type, kernel_size, stride, ceil_mode } = this;
    return (
      `norm_type=${python(norm_type)}, kernel_size=${python(kernel_size)}, stride=${python(stride)}, ` +
      `ceil_mode=${python(ceil_mode)}`
    );
  }
}

/** (Σ xᵖ)^(1/p) of each window, p = norm_type, over [N, C, L]. */
export class LPPool1d extends LPPool {
  override forward(input: Tensor): Tensor {
    return F.lp_pool1d(input, this.norm_type, this.kernel_size, this.stride, this.ceil_mode);
  }
}
/** (Σ xᵖ)^(1/p) of each window, p = norm_type, over [N, C, H, W]. */
export class LPPool2d extends LPPool {
  override forward(input: Tensor): Tensor {
    return F.lp_pool2d(input, this.norm_type, this.kernel_size, this.stride, this.ceil_mode);
  }
}
