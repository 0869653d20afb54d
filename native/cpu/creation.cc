// Sequences of numbers, to the bit as PyTorch makes them with AVX2 on one thread: whole groups of two vectors start from
// a value of their own, to which multiples of the step are added; the rest is computed element by element.
#include <cmath>

#include "core/dtype.h"
#include "core/kernels.h"
#include "core/parallel.h"

TSTORCH_BEGIN

namespace {

/// Calls out[i] = whole(i, first of its vector) in the groups, and rest(i) behind them.
template <class T, class Whole, class Rest>
void ByVectors(T* out, int64_t n, Whole whole, Rest rest) {
  constexpr int64_t kLanes = 32 / static_cast<int64_t>(sizeof(T));
  const int64_t groups = n - n % (2 * kLanes);
  ParallelFor(n, kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = i < groups ? whole(i, i / kLanes * kLanes) : rest(i);
  });
}

template <class T>
void Arange(T* out, int64_t n, double start, double step) {
  ByVectors(
      out, n,
      [=](int64_t i, int64_t first) {
        const T base = static_cast<T>(std::fma(step, static_cast<double>(first), start));
        return static_cast<T>(std::fma(step, static_cast<double>(i - first), static_cast<double>(base)));
      },
      [=](int64_t i) { return static_cast<T>(std::fma(step, static_cast<double>(i), start)); });
}

template <class T>
void Linspace(T* out, int64_t n, double from, double to) {
  const T start = static_cast<T>(from), end = static_cast<T>(to);
  const T step = (end - start) / static_cast<T>(n - 1);
  const int64_t half = n / 2;
  const auto value = [=](int64_t i) {
    return i < half ? std::fma(step, static_cast<T>(i), start) : std::fma(-step, static_cast<T>(n - 1 - i), end);
  };
  ByVectors(
      out, n, [=](int64_t i, int64_t first) { return value(first) + step * static_cast<T>(i - first); }, value);
}

}  // namespace

/// [out, start, step]: start + i step.
KERNEL(arange) {
  const TensorArg out = args.tensor();
  const double start = args.number(), step = args.number();
  const int64_t n = out.numel();
  if (out.dtype == DType::float32) return Arange(out.as<float>(), n, start, step);
  if (out.dtype == DType::float64) return Arange(out.as<double>(), n, start, step);
  DispatchReal("arange", out.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = out.as<T>();
    for (int64_t i = 0; i < n; ++i) {
      if constexpr (std::is_integral_v<T>)
        to[i] = static_cast<T>(static_cast<int64_t>(start) + i * static_cast<int64_t>(step));
      else
        to[i] = Stored<T>::from(static_cast<Compute<T>>(start + static_cast<double>(i) * step));
    }
  });
}

/// [out, start, end]: from start to end, both included; the second half is counted from the end. Float32 and float64.
KERNEL(linspace) {
  const TensorArg out = args.tensor();
  const double start = args.number(), end = args.number();
  DispatchFullFloat("linspace", out.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if (out.numel() == 1)
      *out.as<T>() = static_cast<T>(start);
    else
      Linspace(out.as<T>(), out.numel(), start, end);
  });
}

TSTORCH_END
