// Weights of a convolution of float without oneDNN: see cpu/conv_direct.h.
//
// The narrow image gets the row length of the prepared wide one, with zeros in the gaps. Then the gradient of a weight is
// one long inner product per image, at a fixed distance for each tap. Sums stay in registers for one image and as
// registers in memory from image to image; they are folded once, at the end.
#include <algorithm>
#include <array>

#include "core/parallel.h"
#include "cpu/conv_direct.h"
#include "cpu/finite.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

namespace {

constexpr int L = kLanes<float>;
#if defined(__AVX512F__)
constexpr int kMostRows = 4;  // by up to 7 taps
#else
constexpr int kMostRows = 2;
#endif
constexpr int64_t kWidest = 7;
/// Registers of sums per thread: more would not stay in the second cache.
constexpr int64_t kMostSums = 4096;

/// sums[r][t] += Σ_q y[r][q] · x[offsets[t] + q]
template <int R, int T>
void Accumulate(const float* x, const int64_t* offsets, const float* y, int64_t y_channel, int64_t vectors, float* sums) {
  Vec<float> s[R][T];
  for (int r = 0; r < R; ++r)
    for (int t = 0; t < T; ++t) s[r][t] = LoadVec(sums + (r * T + t) * L);
  for (int64_t v = 0; v < vectors; ++v, x += L, y += L) {
    Vec<float> in[T];
    for (int t = 0; t < T; ++t) in[t] = LoadVec(x + offsets[t]);
    for (int r = 0; r < R; ++r) {
      const Vec<float> grad = LoadVec(y + r * y_channel);
      for (int t = 0; t < T; ++t) s[r][t] = MulAdd(in[t], grad, s[r][t]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int t = 0; t < T; ++t) StoreVec(sums + (r * T + t) * L, s[r][t]);
}

using AccumulateFunction = void (*)(const float*, const int64_t*, const float*, int64_t, int64_t, float*);
template <int R>
constexpr std::array<AccumulateFunction, kWidest + 1> kByTaps = {nullptr,          Accumulate<R, 1>, Accumulate<R, 2>,
                                                                 Accumulate<R, 3>, Accumulate<R, 4>, Accumulate<R, 5>,
                                                                 Accumulate<R, 6>, Accumulate<R, 7>};
AccumulateFunction FunctionOf(int64_t rows, int64_t taps) {
  const auto at = static_cast<size_t>(taps);
#if defined(__AVX512F__)
  if (rows == 4) return kByTaps<4>[at];
  if (rows == 3) return kByTaps<3>[at];
#endif
  return rows == 2 ? kByTaps<2>[at] : kByTaps<1>[at];
}

struct Problem {
  const ConvShape& s;
  PreparedImage prepared;
  std::vector<int64_t> offsets;  // of each tap in channel 0
  int64_t vectors;               // per plane of the narrow image

  explicit Problem(const ConvShape& shape) : s(shape), prepared(PrepareWide(shape)) {
    for (int64_t tap = 0; tap < s.kernel_size(); ++tap) {
      const int64_t k[3] = {tap / s.kernel[2] / s.kernel[1] * s.dilation[0], tap / s.kernel[2] % s.kernel[1] * s.dilation[1],
                            tap % s.kernel[2] * s.dilation[2]};
      offsets.push_back(prepared.OffsetOf(0, k));
    }
    vectors = (FlatPositions(prepared, s.narrow) + L - 1) / L;
  }
  int64_t narrow_plane() const { return vectors * L; }
  int64_t narrow_total() const { return s.group_narrow() * narrow_plane(); }
  int64_t weights() const { return s.narrow_channels * s.group_wide() * s.kernel_size(); }

  /// The narrow planes of one group, rows as far apart as in the prepared image.
  void Spread(const float* y, float* to) const {
    memset(to, 0, static_cast<size_t>(narrow_total()) * sizeof(float));
    for (int64_t c = 0; c < s.group_narrow(); ++c, to += narrow_plane())
      for (int64_t a = 0; a < s.narrow[0]; ++a)
        for (int64_t b = 0; b < s.narrow[1]; ++b, y += s.narrow[2])
          CopyRow(y, to + (a * prepared.size[1] + b) * prepared.size[2], s.narrow[2]);
  }

  /// Adds one group of one image. Sums lie as [block of narrow channels][wide channel][row of taps][channel][tap].
  void Add(const float* x, const float* y, float* sums) const {
    const int64_t outputs = s.group_narrow(), blocks = (outputs + kMostRows - 1) / kMostRows, width = s.kernel[2];
    const int64_t tap_rows = s.kernel_size() / width;
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t first = outputs * b / blocks, rows = outputs * (b + 1) / blocks - first;
      const AccumulateFunction run = FunctionOf(rows, width);
      for (int64_t i = 0; i < s.group_wide(); ++i)
        for (int64_t row = 0; row < tap_rows; ++row, sums += rows * width * L)
          run(x + i * prepared.channel(), offsets.data() + row * width, y + first * narrow_plane(), narrow_plane(), vectors, sums);
    }
  }

  /// w[output, input, tap] of one group from the sums of all threads.
  void Fold(const float* sums, int threads, int64_t distance, float* w) const {
    const int64_t outputs = s.group_narrow(), blocks = (outputs + kMostRows - 1) / kMostRows, width = s.kernel[2];
    const int64_t tap_rows = s.kernel_size() / width;
    for (int64_t b = 0; b < blocks; ++b) {
      const int64_t first = outputs * b / blocks, rows = outputs * (b + 1) / blocks - first;
      for (int64_t i = 0; i < s.group_wide(); ++i)
        for (int64_t row = 0; row < tap_rows; ++row)
          for (int64_t r = 0; r < rows; ++r)
            for (int64_t t = 0; t < width; ++t, sums += L) {
              Vec<float> total = LoadVec(sums);
              for (int k = 1; k < threads; ++k) total += LoadVec(sums + k * distance);
              w[((first + r) * s.group_wide() + i) * s.kernel_size() + row * width + t] = SumVec<float>(total);
            }
    }
  }
};

}  // namespace

bool ConvDirectWeights(const ConvShape& s, const float* x, float* w, const float* y) {
  if (s.kernel[2] > kWidest) return false;
  const Problem p(s);
  if (p.weights() > kMostSums) return false;
  const int64_t images = s.batch * s.groups, group_weights = p.weights() / s.groups;
  const int threads = static_cast<int>(std::min<int64_t>(images, ThreadsFor(s.products(), int64_t{1} << 19)));
  const int64_t wide_size = s.group_wide() * s.wide_size(), narrow_size = s.group_narrow() * s.narrow_size();
  const int64_t copies = p.prepared.total() + p.narrow_total(), sums_size = p.weights() * L;
  Scratch<float> scratch(copies * threads), sums(sums_size * threads);
  ParallelParts(threads, [&](int64_t part) {
    float *wide = scratch.get() + part * copies, *narrow = wide + p.prepared.total(), *own = sums.get() + part * sums_size;
    memset(own, 0, static_cast<size_t>(sums_size) * sizeof(float));
    for (int64_t i = images * part / threads; i < images * (part + 1) / threads; ++i) {
      PrepareImage(p.prepared, x + i * wide_size, wide, 0, p.prepared.channels);
      p.Spread(y + i * narrow_size, narrow);
      p.Add(wide, narrow, own + i % s.groups * group_weights * L);
    }
  });
  for (int64_t g = 0; g < s.groups; ++g)
    p.Fold(sums.get() + g * group_weights * L, threads, sums_size, w + g * group_weights);
  // The zeros in the gaps met elements of x that belong to other windows: an infinity or NaN there is no zero.
  return AllFinite(w, p.weights());
}

TSTORCH_END
