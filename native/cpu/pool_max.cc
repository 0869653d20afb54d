// Largest elements of windows: see cpu/pool.h.
#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/pool.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

namespace {

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

/// Indices of the elements of a register.
template <class T>
struct IndexOf;
template <>
struct IndexOf<float> {
  typedef int32_t type __attribute__((vector_size(kRegisterBytes)));
  typedef int64_t wide __attribute__((vector_size(2 * kRegisterBytes)));
};
template <>
struct IndexOf<double> {
  typedef int64_t type __attribute__((vector_size(kRegisterBytes)));
  using wide = type;
};

/// How a plane is copied before its windows are read: the columns sorted by their remainder modulo the stride, so that
/// what a tap reads for neighbouring windows are neighbours, with -inf where windows leave the plane at the sides.
struct Columns {
  std::vector<int64_t> phases;  // the remainders that taps read
  std::vector<int64_t> starts;  // where in a row of phases tap t of window 0 lies, as (phase, position)
  int64_t pitch;                // distance of rows of a phase
  int64_t phase_size;
  bool flat;  // rows follow each other without a gap, also by phase: the plane is like one row

  explicit Columns(const Pooling& p) {
    const Axis& a = p.axes[2];
    const int64_t rows = p.axes[0].in * p.axes[1].in;
    for (int64_t t = 0; t < a.kernel; ++t) {
      const int64_t phase = t * a.dilation % a.stride;
      if (std::find(phases.begin(), phases.end(), phase) == phases.end()) phases.push_back(phase);
    }
    const int64_t reach = a.out + (a.kernel - 1) * a.dilation / a.stride;
    flat = a.padding == 0 && a.in % a.stride == 0 && reach * a.stride <= a.in;
    pitch = flat ? a.in / a.stride : reach;
    phase_size = rows * pitch;
    for (int64_t t = 0; t < a.kernel; ++t) {
      const auto phase = std::find(phases.begin(), phases.end(), t * a.dilation % a.stride) - phases.begin();
      starts.push_back(phase * phase_size + t * a.dilation / a.stride);
    }
  }
  int64_t size() const { return static_cast<int64_t>(phases.size()) * phase_size; }
};

/// to[i] = from[i * stride]; the usual strides are known to the compiler.
template <class T>
void TakeEvery(const T* from, int64_t stride, int64_t n, T* to) {
  if (stride == 1) memcpy(to, from, static_cast<size_t>(n) * sizeof(T));
  else if (stride == 2)
    for (int64_t i = 0; i < n; ++i) to[i] = from[2 * i];
  else
    for (int64_t i = 0; i < n; ++i) to[i] = from[i * stride];
}

template <class T>
void CopyPlane(const Pooling& p, const Columns& c, const T* x, T* to) {
  const Axis& a = p.axes[2];
  const int64_t rows = p.axes[0].in * p.axes[1].in;
  for (size_t k = 0; k < c.phases.size(); ++k, to += c.phase_size) {
    if (c.flat) {
      TakeEvery(x + c.phases[k], a.stride, c.phase_size, to);
      continue;
    }
    // Position q is column q · stride + shift; [first, last) lie inside.
    const int64_t shift = c.phases[k] - a.padding;
    const int64_t first = std::min(c.pitch, shift >= 0 ? 0 : (-shift + a.stride - 1) / a.stride);
    const int64_t last = std::clamp((a.in - shift + a.stride - 1) / a.stride, first, c.pitch);
    for (int64_t row = 0; row < rows; ++row) {
      T* out = to + row * c.pitch;
      std::fill(out, out + first, -static_cast<T>(INFINITY));
      TakeEvery(x + row * a.in + first * a.stride + shift, a.stride, last - first, out + first);
      std::fill(out + last, out + c.pitch, -static_cast<T>(INFINITY));
    }
  }
}

/// What the windows of one row of outputs read.
template <class T>
struct Windows {
  using Lane = std::remove_reference_t<decltype(std::declval<typename IndexOf<T>::type&>()[0])>;
  struct Tap {
    int64_t offset;  // in the copied plane, from the row of tap 0
    Lane index;      // in the plane, from tap 0
  };
  std::vector<Tap> taps;
  std::vector<Lane> columns;  // column of tap 0 of each window; negative where it lies outside
  std::vector<Lane> origins;  // column of the first tap inside

