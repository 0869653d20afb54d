#pragma once
// Work sharing over the one OpenMP pool that oneDNN and OpenBLAS use too.
#include <omp.h>

#include <cstdint>

#include "core/isa.h"
#include "core/kernels.h"

TSTORCH_BEGIN

/// Fewer elements than this are not worth waking a second thread (measured: about 5 us).
constexpr int64_t kGrain = 32768;

/// How many threads share `n` items of work when each should get at least `grain`.
inline int ThreadsFor(int64_t n, int64_t grain) {
  const int64_t wanted = n / (grain > 0 ? grain : 1);
  const int available = GetHost().threads();
  return wanted <= 1 || available <= 1 || omp_in_parallel() ? 1 : wanted < available ? static_cast<int>(wanted) : available;
}

/// Runs f(begin, end) over [0, n) in contiguous parts whose bounds are multiples of `align`. `f` must not throw.
template <class F>
void ParallelFor(int64_t n, int64_t grain, F f, int64_t align = 1) {
  const int threads = ThreadsFor(n, grain);
  if (threads <= 1) {
    if (n > 0) f(int64_t{0}, n);
    return;
  }
  const int64_t part = ((n + threads - 1) / threads + align - 1) / align * align;
#pragma omp parallel for schedule(static, 1) num_threads(threads)
  for (int t = 0; t < threads; ++t) {
    const int64_t begin = t * part;
    const int64_t end = begin + part < n ? begin + part : n;
    if (begin < end) f(begin, end);
  }
}

TSTORCH_END
