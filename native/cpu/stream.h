#pragma once
// Stores that bypass the cache: a result larger than the cache would otherwise be read before it is written.
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/isa.h"

TSTORCH_BEGIN

/// Results from this size on are streamed; below, they are likely to be read again while in the last-level cache.
constexpr int64_t kStreamBytes = int64_t{24} << 20;
/// What is computed at a time before it is streamed. Short: the reads that follow must start soon.
constexpr int64_t kStageBytes = 1024;

/// How far before its use memory is asked for: the hardware's own prefetching stops at each page, which costs a tenth of
/// the bandwidth.
constexpr int64_t kAhead = 1024;

/// memcpy to a destination that is not read soon. `to` is aligned to its element size. Meanwhile it asks for what is
/// copied next: `next`, or what lies behind.
inline void StreamCopy(void* to, const void* from, int64_t bytes, const void* next = nullptr) {
#if defined(__x86_64__)
  char* t = static_cast<char*>(to);
  const char* f = static_cast<const char*>(from);
  const char* ahead = next == nullptr ? f + kAhead : static_cast<const char*>(next);
  const int64_t head = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(t) & 63);
  if (bytes < 128) {
    memcpy(t, f, static_cast<size_t>(bytes));
    return;
  }
  memcpy(t, f, static_cast<size_t>(head));
  int64_t i = head;
  for (; i + 64 <= bytes; i += 64) {
    __builtin_prefetch(ahead + i);
#if defined(__AVX512F__)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(t + i), _mm512_loadu_si512(f + i));
#else
    _mm256_stream_si256(reinterpret_cast<__m256i*>(t + i), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(f + i)));
    _mm256_stream_si256(reinterpret_cast<__m256i*>(t + i + 32),
                        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(f + i + 32)));
#endif
  }
  memcpy(t + i, f + i, static_cast<size_t>(bytes - i));
#else
  memcpy(to, from, static_cast<size_t>(bytes));
#endif
}

/// Makes streamed stores visible before the threads join.
inline void StreamFence() {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

TSTORCH_END
