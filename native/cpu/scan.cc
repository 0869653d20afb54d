// Running sums, products, maxima along one dim of a dense tensor, seen as [outer, n, inner]; from either end.
#include "core/math.h"
#include "cpu/fold.h"
#include "cpu/slices.h"

TSTORCH_BEGIN

namespace {

/// What is carried from element to element: double for floats, as PyTorch does.
template <class T>
struct CarriedType {
  using type = T;
};
template <>
struct CarriedType<float> {
  using type = double;
};
template <>
struct CarriedType<std::complex<float>> {
  using type = std::complex<double>;
};
template <class T>
using Carried = typename CarriedType<T>::type;

/// log(eᵃ + eᵇ), exact where both are the same infinity
double LogAddExp(double a, double b) {
  const double larger = Max(a, b), smaller = Min(a, b);
  if (larger == smaller && Abs(larger) == __builtin_huge_val()) return larger;
  return larger + Log1p(Exp(smaller - larger));
}

/// Neighbouring slices that are scanned side by side: their chains of additions overlap.
constexpr int64_t kRows = 8;
constexpr int64_t kColumns = 256;

/// Scans `count` slices: element i of slice k is at i·step + k·apart. `carry(kept, k, at)` gives the next value of slice k.
template <class T, class A, int64_t kCount, class Carry>
void ScanSlices(T* out, int64_t n, int64_t step, int64_t apart, int64_t count, bool reverse, A first, Carry carry) {
  A kept[kCount];
  for (int64_t k = 0; k < count; ++k) kept[k] = first;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = (reverse ? n - 1 - i : i) * step;
    for (int64_t k = 0; k < count; ++k) {
      kept[k] = carry(kept[k], row + k * apart);
      out[row + k * apart] = static_cast<T>(kept[k]);
    }
  }
}

/// Calls slices(at, count) for groups of neighbouring slices; `at` is the position of the first element. Both threads.
template <class F>
void ForEachGroup(const Slices& l, F slices) {
  if (l.inner == 1) {
    const int64_t groups = (l.outer + kRows - 1) / kRows;
    ParallelFor(groups, kGrain / (kRows * (l.n > 0 ? l.n : 1)) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t g = begin; g < end; ++g) slices(g * kRows * l.n, l.outer - g * kRows < kRows ? l.outer - g * kRows : kRows);
    });
    return;
  }
  const int64_t blocks = (l.inner + kColumns - 1) / kColumns;
  const int64_t width = l.inner < kColumns ? l.inner : kColumns;
  ParallelFor(l.outer * blocks, kGrain / (l.n * width + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * kColumns;
      slices(task / blocks * l.n * l.inner + first, l.inner - first < kColumns ? l.inner - first : kColumns);
    }
  });
}

/// out_i = carry(out_{i-1}, position of element i), from `first` on
template <class T, class A, class Carry>
void Scan(const Slices& l, T* out, bool reverse, A first, Carry carry) {
  ForEachGroup(l, [&](int64_t at, int64_t count) {
    const auto from = [&](A kept, int64_t i) { return carry(kept, at + i); };
    if (l.inner > 1)
      ScanSlices<T, A, kColumns>(out + at, l.n, l.inner, 1, count, reverse, first, from);
    else if (count == kRows)  // a count that is known is unrolled
      ScanSlices<T, A, kRows>(out + at, l.n, 1, l.n, kRows, reverse, first, from);
    else
      for (int64_t k = 0; k < count; ++k)
        ScanSlices<T, A, 1>(out + at + k * l.n, l.n, 1, 0, 1, reverse, first,
                            [&, k](A kept, int64_t i) { return carry(kept, at + k * l.n + i); });
  });
}

/// float32, float64, int64 and complex numbers
template <class F>
void DispatchScan(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::float32: return f(Type<float>{});
    case DType::float64: return f(Type<double>{});
    case DType::int64: return f(Type<int64_t>{});
    case DType::complex64: return f(Type<std::complex<float>>{});
    case DType::complex128: return f(Type<std::complex<double>>{});
    default: UnsupportedDType(op);
  }
}

