#include "cpu/conv_direct.h"

#include <algorithm>

#include "core/parallel.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

namespace {

constexpr int L = kLanes<float>;
#if defined(__AVX512F__)
constexpr int kRows = 8, kVectors = 3;  // 24 sums, 3 inputs, one weight: 28 of 32 registers
#else
constexpr int kRows = 4, kVectors = 3;  // 12 sums, 3 inputs, one weight: all 16 registers
#endif

/// R output channels at V vectors of positions: out[r][q] = bias[r] + Σ_t w[t][r] · x[offset[t] + q].
template <int R, int V>
void Tile(const float* x, const int64_t* offsets, int64_t taps, const float* w, const float* bias, float* out,
          int64_t out_stride) {
  Vec<float> sums[R][V];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) sums[r][v] = Splat(bias[r]);
  for (int64_t t = 0; t < taps; ++t, w += R) {
    const float* from = x + offsets[t];
    Vec<float> in[V];
    for (int v = 0; v < V; ++v) in[v] = LoadVec(from + v * L);
    for (int r = 0; r < R; ++r) {
      const Vec<float> weight = Splat(w[r]);
      for (int v = 0; v < V; ++v) sums[r][v] = MulAdd(in[v], weight, sums[r][v]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) StoreVec(out + r * out_stride + v * L, sums[r][v]);
}

/// All positions for R channels.
template <int R>
void Row(const float* x, const std::vector<int64_t>& offsets, const float* w, const float* bias, int64_t vectors, float* out,
         int64_t out_stride) {
  constexpr int wide = R <= 2 ? 2 * kVectors : kVectors;
  const int64_t taps = static_cast<int64_t>(offsets.size());
  int64_t v = 0;
  for (; v + wide <= vectors; v += wide) Tile<R, wide>(x + v * L, offsets.data(), taps, w, bias, out + v * L, out_stride);
  for (; v < vectors; ++v) Tile<R, 1>(x + v * L, offsets.data(), taps, w, bias, out + v * L, out_stride);
}

using RowFunction = void (*)(const float*, const std::vector<int64_t>&, const float*, const float*, int64_t, float*, int64_t);
constexpr RowFunction kRowFunctions[] = {nullptr, Row<1>, Row<2>, Row<3>, Row<4>,
#if defined(__AVX512F__)
                                         Row<5>,  Row<6>, Row<7>, Row<8>
#endif
};

/// One correlation of a prepared image: the outputs at first, first + step, ... of an image.
struct Correlation {
  int64_t count[3];            // outputs per dim
  int64_t image[3];            // sizes of the output image
  int64_t first[3], step[3];   // where the outputs lie in it
  std::vector<int64_t> offsets;  // per input channel and tap
  std::vector<int64_t> taps;     // flat index into the kernel of each tap
  float* weights;              // packed: [group][block of channels][channel and tap][channel of the block]
};

/// Sums of R channels, laid out along the rows of the prepared image, to their places in the output.
void Place(const Correlation& c, const PreparedImage& p, const float* sums, float* image) {
  for (int64_t a = 0; a < c.count[0]; ++a)
    for (int64_t b = 0; b < c.count[1]; ++b) {
      const float* from = sums + (a * p.size[1] + b) * p.size[2];
      float* to = image + ((c.first[0] + a * c.step[0]) * c.image[1] + c.first[1] + b * c.step[1]) * c.image[2] + c.first[2];
      if (c.step[2] == 1) CopyRow(from, to, c.count[2]);
      else
        for (int64_t i = 0; i < c.count[2]; ++i) to[i * c.step[2]] = from[i];
    }
}

struct Problem {
  const ConvShape& s;
  const PreparedImage& prepared;
  const std::vector<Correlation>& parts;
  int64_t outputs, image_size;  // channels per group and size of the output
  const float* input;
  float* output;
  const float* bias;

  int64_t vectors(const Correlation& c) const { return (FlatPositions(prepared, c.count) + L - 1) / L; }
  int64_t sums_size() const {
    int64_t most = 0;
    for (const Correlation& c : parts) most = std::max(most, vectors(c) * L);
    return kRows * most;
  }
  int64_t blocks() const { return (outputs + kRows - 1) / kRows; }
};

/// Block `block` of output channels of one image and group.
void RunBlock(const Problem& p, int64_t n, int64_t group, int64_t block, const float* prepared, float* sums) {
  static const float kNoBias[kRows] = {};
  const int64_t channel = block * kRows, rows = std::min<int64_t>(kRows, p.outputs - channel);
  const float* bias = p.bias == nullptr ? kNoBias : p.bias + group * p.outputs + channel;
  float* image = p.output + ((n * p.s.groups + group) * p.outputs + channel) * p.image_size;
  for (const Correlation& c : p.parts) {
    const int64_t taps = static_cast<int64_t>(c.offsets.size()), vectors = p.vectors(c);
    const float* weights = c.weights + (group * p.outputs + channel) * taps;
    kRowFunctions[rows](prepared, c.offsets, weights, bias, vectors, sums, vectors * L);
    for (int64_t r = 0; r < rows; ++r) Place(c, p.prepared, sums + r * vectors * L, image + r * p.image_size);
  }
}

void RunAll(const Problem& p) {
  const ConvShape& s = p.s;
  const int64_t images = s.batch * s.groups, channel_size = p.prepared.source[0] * p.prepared.source[1] * p.prepared.source[2];
  const int threads = ThreadsFor(s.products(), int64_t{1} << 19);
  const int64_t group_size = p.prepared.channels * channel_size, total = p.prepared.total(), sums = p.sums_size();
  const bool by_image = images >= threads;
  Scratch<float> prepared(total * (by_image ? threads : 1)), scratch(sums * threads);
  if (by_image) {
    ParallelFor(images, (images + threads - 1) / threads, [&](int64_t begin, int64_t end) {
      float* own = prepared.get() + ThreadPool::Index() * total;
      for (int64_t i = begin; i < end; ++i) {
        PrepareImage(p.prepared, p.input + i * group_size, own, 0, p.prepared.channels);
        for (int64_t b = 0; b < p.blocks(); ++b)
          RunBlock(p, i / s.groups, i % s.groups, b, own, scratch.get() + ThreadPool::Index() * sums);
      }
    });
    return;
  }
  for (int64_t i = 0; i < images; ++i) {  // fewer images than threads: they share the channels of each
    ParallelFor(p.prepared.channels, (p.prepared.channels + threads - 1) / threads, [&](int64_t begin, int64_t end) {
      PrepareImage(p.prepared, p.input + i * group_size, prepared.get(), begin, end);
    });
    ParallelFor(p.blocks(), (p.blocks() + threads - 1) / threads, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b)
        RunBlock(p, i / s.groups, i % s.groups, b, prepared.get(), scratch.get() + ThreadPool::Index() * sums);
    });
  }
}

