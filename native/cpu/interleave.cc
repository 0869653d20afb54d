// Kernels of rows side by side: see cpu/interleave.h.
#include "cpu/interleave.h"

#include <algorithm>

#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/pool.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

namespace {

constexpr int L = kBatchLanes;
typedef int32_t Codes __attribute__((vector_size(kRegisterBytes)));
typedef uint8_t Bytes __attribute__((vector_size(L)));

/// The windows of a plane of two dims, in places of L floats.
struct Planes {
  const Axis &rows, &columns;

  int64_t in() const { return rows.in * columns.in; }
  int64_t out() const { return rows.out * columns.out; }
  /// Whether window (h, w) lies inside.
  static bool Within(const Axis& a, int64_t i) { return a.begin(i) >= 0 && a.end(i) <= a.in; }

  /// Calls f(place, number of the tap) for the taps of window (h, w) that lie inside.
  template <class F>
  void Taps(int64_t h, int64_t w, F f) const {
    const int64_t top = h * rows.stride - rows.padding, left = w * columns.stride - columns.padding;
    for (int64_t i = 0; i < rows.kernel; ++i) {
      const int64_t row = top + i * rows.dilation;
      if (row < 0 || row >= rows.in) continue;
      for (int64_t j = 0; j < columns.kernel; ++j) {
        const int64_t column = left + j * columns.dilation;
        if (column >= 0 && column < columns.in) f(row * columns.in + column, static_cast<int32_t>(i * columns.kernel + j));
      }
    }
  }
  /// The same for a window inside, without a test per tap; windows of two by two are written out.
  template <class F>
  void InnerTaps(int64_t h, int64_t w, F f) const {
    const int64_t first = (h * rows.stride - rows.padding) * columns.in + w * columns.stride - columns.padding;
    const int64_t down = rows.dilation * columns.in, right = columns.dilation;
    if (rows.kernel == 2 && columns.kernel == 2) {
      f(first, 0), f(first + right, 1), f(first + down, 2), f(first + down + right, 3);
      return;
    }
    int32_t tap = 0;
    for (int64_t i = 0; i < rows.kernel; ++i)
      for (int64_t j = 0; j < columns.kernel; ++j) f(first + i * down + j * right, tap++);
  }
  /// Calls f(h, w, all taps inside) for every window.
  template <class F>
  void Windows(F f) const {
    for (int64_t h = 0; h < rows.out; ++h) {
      const bool inside = Within(rows, h);
      for (int64_t w = 0; w < columns.out; ++w) f(h, w, inside && Within(columns, w));
    }
  }
};

struct Largest {
  Vec<float> value = Splat(-__builtin_inff());
  Codes code{};

