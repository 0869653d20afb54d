#pragma once
#include <cstdint>

#include "core/kernels.h"

TSTORCH_BEGIN

/// Uninitialised memory for the length of a kernel call.
template <class T>
class Scratch {
 public:
  explicit Scratch(int64_t n) : data_(static_cast<T*>(GetHost().allocate(static_cast<size_t>(n > 0 ? n : 1) * sizeof(T)))) {}
  ~Scratch() { GetHost().release(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* get() { return data_; }
  const T* get() const { return data_; }
  T& operator[](int64_t i) { return data_[i]; }
  const T& operator[](int64_t i) const { return data_[i]; }

 private:
  T* data_;
};

TSTORCH_END
