// Pooling over windows of up to three dims. Input and output are dense: [planes, depth, height, width].
#include <cmath>

#include "core/kernels.h"
#include "core/parallel.h"

TSTORCH_BEGIN

namespace {

/// How one dim is divided into windows. kernel 0: adaptive, windows of nearly equal size that cover the dim.
struct Axis {
  int64_t in, out, kernel, stride, padding, dilation;

  int64_t begin(int64_t i) const { return kernel == 0 ? i * in / out : i * stride - padding; }
  /// One past the last position, not clipped.
  int64_t end(int64_t i) const {
    return kernel == 0 ? ((i + 1) * in + out - 1) / out : begin(i) + (kernel - 1) * dilation + 1;
  }
};
struct Range {
  int64_t begin, end;
};
/// The positions of window i that lie inside.
Range Inside(const Axis& a, int64_t i) {
  int64_t begin = a.begin(i), end = a.end(i);
  if (begin < 0) begin += (-begin + a.dilation - 1) / a.dilation * a.dilation;
  return {begin, end < a.in ? end : a.in};
}

struct Pooling {
  int64_t planes;
  Axis axes[3];
  int64_t in() const { return axes[0].in * axes[1].in * axes[2].in; }
  int64_t out() const { return axes[0].out * axes[1].out * axes[2].out; }
};
Pooling ReadPooling(Args& args) {
  Pooling p;
  p.planes = args.integer();
  for (Axis& a : p.axes) {
    a.in = args.integer();
    a.out = args.integer();
    a.kernel = args.integer();
    a.stride = args.integer();
    a.padding = args.integer();
    a.dilation = args.integer();
  }
  return p;
}

/// Calls f(position of the output within its plane, d, h, w) for every output.
template <class F>
void ForEachOutput(const Pooling& p, F f) {
  int64_t at = 0;
  for (int64_t d = 0; d < p.axes[0].out; ++d)
    for (int64_t h = 0; h < p.axes[1].out; ++h)
      for (int64_t w = 0; w < p.axes[2].out; ++w) f(at++, d, h, w);
}

/// The largest of one window; NaN counts as larger than everything, the first of equals wins.
template <class T>
void MaxOfWindow(const Pooling& p, const T* x, int64_t d, int64_t h, int64_t w, T& value, int64_t& index) {
  const auto [d0, d1] = Inside(p.axes[0], d);
  const auto [h0, h1] = Inside(p.axes[1], h);
  const auto [w0, w1] = Inside(p.axes[2], w);
  value = -static_cast<T>(INFINITY);
  index = (d0 * p.axes[1].in + h0) * p.axes[2].in + w0;
  for (int64_t i = d0; i < d1; i += p.axes[0].dilation)
    for (int64_t j = h0; j < h1; j += p.axes[1].dilation)
      for (int64_t k = w0; k < w1; k += p.axes[2].dilation) {
        const int64_t at = (i * p.axes[1].in + j) * p.axes[2].in + k;
        if (x[at] > value || x[at] != x[at]) {
          value = x[at];
          index = at;
        }
      }
}

/// One row of outputs at once, for windows that lie inside along the width: kStride is known to the compiler.
template <int kStride, class T>
void MaxOfRow(const Pooling& p, const T* x, Range depth, Range height, int64_t first, int64_t count, T* value, int32_t* index) {
  const Axis &rows = p.axes[1], &cols = p.axes[2];
  const int64_t stride = kStride > 0 ? kStride : cols.stride;
  for (int64_t i = 0; i < count; ++i) value[i] = -static_cast<T>(INFINITY);
  for (int64_t i = 0; i < count; ++i)
    index[i] = static_cast<int32_t>((depth.begin * rows.in + height.begin) * cols.in + first + i * stride);
  for (int64_t d = depth.begin; d < depth.end; d += p.axes[0].dilation)
    for (int64_t h = height.begin; h < height.end; h += rows.dilation)
      for (int64_t k = 0; k < cols.kernel; ++k) {
        const int64_t start = (d * rows.in + h) * cols.in + first + k * cols.dilation;
        const T* from = x + start;
        const int32_t at = static_cast<int32_t>(start);
        for (int64_t i = 0; i < count; ++i) {
          const T v = from[i * stride];
          const bool take = v > value[i] || v != v;
          value[i] = take ? v : value[i];
          index[i] = take ? at + static_cast<int32_t>(i * stride) : index[i];
        }
      }
}

template <class T>
void MaxOfPlane(const Pooling& p, const T* x, T* values, int64_t* indices) {
  const Axis& cols = p.axes[2];
  constexpr int64_t kChunk = 256;
  // Outputs whose windows need no clipping along the width: [low, high).
  int64_t low = 0, high = cols.kernel == 0 ? 0 : cols.out;
  while (low < high && cols.begin(low) < 0) ++low;
  while (high > low && cols.end(high - 1) > cols.in) --high;
  T value[kChunk];
  int32_t index[kChunk];
  int64_t row = 0;
  for (int64_t d = 0; d < p.axes[0].out; ++d)
    for (int64_t h = 0; h < p.axes[1].out; ++h, row += cols.out) {
      const auto edge = [&](int64_t w) { MaxOfWindow(p, x, d, h, w, values[row + w], indices[row + w]); };
      for (int64_t w = 0; w < low; ++w) edge(w);
      for (int64_t w = high; w < cols.out; ++w) edge(w);
      for (int64_t w = low; w < high; w += kChunk) {
        const int64_t n = high - w < kChunk ? high - w : kChunk;
        const auto run = cols.stride == 1 ? MaxOfRow<1, T> : cols.stride == 2 ? MaxOfRow<2, T> : MaxOfRow<0, T>;
        run(p, x, Inside(p.axes[0], d), Inside(p.axes[1], h), cols.begin(w), n, value, index);
        for (int64_t i = 0; i < n; ++i) values[row + w + i] = value[i];
        for (int64_t i = 0; i < n; ++i) indices[row + w + i] = index[i];
      }
    }
}

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

/// [dtype, pooling; x -> values, indices into the plane]
KERNEL(max_pool) {
  DispatchFullFloat("max_pool", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Pooling p = ReadPooling(args);
    const T* x = args.pointer<const T>();
    T* values = args.pointer<T>();
    int64_t* indices = args.pointer<int64_t>();
    ParallelFor(p.planes, kGrain / (4 * p.out() + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        MaxOfPlane(p, x + i * p.in(), values + i * p.out(), indices + i * p.out());
    });
  });
}

/// [dtype, planes, size of an output plane, of an input plane; g, indices -> gx]
KERNEL(max_pool_backward) {
  DispatchFullFloat("max_pool_backward", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const int64_t planes = args.integer(), out = args.integer(), in = args.integer();
    const T* g = args.pointer<const T>();
    const int64_t* indices = args.pointer<const int64_t>();
    T* gx = args.pointer<T>();
    ParallelFor(planes, kGrain / (in + 1) + 1, [=](int64_t begin, int64_t end) {
      memset(static_cast<void*>(gx + begin * in), 0, static_cast<size_t>((end - begin) * in) * sizeof(T));
      for (int64_t p = begin; p < end; ++p)
        for (int64_t i = 0; i < out; ++i) gx[p * in + indices[p * out + i]] += g[p * out + i];
    });
  });
}

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
