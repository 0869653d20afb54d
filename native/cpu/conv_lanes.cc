// Convolution of float with the images of a batch in the lanes of a register (cpu/interleave.h): no lane is lost at the
// end of a row, whatever the size of the image, and taps that leave the image are left out. For small images and few
// channels, where everything fits into the second cache. Images that are not interleaved are on the way.
#include <algorithm>

#include "core/parallel.h"
#include "cpu/conv.h"
#include "cpu/interleave.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

namespace {

constexpr int L = kBatchLanes;
#if defined(__AVX512F__)
constexpr int kRows = 8;  // by up to 3 places: 24 sums, 3 inputs, one weight: 28 of 32 registers
#else
constexpr int kRows = 4;
#endif

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

/// Images of a batch, all of one size.
struct Images {
  float* data;
  int64_t size;
  bool interleaved;

  float* block(int64_t index) const { return data + index * L * size; }
};

/// The images of a batch, `L` at a time: correlates `in` [batch, groups · inputs, ...] to `out`.
void Correlate(const Correlation& c, int64_t batch, int64_t groups, Images in, const float* packed, const float* bias,
               Images out) {
  static const float kNoBias[kRows] = {};
  const int64_t blocks = (batch + L - 1) / L;
  const int threads = ThreadsFor(blocks, 1);
  const int64_t room = ((in.interleaved ? 0 : in.size) + (out.interleaved ? 0 : out.size)) * L;
  Scratch<float> scratch(room * threads);
  ParallelFor(blocks, (blocks + threads - 1) / threads, [&](int64_t begin, int64_t end) {
    float* own = scratch.get() + ThreadPool::Index() * room;
    float* own_out = own + (in.interleaved ? 0 : in.size * L);
    for (int64_t block = begin; block < end; ++block) {
      const int64_t count = std::min<int64_t>(L, batch - block * L);
      const float* in_lanes = in.interleaved ? in.block(block) : own;
      float* out_lanes = out.interleaved ? out.block(block) : own_out;
      if (!in.interleaved) ToLanes(in.block(block), count, in.size, own);
      for (int64_t g = 0; g < groups; ++g)
        for (int64_t o = 0; o < c.outputs; o += kRows) {
          const int64_t rows = std::min<int64_t>(kRows, c.outputs - o), channel = g * c.outputs + o;
          kPlanes[rows](c, in_lanes + g * c.inputs * c.in_size() * L, packed + channel * c.inputs * c.kernel_size(),
                        bias == nullptr ? kNoBias : bias + channel, out_lanes + channel * c.out_size() * L);
        }
      if (!out.interleaved) FromLanes(out_lanes, count, out.size, out.block(block));
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

/// sum[r][k] += narrow[r] · wide[k] at one place.
template <int R, int T>
HOST_DEVICE inline void AddPlace(const float* wide, int64_t tap, const float* narrow, int64_t channel, Vec<float> (&sum)[R][T]) {
  Vec<float> grad[R];
  for (int r = 0; r < R; ++r) grad[r] = LoadVec(narrow + r * channel);
  for (int k = 0; k < T; ++k) {
    const Vec<float> in = LoadVec(wide + k * tap);
    for (int r = 0; r < R; ++r) sum[r][k] = MulAdd(in, grad[r], sum[r][k]);
  }
}

/// The same where taps may lie outside of the row.
template <int R, int T>
HOST_DEVICE inline void AddEdge(const Dim& columns, const float* wide, int64_t x, const float* narrow, int64_t channel,
                                Vec<float> (&sum)[R][T]) {
  alignas(64) float taps[T * L];
  for (int k = 0; k < T; ++k) {
    const int64_t at = columns.Input(x, k);
    StoreVec(taps + k * L, at < 0 || at >= columns.in ? Vec<float>{} : LoadVec(wide + at * L));
  }
  AddPlace<R, T>(taps, L, narrow, channel, sum);
}

/// Sums of products of R narrow channels with one wide channel, over the places of rows [first, last) of the outputs:
/// sums[R][T] for the T taps of one row of the kernel. `wide` and `narrow` are planes.
template <int R, int T>
void WeightRow(const Correlation& c, const float* wide_plane, const float* narrow_plane, int64_t kernel_row, int64_t first,
               int64_t last, float* sums) {
  const Dim& columns = c.columns;
  const int64_t channel = c.out_size() * L, tap = columns.dilation * L, step = columns.stride * L;
  const int64_t inner = std::min(columns.out, (columns.padding + columns.stride - 1) / columns.stride);
  const int64_t inner_end = std::max(inner, columns.InnerEnd());
  Vec<float> sum[R][T];
  for (int r = 0; r < R; ++r)
    for (int k = 0; k < T; ++k) sum[r][k] = LoadVec(sums + (r * T + k) * L);
  for (int64_t y = first; y < last; ++y) {
    const int64_t row = c.rows.Input(y, kernel_row);
    if (row < 0 || row >= c.rows.in) continue;
    const float* wide = wide_plane + row * columns.in * L;
    const float* narrow = narrow_plane + y * columns.out * L;
    int64_t x = 0;
    for (; x < inner; ++x) AddEdge<R, T>(columns, wide, x, narrow + x * L, channel, sum);
    const float* from = wide + columns.Input(inner, 0) * L;
    if (tap == L)
      for (; x < inner_end; ++x, from += step) AddPlace<R, T>(from, L, narrow + x * L, channel, sum);
    else
      for (; x < inner_end; ++x, from += step) AddPlace<R, T>(from, tap, narrow + x * L, channel, sum);
    for (; x < columns.out; ++x) AddEdge<R, T>(columns, wide, x, narrow + x * L, channel, sum);
  }
  for (int r = 0; r < R; ++r)
    for (int k = 0; k < T; ++k) StoreVec(sums + (r * T + k) * L, sum[r][k]);
}

using WeightFunction = void (*)(const Correlation&, const float*, const float*, int64_t, int64_t, int64_t, float*);
constexpr int64_t kWidest = 7, kTogether = 4;
/// By the number of narrow channels and the width of the kernel.
WeightFunction WeightFunctionOf(int64_t channels, int64_t width) {
#define TSTORCH_WIDTHS(R)                                                                                   \
  {nullptr,         WeightRow<R, 1>, WeightRow<R, 2>, WeightRow<R, 3>, WeightRow<R, 4>, WeightRow<R, 5>, \
   WeightRow<R, 6>, WeightRow<R, 7>}
  constexpr WeightFunction functions[kTogether][kWidest + 1] = {TSTORCH_WIDTHS(1), TSTORCH_WIDTHS(2), TSTORCH_WIDTHS(3),
                                                                TSTORCH_WIDTHS(4)};
#undef TSTORCH_WIDTHS
  return functions[channels - 1][width];
}

/// The weights between up to `kTogether` narrow channels and one wide one, for some rows of the kernel. A few
/// rows of images are outside, rows of the kernel inside: what is read stays in the first cache.
struct WeightTask {
  const Correlation& c;
  const float *wide, *narrow;                // lanes of the first block
  int64_t blocks, wide_block, narrow_block;  // distances in floats
  int64_t channels, first_row, last_row;

  /// to[channel · channel_stride + row · width + tap]
  void Run(float* to, int64_t channel_stride) const {
    const int64_t width = c.columns.kernel;
    const WeightFunction add = WeightFunctionOf(channels, width);
    alignas(64) float sums[kMostRows * kTogether * kWidest * L] = {};
    const int64_t row_bytes = channels * c.columns.out * L * static_cast<int64_t>(sizeof(float));
    const int64_t together = std::max<int64_t>(1, kFirstCache / row_bytes);
    for (int64_t block = 0; block < blocks; ++block)
      for (int64_t y = 0; y < c.rows.out; y += together)
        for (int64_t a = first_row; a < last_row; ++a) {
          add(c, wide + block * wide_block, narrow + block * narrow_block, a, y, std::min(c.rows.out, y + together),
              sums + (a - first_row) * channels * width * L);
        }
    for (int64_t a = first_row; a < last_row; ++a)
      for (int64_t r = 0; r < channels; ++r)
        for (int64_t k = 0; k < width; ++k)
          to[r * channel_stride + a * width + k] = SumVec<float>(LoadVec(sums + (((a - first_row) * channels + r) * width + k) * L));
  }
  static constexpr int64_t kMostRows = 7;
  /// Bytes of rows of outputs that are read again for every row of the kernel.
  static constexpr int64_t kFirstCache = 16384;
};

/// `images` interleaved: as they are, or in `room`.
const float* Interleaved(const Images& images, int64_t batch, Scratch<float>& room) {
  if (images.interleaved) return images.data;
  const int64_t blocks = (batch + L - 1) / L;
  ParallelFor(blocks, kGrain / (images.size * L) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t count = std::min<int64_t>(L, batch - block * L);
      ToLanes(images.block(block), count, images.size, room.get() + block * images.size * L);
    }
  });
  return room.get();
}

void Weights(const ConvShape& s, Images x, float* w, Images y) {
  const Correlation c{s.group_wide(), s.group_narrow(), NarrowDim(s, 1), NarrowDim(s, 2)};
  const int64_t blocks = (s.batch + L - 1) / L, wide_size = x.size, narrow_size = y.size;
  Scratch<float> wide_room(x.interleaved ? 1 : blocks * wide_size * L), narrow_room(y.interleaved ? 1 : blocks * narrow_size * L);
  const float* wide = Interleaved(x, s.batch, wide_room);
  const float* narrow = Interleaved(y, s.batch, narrow_room);
  // Narrow channels in pieces of nearly equal size; rows of the kernel apart where that leaves threads without work.
  const int64_t pieces = (c.outputs + kTogether - 1) / kTogether, whole = s.groups * c.inputs * pieces;
  const int64_t most = std::min(WeightTask::kMostRows, whole >= GetHost().threads() ? c.rows.kernel : 1);
  const int64_t parts = (c.rows.kernel + most - 1) / most;
  ParallelFor(whole * parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t part = task % parts, piece = task / parts % pieces, i = task / parts / pieces % c.inputs;
      const int64_t g = task / parts / pieces / c.inputs;
      const int64_t o = c.outputs * piece / pieces, channels = c.outputs * (piece + 1) / pieces - o, output = g * c.outputs + o;
      const WeightTask t{c, wide + (g * c.inputs + i) * c.in_size() * L, narrow + output * c.out_size() * L,
                         blocks, wide_size * L, narrow_size * L,
                         channels, part * most, std::min(c.rows.kernel, (part + 1) * most)};
      t.Run(w + (output * c.inputs + i) * c.kernel_size(), c.inputs * c.kernel_size());
    }
  });
}

}  // namespace