  explicit Windows(const Axis& a) {
    for (int64_t w = 0; w < a.out + kLanes<T>; ++w) {
      columns.push_back(static_cast<Lane>(a.begin(w)));
      origins.push_back(static_cast<Lane>(Inside(a, w).begin));
    }
  }
  void SetTaps(const Pooling& p, const Columns& c, Range depth, Range height) {
    taps.clear();
    for (int64_t d = 0; d < depth.end - depth.begin; d += p.axes[0].dilation)
      for (int64_t h = 0; h < height.end - height.begin; h += p.axes[1].dilation)
        for (int64_t t = 0; t < p.axes[2].kernel; ++t) {
          const int64_t row = d * p.axes[1].in + h;
          taps.push_back({row * c.pitch + c.starts[static_cast<size_t>(t)],
                          static_cast<Lane>(row * p.axes[2].in + t * p.axes[2].dilation)});
        }
  }
};

/// `count` outputs of one row from output w on, at most a register. `from` is where tap 0 of the row reads, `corner` the
/// index of its row.
template <class T>
void MaxOfRow(const Windows<T>& windows, const T* from, int64_t corner, int64_t w, int64_t count, T* values,
              int64_t* indices) {
  using Index = typename IndexOf<T>::type;
  using Lane = typename Windows<T>::Lane;
  Index column, index;
  memcpy(&column, windows.columns.data() + w, sizeof column);
  memcpy(&index, windows.origins.data() + w, sizeof index);
  column += static_cast<Lane>(corner);
  index += static_cast<Lane>(corner);
  Vec<T> value = Splat<T>(-static_cast<T>(INFINITY));
  const auto* end = windows.taps.data() + windows.taps.size();
  for (const auto* tap = windows.taps.data(); tap < end; ++tap) {
    const Vec<T> v = LoadVec(from + w + tap->offset);
    const Index at = column + tap->index;
    const auto take = (v > value) | (v != v);
    value = take ? v : value;
    index = take ? at : index;
  }
  const auto wide = __builtin_convertvector(index, typename IndexOf<T>::wide);
  StorePart(values, value, static_cast<int>(count));
  Vec<double> parts[sizeof wide / kRegisterBytes];
  memcpy(parts, &wide, sizeof wide);
  for (const Vec<double>& part : parts) {
    const int n = static_cast<int>(std::clamp<int64_t>(count, 0, kLanes<double>));
    StorePart(reinterpret_cast<double*>(indices), part, n);  // a move: the bits are not looked at
    indices += kLanes<double>;
    count -= kLanes<double>;
  }
}

template <class T>
void MaxOfPlane(const Pooling& p, const Columns& c, Windows<T>& windows, const T* plane, T* values, int64_t* indices) {
  const int64_t out = p.axes[2].out;
  int64_t depths = -1, heights = -1;  // sizes of the windows whose taps are known
  for (int64_t d = 0; d < p.axes[0].out; ++d)
    for (int64_t h = 0; h < p.axes[1].out; ++h, values += out, indices += out) {
      const Range depth = Inside(p.axes[0], d), height = Inside(p.axes[1], h);
      if (depth.end - depth.begin != depths || height.end - height.begin != heights) {
        windows.SetTaps(p, c, depth, height);
        depths = depth.end - depth.begin;
        heights = height.end - height.begin;
      }
      const int64_t row = depth.begin * p.axes[1].in + height.begin;
      for (int64_t w = 0; w < out; w += kLanes<T>)
        MaxOfRow(windows, plane + row * c.pitch, row * p.axes[2].in, w, std::min<int64_t>(kLanes<T>, out - w), values + w,
                 indices + w);
    }
}

/// Windows of different sizes.
template <class T>
void MaxOfAdaptive(const Pooling& p, const T* x, T* values, int64_t* indices) {
  ForEachOutput(p, [&](int64_t at, int64_t d, int64_t h, int64_t w) {
    MaxOfWindow(p, x, d, h, w, values[at], indices[at]);
  });
}

template <class T>
void MaxOfPlanes(const Pooling& p, const T* x, T* values, int64_t* indices) {
  const int64_t in = p.in(), out = p.out();
  const bool adaptive = p.axes[2].kernel == 0;
  const Columns columns(p);
  const int64_t copy = adaptive ? 0 : columns.size() + kLanes<T>;
  const int64_t grain = kGrain / (in + 1) + 1;
  Scratch<T> copies(copy * ThreadsFor(p.planes, grain));
  ParallelFor(p.planes, grain, [&](int64_t begin, int64_t end) {
    T* own = copies.get() + ThreadPool::Index() * copy;
    Windows<T> windows(p.axes[2]);
    for (int64_t i = begin; i < end; ++i) {
      if (adaptive) {
        MaxOfAdaptive(p, x + i * in, values + i * out, indices + i * out);
      } else {
        CopyPlane(p, columns, x + i * in, own);
        MaxOfPlane(p, columns, windows, own, values + i * out, indices + i * out);
      }
    }
  });
}

}  // namespace

/// [dtype, pooling; x -> values, indices into the plane]
KERNEL(max_pool) {
  DispatchFullFloat("max_pool", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Pooling p = ReadPooling(args);
    const T* x = args.pointer<const T>();
    T* values = args.pointer<T>();
    MaxOfPlanes(p, x, values, args.pointer<int64_t>());
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
      for (int64_t p = begin; p < end; ++p) {  // one by one: a plane fits into the first cache
        T* to = gx + p * in;
        memset(static_cast<void*>(to), 0, static_cast<size_t>(in) * sizeof(T));
        for (int64_t i = 0; i < out; ++i) to[indices[p * out + i]] += g[p * out + i];
      }
    });
  });
}

TSTORCH_END
