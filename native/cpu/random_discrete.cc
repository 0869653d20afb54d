// Counts: Poisson and binomial numbers. How many draws an element takes depends on what was drawn, so one thread does
// them one by one. Algorithms and sources: reference/random/discrete.ts.
#include <cmath>

#include "core/kernels.h"
#include "cpu/random.h"

TSTORCH_BEGIN

namespace {

/// Hörmann's transformed rejection (PTRS), for rate >= 10.
int64_t PoissonByRejection(double rate, Uniforms& uniform) {
  const double log_rate = std::log(rate);
  const double b = 0.931 + 2.53 * std::sqrt(rate);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = uniform() - 0.5, v = uniform();
    const double us = 0.5 - std::fabs(u);
    const int64_t k = static_cast<int64_t>(std::floor((2 * a / us + b) * u + rate + 0.43));
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const double accepted = -rate + k * log_rate - std::lgamma(static_cast<double>(k) + 1);
    if (std::log(v) + std::log(inverse_alpha) - std::log(a / (us * us) + b) <= accepted) return k;
  }
}

/// Uniforms are multiplied until their product falls below exp(-rate).
int64_t Poisson(double rate, Uniforms& uniform) {
  if (rate >= 10) return PoissonByRejection(rate, uniform);
  if (rate == 0) return 0;
  const double end = std::exp(-rate);
  int64_t k = 0;
  for (double product = uniform(); product > end; product *= uniform()) ++k;
  return k;
}

double StirlingTail(double k) {
  constexpr double kFirst[] = {0.0810614667953272,  0.0413406959554092,  0.0276779256849983,  0.02079067210376509,
                               0.0166446911898211,  0.0138761288230707,  0.0118967099458917,  0.0104112652619720,
                               0.00925546218271273, 0.00833056343336287};
  if (k <= 9) return kFirst[static_cast<size_t>(k)];
  const double square = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

/// Geometric gaps between successes are added up: for count · p < 10.
template <class T>
T BinomialByInversion(T count, T p, Uniforms& uniform) {
  const double log_failure = std::log1p(-p);
  double sum = 0;
  for (T successes = 0;; successes += 1) {
    sum += std::ceil(std::log(uniform()) / log_failure);
    if (sum > count) return successes;
  }
}

/// Hörmann's transformed rejection (BTRS), for count · p >= 10 and p <= ½.
template <class T>
T BinomialByRejection(T count, T p, Uniforms& uniform) {
  const double deviation = std::sqrt(count * p * (1 - p));
  const double b = 1.15 + 2.53 * deviation;
  const double a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double c = count * p + 0.5;
  const double v_r = 0.92 - 4.2 / b;
  const double r = p / (1 - p);
  const double alpha = (2.83 + 5.1 / b) * deviation;
  const double m = std::floor((count + 1) * p);
  for (;;) {
    const double u = uniform() - 0.5, v = uniform();
    const double us = 0.5 - std::fabs(u);
    const T k = static_cast<T>(std::floor((2 * a / us + b) * u + c));
    if (k < 0 || k > count) continue;
    if (us >= 0.07 && v <= v_r) return k;
    const double bound = (m + 0.5) * std::log((m + 1) / (r * (count - m + 1))) +
                         (count + 1) * std::log((count - m + 1) / (count - k + 1)) +
                         (k + 0.5) * std::log(r * (count - k + 1) / (k + 1)) + (StirlingTail(m) +
                         StirlingTail(count - m) - StirlingTail(k) - StirlingTail(count - k));
    if (std::log(v * alpha / (a / (us * us) + b)) <= bound) return k;
  }
}

template <class T>
T Binomial(T count, T p, Uniforms& uniform) {
  if (count <= 0 || p <= 0) return 0;
  if (p >= 1) return count;
  if (p != p) return p;
  const T rarer = p <= T(0.5) ? p : 1 - p;
  const T k = count * rarer >= 10 ? BinomialByRejection(count, rarer, uniform) : BinomialByInversion(count, rarer, uniform);
  return p <= T(0.5) ? k : count - k;
}

}  // namespace

/// [target, rates]: as many, dense, of the same dtype
KERNEL(poisson) {
  const Target target(args);
  const TensorArg rates = args.tensor();
  Uniforms uniform{*target.generator};
  DispatchFloat("poisson", target.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* rate = rates.as<const T>();
    T* out = static_cast<T*>(target.data);
    for (int64_t i = 0; i < target.count; ++i) {
      if (!(Load(rate[i]) >= 0)) throw Error("poisson: invalid Poisson rate, expected rate to be non-negative");
    }
    for (int64_t i = 0; i < target.count; ++i) {
      out[i] = Stored<T>::from(static_cast<Compute<T>>(Poisson(static_cast<double>(Load(rate[i])), uniform)));
    }
  });
}

/// [target, counts, probabilities]: as many, dense, of the same dtype
KERNEL(binomial) {
  const Target target(args);
  const TensorArg counts = args.tensor(), probabilities = args.tensor();
  Uniforms uniform{*target.generator};
  DispatchFullFloat("binomial", target.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* out = static_cast<T*>(target.data);
    for (int64_t i = 0; i < target.count; ++i) {
      out[i] = Binomial(counts.as<const T>()[i], probabilities.as<const T>()[i], uniform);
    }
  });
}

TSTORCH_END
