// Running sums, products, maxima along one dim of a dense tensor, seen as [outer, n, inner]; from either end.
#include "core/math.h"
#include "cpu/fold.h"
#include "cpu/simd.h"
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

struct Plus {
  static constexpr double kIdentity = 0;
  template <class V>
  static V apply(V a, V b) {
    return a + b;
  }
};
struct Times {
  static constexpr double kIdentity = 1;
  template <class V>
  static V apply(V a, V b) {
    return a * b;
  }
};

/// Lanes i - kStep of v, or i + kStep if `reverse`; `fill` where there is none.
template <int kStep, bool reverse>
inline Vec<double> Shifted(Vec<double> v, Vec<double> fill) {
  constexpr int n = kLanes<double>;
  typedef int64_t Mask __attribute__((vector_size(sizeof(Vec<double>))));
  Mask mask;
  for (int i = 0; i < n; ++i) {
    const int from = reverse ? i + kStep : i - kStep;
    mask[i] = from >= 0 && from < n ? from : n + i;
  }
  return __builtin_shuffle(v, fill, mask);
}

/// A dense slice, one register after the other: each is scanned in itself, then joined with what was carried.
template <class Op, bool reverse, class T>
void ScanDense(T* out, const T* x, int64_t n) {
  constexpr int kWidth = kLanes<double>;
  typedef T Part __attribute__((vector_size(kWidth * sizeof(T))));
  const Vec<double> identity = Splat(Op::kIdentity);
  Vec<double> carried = identity;
  const int64_t whole = n - n % kWidth;
  for (int64_t i = 0; i < whole; i += kWidth) {
    const int64_t at = reverse ? n - kWidth - i : i;
    Part part;
    memcpy(&part, x + at, sizeof part);
    Vec<double> v = __builtin_convertvector(part, Vec<double>);
    v = Op::apply(v, Shifted<1, reverse>(v, identity));
    v = Op::apply(v, Shifted<2, reverse>(v, identity));
    if constexpr (kWidth > 4) v = Op::apply(v, Shifted<4, reverse>(v, identity));
    part = __builtin_convertvector(Op::apply(v, carried), Part);
    memcpy(out + at, &part, sizeof part);
    carried = Op::apply(carried, Splat(v[reverse ? 0 : kWidth - 1]));
  }
  double kept = carried[0];
  for (int64_t i = whole; i < n; ++i) {
    const int64_t at = reverse ? n - 1 - i : i;
    kept = Op::apply(kept, static_cast<double>(x[at]));
    out[at] = static_cast<T>(kept);
  }
}

/// Columns that are scanned side by side.
constexpr int64_t kColumns = 256;

/// Calls row(at) for every slice that is dense (inner is 1), or else columns(at, width) for neighbouring ones; `at` is the
/// position of the first element. Both threads.
template <class Row, class Columns>
void ForEachGroup(const Slices& s, Row row, Columns columns) {
  if (s.inner == 1) {
    ParallelFor(s.outer, kGrain / (s.n + 1) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) row(o * s.n);
    });
    return;
  }
  const int64_t blocks = (s.inner + kColumns - 1) / kColumns;
  const int64_t width = s.inner < kColumns ? s.inner : kColumns;
  ParallelFor(s.outer * blocks, kGrain / (s.n * width + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * kColumns;
      columns(task / blocks * s.n * s.inner + first, s.inner - first < kColumns ? s.inner - first : kColumns);
    }
  });
}

/// `width` slices side by side: out_i = carry(out_{i-1}, position of element i), from `first` on.
template <class T, class A, class Carry>
void ScanColumns(const Slices& s, T* out, int64_t at, int64_t width, bool reverse, A first, Carry carry) {
  A kept[kColumns];
  for (int64_t k = 0; k < width; ++k) kept[k] = first;
  for (int64_t i = 0; i < s.n; ++i) {
    const int64_t row = at + (reverse ? s.n - 1 - i : i) * s.inner;
    for (int64_t k = 0; k < width; ++k) {
      kept[k] = carry(kept[k], row + k);
      out[row + k] = static_cast<T>(kept[k]);
    }
  }
}

template <class T, class A, class Carry>
void Scan(const Slices& s, T* out, bool reverse, A first, Carry carry) {
  ForEachGroup(
      s,
      [&](int64_t at) {
        A kept = first;
        for (int64_t i = 0; i < s.n; ++i) {
          const int64_t place = at + (reverse ? s.n - 1 - i : i);
          kept = carry(kept, place);
          out[place] = static_cast<T>(kept);
        }
      },
      [&](int64_t at, int64_t width) { ScanColumns(s, out, at, width, reverse, first, carry); });
}

