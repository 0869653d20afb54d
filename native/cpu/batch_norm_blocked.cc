// Batch normalization where every lane of a register is a channel: see cpu/batch_norm.h. The formulas, sums in double of
// x minus its first value among them, are those of normalization.cc.
#include "cpu/batch_norm.h"

#include "core/math.h"
#include "core/parallel.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

namespace {

constexpr int L = kLanes<float>;

/// How far ahead memory is asked for, in floats.
constexpr int64_t kAhead = 512;

/// Groups of L channels, each with a plane of `size` registers per image.
struct Groups {
  int64_t batch, count, size;

  explicit Groups(const ChannelPlanes& p) : batch(p.batch), count(p.channels / L), size(p.size) {}
  int64_t at(int64_t n, int64_t group) const { return (n * count + group) * size * L; }
  /// Groups that are worth a thread.
  int64_t grain() const { return kGrain / (batch * size * L + 1) + 1; }
};

/// One number per channel of a group.
template <class T>
struct Lane {
  T value[L];
  T& operator[](int k) { return value[k]; }
  const T& operator[](int k) const { return value[k]; }
};

/// Where values per channel are absent they are `otherwise`.
Lane<double> LaneOf(const float* values, int64_t group, double otherwise) {
  Lane<double> lane;
  for (int k = 0; k < L; ++k) lane[k] = values == nullptr ? otherwise : values[group * L + k];
  return lane;
}

/// Calls f(place) for the registers of a group, image by image, and asks for those ahead at `x`...
template <class F, class... Pointers>
void EachPlace(const Groups& g, int64_t group, F f, const Pointers*... x) {
  for (int64_t n = 0; n < g.batch; ++n) {
    const int64_t begin = g.at(n, group), end = begin + g.size * L;
    for (int64_t i = begin; i < end; i += L) {
      (__builtin_prefetch(x + i + kAhead), ...);
      f(i);
    }
  }
}

/// y = x · scale + shift
void ScaleShift(const float* x, float* y, const Lane<float>& scale, const Lane<float>& shift) {
  for (int k = 0; k < L; ++k) y[k] = Fma(x[k], scale[k], shift[k]);
}

}  // namespace

void BatchNormBlocked(const ChannelPlanes& p, double eps, const float* x, ChannelWeights w, float* y, float* mean, float* variance,
                      float* invstd) {
  const Groups g(p);
  const double count = static_cast<double>(g.batch * g.size);
  ParallelFor(g.count, g.grain(), [=](int64_t first, int64_t last) {
    for (int64_t group = first; group < last; ++group) {
      const float* origin = x + g.at(0, group);
      Lane<double> start, sums{}, squares{};
      for (int k = 0; k < L; ++k) start[k] = origin[k];
      const auto add = [&](int64_t i) {
        for (int k = 0; k < L; ++k) {
          const double d = static_cast<double>(x[i + k]) - start[k];
          sums[k] += d;
          squares[k] += d * d;
        }
      };
      EachPlace(g, group, add, x);
      const Lane<double> weight = LaneOf(w.weight, group, 1), bias = LaneOf(w.bias, group, 0);
      Lane<float> scale, shift;
      for (int k = 0; k < L; ++k) {
        const int64_t c = group * L + k;
        const double offset = sums[k] / count, spread = squares[k] / count - offset * offset;
        const double mu = start[k] + offset, var = spread < 0 ? 0 : spread, inverse = 1 / Sqrt(var + eps);
        mean[c] = static_cast<float>(mu);
        variance[c] = static_cast<float>(var);
        invstd[c] = static_cast<float>(inverse);
        scale[k] = static_cast<float>(inverse * weight[k]);
        shift[k] = static_cast<float>(bias[k] - mu * inverse * weight[k]);
      }
      EachPlace(g, group, [&](int64_t i) { ScaleShift(x + i, y + i, scale, shift); }, x, y);
    }
  });
}

void BatchNormEvalBlocked(const ChannelPlanes& p, double eps, const float* x, ChannelWeights w, const float* mean,
                          const float* variance, float* y) {
  const Groups g(p);
  ParallelFor(g.count, g.grain(), [=](int64_t first, int64_t last) {
    for (int64_t group = first; group < last; ++group) {
      const Lane<double> weight = LaneOf(w.weight, group, 1), bias = LaneOf(w.bias, group, 0);
      Lane<float> scale, shift;
      for (int k = 0; k < L; ++k) {
        const double factor = weight[k] / Sqrt(static_cast<double>(variance[group * L + k]) + eps);
        scale[k] = static_cast<float>(factor);
        shift[k] = static_cast<float>(bias[k] - static_cast<double>(mean[group * L + k]) * factor);
      }
      EachPlace(g, group, [&](int64_t i) { ScaleShift(x + i, y + i, scale, shift); }, x, y);
    }
  });
}

void BatchNormBackwardBlocked(const ChannelPlanes& p, const float* grad, const float* x, const float* weights, const float* mean,
                              const float* invstd, float* gx, float* gw, float* gb) {
  const Groups g(p);
  const double count = static_cast<double>(g.batch * g.size);
  ParallelFor(g.count, g.grain(), [=](int64_t first, int64_t last) {
    for (int64_t group = first; group < last; ++group) {
      const Lane<double> mu = LaneOf(mean, group, 0), inverse = LaneOf(invstd, group, 1), weight = LaneOf(weights, group, 1);
      Lane<double> sums{}, dots{};
      const auto add = [&](int64_t i) {
        for (int k = 0; k < L; ++k) {
          const double gi = grad[i + k];
          sums[k] += gi;
          dots[k] += gi * (static_cast<double>(x[i + k]) - mu[k]);
        }
      };
      EachPlace(g, group, add, grad, x);
      Lane<float> of_g, of_x, rest, center;
      for (int k = 0; k < L; ++k) {
        const int64_t c = group * L + k;
        gw[c] = static_cast<float>(dots[k] * inverse[k]);
        gb[c] = static_cast<float>(sums[k]);
        const double scale = weight[k] * inverse[k];
        of_g[k] = static_cast<float>(scale);
        of_x[k] = static_cast<float>(-scale * inverse[k] * inverse[k] * dots[k] / count);
        rest[k] = static_cast<float>(-scale * sums[k] / count);
        center[k] = static_cast<float>(mu[k]);
      }
      const auto apply = [&](int64_t i) {
        for (int k = 0; k < L; ++k) gx[i + k] = Fma(grad[i + k], of_g[k], Fma(x[i + k] - center[k], of_x[k], rest[k]));
      };
      EachPlace(g, group, apply, grad, x, gx);
    }
  });
}

TSTORCH_END