/// Weights in the order in which the tiles read them. `at(output, input, tap)` gives the weight of one group.
template <class At>
void PackWeights(const Correlation& c, int64_t groups, int64_t outputs, int64_t inputs, At at) {
  float* to = c.weights;
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t first = 0; first < outputs; first += kRows) {
      const int64_t rows = std::min<int64_t>(kRows, outputs - first);
      for (int64_t i = 0; i < inputs; ++i)
        for (int64_t tap : c.taps)
          for (int64_t r = 0; r < rows; ++r) *to++ = at(g, first + r, i, tap);
    }
}

void TapOf(const ConvShape& s, int64_t tap, int64_t (&k)[3]) {
  k[2] = tap % s.kernel[2];
  k[1] = tap / s.kernel[2] % s.kernel[1];
  k[0] = tap / s.kernel[2] / s.kernel[1];
}

void Narrow(const ConvShape& s, const float* x, const float* w, float* y, const float* bias) {
  const PreparedImage prepared = PrepareWide(s);
  Scratch<float> packed(s.narrow_channels * s.group_wide() * s.kernel_size());
  std::vector<Correlation> parts(1);
  Correlation& c = parts[0];
  for (int d = 0; d < 3; ++d) {
    c.count[d] = c.image[d] = s.narrow[d];
    c.first[d] = 0;
    c.step[d] = 1;
  }
  for (int64_t i = 0; i < s.group_wide(); ++i)
    for (int64_t tap = 0; tap < s.kernel_size(); ++tap) {
      int64_t k[3];
      TapOf(s, tap, k);
      for (int d = 0; d < 3; ++d) k[d] *= s.dilation[d];
      c.offsets.push_back(prepared.OffsetOf(i, k));
      if (i == 0) c.taps.push_back(tap);
    }
  c.weights = packed.get();
  const int64_t taps = s.kernel_size(), inputs = s.group_wide();
  PackWeights(c, s.groups, s.group_narrow(), inputs, [&](int64_t g, int64_t o, int64_t i, int64_t tap) {
    return w[((g * s.group_narrow() + o) * inputs + i) * taps + tap];
  });
  RunAll({s, prepared, parts, s.group_narrow(), s.narrow_size(), x, y, bias});
}

