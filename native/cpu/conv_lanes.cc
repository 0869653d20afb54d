// Gradients of a convolution of float with the images of a batch in the lanes of a register: images are transposed so
// that the same element of 8 or 16 images lies side by side. No lane is lost at the end of a row, whatever the size of
// the image, and taps that leave the image are left out. For small images and few channels, where everything fits into
// the second cache.
#include <algorithm>

#include "core/parallel.h"
#include "cpu/conv.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"
#include "cpu/transpose.h"

TSTORCH_BEGIN

namespace {

constexpr int L = kLanes<float>;
#if defined(__AVX512F__)
constexpr int kRows = 8;  // by up to 3 places: 24 sums, 3 inputs, one weight: 28 of 32 registers
#else
constexpr int kRows = 4;
#endif

/// out[i][n] = rows[n][i] for a square of L x L, in registers.
void TransposeLanes(const float* rows, int64_t row, float* out, int64_t out_row) {
  Vector<uint32_t>::type square[L];
  for (int n = 0; n < L; ++n) memcpy(&square[n], rows + n * row, sizeof square[n]);
  TransposeSquare<uint32_t, L>(square);
  for (int n = 0; n < L; ++n) memcpy(out + n * out_row, &square[n], sizeof square[n]);
}

/// lanes[i][n] = images[n][i]; images beyond `count` are zeros.
void ToLanes(const float* images, int64_t count, int64_t size, float* lanes) {
  if (count == L) {
    int64_t i = 0;
    for (; i + L <= size; i += L) TransposeLanes(images + i, size, lanes + i * L, L);
    TransposeByElement(lanes + i * L, images + i, size - i, L, L, size);
    return;
  }
  memset(lanes, 0, static_cast<size_t>(size * L) * sizeof(float));
  TransposeByElement(lanes, images, size, count, L, size);
}

void FromLanes(const float* lanes, int64_t count, int64_t size, float* images) {
  int64_t i = 0;
  if (count == L) {
    for (; i + L <= size; i += L) TransposeLanes(lanes + i * L, L, images + i, size);
  }
  TransposeByElement(images + i, lanes + i * L, count, size - i, size, L);
}

/// One dim of a correlation: output x reads inputs x·stride - padding + k·dilation.
struct Dim {
  int64_t in, out, kernel, stride, padding, dilation;

  /// Taps of output x inside of the input: [first, last).
  void Taps(int64_t x, int64_t& first, int64_t& last) const {
    const int64_t at = padding - x * stride;  // -at is where tap 0 reads
    first = at <= 0 ? 0 : std::min(kernel, (at + dilation - 1) / dilation);
    const int64_t room = in - 1 + at;
    last = room < 0 ? 0 : std::min(kernel, room / dilation + 1);
    if (last < first) last = first;
  }
  /// Behind the last output all of whose taps are inside, counted from one that has that too.
  int64_t InnerEnd() const { return std::min(out, (in - 1 + padding - (kernel - 1) * dilation) / stride + 1); }
  int64_t Input(int64_t x, int64_t k) const { return x * stride - padding + k * dilation; }
};

/// A correlation of one group in lanes. Rows are the second last dim, columns the last.
struct Correlation {
  int64_t inputs, outputs;
  Dim rows, columns;

  int64_t in_size() const { return rows.in * columns.in; }
  int64_t out_size() const { return rows.out * columns.out; }
  int64_t kernel_size() const { return rows.kernel * columns.kernel; }
};

/// Where a tile reads: taps [rows) x [columns) of every input channel.
struct Window {
  const float* in;      // first place, tap 0
  int64_t place, channel, row, column;  // distances in floats: of places, channels, taps
  int64_t row_first, row_last, column_first, column_last;
};

/// out[r][v] = bias[r] + Σ w[channel, tap][r] · in[channel, tap, place v]
template <int R, int V>
void Tile(const Correlation& c, const Window& at, const float* w, const float* bias, float* out, int64_t out_channel) {
  Vec<float> sums[R][V];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) sums[r][v] = Splat(bias[r]);
  for (int64_t i = 0; i < c.inputs; ++i)
    for (int64_t a = at.row_first; a < at.row_last; ++a) {
      const float* from = at.in + i * at.channel + a * at.row + at.column_first * at.column;
      const float* weights = w + ((i * c.rows.kernel + a) * c.columns.kernel + at.column_first) * R;
      for (int64_t b = at.column_first; b < at.column_last; ++b, from += at.column, weights += R) {
        Vec<float> in[V];
        for (int v = 0; v < V; ++v) in[v] = LoadVec(from + v * at.place);
        for (int r = 0; r < R; ++r) {
          const Vec<float> weight = Splat(weights[r]);
          for (int v = 0; v < V; ++v) sums[r][v] = MulAdd(in[v], weight, sums[r][v]);
        }
      }
    }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) StoreVec(out + r * out_channel + v * L, sums[r][v]);
}

