/** The memory of tensors as users see it: typed and untyped storages, and the types named after them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { dtypes } from "../optimized/core/dtype.js";
import type { TorchError } from "../optimized/core/errors.js";
import { typeNames } from "../optimized/core/type_names.js";
import torch from "../optimized/index.js";
import type { StorageType } from "../optimized/ops/storage_types.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const ONE_TWO = bytes(0, 0, 128, 63, 0, 0, 0, 64); // float32, little-endian

function expectError(f: () => unknown, kind: string, message: RegExp): void {
  expect(f).toThrow(message);
  try {
    f();
  } catch (error) {
    expect((error as TorchError).kind).toBe(kind);
  }
}

const typeOf = (name: string) => Reflect.get(torch, `${name}Storage`) as StorageType;

describe.each(dtypes.map((dtype) => [typeNames[dtype.name], dtype] as const))("%sStorage", (name, dtype) => {
  test("holds elements of its dtype", () => {
    const type = typeOf(name);
    const storage = new type([0, 1, 1]);
    expect(type.dtype).toBe(dtype);
    expect(storage.dtype).toBe(dtype);
    expect([storage.size(), storage.length, storage.nbytes()]).toEqual([3, 3, 3 * dtype.itemsize]);
    expect(storage.element_size()).toBe(dtype.itemsize);
    expect(storage.type()).toBe(`torch.${name}Storage`);
    expect(storage.tolist()).toEqual(torch.tensor([0, 1, 1], { dtype }).tolist());
    expect(new type(4).size()).toBe(4);
    expect(new type().size()).toBe(0);
  });
  test("is what tensors of its dtype have", () => {
    const x = torch.zeros([2, 3], { dtype });
    expect(x.storage()).toBeInstanceOf(typeOf(name));
    expect(x.storage()).toBeInstanceOf(torch.TypedStorage);
    expect(dtypes.filter((other) => x.storage() instanceof typeOf(typeNames[other.name]))).toEqual([dtype]);
    expect(torch.is_storage(x.storage())).toBe(true);
    expect(torch.is_storage(x)).toBe(false);
  });
  test("reads bytes in either order", () => {
    const x = torch.tensor([1, 0, 1], { dtype });
    const size = dtype.itemsize / (dtype.is_complex ? 2 : 1);
    const little = bytes(...x.storage().untyped().tolist().map(Number));
    const big = little.map((_, i) => little[i - (i % size) + size - 1 - (i % size)]!);
    expect(typeOf(name).from_buffer(little, "little").tolist()).toEqual(x.tolist());
    expect(typeOf(name).from_buffer(big, "big").tolist()).toEqual(x.tolist());
  });
  test("converts", () => {
    const floats = new (typeOf(name))([0, 1, 1]).float();
    expect(floats.dtype).toBe(torch.float32);
    expect(floats.tolist()).toEqual([0, 1, 1]);
  });
});

describe("a storage", () => {
  test("is the memory of its tensor, all of it", () => {
    const x = torch.arange(6).float();
    const storage = x.index("2:").storage();
    expect(storage.size()).toBe(6);
    storage.put(-1, 50);
    storage.fill_(7).put(0, torch.tensor(2));
    expect(x.tolist()).toEqual([2, 7, 7, 7, 7, 7]);
    expect(storage.at(0)).toBe(2);
    expect(storage.data_ptr()).toBe(x.data_ptr());
    expect([...storage.clone().fill_(0)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(x.sum().item()).toBe(37);
  });
  test("counts its changes for autograd", () => {
    const x = torch.ones(3, { requires_grad: true });
    const y = x.mul(1);
    const loss = y.square().sum();
    y.storage().fill_(0);
    expect(() => loss.backward()).toThrow(/modified/);
  });
  test("knows that it is no longer zero", () => {
    const zeros = torch.zeros(300);
    zeros.storage().copy_(torch.ones(300).storage());
    expect(zeros.sum().item()).toBe(300);
  });
  test("grows and shrinks", () => {
    const x = torch.tensor([1, 2, 3]);
    const storage = x.storage();
    expect(storage.resize_(500).size()).toBe(500);
    expect(storage.tolist().slice(0, 3)).toEqual([1, 2, 3]);
    expect(x.tolist()).toEqual([1, 2, 3]);
    expect(storage.resize_(2).tolist()).toEqual([1, 2]);
  });
  test("has a fixed size once it is shared", () => {
    const model = new torch.nn.Linear(2, 2).share_memory();
    expect(model.weight.is_shared()).toBe(true);
    expect(torch.ones(2).is_shared()).toBe(false);
    expectError(() => model.weight.storage().resize_(9), "RuntimeError", /not resizable/);
  });
  test("is a tensor again", () => {
    const ints = new torch.IntStorage([1, 2, 3]);
    expect(String(torch.tensor(ints))).toBe("tensor([1, 2, 3], dtype=torch.int32)");
    const alias = new torch.IntTensor(ints);
    alias.fill_(5);
    expect(ints.tolist()).toEqual([5, 5, 5]);
    const x = torch.zeros(1).set_(new torch.FloatStorage([4, 5, 6]), 1, [2]);
    expect(x.tolist()).toEqual([5, 6]);
    expect(
      torch
        .zeros(1)
        .set_(new torch.FloatStorage([4]), 0, [300])
        .storage()
        .size(),
    ).toBe(300);
    expect(torch.zeros(1).set_(torch.ones(2).storage().untyped()).tolist()).toEqual([1, 1]);
    expectError(() => torch.zeros(1).set_(ints), "RuntimeError", /torch.float32; got torch.int32/);
  });
  test("prints its elements", () => {
    expect(String(new torch.IntStorage([1, 2]))).toBe(
      " 1\n 2\n[torch.storage.TypedStorage(dtype=torch.int32, device=cpu) of size 2]",
    );
  });
  test("refuses what PyTorch refuses", () => {
    const s = new torch.FloatStorage([1, 2, 3]);
    expectError(() => s.at(3), "IndexError", /index 3 out of range for storage of size 3/);
    expectError(() => s.at(0.5), "RuntimeError", /can't index a storage/);
    expectError(() => s.copy_(new torch.DoubleStorage(3)), "RuntimeError", /size does not match: 24 bytes for 12/);
    expectError(() => s.pin_memory(), "AssertionError", /page-locked/);
    expectError(() => new torch.FloatStorage(3, 4), "RuntimeError", /too many arguments/);
    expectError(() => new torch.FloatStorage(-1), "RuntimeError", /whole number/);
    expectError(() => torch.FloatStorage.from_buffer(ONE_TWO), "RuntimeError", /byte_order/);
    expectError(() => torch.FloatStorage.from_buffer(ONE_TWO, "little", 3), "ValueError", /only 8 bytes/);
    expectError(() => torch.FloatStorage.from_buffer(ONE_TWO, "little", -1, 3), "ValueError", /multiple/);
    expectError(() => torch.ones(2).pin_memory(), "NotImplementedError", /page-locked/);
    expectError(() => torch.ones(2).fill_(torch.ones(1)), "RuntimeError", /0-dimension/);
  });
});

describe("an untyped storage", () => {
  test("holds bytes", () => {
    const storage = new torch.UntypedStorage([1, 2, 300]);
    expect(storage.tolist()).toEqual([1, 2, 44]);
    expect(storage.fill_(-1).int().tolist()).toEqual([255, 255, 255]);
    expect(storage.type()).toBe("torch.storage.UntypedStorage");
  });
  test("has parts over the same memory", () => {
    const x = torch.ones(2);
    x.storage().untyped().slice(4).fill_(0);
    expect(x.tolist()).toEqual([1, 0]);
  });
  test("is what a typed one wraps", () => {
    const wrap_storage = torch.ones(2).storage().untyped();
    expect(new torch.TypedStorage({ wrap_storage, dtype: torch.int32 }).tolist()).toEqual([1065353216, 1065353216]);
    expect(new torch.FloatStorage({ wrap_storage }).tolist()).toEqual([1, 1]);
  });
});

describe("from_file", () => {
  const folder = mkdtempSync(join(tmpdir(), "tstorch-storage-"));
  const file = join(folder, "two");
  writeFileSync(file, ONE_TWO);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("reads elements", () => {
    expect(torch.FloatStorage.from_file(file, false, 2).tolist()).toEqual([1, 2]);
    expect(torch.UntypedStorage.from_file(file, false, 4).tolist()).toEqual([0, 0, 128, 63]);
  });
  test("refuses files that are too short, absent, or to be mapped", () => {
    expectError(
      () => torch.FloatStorage.from_file(file, false, 3),
      "RuntimeError",
      /8 bytes, less than the required 12/,
    );
    expectError(() => torch.FloatStorage.from_file(`${file}x`, false, 3), "RuntimeError", /unable to open/);
    expectError(() => torch.FloatStorage.from_file(file, true, 2), "NotImplementedError", /mapping/);
  });
});

describe("types of tensors", () => {
  test("make tensors as before dtypes", () => {
    expect(new torch.Tensor(2, 3).shape).toEqual([2, 3]);
    expect(torch.Tensor([2, 3]).tolist()).toEqual([2, 3]);
    expect(new torch.LongTensor([1, 2]).dtype).toBe(torch.int64);
    const x = torch.ones(2);
    expect(new torch.Tensor(x).data_ptr()).toBe(x.data_ptr());
    expect(torch.ones(2).type(torch.DoubleTensor)).toMatchObject({ dtype: torch.float64 });
  });
  test("tell what a tensor is", () => {
    expect(torch.ones(2)).toBeInstanceOf(torch.Tensor);
    expect(torch.ones(2)).toBeInstanceOf(torch.FloatTensor);
    expect(torch.ones(2)).not.toBeInstanceOf(torch.DoubleTensor);
    class Mine extends torch.Tensor {}
    expect(new Mine([1, 2])).toBeInstanceOf(Mine);
    expect(new Mine([1, 2]).add(1).tolist()).toEqual([2, 3]);
  });
  test("set the default", () => {
    try {
      torch.set_default_tensor_type("torch.DoubleTensor");
      expect(torch.ones(1).dtype).toBe(torch.float64);
      expectError(() => torch.set_default_tensor_type(torch.IntTensor), "TypeError", /floating-point/);
      expectError(() => torch.set_default_tensor_type("foo"), "TypeError", /got foo/);
    } finally {
      torch.set_default_tensor_type(torch.FloatTensor);
    }
    expect(torch.get_default_dtype()).toBe(torch.float32);
  });
  test("denormal numbers are never flushed", () => {
    expect(torch.set_flush_denormal(true)).toBe(false);
  });
});
