#pragma once
// Asking for memory before it is needed. The hardware's own prefetching stops at each page and does not see stores coming:
// an elementwise op whose result lies outside the cache takes a third less when its lines are asked for. (Measured: better
// than stores that bypass the cache, and the result is in the cache for the next op.)
#include <cstdint>
#include <type_traits>

#include "core/isa.h"

TSTORCH_BEGIN

// The output may be one of the inputs, element for element, but never overlaps one otherwise: no iteration reads what
// another wrote. Without this GCC gives up on the longer functions.
#define TSTORCH_INDEPENDENT _Pragma("GCC ivdep")

/// Results of fewer bytes are likely to stay in the cache of a core.
constexpr int64_t kOutsideCache = 64 << 10;
constexpr size_t kLine = 64;

/// Dtypes worth a second loop.
template <class T>
constexpr bool kAsksAhead = std::is_same_v<T, float> || std::is_same_v<T, double>;

template <int64_t kElements, class T>
inline void AskFor(const T* at) {
  for (size_t b = 0; b < kElements * sizeof(T); b += kLine) __builtin_prefetch(reinterpret_cast<const char*>(at) + b);
}

/// Whether `n` elements of T are more than a core's cache keeps.
template <class T>
constexpr bool IsOutsideCache(int64_t n) {
  return kAsksAhead<T> && n * static_cast<int64_t>(sizeof(T)) >= kOutsideCache;
}

/// body(i) for i in [0, n), vectorised. If the operands are `outside` the cache, their lines, at `at`..., are asked for ahead.
template <class T, class Body, class... Pointers>
inline __attribute__((always_inline)) void ForElements(int64_t n, bool outside, Body body, const Pointers*... at) {
  int64_t i = 0;
  if constexpr (kAsksAhead<T>) {
    if (outside) {
      constexpr int64_t kBlock = kLine / sizeof(T), kAhead = 1024 / sizeof(T);
      for (; i + kBlock <= n; i += kBlock) {
        (AskFor<kBlock>(at + i + kAhead), ...);
        TSTORCH_INDEPENDENT _Pragma("GCC unroll 1")  // unrolled, it would not be vectorised
        for (int64_t k = 0; k < kBlock; ++k) body(i + k);
      }
    }
  }
  TSTORCH_INDEPENDENT
  for (; i < n; ++i) body(i);
}

TSTORCH_END
