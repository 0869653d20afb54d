/** `torch.distributions.kl`: Kullback-Leibler divergences. The other files register them. */
import "./same.js";
import "./vectors.js";
import "./cross.js";
import "./uniform.js";
import "./infinite.js";

export { kl_divergence, register_kl } from "./registry.js";
