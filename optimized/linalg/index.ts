/** `torch.linalg`: linear algebra. */
export { vectorCross as cross } from "../ops/cross.js";