  /// NaN counts as larger than everything, the first of equals wins.
  void Meet(Vec<float> x, int32_t tap) {
    const auto wins = (x > value) | (x != x);
    value = wins ? x : value;
    code = wins ? tap - Codes{} : code;
  }
};

/// The largest of each window and the number of its tap.
void MaxOfPlane(const Planes& p, const float* x, float* y, uint8_t* codes) {
  p.Windows([&](int64_t h, int64_t w, bool inside) {
    Largest best;
    if (inside) {
      p.InnerTaps(h, w, [&](int64_t place, int32_t tap) { best.Meet(LoadVec(x + place * L), tap); });
    } else {
      bool first = true;
      p.Taps(h, w, [&](int64_t place, int32_t tap) {
        if (first) best.code = tap - Codes{};  // where nothing is larger than -inf
        first = false;
        best.Meet(LoadVec(x + place * L), tap);
      });
    }
    StoreVec(y, best.value);
    const Bytes bytes = __builtin_convertvector(best.code, Bytes);
    memcpy(codes, &bytes, sizeof bytes);
    y += L;
    codes += L;
  });
}

/// Each gradient goes to the tap that won; windows that overlap add up.
void MaxOfPlaneBackward(const Planes& p, const float* grad, const uint8_t* codes, float* x) {
  const bool overlap = p.rows.stride < (p.rows.kernel - 1) * p.rows.dilation + 1 ||
                       p.columns.stride < (p.columns.kernel - 1) * p.columns.dilation + 1;
  const bool covered = !overlap && p.rows.out * p.rows.kernel == p.rows.in && p.columns.out * p.columns.kernel == p.columns.in;
  if (!covered) memset(x, 0, static_cast<size_t>(p.in() * L) * sizeof(float));
  p.Windows([&](int64_t h, int64_t w, bool inside) {
    const Vec<float> value = LoadVec(grad);
    Bytes bytes;
    memcpy(&bytes, codes, sizeof bytes);
    const Codes code = __builtin_convertvector(bytes, Codes);
    const auto part = [&](int32_t tap) { return code == (tap - Codes{}) ? value : Vec<float>{}; };
    const auto put = [&](int64_t place, int32_t tap) { StoreVec(x + place * L, part(tap)); };
    const auto add = [&](int64_t place, int32_t tap) { StoreVec(x + place * L, LoadVec(x + place * L) + part(tap)); };
    if (overlap) p.Taps(h, w, add);
    else if (inside) p.InnerTaps(h, w, put);
    else p.Taps(h, w, put);
    grad += L;
    codes += L;
  });
}

/// Calls f(from, elements of a row, to) for every group of L rows.
template <class F>
void EachBlock(Args& args, F f) {
  const float* from = args.pointer<const float>();
  float* to = args.pointer<float>();
  const int64_t rows = args.integer(), size = args.integer();
  ParallelFor(rows / L, kGrain / (size * L) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) f(from + block * L * size, size, to + block * L * size);
  });
}

}  // namespace

/// [from, to, rows, elements of a row]: rows side by side, and back to the order in which tensors are stored.
KERNEL(interleave) { EachBlock(args, [](const float* from, int64_t size, float* to) { ToLanes(from, L, size, to); }); }
KERNEL(deinterleave) { EachBlock(args, [](const float* from, int64_t size, float* to) { FromLanes(from, L, size, to); }); }

/// [windows, x, values, codes], all interleaved: the code of a window is the number of the tap that won.
KERNEL(max_pool_interleaved) {
  const Pooling p = ReadPooling(args);
  const float* x = args.pointer<const float>();
  float* values = args.pointer<float>();
  uint8_t* codes = args.pointer<uint8_t>();
  const Planes planes{p.axes[1], p.axes[2]};
  ParallelFor(p.planes / L, kGrain / (planes.in() * L) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      MaxOfPlane(planes, x + i * planes.in() * L, values + i * planes.out() * L, codes + i * planes.out() * L);
  });
}

/// [windows, channels of a row (1 where rows are channels), grad, whether it is interleaved, codes, gradient of x].
KERNEL(max_pool_interleaved_backward) {
  const Pooling p = ReadPooling(args);
  const int64_t channels = args.integer();
  const float* grad = args.pointer<const float>();
  const bool interleaved = args.flag();
  const uint8_t* codes = args.pointer<const uint8_t>();
  float* x = args.pointer<float>();
  const Planes planes{p.axes[1], p.axes[2]};
  const int64_t blocks = p.planes / channels / L, size = channels * planes.out() * L;
  Scratch<float> room(interleaved ? 0 : size * blocks);
  ParallelFor(blocks, kGrain / (channels * planes.in() * L) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const float* from = grad + block * size;
      if (!interleaved) {
        ToLanes(from, L, size / L, room.get() + block * size);
        from = room.get() + block * size;
      }
      for (int64_t i = 0; i < channels; ++i) {
        const int64_t plane = block * channels + i;
        MaxOfPlaneBackward(planes, from + i * planes.out() * L, codes + plane * planes.out() * L, x + plane * planes.in() * L);
      }
    }
  });
}

TSTORCH_END
