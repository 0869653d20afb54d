// Means of windows: see cpu/pool.h.
#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/pool.h"

TSTORCH_BEGIN

namespace {

/// By what the sum of a window is divided.
struct Divisor {
  bool include_padding;
  int64_t fixed;  // 0: the number of elements
  int64_t operator()(const Pooling& p, int64_t d, int64_t h, int64_t w) const {
    if (fixed != 0) return fixed;
    const int64_t position[3] = {d, h, w};
    int64_t count = 1;
    for (int k = 0; k < 3; ++k) {
      const Axis& a = p.axes[k];
      const int64_t limit = include_padding ? a.in + a.padding : a.in;
      const int64_t begin = a.begin(position[k]), end = a.end(position[k]);
      count *= (end < limit ? end : limit) - (include_padding || begin > 0 ? begin : 0);
    }
    return count;
  }
};

/// Calls f(start, n) for every run of the window inside the plane.
template <class F>
void ForEachRowOfWindow(const Pooling& p, int64_t d, int64_t h, int64_t w, F f) {
  const auto [d0, d1] = Inside(p.axes[0], d);
  const auto [h0, h1] = Inside(p.axes[1], h);
  const auto [w0, w1] = Inside(p.axes[2], w);
  for (int64_t i = d0; i < d1; ++i)
    for (int64_t j = h0; j < h1; ++j) f((i * p.axes[1].in + j) * p.axes[2].in + w0, w1 - w0);
}

}  // namespace

/// [dtype, pooling, include padding, divisor; x -> y]
KERNEL(avg_pool) {
  DispatchFullFloat("avg_pool", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Pooling p = ReadPooling(args);
    const bool include = args.flag();
    const Divisor divisor{include, args.integer()};
    const T* x = args.pointer<const T>();
    T* y = args.pointer<T>();
    ParallelFor(p.planes, kGrain / (p.in() + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* from = x + i * p.in();
        ForEachOutput(p, [&](int64_t at, int64_t d, int64_t h, int64_t w) {
          T sum = 0;
          ForEachRowOfWindow(p, d, h, w, [&](int64_t start, int64_t n) {
            for (int64_t k = 0; k < n; ++k) sum += from[start + k];
          });
          y[i * p.out() + at] = sum / static_cast<T>(divisor(p, d, h, w));
        });
      }
    });
  });
}

/// [dtype, pooling, include padding, divisor; g -> gx]
KERNEL(avg_pool_backward) {
  DispatchFullFloat("avg_pool_backward", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Pooling p = ReadPooling(args);
    const bool include = args.flag();
    const Divisor divisor{include, args.integer()};
    const T* g = args.pointer<const T>();
    T* gx = args.pointer<T>();
    ParallelFor(p.planes, kGrain / (p.in() + 1) + 1, [=](int64_t begin, int64_t end) {
      memset(static_cast<void*>(gx + begin * p.in()), 0, static_cast<size_t>((end - begin) * p.in()) * sizeof(T));
      for (int64_t i = begin; i < end; ++i) {
        T* to = gx + i * p.in();
        ForEachOutput(p, [&](int64_t at, int64_t d, int64_t h, int64_t w) {
          const T share = g[i * p.out() + at] / static_cast<T>(divisor(p, d, h, w));
          ForEachRowOfWindow(p, d, h, w, [&](int64_t start, int64_t n) {
            for (int64_t k = 0; k < n; ++k) to[start + k] += share;
          });
        });
      }
    });
  });
}

TSTORCH_END
