#pragma once
#include <cstdint>

#include "core/abi.h"
#include "core/dtype.h"
#include "core/isa.h"

TSTORCH_BEGIN

constexpr int kMaxDims = 12;

/// A strided tensor as a kernel sees it; strides count elements. Written by `Block.tensor` in
/// optimized/backends/block.ts as [address, dtype, ndim, sizes..., strides...]; address 0 with ndim 0 means "absent".
struct TensorArg {
  void* data = nullptr;
  DType dtype = DType::float32;
  int ndim = 0;
  int64_t sizes[kMaxDims];
  int64_t strides[kMaxDims];

  explicit operator bool() const { return data != nullptr; }
  int64_t numel() const {
    int64_t n = 1;
    for (int d = 0; d < ndim; ++d) n *= sizes[d];
    return n;
  }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

/// Reads the argument block in the order in which it was written.
class Args {
 public:
  explicit Args(double* block) : start_(block), next_(block) {}

  double number() { return *next_++; }
  int64_t integer() { return static_cast<int64_t>(*next_++); }
  bool flag() { return *next_++ != 0; }
  DType dtype() { return static_cast<DType>(static_cast<int>(*next_++)); }
  template <class T>
  T* pointer() {
    return reinterpret_cast<T*>(static_cast<uintptr_t>(*next_++));
  }
  TensorArg tensor() {
    TensorArg t;
    t.data = pointer<void>();
    t.dtype = dtype();
    t.ndim = static_cast<int>(*next_++);
    for (int d = 0; d < t.ndim; ++d) t.sizes[d] = static_cast<int64_t>(*next_++);
    for (int d = 0; d < t.ndim; ++d) t.strides[d] = static_cast<int64_t>(*next_++);
    return t;
  }
  /// Number results go to the start of the block, where JavaScript reads them.
  void result(int index, double value) { start_[index] = value; }

 private:
  double* start_;
  double* next_;
};

TSTORCH_END
