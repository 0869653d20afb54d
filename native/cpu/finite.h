#pragma once
// Whether numbers are finite: 0 times one of them is 0, and NaN otherwise, which no sum loses.
#include <atomic>

#include "core/parallel.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

inline bool AllFinite(const float* x, int64_t n) {
  constexpr int lanes = kLanes<float>;
  std::atomic<bool> all{true};
  ParallelFor(n, kGrain, [&](int64_t begin, int64_t end) {
    Vec<float> sum{};
    const Vec<float> zero{};
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes) sum = MulAdd(LoadVec(x + i), zero, sum);
    if (i < end) sum = MulAdd(LoadPart(x + i, static_cast<int>(end - i)), zero, sum);
    if (!(SumVec<float>(sum) == 0)) all = false;
  });
  return all;
}

TSTORCH_END
