import { autocastState } from "../core/autocast.js";
import { float32, float64 } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import type { Tensor } from "../core/tensor.js";
import { fullPrecision } from "./autocast.js";
import { atan2 } from "./angles.js";
import { detach } from "./autograd.js";
import { complex, imag, real } from "./complex.js";
import { conjugated } from "./conj.js";
import { copy_, to } from "./copy.js";
import { computeDtype, type OutOption, takeOut } from "./elementwise.js";
import { fill } from "./filling.js";
import { moveTo } from "./out.js";
import { cos, eq, isnan, logical_and, lt, mul, sin, where } from "./pointwise.js";
import { expectTensor } from "./support.js";

/** Complex numbers by length and angle. Formulas and special values: reference/ops/polar.ts. */

const OUT = ["out"];

/** abs · (cos angle + i sin angle); the two broadcast. Source: torch.polar. */
export function polar(abs: Tensor, angle: Tensor, options?: OutOption): Tensor {
  if (autocastState.on) return fullPrecision(polar, abs, angle, options);
  expectTensor("polar", "abs", abs);
  expectTensor("polar", "angle", angle);
  if (abs.dtype !== angle.dtype || (abs.dtype !== float32 && abs.dtype !== float64)) {
    throw new DtypeError("polar", `abs and angle must both be float32 or float64; got ${abs.dtype} and ${angle.dtype}`);
  }
  const out = takeOut("polar", options, OUT);
  const result = complex(mul(abs, cos(angle)), mul(abs, sin(angle)));
  if (out !== null && out.dtype !== result.dtype) {
    throw new DtypeError("polar", `the result has dtype ${result.dtype}, but argument 'out' has ${out.dtype}`);
  }
  return moveTo(out, "polar", result);
}

/** The constants 0 and π, which have gradient 0. */
function realAngle(x: Tensor): Tensor {
  const floats = to(x, computeDtype("float", x.dtype));
  return where(isnan(floats), Number.NaN, where(lt(floats, 0), Math.PI, fill(floats, 0)));
}

/** At 0 the derivative of atan2 is infinite; its gradient there is 0. */
function complexAngle(z: Tensor): Tensor {
  const [x, y] = [real(z), imag(z)];
  const zero = logical_and(eq(x, 0), eq(y, 0));
  return where(zero, atan2(detach(y), detach(x)), atan2(y, where(zero, 1, x)));
}

/** The angle of each number, in [−π, π]: of a real one 0 or π. Source: torch.angle. */
export function angle(input: Tensor, options?: OutOption): Tensor {
  expectTensor("angle", "input", input);
  const result = input.dtype.is_complex ? complexAngle(input) : realAngle(input);
  return moveTo(takeOut("angle", options, OUT), "angle", result);
}

/** The imaginary part negated, at once: nothing is put off. Real tensors are returned as they are. Source: torch.conj. */
export function conj(input: Tensor): Tensor {
  expectTensor("conj", "input", input);
  return conjugated(input);
}

/** The imaginary part negated; real tensors are returned as they are. Source: torch.conj_physical. */
export function conj_physical(input: Tensor, options?: OutOption): Tensor {
  expectTensor("conj_physical", "input", input);
  return moveTo(takeOut("conj_physical", options, OUT), "conj_physical", conjugated(input));
}

/** In-place forms: methods only. */
export const polarInplace = {
  conj_physical_: (self: Tensor): Tensor => copy_(self, conjugated(self)),
};
