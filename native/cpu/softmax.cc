// Softmax, its logarithm and their gradients along one dim of a dense tensor, seen as [outer, n, inner].
#include "cpu/ahead.h"
#include "cpu/log_sum.h"
#include "cpu/slices.h"

TSTORCH_BEGIN

namespace {

/// Partial sums of a loop that does other things as well: one per lane, so that it is vectorised.
template <class T>
struct Lanes {
  static constexpr int kCount = 128 / sizeof(T);
  T sums[kCount] = {};

  T total() {
    for (int width = kCount / 2; width > 0; width /= 2)
      for (int k = 0; k < width; ++k) sums[k] += sums[k + width];
    return sums[0];
  }
};

/// Calls f(i, lane) for all i of [0, n), the lanes of one block of elements in a row, and asks for what lies ahead at `at`.
template <class T, class F>
void ForLanes(int64_t n, F f, const T* at) {
  constexpr int kCount = Lanes<T>::kCount;
  int64_t i = 0;
  for (; i + kCount <= n; i += kCount) {
    AskFor<kCount>(at + i + kAheadBytes / sizeof(T));
    for (int k = 0; k < kCount; ++k) f(i + k, k);
  }
  for (int k = 0; i < n; ++i, ++k) f(i, k);
}

template <class T>
void SoftmaxRow(T* out, const T* x, int64_t n) {
  const T max = FoldRun(Extremum<T, true>{}, x, 1, n);
  Lanes<T> lanes;
  ForLanes<T>(n, [&](int64_t i, int k) {
    const T e = ExpNegative(x[i] - max);
    out[i] = e;
    lanes.sums[k] += e;
  }, out);
  const T scale = T(1) / lanes.total();
  for (int64_t i = 0; i < n; ++i) out[i] *= scale;
}

template <class T>
void LogSoftmaxRow(T* out, const T* x, int64_t n) {
  const T max = FoldRun(Extremum<T, true>{}, x, 1, n);
  Lanes<T> lanes;
  ForLanes<T>(n, [&](int64_t i, int k) { lanes.sums[k] += ExpNegative(x[i] - max); }, out);
  const T log = Log(lanes.total());
  for (int64_t i = 0; i < n; ++i) out[i] = (x[i] - max) - log;
}

/// y (g - Σ g y)
template <class T>
void SoftmaxGradRow(T* out, const T* g, const T* y, int64_t n) {
  Lanes<T> lanes;
  ForLanes<T>(n, [&](int64_t i, int k) { lanes.sums[k] += g[i] * y[i]; }, out);
  const T dot = lanes.total();
  for (int64_t i = 0; i < n; ++i) out[i] = y[i] * (g[i] - dot);
}

/// g - exp(y) Σ g
template <class T>
void LogSoftmaxGradRow(T* out, const T* g, const T* y, int64_t n) {
  Lanes<T> lanes;
  ForLanes<T>(n, [&](int64_t i, int k) { lanes.sums[k] += g[i]; }, out);
  const T sum = lanes.total();
  for (int64_t i = 0; i < n; ++i) out[i] = g[i] - ExpNegative(y[i]) * sum;
}

/// Columns that are worked on at once: those of one block stay in the cache from the first pass to the last.
constexpr int64_t kColumns = 128;

/// Rows of `width` columns lie `stride` apart.
template <bool log, class T>
void SoftmaxColumns(T* out, const T* x, int64_t n, int64_t stride, int64_t width) {
  T max[kColumns], sums[kColumns];
  for (int64_t i = 0; i < width; ++i) {
    max[i] = Worst<T, true>();
    sums[i] = 0;
  }
  for (int64_t r = 0; r < n; ++r)
    for (int64_t i = 0; i < width; ++i) max[i] = Max(x[r * stride + i], max[i]);
  for (int64_t r = 0; r < n; ++r) {
    const T* from = x + r * stride;
    T* to = out + r * stride;
    for (int64_t i = 0; i < width; ++i) {
      const T shifted = from[i] - max[i];
      const T e = ExpNegative(shifted);
      to[i] = log ? shifted : e;
      sums[i] += e;
    }
  }
  for (int64_t i = 0; i < width; ++i) sums[i] = log ? Log(sums[i]) : T(1) / sums[i];
  for (int64_t r = 0; r < n; ++r) {
    T* to = out + r * stride;
    for (int64_t i = 0; i < width; ++i) to[i] = log ? to[i] - sums[i] : to[i] * sums[i];
  }
}

template <bool log, class T>
void SoftmaxGradColumns(T* out, const T* g, const T* y, int64_t n, int64_t stride, int64_t width) {
  T sums[kColumns];
  for (int64_t i = 0; i < width; ++i) sums[i] = 0;
  for (int64_t r = 0; r < n; ++r)
    for (int64_t i = 0; i < width; ++i) sums[i] += log ? g[r * stride + i] : g[r * stride + i] * y[r * stride + i];
  for (int64_t r = 0; r < n; ++r) {
    const T *grad = g + r * stride, *result = y + r * stride;
    T* to = out + r * stride;
    for (int64_t i = 0; i < width; ++i)
      to[i] = log ? grad[i] - ExpNegative(result[i]) * sums[i] : result[i] * (grad[i] - sums[i]);
  }
}

/// Calls row(at) for every row that is dense (inner is 1), or else columns(at, width) for every block of columns.
template <class Row, class Columns>
void ForEachSlice(const Slices& l, Row row, Columns columns) {
  if (l.n == 0 || l.inner == 0) return;
  if (l.inner == 1) {
    ParallelFor(l.outer, kGrain / (4 * l.n) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) row(o * l.n);
    });
    return;
  }
  const int64_t blocks = (l.inner + kColumns - 1) / kColumns;
  ParallelFor(l.outer * blocks, kGrain / (4 * l.n * (l.inner < kColumns ? l.inner : kColumns)) + 1,
              [&](int64_t begin, int64_t end) {
                for (int64_t task = begin; task < end; ++task) {
                  const int64_t first = task % blocks * kColumns;
                  columns(task / blocks * l.n * l.inner + first, l.inner - first < kColumns ? l.inner - first : kColumns);
                }
              });
}

