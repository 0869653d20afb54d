import { toNdArray } from "../backends/reference.js";
import { cpu } from "../core/device.js";
import { bool, type DType } from "../core/dtype.js";
import { TorchError, TorchTypeError } from "../core/errors.js";
import { resultType, type Scalar } from "../core/promotion.js";
import { Tensor } from "../core/tensor.js";
import { tensor } from "./creation.js";
import { describe, expectTensor, scalarTensor } from "./support.js";
import { transfer } from "./transfer.js";
import { item } from "./values.js";
import { reshape } from "./views.js";

/** Questions about values and tensors whose answer is no tensor, and `isin`. */

/** Whether `obj` is a tensor. Source: torch.is_tensor. */
export function is_tensor(obj: unknown): obj is Tensor {
  return obj instanceof Tensor;
}

/** How many elements a tensor has. Source: torch.numel. */
export function numel(input: Tensor): number {
  expectTensor("numel", "input", input);
  return input._numel;
}

const ofDtype =
  (name: string, answer: (dtype: DType) => boolean) =>
  (input: Tensor): boolean => {
    expectTensor(name, "input", input);
    return answer(input.dtype);
  };
export const is_floating_point = ofDtype("is_floating_point", (dtype) => dtype.is_floating_point);
export const is_complex = ofDtype("is_complex", (dtype) => dtype.is_complex);
export const is_signed = ofDtype("is_signed", (dtype) => dtype.is_signed);

/** No tensor puts a conjugation off. */
export const is_conj = ofDtype("is_conj", () => false);
export const is_neg = ofDtype("is_neg", () => false);

/** Whether the only element is not 0. Source: torch.is_nonzero. */
export function is_nonzero(input: Tensor): boolean {
  expectTensor("is_nonzero", "input", input);
  if (input._numel !== 1) {
    throw new TorchError(
      "is_nonzero",
      `Boolean value of Tensor with ${input._numel === 0 ? "no values" : "more than one value"} is ambiguous`,
    );
  }
  const value = item(input);
  return typeof value === "object" ? value.some((part) => part !== 0) : Boolean(Number(value) !== 0);
}

/** The dtype of a result of both, as type promotion has it. Source: torch.result_type. */
export function result_type(tensor1: Tensor | Scalar, tensor2: Tensor | Scalar): DType {
  return resultType([tensor1, tensor2]);
}

/** Name of the class of a value; of a tensor, of its dtype. Source: torch.typename. */
export function typename(obj: unknown): string {
  return obj instanceof Tensor ? String(obj.type()) : describe(obj).replace(/^an? /, "");
}

type Elements = Tensor | Scalar;
interface IsinOptions {
  assume_unique?: boolean;
  invert?: boolean;
}

/** Whether each element is among `test_elements`. Source: torch.isin. */
export function isin(elements: Elements, test_elements: Elements, options: IsinOptions = {}): Tensor {
  const dtype = resultType([elements, test_elements]);
  const values = (x: Elements) => toNdArray(transfer(x instanceof Tensor ? x : scalarTensor(x, dtype, cpu), cpu));
  if (!(elements instanceof Tensor || test_elements instanceof Tensor)) {
    throw new TorchTypeError("isin", "at least one of elements and test_elements must be a Tensor");
  }
  const among = new Set(values(test_elements).data);
  among.delete(Number.NaN); // NaN equals nothing
  const { shape, data } = values(elements);
  const found = Array.from(data, (value) => among.has(value) !== (options.invert ?? false));
  const device = (elements instanceof Tensor ? elements : (test_elements as Tensor)).device;
  return reshape(tensor(found, { dtype: bool, device }), shape);
}
