#pragma once
// Arithmetic on denormal numbers (of float: below 2^-126) takes a processor over a hundred cycles.
#include "core/isa.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

TSTORCH_BEGIN

/// Denormal numbers count as zero, and none arises, on this thread to the end of the scope.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | kFlushToZero | kDenormalsAreZero); }
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  static constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
  unsigned before_;
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" ::"r"(before_ | kFlushToZero));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" ::"r"(before_)); }

 private:
  static constexpr unsigned long kFlushToZero = 1ul << 24;
  unsigned long before_;
#endif
};

TSTORCH_END