/// Sums or products.
template <class Op, class T>
void Accumulate(const Slices& s, T* out, const T* x, bool reverse) {
  using A = Carried<T>;
  const A first(Op::kIdentity);
  const auto carry = [x](A kept, int64_t i) { return Op::apply(kept, static_cast<A>(x[i])); };
  if constexpr (std::is_same_v<A, double>) {
    ForEachGroup(
        s,
        [&](int64_t at) {
          if (reverse)
            ScanDense<Op, true>(out + at, x + at, s.n);
          else
            ScanDense<Op, false>(out + at, x + at, s.n);
        },
        [&](int64_t at, int64_t width) { ScanColumns(s, out, at, width, reverse, first, carry); });
  } else {
    Scan(s, out, reverse, first, carry);
  }
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
void RunningExtremum(const Slices& s, T* values, int64_t* indices, const T* x) {
  const auto slice = [=](int64_t first) {
    T best = Worst<T, largest>();
    int64_t index = 0;
    for (int64_t i = 0; i < s.n; ++i) {
      const int64_t at = first + i * s.inner;
      const T v = x[at];
      if ((largest ? v >= best : v <= best) || v != v) {
        best = v;
        index = i;
      }
      values[at] = best;
      indices[at] = index;
    }
  };
  ForEachGroup(s, slice, [&](int64_t at, int64_t width) {
    for (int64_t k = 0; k < width; ++k) slice(at + k);
  });
}

}  // namespace

/// [out, x, dtype, outer, n, inner, reverse]
KERNEL(cumsum) {
  void* out = args.pointer<void>();
  const void* in = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  const bool reverse = args.flag();
  DispatchScan("cumsum", s.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    Accumulate<Plus>(s, static_cast<T*>(out), static_cast<const T*>(in), reverse);
  });
}

/// [out, x, dtype, outer, n, inner, reverse]
KERNEL(cumprod) {
  void* out = args.pointer<void>();
  const void* in = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  const bool reverse = args.flag();
  DispatchScan("cumprod", s.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    Accumulate<Times>(s, static_cast<T*>(out), static_cast<const T*>(in), reverse);
  });
}

/// [out, x, weights, dtype, outer, n, inner, reverse]: out_i = x_i + weight_i · out_{i-1}
KERNEL(linear_scan) {
  void* out = args.pointer<void>();
  const void* in = args.pointer<const void>();
  const void* weights = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  const bool reverse = args.flag();
  DispatchScan("linear_scan", s.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T *x = static_cast<const T*>(in), *w = static_cast<const T*>(weights);
    using A = Carried<T>;
    Scan(s, static_cast<T*>(out), reverse, A(0),
         [x, w](A kept, int64_t i) { return static_cast<A>(x[i]) + static_cast<A>(w[i]) * kept; });
  });
}

/// [out, x, dtype, outer, n, inner, reverse]: float32 and float64
KERNEL(logcumsumexp) {
  void* out = args.pointer<void>();
  const void* in = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  const bool reverse = args.flag();
  DispatchFullFloat("logcumsumexp", s.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(in);
    Scan(s, static_cast<T*>(out), reverse, -__builtin_huge_val(),
         [x](double kept, int64_t i) { return LogAddExp(kept, static_cast<double>(x[i])); });
  });
}

/// [values, indices, x, dtype, outer, n, inner, largest]: float32, float64, int32 and int64
KERNEL(cumulative_extremum) {
  void* values = args.pointer<void>();
  int64_t* indices = args.pointer<int64_t>();
  const void* in = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  const bool largest = args.flag();
  const auto run = [&](auto type) {
    using T = typename decltype(type)::type;
    if (largest)
      RunningExtremum<true>(s, static_cast<T*>(values), indices, static_cast<const T*>(in));
    else
      RunningExtremum<false>(s, static_cast<T*>(values), indices, static_cast<const T*>(in));
  };
  switch (s.dtype) {
    case DType::float32: return run(Type<float>{});
    case DType::float64: return run(Type<double>{});
    case DType::int32: return run(Type<int32_t>{});
    case DType::int64: return run(Type<int64_t>{});
    default: UnsupportedDType("cumulative_extremum");
  }
}

TSTORCH_END
