// Means of windows: see cpu/pool.h.
#include <vector>

#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/pool.h"
#include "cpu/scratch.h"
#include "cpu/sums.h"

TSTORCH_BEGIN

namespace {

/// The windows of one dim: what of each lies inside, and how many positions count in the divisor.
struct AxisWindows {
  std::vector<Range> inside;
  std::vector<int64_t> counts;

  AxisWindows(const Axis& a, bool include_padding) {
    for (int64_t i = 0; i < a.out; ++i) {
      inside.push_back(Inside(a, i));
      const int64_t limit = include_padding ? a.in + a.padding : a.in;
      const int64_t begin = a.begin(i), end = a.end(i);
      counts.push_back((end < limit ? end : limit) - (include_padding || begin > 0 ? begin : 0));
    }
  }
};

/// [pooling, include padding, divisor]: windows by dim, and by what the sum of each is divided.
struct Averaging {
  Pooling p;
  std::vector<AxisWindows> axes;
  int64_t fixed;  // 0: the number of elements

  explicit Averaging(Args& args) : p(ReadPooling(args)) {
    const bool include = args.flag();
    fixed = args.integer();
    for (const Axis& a : p.axes) axes.emplace_back(a, include);
  }
  int64_t Divisor(int64_t d, int64_t h, int64_t w) const {
    const auto at = [](int64_t i) { return static_cast<size_t>(i); };
    return fixed != 0 ? fixed : axes[0].counts[at(d)] * axes[1].counts[at(h)] * axes[2].counts[at(w)];
  }
  /// Calls f(row) for the rows of the plane in windows (d, h, ...).
  template <class F>
  void Rows(int64_t d, int64_t h, F f) const {
    const Range depth = axes[0].inside[static_cast<size_t>(d)], height = axes[1].inside[static_cast<size_t>(h)];
    for (int64_t i = depth.begin; i < depth.end; ++i)
      for (int64_t j = height.begin; j < height.end; ++j) f(i * p.axes[1].in + j);
  }
  /// Calls f(d, h) for every row of outputs.
  template <class F>
  void OutputRows(F f) const {
    for (int64_t d = 0; d < p.axes[0].out; ++d)
      for (int64_t h = 0; h < p.axes[1].out; ++h) f(d, h);
  }
  /// Whether the one window is the whole plane.
  bool Whole() const {
    if (p.out() != 1) return false;
    for (size_t k = 0; k < 3; ++k)
      if (axes[k].inside[0].begin != 0 || axes[k].inside[0].end != p.axes[k].in) return false;
    return true;
  }
};

/// The windows of a row of outputs read the same rows of the plane: these are added up first, column by column.
template <class T>
void MeansOfPlane(const Averaging& a, const T* x, T* y, T* columns) {
  const int64_t width = a.p.axes[2].in;
  a.OutputRows([&](int64_t d, int64_t h) {
    for (int64_t k = 0; k < width; ++k) columns[k] = 0;
    a.Rows(d, h, [&](int64_t row) {
      const T* from = x + row * width;
      for (int64_t k = 0; k < width; ++k) columns[k] += from[k];
    });
    for (int64_t w = 0; w < a.p.axes[2].out; ++w) {
      const Range window = a.axes[2].inside[static_cast<size_t>(w)];
      T sum = 0;
      for (int64_t k = window.begin; k < window.end; ++k) sum += columns[k];
      *y++ = sum / static_cast<T>(a.Divisor(d, h, w));
    }
  });
}

template <class T>
void MeansOfPlaneBackward(const Averaging& a, const T* g, T* x, T* columns) {
  const int64_t width = a.p.axes[2].in;
  memset(static_cast<void*>(x), 0, static_cast<size_t>(a.p.in()) * sizeof(T));
  a.OutputRows([&](int64_t d, int64_t h) {
    for (int64_t k = 0; k < width; ++k) columns[k] = 0;
    for (int64_t w = 0; w < a.p.axes[2].out; ++w) {
      const Range window = a.axes[2].inside[static_cast<size_t>(w)];
      const T share = *g++ / static_cast<T>(a.Divisor(d, h, w));
      for (int64_t k = window.begin; k < window.end; ++k) columns[k] += share;
    }
    a.Rows(d, h, [&](int64_t row) {
      T* to = x + row * width;
      for (int64_t k = 0; k < width; ++k) to[k] += columns[k];
    });
  });
}

/// Calls f(plane, room for a row) for all planes.
template <class T, class F>
void EachPlane(const Averaging& a, F f) {
  const int64_t width = a.p.axes[2].in, grain = kGrain / (a.p.in() + a.p.out()) + 1;
  Scratch<T> columns(width * ThreadsFor(a.p.planes, grain));
  ParallelFor(a.p.planes, grain, [&](int64_t begin, int64_t end) {
    T* own = columns.get() + ThreadPool::Index() * width;
    for (int64_t i = begin; i < end; ++i) f(i, own);
  });
}

}  // namespace

/// [dtype, pooling, include padding, divisor; x -> y]
KERNEL(avg_pool) {
  DispatchFullFloat("avg_pool", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Averaging a(args);
    const T* x = args.pointer<const T>();
    T* y = args.pointer<T>();
    const bool whole = a.Whole();
    EachPlane<T>(a, [&](int64_t i, T* columns) {
      if (whole) y[i] = SumRun(x + i * a.p.in(), a.p.in()) / static_cast<T>(a.Divisor(0, 0, 0));
      else MeansOfPlane(a, x + i * a.p.in(), y + i * a.p.out(), columns);
    });
  });
}

/// [dtype, pooling, include padding, divisor; g -> gx]
KERNEL(avg_pool_backward) {
  DispatchFullFloat("avg_pool_backward", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Averaging a(args);
    const T* g = args.pointer<const T>();
    T* gx = args.pointer<T>();
    EachPlane<T>(a, [&](int64_t i, T* columns) {
      MeansOfPlaneBackward(a, g + i * a.p.out(), gx + i * a.p.in(), columns);
    });
  });
}

TSTORCH_END
