#pragma once
// Checks of indices. They run before anything is written, and name the first index that is wrong.
#include <atomic>
#include <string>

#include "core/error.h"
#include "core/parallel.h"

TSTORCH_BEGIN

/// Which indices a dim of `size` takes: [0, size), or [-size, size) where negative ones count from the end.
struct Bounds {
  int64_t size;
  bool from_end;

  bool contains(int64_t i) const { return from_end ? i >= -size && i < size : static_cast<uint64_t>(i) < static_cast<uint64_t>(size); }
  int64_t wrapped(int64_t i) const { return i < 0 ? i + size : i; }
};

/// The smallest position of a bad index that any thread found.
class FirstBad {
 public:
  void at(int64_t position) {
    int64_t before = position_.load(std::memory_order_relaxed);
    while (position < before && !position_.compare_exchange_weak(before, position, std::memory_order_relaxed)) {
    }
  }
  bool found() const { return position_.load(std::memory_order_relaxed) != kNone; }
  int64_t position() const { return position_.load(std::memory_order_relaxed); }

 private:
  static constexpr int64_t kNone = INT64_MAX;
  std::atomic<int64_t> position_{kNone};
};

/// `kind` is the exception that PyTorch raises in the same place.
[[noreturn]] inline void ThrowBadIndex(const char* op, int64_t index, int64_t dim, int64_t size, const char* kind) {
  throw Error(std::string(op) + ": index " + std::to_string(index) + " is out of bounds for dimension " + std::to_string(dim) +
                  " with size " + std::to_string(size),
              kind);
}

TSTORCH_END
