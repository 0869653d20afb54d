// Where values belong in sorted sequences.
#include "cpu/keys.h"

TSTORCH_BEGIN

namespace {

/// How many of the n sorted elements are < value, or <= value if `right`. NaN counts as larger than everything.
template <bool right, class T>
int64_t Search(const T* sorted, int64_t n, T value) {
  int64_t low = 0, high = n;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    const T x = sorted[middle];
    if (right ? !(x > value) : !(x >= value))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace

/// [out, whether out is int32, values, sorted, dtype, rows, values of a row, elements of a sorted row, one sorted row for all, right]:
/// all dense.
KERNEL(searchsorted) {
  void* out = args.pointer<void>();
  const bool narrow = args.flag();
  const void* values = args.pointer<const void>();
  const void* sequence = args.pointer<const void>();
  const DType dtype = args.dtype();
  const int64_t rows = args.integer(), width = args.integer(), n = args.integer();
  const bool shared = args.flag(), right = args.flag();
  DispatchKeys("searchsorted", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ParallelFor(rows * width, kGrain / 16, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* sorted = static_cast<const T*>(sequence) + (shared ? 0 : i / width * n);
        const T value = static_cast<const T*>(values)[i];
        const int64_t at = right ? Search<true>(sorted, n, value) : Search<false>(sorted, n, value);
        if (narrow)
          static_cast<int32_t*>(out)[i] = static_cast<int32_t>(at);
        else
          static_cast<int64_t*>(out)[i] = at;
      }
    });
  });
}

TSTORCH_END
