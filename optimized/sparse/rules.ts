/** All rules for sparse tensors: importing this file registers them. */
import "./matmul.js";
import "./rules_arithmetic.js";
import "./rules_csr.js";
import "./rules_elementwise.js";
import "./rules_shape.js";
