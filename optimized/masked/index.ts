/** `torch.masked`: functions of the elements where a mask is true. */
export { amax, amin, argmax, argmin, logsumexp, mean, median, norm, prod, std, sum, var } from "./reductions.js";
export { cumprod, cumsum, log_softmax, logaddexp, normalize, softmax, softmin } from "./normalizations.js";
