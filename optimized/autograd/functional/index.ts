/** `torch.autograd.functional`: derivatives of functions, as matrices and as products with vectors. */
export { hessian, type HessianOptions, jacobian, type JacobianOptions, type Strategy } from "./jacobian.js";
export { hvp, jvp, type ProductOptions, vhp, vjp } from "./products.js";
