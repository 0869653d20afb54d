import type { Spec } from "../driver/spec.js";
import { activation } from "./activation.js";
import { angles } from "./angles.js";
import { arithmetic } from "./arithmetic.js";
import { arithmeticComposed } from "./arithmetic_composed.js";
import { closeness } from "./closeness.js";
import { complex } from "./complex.js";
import { conv } from "./conv.js";
import { copy } from "./copy.js";
import { differences } from "./differences.js";
import { indexing } from "./indexing.js";
import { logarithms } from "./logarithms.js";
import { lookup } from "./lookup.js";
import { loss } from "./loss.js";
import { lossLikelihood } from "./loss_likelihood.js";
import { lossMargin } from "./loss_margin.js";
import { lossMultiMargin } from "./loss_multi_margin.js";
import { matmul } from "./matmul.js";
import { normalization } from "./normalization.js";
import { pad } from "./pad.js";
import { pointwise } from "./pointwise.js";
import { pool } from "./pool.js";
import { random } from "./random.js";
import { rearrange } from "./rearrange.js";
import { recurrent } from "./recurrent.js";
import { reduce } from "./reduce.js";
import { scan } from "./scan.js";
import { softmax } from "./softmax.js";
import { sort } from "./sort.js";
import { specialValues } from "./special_values.js";
import { trapezoid } from "./trapezoid.js";
import { views } from "./views.js";

/** All specs: every op value is named by one of them. */
export const specs: readonly Spec[] = [
  ...pointwise,
  ...arithmetic,
  ...copy,
  ...views,
  ...reduce,
  ...activation,
  ...softmax,
  ...scan,
  ...sort,
  ...rearrange,
  ...matmul,
  ...indexing,
  ...loss,
  ...lossMargin,
  ...lossMultiMargin,
  ...lossLikelihood,
  ...normalization,
  ...pool,
  ...conv,
  ...pad,
  ...random,
  ...recurrent,
  ...lookup,
  ...complex,
  ...angles,
  ...arithmeticComposed,
  ...closeness,
  ...differences,
  ...logarithms,
  ...specialValues,
  ...trapezoid,
];
