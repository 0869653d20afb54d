// log Σ exp(x) over any dims.
#include "cpu/log_sum.h"

TSTORCH_BEGIN

namespace {

/// Elements of short or strided runs are collected here, then added as one dense chunk.
template <class T>
struct Collector {
  LogSum<T> kept;
  T buffer[LogSum<T>::kChunk];
  int64_t filled = 0;

  void add(const T* x, int64_t stride, int64_t n) {
    if (stride == 1 && n >= 64) return kept.add(x, n);
    for (int64_t i = 0; i < n; ++i) {
      buffer[filled++] = x[i * stride];
      if (filled == LogSum<T>::kChunk) flush();
    }
  }
  const LogSum<T>& finish() {
    flush();
    return kept;
  }

 private:
  void flush() {
    kept.add(buffer, filled);
    filled = 0;
  }
};

/// One output: the threads share its runs, or the parts of its one run.
template <class T>
LogSum<T> OfAll(const Reduction& r) {
  const int64_t run = r.inner_size(), stride = r.inner_stride(), runs = run > 0 ? r.inputs / run : 0;
  const bool cut = runs == 1;
  const int64_t total = cut ? run : runs;
  const int64_t whole = cut ? kGrain : kGrain / (run > 0 ? run : 1) + 1;
  const int64_t parts = (total + whole - 1) / whole;
  Scratch<LogSum<T>> kept(parts);
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t first = p * whole, count = total - first < whole ? total - first : whole;
      Collector<T> part;
      if (cut)
        part.add(r.as<T>() + first * stride, stride, count);
      else
        Walk(r.reduced - 1, r.reduced_sizes, r.reduced_strides, first, count,
             [&](int64_t at) { part.add(r.as<T>() + at, stride, run); });
      kept[p] = part.finish();
    }
  });
  LogSum<T> result;
  for (int64_t p = 0; p < parts; ++p) result.join(kept[p]);
  return result;
}

/// Neighbouring outputs at once: their maxima, then their sums.
template <class T>
void DownColumns(const Reduction& r, T* out) {
  constexpr int64_t kBlock = 128;
  ForEachColumnBlock<T>(r, kBlock, [&](int64_t o, const T* first, int64_t width) {
    T max[kBlock], shift[kBlock], sums[kBlock];
    for (int64_t i = 0; i < width; ++i) {
      max[i] = Worst<T, true>();
      sums[i] = 0;
    }
    ForEachReducedRow(r, first, 0, r.inputs, [&](const T* row) {
      for (int64_t i = 0; i < width; ++i) max[i] = Max(row[i], max[i]);
    });
    // Where the largest is infinite it is the result, and the sum means nothing.
    for (int64_t i = 0; i < width; ++i) shift[i] = Abs(max[i]) == Worst<T, false>() ? T(0) : max[i];
    ForEachReducedRow(r, first, 0, r.inputs, [&](const T* row) {
      for (int64_t i = 0; i < width; ++i) sums[i] += ExpNegative(row[i] - shift[i]);
    });
    for (int64_t i = 0; i < width; ++i) out[o + i] = Abs(max[i]) == Worst<T, false>() ? max[i] : max[i] + Log(sums[i]);
  });
}

}  // namespace

/// [out, x]: float32 and float64; -∞ for no elements.
KERNEL(logsumexp) {
  void* out = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  DispatchFullFloat("logsumexp", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = static_cast<T*>(out);
    if (r.outputs == 1) {
      *to = OfAll<T>(r).log();
    } else if (r.down_columns()) {
      DownColumns(r, to);
    } else {
      const int64_t run = r.inner_size(), stride = r.inner_stride();
      ForEachOutput<T>(r, [&](int64_t o, const T* first) {
        Collector<T> all;
        ForEachReducedRun(r, first, [&](const T* x) { all.add(x, stride, run); });
        to[o] = all.finish().log();
      });
    }
  });
}

TSTORCH_END