template <bool log>
void Forward(Args& args) {
  void* out = args.pointer<void>();
  const void* x = args.pointer<void>();
  const Slices l = ReadSlices(args);
  DispatchFullFloat(log ? "log_softmax" : "softmax", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = static_cast<T*>(out);
    const T* from = static_cast<const T*>(x);
    ForEachSlice(
        l,
        [=](int64_t at) {
          if constexpr (log)
            LogSoftmaxRow(to + at, from + at, l.n);
          else
            SoftmaxRow(to + at, from + at, l.n);
        },
        [=](int64_t at, int64_t width) { SoftmaxColumns<log>(to + at, from + at, l.n, l.inner, width); });
  });
}

template <bool log>
void Backward(Args& args) {
  void* out = args.pointer<void>();
  const void* grad = args.pointer<void>();
  const void* result = args.pointer<void>();
  const Slices l = ReadSlices(args);
  DispatchFullFloat(log ? "log_softmax_backward" : "softmax_backward", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = static_cast<T*>(out);
    const T *g = static_cast<const T*>(grad), *y = static_cast<const T*>(result);
    ForEachSlice(
        l,
        [=](int64_t at) {
          if constexpr (log)
            LogSoftmaxGradRow(to + at, g + at, y + at, l.n);
          else
            SoftmaxGradRow(to + at, g + at, y + at, l.n);
        },
        [=](int64_t at, int64_t width) { SoftmaxGradColumns<log>(to + at, g + at, y + at, l.n, l.inner, width); });
  });
}

}  // namespace

/// [out, x, dtype, outer, n, inner]: all dense, float32 or float64.
KERNEL(softmax) { Forward<false>(args); }
KERNEL(log_softmax) { Forward<true>(args); }

/// [out, grad, result of the forward kernel, dtype, outer, n, inner]
KERNEL(softmax_backward) { Backward<false>(args); }
KERNEL(log_softmax_backward) { Backward<true>(args); }

TSTORCH_END
