import * as ref from "../../reference/ops/index.js";
import { bool, type DType } from "../core/dtype.js";
import { DtypeError } from "../core/errors.js";
import { binary, ofTensors } from "./elementwise.js";

/** Divisors and shifts of integers. Formulas and special values: reference/ops/integers.ts. */

function integerRow(name: string, reference: typeof ref.gcd) {
  return binary({
    name,
    reference,
    check: (dtype: DType) => {
      if (dtype.is_floating_point || dtype.is_complex || dtype === bool) {
        throw new DtypeError(name, `not implemented for ${dtype}: it takes integers`);
      }
    },
  });
}

const gcdRow = integerRow("gcd", ref.gcd);
const lcmRow = integerRow("lcm", ref.lcm);
const leftShiftRow = integerRow("bitwise_left_shift", ref.bitwise_left_shift);
const rightShiftRow = integerRow("bitwise_right_shift", ref.bitwise_right_shift);

/** Greatest common divisor. Source: torch.gcd. */
export const gcd = ofTensors("gcd", gcdRow.call);
/** Least common multiple. Source: torch.lcm. */
export const lcm = ofTensors("lcm", lcmRow.call);
/** input · 2ᵒᵗʰᵉʳ, without the bits that fall out. Source: torch.bitwise_left_shift. */
export const bitwise_left_shift = leftShiftRow.call;
/** ⌊input / 2ᵒᵗʰᵉʳ⌋. Source: torch.bitwise_right_shift. */
export const bitwise_right_shift = rightShiftRow.call;

/** In-place forms: methods only. */
export const integersInplace = {
  gcd_: gcdRow.inplace,
  lcm_: lcmRow.inplace,
  bitwise_left_shift_: leftShiftRow.inplace,
  bitwise_right_shift_: rightShiftRow.inplace,
};
