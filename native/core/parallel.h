#pragma once
// Work sharing over the threads of the pool.
#include <algorithm>
#include <cstdint>

#include "core/isa.h"
#include "core/kernels.h"
#include "core/thread_pool.h"

TSTORCH_BEGIN

/// Fewer elements than this are not worth waking a second thread (measured: about 5 us).
constexpr int64_t kGrain = 32768;
/// How many ranges a thread begins with, so that others can take some of them.
constexpr int64_t kRangesPerThread = 4;

/// How many threads share `n` items of work when each should get at least `grain`.
inline int ThreadsFor(int64_t n, int64_t grain) {
  const int64_t wanted = n / (grain > 0 ? grain : 1);
  const int available = GetHost().threads();
  return wanted <= 1 || available <= 1 || ThreadPool::InParallel() ? 1 : wanted < available ? static_cast<int>(wanted) : available;
}

/// Runs f(begin, end) over [0, n) in contiguous parts whose bounds are multiples of `align`, of at least a fourth of
/// `grain`. `f` must not throw.
template <int64_t kRanges = kRangesPerThread, class F>
void ParallelFor(int64_t n, int64_t grain, const F& f, int64_t align = 1) {
  const int threads = ThreadsFor(n, grain);
  if (threads <= 1) {
    if (n > 0) f(int64_t{0}, n);
    return;
  }
  const int64_t ranges = kRanges * threads;
  const int64_t step = ((n + ranges - 1) / ranges + align - 1) / align * align;
  ThreadPool::Get().Run(
      threads, n, step, [](const void* work, int64_t begin, int64_t end) { (*static_cast<const F*>(work))(begin, end); }, &f);
}

/// The same for strips of a matrix that go through all of its rows: the wider the better, so one for each thread.
template <class F>
void ParallelStrips(int64_t n, int64_t grain, const F& f, int64_t align) {
  ParallelFor<1>(n, grain, f, align);
}

/// Calls f(part) for each of `parts` parts of work that has to be shared in no more parts than there are threads.
template <class F>
void ParallelParts(int parts, const F& f) {
  ThreadPool::Get().Run(
      parts, parts, 1, [](const void* work, int64_t part, int64_t) { (*static_cast<const F*>(work))(part); }, &f);
}

TSTORCH_END