/// Whether (phase + padding - k·dilation) is a multiple of the stride, and which one.
bool ShiftOf(const ConvShape& s, int d, int64_t phase, int64_t k, int64_t& shift) {
  const int64_t distance = phase + s.padding[d] - k * s.dilation[d];
  if (distance % s.stride[d] != 0) return false;
  shift = distance / s.stride[d];
  return true;
}

/// The narrow image with room for every tap of every phase of the wide one.
PreparedImage PrepareNarrow(const ConvShape& s) {
  PreparedImage p;
  p.channels = s.group_narrow();
  for (int d = 0; d < 3; ++d) {
    int64_t least = 0, most = s.narrow[d] - 1;
    for (int64_t phase = 0; phase < s.stride[d] && phase < s.wide[d]; ++phase)
      for (int64_t k = 0; k < s.kernel[d]; ++k) {
        int64_t shift;
        if (!ShiftOf(s, d, phase, k, shift)) continue;
        least = std::min(least, shift);
        most = std::max(most, shift + (s.wide[d] - 1 - phase) / s.stride[d]);
      }
    p.source[d] = s.narrow[d];
    p.step[d] = 1;
    p.lead[d] = -least;
    p.size[d] = most - least + 1;
    p.phases[d] = {0};
  }
  return p;
}

void Wide(const ConvShape& s, float* x, const float* w, const float* y, const float* bias) {
  const PreparedImage prepared = PrepareNarrow(s);
  Scratch<float> packed(s.narrow_channels * s.group_wide() * s.kernel_size());
  float* weights = packed.get();
  std::vector<Correlation> parts;
  const int64_t taps = s.kernel_size(), outputs = s.group_wide(), inputs = s.group_narrow();
  int64_t phase[3];
  for (phase[0] = 0; phase[0] < std::min(s.stride[0], s.wide[0]); ++phase[0])
    for (phase[1] = 0; phase[1] < std::min(s.stride[1], s.wide[1]); ++phase[1])
      for (phase[2] = 0; phase[2] < std::min(s.stride[2], s.wide[2]); ++phase[2]) {
        Correlation c;
        for (int d = 0; d < 3; ++d) {
          c.count[d] = (s.wide[d] - 1 - phase[d]) / s.stride[d] + 1;
          c.image[d] = s.wide[d];
          c.first[d] = phase[d];
          c.step[d] = s.stride[d];
        }
        std::vector<int64_t> first;  // offsets of the taps in channel 0
        for (int64_t tap = 0; tap < taps; ++tap) {
          int64_t k[3], at[3];
          TapOf(s, tap, k);
          bool used = true;
          for (int d = 0; d < 3 && used; ++d) used = ShiftOf(s, d, phase[d], k[d], at[d]);
          if (!used) continue;
          for (int d = 0; d < 3; ++d) at[d] += prepared.lead[d];
          first.push_back(prepared.OffsetOf(0, at));
          c.taps.push_back(tap);
        }
        for (int64_t o = 0; o < inputs; ++o)
          for (int64_t offset : first) c.offsets.push_back(offset + o * prepared.channel());
        c.weights = weights;
        PackWeights(c, s.groups, outputs, inputs, [&](int64_t g, int64_t i, int64_t o, int64_t tap) {
          return w[((g * inputs + o) * outputs + i) * taps + tap];
        });
        weights += s.groups * outputs * static_cast<int64_t>(c.offsets.size());
        parts.push_back(std::move(c));
      }
  RunAll({s, prepared, parts, outputs, s.wide_size(), y, x, bias});
}

}  // namespace