/// All places for R output channels.
template <int R>
void Plane(const Correlation& c, const float* in, const float* w, const float* bias, float* out) {
  Window at;
  at.place = c.columns.stride * L;
  at.channel = c.in_size() * L;
  at.row = c.rows.dilation * c.columns.in * L;
  at.column = c.columns.dilation * L;
  const int64_t out_channel = c.out_size() * L, inner_end = c.columns.InnerEnd();
  for (int64_t y = 0; y < c.rows.out; ++y) {
    c.rows.Taps(y, at.row_first, at.row_last);
    const float* row = in + c.rows.Input(y, 0) * c.columns.in * L;
    for (int64_t x = 0; x < c.columns.out;) {
      c.columns.Taps(x, at.column_first, at.column_last);
      const int64_t run = at.column_last - at.column_first == c.columns.kernel ? inner_end - x : 1;
      at.in = row + c.columns.Input(x, 0) * L;
      float* to = out + (y * c.columns.out + x) * L;
      if (run >= 3 && run != 4) {
        Tile<R, 3>(c, at, w, bias, to, out_channel);
        x += 3;
      } else if (run >= 2) {  // also four as two and two: a single place keeps the units less busy
        Tile<R, 2>(c, at, w, bias, to, out_channel);
        x += 2;
      } else {
        Tile<R, 1>(c, at, w, bias, to, out_channel);
        x += 1;
      }
    }
  }
}

using PlaneFunction = void (*)(const Correlation&, const float*, const float*, const float*, float*);
constexpr PlaneFunction kPlanes[] = {nullptr, Plane<1>, Plane<2>, Plane<3>, Plane<4>,
#if defined(__AVX512F__)
                                     Plane<5>, Plane<6>, Plane<7>, Plane<8>
#endif
};

/// The images of a batch, `L` at a time: correlates `in` [batch, groups · inputs, ...] to `out`.
void Correlate(const Correlation& c, int64_t batch, int64_t groups, const float* in, const float* packed, const float* bias,
               float* out) {
  static const float kNoBias[kRows] = {};
  const int64_t blocks = (batch + L - 1) / L;
  const int64_t in_size = groups * c.inputs * c.in_size(), out_size = groups * c.outputs * c.out_size();
  const int threads = ThreadsFor(blocks, 1);
  Scratch<float> scratch((in_size + out_size) * L * threads);
  ParallelFor(blocks, (blocks + threads - 1) / threads, [&](int64_t begin, int64_t end) {
    float* in_lanes = scratch.get() + omp_get_thread_num() * (in_size + out_size) * L;
    float* out_lanes = in_lanes + in_size * L;
    for (int64_t block = begin; block < end; ++block) {
      const int64_t count = std::min<int64_t>(L, batch - block * L);
      ToLanes(in + block * L * in_size, count, in_size, in_lanes);
      for (int64_t g = 0; g < groups; ++g)
        for (int64_t o = 0; o < c.outputs; o += kRows) {
          const int64_t rows = std::min<int64_t>(kRows, c.outputs - o), channel = g * c.outputs + o;
          kPlanes[rows](c, in_lanes + g * c.inputs * c.in_size() * L, packed + channel * c.inputs * c.kernel_size(),
                        bias == nullptr ? kNoBias : bias + channel, out_lanes + channel * c.out_size() * L);
        }
      FromLanes(out_lanes, count, out_size, out + block * L * out_size);
    }
  });
}

Dim NarrowDim(const ConvShape& s, int d) {
  return {s.wide[d], s.narrow[d], s.kernel[d], s.stride[d], s.padding[d], s.dilation[d]};
}
/// For stride 1: the wide image reads the narrow one with the kernel turned around.
Dim WideDim(const ConvShape& s, int d) {
  return {s.narrow[d], s.wide[d], s.kernel[d], 1, s.dilation[d] * (s.kernel[d] - 1) - s.padding[d], s.dilation[d]};
}

/// packed[group][block of outputs][input][tap][output of the block] = at(group, output, input, tap)
template <class At>
void PackWeights(const Correlation& c, int64_t groups, float* packed, At at) {
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t first = 0; first < c.outputs; first += kRows)
      for (int64_t i = 0; i < c.inputs; ++i)
        for (int64_t tap = 0; tap < c.kernel_size(); ++tap)
          for (int64_t o = first; o < std::min(c.outputs, first + kRows); ++o) *packed++ = at(g, o, i, tap);
}

/// One row of the kernel for R narrow and one wide channel: sums of products over all images and places.
struct WeightTask {
  const Correlation& c;
  const float *wide, *narrow;           // lanes of the first block
  int64_t blocks, wide_block, narrow_block;  // distances in floats
  int64_t kernel_row;
};

