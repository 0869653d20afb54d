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
import { folding } from "./fold.js";
import { fractionalPool } from "./fractional_pool.js";
import { gridSample } from "./grid_sample.js";
import { indexing } from "./indexing.js";
import { inplaceForms } from "./inplace_forms.js";
import { interpolation } from "./interpolate.js";
import { logarithms } from "./logarithms.js";
import { init } from "./init.js";
import { lookup } from "./lookup.js";
import { loss } from "./loss.js";
import { lossCtc } from "./loss_ctc.js";
import { lossLikelihood } from "./loss_likelihood.js";
import { lossMargin } from "./loss_margin.js";
import { lossMultiMargin } from "./loss_multi_margin.js";
import { matmul } from "./matmul.js";
import { nnUtils } from "./nn_utils.js";
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
import { sparse } from "./sparse.js";
import { specialBessel } from "./special_bessel.js";
import { specialGamma } from "./special_gamma.js";
import { specialNormal } from "./special_normal.js";
import { specialPolynomial } from "./special_polynomial.js";
import { specialValues } from "./special_values.js";
import { trapezoid } from "./trapezoid.js";
import { views } from "./views.js";
import { filling } from "./filling.js";
import { windows } from "./windows.js";
import { polar } from "./polar.js";
import { cross } from "./cross.js";
import { correlation } from "./correlation.js";
import { gradient } from "./gradient.js";
import { renorm } from "./renorm.js";
import { quantile } from "./quantile.js";
import { histogram } from "./histogram.js";

import { uncommon } from "./uncommon.js";
import { fusedArithmetic } from "./fused_arithmetic.js";
import { complexFunctions } from "./complex_functions.js";
import { maskedReduce } from "./masked_reduce.js";
import { cdist } from "./cdist.js";
import { segmentReduce } from "./segment_reduce.js";
import { frobeniusNorm } from "./frobenius_norm.js";
import { nativeNorms } from "./native_norms.js";
import { hostFunctions } from "./host_functions.js";
import { interleaved } from "./interleaved.js";
import { blocked } from "./blocked.js";
import { attention } from "./attention.js";

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
  ...sparse,
  ...specialValues,
  ...trapezoid,
  ...init,
  ...inplaceForms,
  ...filling,
  ...windows,
  ...polar,
  ...nnUtils,
  ...cross,
  ...correlation,
  ...gradient,
  ...renorm,
  ...interpolation,
  ...quantile,
  ...histogram,
  ...gridSample,
  ...uncommon,
  ...fusedArithmetic,
  ...complexFunctions,
  ...maskedReduce,
  ...folding,
  ...fractionalPool,
  ...cdist,
  ...specialGamma,
  ...specialNormal,
  ...specialBessel,
  ...specialPolynomial,
  ...lossCtc,
  ...segmentReduce,
  ...frobeniusNorm,
  ...nativeNorms,
  ...hostFunctions,
  ...interleaved,
  ...blocked,
  ...attention,
];