int64_t PreparedImage::OffsetOf(int64_t channel_index, const int64_t (&at)[3]) const {
  int64_t plane_index = 0, position = 0;
  for (int d = 0; d < 3; ++d) {
    const auto slot = std::find(phases[d].begin(), phases[d].end(), at[d] % step[d]) - phases[d].begin();
    plane_index = plane_index * static_cast<int64_t>(phases[d].size()) + slot;
    position = position * size[d] + at[d] / step[d];
  }
  return channel_index * channel() + plane_index * plane() + position;
}

PreparedImage PrepareWide(const ConvShape& s) {
  PreparedImage p;
  p.channels = s.group_wide();
  for (int d = 0; d < 3; ++d) {
    p.source[d] = s.wide[d];
    p.step[d] = s.stride[d];
    p.lead[d] = s.padding[d];
    p.size[d] = s.narrow[d] + (s.kernel[d] - 1) * s.dilation[d] / s.stride[d];
    for (int64_t k = 0; k < s.kernel[d]; ++k) {
      const int64_t phase = k * s.dilation[d] % s.stride[d];
      if (std::find(p.phases[d].begin(), p.phases[d].end(), phase) == p.phases[d].end()) p.phases[d].push_back(phase);
    }
  }
  return p;
}

void PrepareImage(const PreparedImage& p, const float* image, float* to, int64_t begin, int64_t end) {
  const int64_t source_size = p.source[0] * p.source[1] * p.source[2];
  for (int64_t c = begin; c < end; ++c) {
    const float* from = image + c * source_size;
    float* next_plane = to + c * p.channel();
    for (int64_t phase0 : p.phases[0])
      for (int64_t phase1 : p.phases[1])
        for (int64_t phase2 : p.phases[2]) {
          float* plane = next_plane;
          next_plane += p.plane();
          // Columns [first, last) of the plane come from the image, the rest is zero.
          const int64_t shift = phase2 - p.lead[2], step = p.step[2];
          const int64_t first = std::min(p.size[2], shift >= 0 ? 0 : (-shift + step - 1) / step);
          const int64_t last = std::clamp((p.source[2] - shift + step - 1) / step, first, p.size[2]);
          for (int64_t a = 0; a < p.size[0]; ++a)
            for (int64_t b = 0; b < p.size[1]; ++b, plane += p.size[2]) {
              const int64_t z = a * p.step[0] + phase0 - p.lead[0], y = b * p.step[1] + phase1 - p.lead[1];
              if (z < 0 || z >= p.source[0] || y < 0 || y >= p.source[1]) {
                memset(plane, 0, static_cast<size_t>(p.size[2]) * sizeof(float));
                continue;
              }
              const float* row = from + (z * p.source[1] + y) * p.source[2] + shift;
              for (int64_t i = 0; i < first; ++i) plane[i] = 0;
              if (step == 1) CopyRow(row + first, plane + first, last - first);
              else
                for (int64_t i = first; i < last; ++i) plane[i] = row[i * step];
              for (int64_t i = last; i < p.size[2]; ++i) plane[i] = 0;
            }
          memset(plane, 0, static_cast<size_t>(p.plane() - p.used()) * sizeof(float));
        }
  }
  if (end == p.channels) memset(to + p.channels * p.channel(), 0, kConvSlack * sizeof(float));
}

bool ConvDirect(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias) {
  if (target == ConvTarget::narrow) Narrow(s, x, w, y, bias);
  else if (target == ConvTarget::wide) Wide(s, x, w, y, bias);
  else return ConvDirectWeights(s, x, w, y);
  return true;
}

TSTORCH_END
