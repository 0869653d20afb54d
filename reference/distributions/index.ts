/** What `torch.distributions` computes beyond compositions of ops: implicit gradients, matrix functions, densities. */
export { densities, type LogDensity } from "./densities.js";
export { dirichlet_grad } from "./dirichlet_gradient.js";
export { standard_gamma_grad } from "./gamma_gradient.js";
export * from "./linear_algebra.js";
