// Batch and layer normalization, forward and backward, for dense row-major tensors of float and double.
//
// Sums are kept in double and taken of x - x[0], so that a large common offset does not cancel the variance away.
#include "core/kernels.h"
#include "core/math.h"
#include "core/parallel.h"
#include "cpu/ahead.h"
#include "cpu/batch_norm.h"

TSTORCH_BEGIN

namespace {

constexpr int kLanes = 16;

struct Moments {
  double sum = 0, squares = 0;  // of x - shift
};

/// Adds n elements; the lanes are summed in a fixed order.
template <class T>
void AddMoments(Moments& m, const T* x, int64_t n, T shift) {
  double sums[kLanes] = {}, squares[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int k = 0; k < kLanes; ++k) {
      const double d = static_cast<double>(x[i + k]) - static_cast<double>(shift);
      sums[k] += d;
      squares[k] += d * d;
    }
  for (; i < n; ++i) {
    const double d = static_cast<double>(x[i]) - static_cast<double>(shift);
    m.sum += d;
    m.squares += d * d;
  }
  for (int k = 0; k < kLanes; ++k) {
    m.sum += sums[k];
    m.squares += squares[k];
  }
}

struct MeanVariance {
  double mean, variance;
};
template <class T>
MeanVariance Finish(const Moments& m, double n, T shift) {
  const double offset = m.sum / n;
  const double variance = m.squares / n - offset * offset;
  return {static_cast<double>(shift) + offset, variance < 0 ? 0 : variance};
}

/// Σ g and Σ g·(x - mean) over n elements.
template <class T>
void AddProducts(double& sum, double& dot, const T* g, const T* x, int64_t n, double mean) {
  double sums[kLanes] = {}, dots[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int k = 0; k < kLanes; ++k) {
      const double gi = g[i + k];
      sums[k] += gi;
      dots[k] += gi * (static_cast<double>(x[i + k]) - mean);
    }
  for (; i < n; ++i) {
    sum += g[i];
    dot += static_cast<double>(g[i]) * (static_cast<double>(x[i]) - mean);
  }
  for (int k = 0; k < kLanes; ++k) {
    sum += sums[k];
    dot += dots[k];
  }
}

template <class T>
T At(const T* weights, int64_t i, T otherwise) {
  return weights == nullptr ? otherwise : weights[i];
}

/// out = x · scale + shift over one run of a tensor that is `outside` the cache or not.
template <class T>
void ScaleShift(T* out, const T* x, int64_t n, bool outside, T scale, T shift) {
  ForElements<T>(n, outside, [=](int64_t i) { out[i] = Fma(x[i], scale, shift); }, out, x);
}

ChannelPlanes ReadPlanes(Args& args) {
  const int64_t batch = args.integer(), channels = args.integer(), size = args.integer();
  return {batch, channels, size, args.flag()};
}

}  // namespace

/// [dtype, planes, whether channels lie side by side, eps; x, weight, bias -> y, mean, variance (biased), 1/std]: statistics per channel.
KERNEL(batch_norm) {
  DispatchFullFloat("batch_norm", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const ChannelPlanes p = ReadPlanes(args);
    const double eps = args.number();
    const T *x = args.pointer<const T>(), *weight = args.pointer<const T>(), *bias = args.pointer<const T>();
    T *y = args.pointer<T>(), *mean = args.pointer<T>(), *variance = args.pointer<T>(), *invstd = args.pointer<T>();
    if constexpr (std::is_same_v<T, float>)
      if (p.blocked) return BatchNormBlocked(p, eps, x, {weight, bias}, y, mean, variance, invstd);
    const double count = static_cast<double>(p.batch * p.size);
    const bool outside = IsOutsideCache<T>(p.batch * p.channels * p.size);
    ParallelFor(p.channels, kGrain / (p.batch * p.size + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        Moments m;
        const T shift = x[p.at(0, c)];
        for (int64_t n = 0; n < p.batch; ++n) AddMoments(m, x + p.at(n, c), p.size, shift);
        const auto [mu, var] = Finish(m, count, shift);
        const double inverse = 1 / Sqrt(var + eps);
        mean[c] = static_cast<T>(mu);
        variance[c] = static_cast<T>(var);
        invstd[c] = static_cast<T>(inverse);
        const double scale = inverse * At(weight, c, T(1));
        const T offset = static_cast<T>(At(bias, c, T(0)) - mu * scale);
        for (int64_t n = 0; n < p.batch; ++n)
          ScaleShift(y + p.at(n, c), x + p.at(n, c), p.size, outside, static_cast<T>(scale), offset);
      }
    });
  });
}