bool ConvLanes(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias) {
  if (s.kernel[0] != 1 || s.wide[0] != 1 || s.padding[0] != 0) return false;
  const Images wide{x, s.wide_channels * s.wide_size(), s.wide_layout == ImageLayout::images};
  const Images narrow{y, s.narrow_channels * s.narrow_size(), s.narrow_layout == ImageLayout::images};
  if (target == ConvTarget::weight) {
    if (s.kernel[2] > kWidest) return false;
    Weights(s, wide, w, narrow);
    return true;
  }
  const int64_t taps = s.kernel_size(), wide_count = s.group_wide(), narrow_count = s.group_narrow();
  Scratch<float> packed(s.narrow_channels * wide_count * taps);
  if (target == ConvTarget::narrow) {
    const Correlation c{wide_count, narrow_count, NarrowDim(s, 1), NarrowDim(s, 2)};
    PackWeights(c, s.groups, packed.get(), [&](int64_t g, int64_t o, int64_t i, int64_t tap) {
      return w[((g * narrow_count + o) * wide_count + i) * taps + tap];
    });
    Correlate(c, s.batch, s.groups, wide, packed.get(), bias, narrow);
    return true;
  }
  if (s.stride[1] != 1 || s.stride[2] != 1) return false;
  const Correlation c{narrow_count, wide_count, WideDim(s, 1), WideDim(s, 2)};
  PackWeights(c, s.groups, packed.get(), [&](int64_t g, int64_t o, int64_t i, int64_t tap) {
    return w[((g * narrow_count + i) * wide_count + o) * taps + taps - 1 - tap];
  });
  Correlate(c, s.batch, s.groups, narrow, packed.get(), bias, wide);
  return true;
}

TSTORCH_END
