/** `torch.distributions.transforms`: changes of variables. */
export { AffineTransform } from "./affine.js";
export { CorrCholeskyTransform, LowerCholeskyTransform } from "./cholesky.js";
export { ComposeTransform, identity_transform } from "./compose.js";
export { CumulativeDistributionTransform } from "./cumulative.js";
export { IndependentTransform } from "./independent.js";
export { CatTransform, StackTransform } from "./parts.js";
export {
  AbsTransform,
  ExpTransform,
  SigmoidTransform,
  SoftplusTransform,
  TanhTransform,
} from "./pointwise.js";
export { PowerTransform } from "./power.js";
export { ReshapeTransform } from "./reshape.js";
export { SoftmaxTransform, StickBreakingTransform } from "./simplex.js";
export { Transform } from "./transform.js";
