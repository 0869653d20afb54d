import "./provide.js";

export * from "./copy.js";
export {
  arange,
  as_tensor,
  empty,
  empty_like,
  empty_strided,
  eye,
  frombuffer,
  from_numpy,
  full,
  full_like,
  linspace,
  ones,
  ones_like,
  range,
  tensor,
  zeros,
  zeros_like,
} from "./creation.js";
export * from "./pointwise.js";
export { sum } from "./reduce.js";
export * from "./views.js";
