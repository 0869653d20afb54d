import "./ops/provide.js";
import { installMethods } from "./methods.js";

installMethods();

import * as torch from "./torch.js";

export * from "./torch.js";
export default torch;
