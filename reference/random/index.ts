export * from "./discrete.js";
export { sample_dirichlet, standard_gamma } from "./gamma.js";
export * from "./mt19937.js";
export * from "./normal.js";
export { rrelu } from "./rrelu.js";
export * from "./sampling.js";
