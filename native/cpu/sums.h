#pragma once
// Sums over dense runs, in registers: GCC may not change the order of additions itself.
#include "cpu/simd.h"

TSTORCH_BEGIN

/// Σ x, two registers at a time.
template <class T>
T SumRun(const T* x, int64_t n) {
  constexpr int lanes = kLanes<T>;
  Vec<T> sums[2] = {};
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    sums[0] += LoadVec(x + i);
    sums[1] += LoadVec(x + i + lanes);
  }
  if (i + lanes <= n) {
    sums[0] += LoadVec(x + i);
    i += lanes;
  }
  if (i < n) sums[1] += LoadPart(x + i, static_cast<int>(n - i));
  return SumVec<T>(sums[0] + sums[1]);
}

/// Σ x·y
template <class T>
T DotRun(const T* x, const T* y, int64_t n) {
  constexpr int lanes = kLanes<T>;
  Vec<T> sum{};
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) sum = MulAdd(LoadVec(x + i), LoadVec(y + i), sum);
  if (i < n) sum = MulAdd(LoadPart(x + i, static_cast<int>(n - i)), LoadPart(y + i, static_cast<int>(n - i)), sum);
  return SumVec<T>(sum);
}

TSTORCH_END