template <int R, int T>
void WeightRow(const WeightTask& t, float* w, int64_t w_output) {
  static const float kZeros[L] = {};
  const Correlation& c = t.c;
  const int64_t narrow_channel = c.out_size() * L, column = c.columns.dilation * L;
  Vec<float> sums[R][T] = {};
  for (int64_t block = 0; block < t.blocks; ++block)
    for (int64_t y = 0; y < c.rows.out; ++y) {
      const int64_t row = c.rows.Input(y, t.kernel_row);
      if (row < 0 || row >= c.rows.in) continue;
      const float* from = t.wide + block * t.wide_block + row * c.columns.in * L;
      const float* narrow = t.narrow + block * t.narrow_block + y * c.columns.out * L;
      for (int64_t x = 0; x < c.columns.out; ++x, narrow += L) {
        const int64_t start = c.columns.Input(x, 0);
        const bool inner = start >= 0 && start + (T - 1) * c.columns.dilation < c.columns.in;
        Vec<float> grad[R];
        for (int r = 0; r < R; ++r) grad[r] = LoadVec(narrow + r * narrow_channel);
        if (inner) {
          for (int k = 0; k < T; ++k) {
            const Vec<float> in = LoadVec(from + start * L + k * column);
            for (int r = 0; r < R; ++r) sums[r][k] = MulAdd(in, grad[r], sums[r][k]);
          }
        } else {
          for (int k = 0; k < T; ++k) {
            const int64_t at = start + k * c.columns.dilation;
            const Vec<float> in = LoadVec(at < 0 || at >= c.columns.in ? kZeros : from + at * L);
            for (int r = 0; r < R; ++r) sums[r][k] = MulAdd(in, grad[r], sums[r][k]);
          }
        }
      }
    }
  for (int r = 0; r < R; ++r)
    for (int k = 0; k < T; ++k) w[r * w_output + k] = SumVec<float>(sums[r][k]);
}

using WeightFunction = void (*)(const WeightTask&, float*, int64_t);
/// By the width of the kernel; 4, 2 or 1 outputs.
template <int R>
WeightFunction WeightFunctionOf(int64_t width) {
  constexpr WeightFunction functions[] = {nullptr,         WeightRow<R, 1>, WeightRow<R, 2>, WeightRow<R, 3>,
                                          WeightRow<R, 4>, WeightRow<R, 5>, WeightRow<R, 6>, WeightRow<R, 7>};
  return functions[width];
}
constexpr int64_t kWidest = 7;

void Weights(const ConvShape& s, const float* x, float* w, const float* y) {
  const Correlation c{s.group_wide(), s.group_narrow(), NarrowDim(s, 1), NarrowDim(s, 2)};
  const int64_t blocks = (s.batch + L - 1) / L;
  const int64_t wide_size = s.wide_channels * c.in_size(), narrow_size = s.narrow_channels * c.out_size();
  Scratch<float> wide(blocks * wide_size * L), narrow(blocks * narrow_size * L);
  ParallelFor(2 * blocks, kGrain / ((wide_size + narrow_size) * L) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t block = i / 2, count = std::min<int64_t>(L, s.batch - block * L);
      if (i % 2 == 0) ToLanes(x + block * L * wide_size, count, wide_size, wide.get() + block * wide_size * L);
      else ToLanes(y + block * L * narrow_size, count, narrow_size, narrow.get() + block * narrow_size * L);
    }
  });
  const int64_t pieces = (c.outputs + 3) / 4, rows = c.inputs * c.rows.kernel, tasks = s.groups * pieces * rows;
  ParallelFor(tasks, int64_t{1} << 19, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t row = task % rows, i = row / c.rows.kernel, g = task / rows / pieces;
      int64_t o = task / rows % pieces * 4;
      const int64_t last = std::min(c.outputs, o + 4);
      while (o < last) {
        const int64_t count = last - o >= 4 ? 4 : last - o >= 2 ? 2 : 1, output = g * c.outputs + o;
        const WeightTask t{c, wide.get() + (g * c.inputs + i) * c.in_size() * L, narrow.get() + output * c.out_size() * L,
                           blocks, wide_size * L, narrow_size * L, row % c.rows.kernel};
        float* to = w + (output * rows + row) * c.columns.kernel;
        const int64_t width = c.columns.kernel;
        (count == 4 ? WeightFunctionOf<4>(width) : count == 2 ? WeightFunctionOf<2>(width) : WeightFunctionOf<1>(width))(
            t, to, rows * width);
        o += count;
      }
    }
  });
}

}  // namespace

bool ConvLanes(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias) {
  if (s.kernel[0] != 1 || s.wide[0] != 1 || s.padding[0] != 0) return false;
  if (target == ConvTarget::weight) {
    if (s.kernel[2] > kWidest) return false;
    Weights(s, x, w, y);
    return true;
  }
  if (target == ConvTarget::narrow || s.stride[1] != 1 || s.stride[2] != 1) return false;
  const int64_t taps = s.kernel_size(), wide = s.group_wide(), inputs = s.group_narrow();
  Scratch<float> packed(s.narrow_channels * wide * taps);
  const Correlation c{inputs, wide, WideDim(s, 1), WideDim(s, 2)};
  PackWeights(c, s.groups, packed.get(), [&](int64_t g, int64_t o, int64_t i, int64_t tap) {
    return w[((g * inputs + i) * wide + o) * taps + taps - 1 - tap];
  });
  Correlate(c, s.batch, s.groups, y, packed.get(), bias, x);
  return true;
}

TSTORCH_END
