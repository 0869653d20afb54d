import type { Tensor } from "../core/tensor.js";
import { type ArgumentsOf, signature } from "./arguments.js";
import * as F from "./functional.js";
import { Module } from "./module.js";
import { python } from "./repr.js";
import { ntuple, type Size } from "./sizes.js";

/**
 * Padding of the last dims: `padding` is (before, after) of the last dim, then of the one before it, ...; or one number
 * for all. Formulas: reference/ops/spatial.ts. Source: torch.nn.
 */

const padding = signature<[padding: Size]>()("Pad", 1, ["padding"]);
const constant = signature<[padding: Size, value: number]>()("ConstantPad", 2, ["padding", "value"]);

abstract class ConstantPad extends Module {
  padding: readonly number[];
  value: number;

  constructor(sides: number, size: Size, value: number) {
    super();
    this.padding = ntuple(sides, size);
    this.value = value;
  }
  override forward(input: Tensor): Tensor {
    return F.pad(input, this.padding, "constant", this.value);
  }
  override extra_repr(): string {
    return `padding=${python(this.padding)}, value=${python(this.value)}`;
  }
}

/** Pads the last dim with `value`. */
export class ConstantPad1d extends ConstantPad {
  constructor(...args: ArgumentsOf<typeof constant>) {
    const { padding: size, value } = constant(args);
    super(2, size, value);
  }
}
/** Pads the last two dims with `value`. */
export class ConstantPad2d extends ConstantPad {
  constructor(...args: ArgumentsOf<typeof constant>) {
    const { padding: size, value } = constant(args);
    super(4, size, value);
  }
}
/** Pads the last three dims with `value`. */
export class ConstantPad3d extends ConstantPad {
  constructor(...args: ArgumentsOf<typeof constant>) {
    const { padding: size, value } = constant(args);
    super(6, size, value);
  }
}
/** Pads the last two dims with zeros. */
export class ZeroPad2d extends ConstantPad {
  constructor(...args: ArgumentsOf<typeof padding>) {
    super(4, padding(args).padding, 0);
  }
  override extra_repr(): string {
    return python(this.padding);
  }
}

abstract class ModePad extends Module {
  padding: readonly number[];

  constructor(sides: number, args: readonly unknown[]) {
    super();
    this.padding = ntuple(sides, padding(args).padding);
  }
  override extra_repr(): string {
    return python(this.padding);
  }
}

abstract class ReflectionPad extends ModePad {
  override forward(input: Tensor): Tensor {
    return F.pad(input, this.padding, "reflect");
  }
}
/** Continues the last dim by its mirror image, without the border. */
export class ReflectionPad1d extends ReflectionPad {
  constructor(...args: ArgumentsOf<typeof padding>) {
    super(2, args);
  }
}
/** Continues the last two dims by their mirror image, without the border. */
export class ReflectionPad2d extends ReflectionPad {
  constructor(...args: ArgumentsOf<typeof padding>) {
    super(4, args);
  }
}
/** Continues the last three dims by their mirror image, without the border. */
export class ReflectionPad3d extends ReflectionPad {
  constructor(...args: ArgumentsOf<typeof padding>) {
    super(6, args);
  }
}

abstract class ReplicationPad extends ModePad {
  override forward(input: Tensor): Tensor {
    return F.pad(input, this.padding, "replicate");
  }
}
/** Continues the last dim by its border. */
export class ReplicationPad1d extends ReplicationPad {
  constructor(...args: ArgumentsOf<typeof padding>) {
    super(2, args);
  }
}
/** Continues the last two dims by their border. */
export class ReplicationPad2d extends ReplicationPad {
  constructor(...args: ArgumentsOf<typeof padding>) {
    super(4, args);
  }
}
/** Continues the last three dims by their border. */
export class ReplicationPad3d extends ReplicationPad {
  constructor(...args: ArgumentsOf<typeof padding>) {
    super(6, args);
  }
}