/// [dtype, planes, whether channels lie side by side, eps; x, weight, bias, mean, variance -> y]: with given statistics.
KERNEL(batch_norm_eval) {
  DispatchFullFloat("batch_norm_eval", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const ChannelPlanes p = ReadPlanes(args);
    const double eps = args.number();
    const T *x = args.pointer<const T>(), *weight = args.pointer<const T>(), *bias = args.pointer<const T>();
    const T *mean = args.pointer<const T>(), *variance = args.pointer<const T>();
    T* y = args.pointer<T>();
    if constexpr (std::is_same_v<T, float>)
      if (p.blocked) return BatchNormEvalBlocked(p, eps, x, {weight, bias}, mean, variance, y);
    const bool outside = IsOutsideCache<T>(p.batch * p.channels * p.size);
    ParallelFor(p.batch * p.channels, kGrain / (p.size + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t c = i % p.channels;
        const double scale = At(weight, c, T(1)) / Sqrt(static_cast<double>(variance[c]) + eps);
        const T offset = static_cast<T>(At(bias, c, T(0)) - static_cast<double>(mean[c]) * scale);
        ScaleShift(y + i * p.size, x + i * p.size, p.size, outside, static_cast<T>(scale), offset);
      }
    });
  });
}

/// [dtype, planes, whether channels lie side by side; g, x, weight, mean, 1/std -> gx, gw, gb]
///   gw = Σ g·(x − μ)/σ,  gb = Σ g,  gx = w/σ · (g − gb/n − (x − μ)/σ · gw/n)
KERNEL(batch_norm_backward) {
  DispatchFullFloat("batch_norm_backward", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const ChannelPlanes p = ReadPlanes(args);
    const T *g = args.pointer<const T>(), *x = args.pointer<const T>(), *weight = args.pointer<const T>();
    const T *mean = args.pointer<const T>(), *invstd = args.pointer<const T>();
    T *gx = args.pointer<T>(), *gw = args.pointer<T>(), *gb = args.pointer<T>();
    if constexpr (std::is_same_v<T, float>)
      if (p.blocked) return BatchNormBackwardBlocked(p, g, x, weight, mean, invstd, gx, gw, gb);
    const double count = static_cast<double>(p.batch * p.size);
    const bool outside = IsOutsideCache<T>(p.batch * p.channels * p.size);
    ParallelFor(p.channels, kGrain / (p.batch * p.size + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        double sum = 0, dot = 0;
        for (int64_t n = 0; n < p.batch; ++n) AddProducts(sum, dot, g + p.at(n, c), x + p.at(n, c), p.size, mean[c]);
        const double inverse = invstd[c];
        gw[c] = static_cast<T>(dot * inverse);
        gb[c] = static_cast<T>(sum);
        const double scale = At(weight, c, T(1)) * inverse;
        const T of_g = static_cast<T>(scale);
        const T of_x = static_cast<T>(-scale * inverse * inverse * dot / count);
        const T rest = static_cast<T>(-scale * sum / count);
        const T mu = mean[c];
        for (int64_t n = 0; n < p.batch; ++n) {
          const T *gi = g + p.at(n, c), *xi = x + p.at(n, c);
          T* out = gx + p.at(n, c);
          ForElements<T>(
              p.size, outside, [=](int64_t i) { out[i] = Fma(gi[i], of_g, Fma(xi[i] - mu, of_x, rest)); }, out, gi, xi);
        }
      }
    });
  });
}

/// [dtype, rows, n, eps; x, weight, bias -> y, mean, 1/std]: statistics per row.
KERNEL(layer_norm) {
  DispatchFullFloat("layer_norm", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const int64_t rows = args.integer(), n = args.integer();
    const double eps = args.number();
    const T *x = args.pointer<const T>(), *weight = args.pointer<const T>(), *bias = args.pointer<const T>();
    T *y = args.pointer<T>(), *mean = args.pointer<T>(), *rstd = args.pointer<T>();
    const bool outside = IsOutsideCache<T>(rows * n);
    ParallelFor(rows, kGrain / (n + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const T* from = x + r * n;
        T* to = y + r * n;
        Moments m;
        AddMoments(m, from, n, from[0]);
        const auto [mu, var] = Finish(m, static_cast<double>(n), from[0]);
        const double inverse = 1 / Sqrt(var + eps);
        mean[r] = static_cast<T>(mu);
        rstd[r] = static_cast<T>(inverse);
        const T scale = static_cast<T>(inverse), shift = static_cast<T>(-mu * inverse);
        if (weight == nullptr) {
          ScaleShift(to, from, n, outside, scale, shift);
        } else if (bias == nullptr) {
          ForElements<T>(n, outside, [=](int64_t i) { to[i] = Fma(from[i], scale, shift) * weight[i]; }, to);
        } else {
          ForElements<T>(n, outside, [=](int64_t i) { to[i] = Fma(Fma(from[i], scale, shift), weight[i], bias[i]); }, to);
        }
      }
    });
  });
}

