#pragma once
// Asking for memory before it is needed. The hardware's own prefetching stops at each page and does not see stores coming:
// what writes to memory outside the cache takes a third less when its lines are asked for. (Measured: better than memcpy,
// memset and stores that bypass the cache, and the result is in the cache for the next op.)
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/isa.h"

TSTORCH_BEGIN

// The output may be one of the inputs, element for element, but never overlaps one otherwise: no iteration reads what
// another wrote. Without this GCC gives up on the longer functions.
#define TSTORCH_INDEPENDENT _Pragma("GCC ivdep")

/// Results of fewer bytes are likely to stay in the cache of a core.
constexpr int64_t kOutsideCache = 64 << 10;
/// How far ahead lines are asked for, in bytes.
constexpr int64_t kAheadBytes = 1024;
constexpr int64_t kLineBytes = 64;

/// Dtypes worth a second loop.
template <class T>
constexpr bool kAsksAhead = std::is_same_v<T, float> || std::is_same_v<T, double>;

template <int64_t kElements, class T>
inline void AskFor(const T* at) {
  constexpr int64_t bytes = kElements * static_cast<int64_t>(sizeof(T));
  for (int64_t b = 0; b < bytes; b += kLineBytes) __builtin_prefetch(reinterpret_cast<const char*>(at) + b);
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
      constexpr int64_t kBlock = kLineBytes / sizeof(T), kAhead = kAheadBytes / sizeof(T);
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

/// Writes bytes [0, bytes) at `to` line by line: store(i, n) writes n of them, all but at the ends a whole line.
template <class Store>
inline void ForLines(char* to, int64_t bytes, Store store) {
  int64_t i = 0;
  if (bytes >= 4 * kLineBytes) {
    i = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(to) & (kLineBytes - 1));
    store(int64_t{0}, i);
  }
  for (; i + kLineBytes <= bytes; i += kLineBytes) {
    __builtin_prefetch(to + i + kAheadBytes);
    store(i, kLineBytes);
  }
  store(i, bytes - i);
}

/// memcpy of much memory. Meanwhile it asks for what is copied next: `next`, or what lies behind.
inline void CopyAhead(void* to, const void* from, int64_t bytes, const void* next = nullptr) {
  char* const t = static_cast<char*>(to);
  const char* const f = static_cast<const char*>(from);
  const char* const ahead = next == nullptr ? f + kAheadBytes : static_cast<const char*>(next);
  ForLines(t, bytes, [=](int64_t i, int64_t n) {
    if (n == kLineBytes) {
      __builtin_prefetch(ahead + i);
      memcpy(t + i, f + i, kLineBytes);
    } else {
      memcpy(t + i, f + i, static_cast<size_t>(n));
    }
  });
}

/// Zeros in much memory.
inline void ZeroAhead(void* to, int64_t bytes) {
  char* const t = static_cast<char*>(to);
  ForLines(t, bytes, [=](int64_t i, int64_t n) {
    if (n == kLineBytes)
      memset(t + i, 0, kLineBytes);
    else
      memset(t + i, 0, static_cast<size_t>(n));
  });
}

TSTORCH_END