/// Writes values and indices of the running extremum: of equals the last, and once there is NaN, the last NaN.
template <bool largest, class T>
void RunningExtremum(const Slices& l, T* values, int64_t* indices, const T* x) {
  ForEachGroup(l, [&](int64_t first, int64_t count) {
    const int64_t step = l.inner, apart = l.inner > 1 ? 1 : l.n;
    for (int64_t k = 0; k < count; ++k) {
      T best = Worst<T, largest>();
      int64_t index = 0;
      for (int64_t i = 0; i < l.n; ++i) {
        const int64_t at = first + i * step + k * apart;
        const T v = x[at];
        if ((largest ? v >= best : v <= best) || v != v) {
          best = v;
          index = i;
        }
        values[at] = best;
        indices[at] = index;
      }
    }
  });
}

}  // namespace

/// [out, x, dtype, outer, n, inner, reverse]
KERNEL(cumsum) {
  void* out = args.pointer<void>();
  const void* in = args.pointer<const void>();
  const Slices l = ReadSlices(args);
  const bool reverse = args.flag();
  DispatchScan("cumsum", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(in);
    using A = Carried<T>;
    Scan(l, static_cast<T*>(out), reverse, A(0), [x](A kept, int64_t i) { return kept + static_cast<A>(x[i]); });
  });
}

/// [out, x, dtype, outer, n, inner, reverse]
KERNEL(cumprod) {
  void* out = args.pointer<void>();
  const void* in = args.pointer<const void>();
  const Slices l = ReadSlices(args);
  const bool reverse = args.flag();
  DispatchScan("cumprod", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(in);
    using A = Carried<T>;
    Scan(l, static_cast<T*>(out), reverse, A(1), [x](A kept, int64_t i) { return kept * static_cast<A>(x[i]); });
  });
}

/// [out, x, weights, dtype, outer, n, inner, reverse]: out_i = x_i + weight_i · out_{i-1}
KERNEL(linear_scan) {
  void* out = args.pointer<void>();
  const void* in = args.pointer<const void>();
  const void* weights = args.pointer<const void>();
  const Slices l = ReadSlices(args);
  const bool reverse = args.flag();
  DispatchScan("linear_scan", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T *x = static_cast<const T*>(in), *w = static_cast<const T*>(weights);
    using A = Carried<T>;
    Scan(l, static_cast<T*>(out), reverse, A(0),
         [x, w](A kept, int64_t i) { return static_cast<A>(x[i]) + static_cast<A>(w[i]) * kept; });
  });
}

/// [out, x, dtype, outer, n, inner, reverse]: float32 and float64
KERNEL(logcumsumexp) {
  void* out = args.pointer<void>();
  const void* in = args.pointer<const void>();
  const Slices l = ReadSlices(args);
  const bool reverse = args.flag();
  DispatchFullFloat("logcumsumexp", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(in);
    Scan(l, static_cast<T*>(out), reverse, -__builtin_huge_val(),
         [x](double kept, int64_t i) { return LogAddExp(kept, static_cast<double>(x[i])); });
  });
}

/// [values, indices, x, dtype, outer, n, inner, largest]: float32, float64, int32 and int64
KERNEL(cumulative_extremum) {
  void* values = args.pointer<void>();
  int64_t* indices = args.pointer<int64_t>();
  const void* in = args.pointer<const void>();
  const Slices l = ReadSlices(args);
  const bool largest = args.flag();
  const auto run = [&](auto type) {
    using T = typename decltype(type)::type;
    if (largest)
      RunningExtremum<true>(l, static_cast<T*>(values), indices, static_cast<const T*>(in));
    else
      RunningExtremum<false>(l, static_cast<T*>(values), indices, static_cast<const T*>(in));
  };
  switch (l.dtype) {
    case DType::float32: return run(Type<float>{});
    case DType::float64: return run(Type<double>{});
    case DType::int32: return run(Type<int32_t>{});
    case DType::int64: return run(Type<int64_t>{});
    default: UnsupportedDType("cumulative_extremum");
  }
}

TSTORCH_END