/// [dtype, rows, n; g, x, weight, mean, 1/std -> gx, gw, gb (or absent)]
///   with h = g·w and z = (x − μ)/σ:  gx = (h − mean(h) − z·mean(h·z))/σ,  gw = Σ_rows g·z,  gb = Σ_rows g
KERNEL(layer_norm_backward) {
  DispatchFullFloat("layer_norm_backward", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const int64_t rows = args.integer(), n = args.integer();
    const T *g = args.pointer<const T>(), *x = args.pointer<const T>(), *weight = args.pointer<const T>();
    const T *mean = args.pointer<const T>(), *rstd = args.pointer<const T>();
    T *gx = args.pointer<T>(), *gw = args.pointer<T>(), *gb = args.pointer<T>();
    // A fixed number of parts, each with sums of its own: the same bits with any number of threads.
    const int64_t parts = rows < 16 ? rows : 16;
    const size_t bytes = static_cast<size_t>(parts * n) * sizeof(T);
    T* sums_w = gw == nullptr ? nullptr : static_cast<T*>(GetHost().allocate(bytes));
    T* sums_b = gw == nullptr ? nullptr : static_cast<T*>(GetHost().allocate(bytes));
    if (gw != nullptr) {
      memset(static_cast<void*>(sums_w), 0, bytes);
      memset(static_cast<void*>(sums_b), 0, bytes);
    }
    const bool outside = IsOutsideCache<T>(rows * n);
    ParallelFor(parts, kGrain * parts / (rows * n + 1) + 1, [=](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        T *w = sums_w + part * n, *b = sums_b + part * n;
        for (int64_t r = part * rows / parts; r < (part + 1) * rows / parts; ++r) {
          const T *gi = g + r * n, *xi = x + r * n;
          T* out = gx + r * n;
          const T scale = rstd[r], shift = -mean[r] * rstd[r];
          double sums[kLanes] = {}, dots[kLanes] = {};
          int64_t i = 0;
          for (; i + kLanes <= n; i += kLanes)
            for (int k = 0; k < kLanes; ++k) {
              const T h = weight == nullptr ? gi[i + k] : gi[i + k] * weight[i + k];
              sums[k] += h;
              dots[k] += h * Fma(xi[i + k], scale, shift);
            }
          double sum = 0, dot = 0;
          for (; i < n; ++i) {
            const T h = weight == nullptr ? gi[i] : gi[i] * weight[i];
            sum += h;
            dot += h * Fma(xi[i], scale, shift);
          }
          for (int k = 0; k < kLanes; ++k) {
            sum += sums[k];
            dot += dots[k];
          }
          const T mean_h = static_cast<T>(sum / static_cast<double>(n));
          const T mean_hz = static_cast<T>(dot / static_cast<double>(n));
          const auto gradient = [=](T h, T z) { return (h - mean_h - z * mean_hz) * scale; };
          if (gw == nullptr) {
            for (int64_t j = 0; j < n; ++j) out[j] = gradient(gi[j] * At(weight, j, T(1)), Fma(xi[j], scale, shift));
          } else {  // only a weight has a gradient
            ForElements<T>(
                n, outside,
                [=](int64_t j) {
                  const T z = Fma(xi[j], scale, shift);
                  out[j] = gradient(gi[j] * weight[j], z);
                  w[j] = Fma(gi[j], z, w[j]);
                  b[j] += gi[j];
                },
                out);
          }
        }
      }
    });
    if (gw == nullptr) return;
    for (int64_t j = 0; j < n; ++j) {
      double w = 0, b = 0;
      for (int64_t part = 0; part < parts; ++part) {
        w += sums_w[part * n + j];
        b += sums_b[part * n + j];
      }
      gw[j] = static_cast<T>(w);
      gb[j] = static_cast<T>(b);
    }
    GetHost().release(sums_w);
    GetHost().release(sums_b);
  });
}

TSTORCH_END
