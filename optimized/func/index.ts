/** `torch.func`: transforms of functions. They nest in any order. */
export { functional_call, type FunctionalCallOptions, stack_module_state, type TensorDict } from "./functional_call.js";
export { grad, grad_and_value, type GradOptions } from "./grad.js";
export { hessian, type Jacobian, type JacobianOptions, jacfwd, jacrev } from "./jacobians.js";
export { jvp, type JvpOptions, linearize, vjp } from "./products.js";
export { type Dims, vmap, type VmapOptions } from "./vmap.js";
