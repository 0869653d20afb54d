// Sums, products, norms, and whether all or any elements are true.
#include "cpu/reduce.h"

#include "core/math.h"
#include "cpu/fold.h"

TSTORCH_BEGIN

namespace {

template <class T>
using Complex = std::complex<T>;

/// What a sum or product of T is kept in: wrapping int64 for integers, double for floats, so that 10^7 float terms lose
/// nothing visible.
template <class T>
struct KeptType {
  using type = int64_t;
};
template <>
struct KeptType<float> {
  using type = double;
};
template <>
struct KeptType<double> {
  using type = double;
};
template <class T>
struct KeptType<Complex<T>> {
  using type = Complex<double>;
};
template <class T>
using Kept = typename KeptType<Compute<T>>::type;

/// Σ f(x)
template <class K, class Term>
struct SumOf {
  using A = K;
  Term term;
  A zero() const { return A(0); }
  template <class C>
  A step(A kept, C x) const {
    return kept + term(static_cast<A>(x));
  }
  A merge(A a, A b) const { return a + b; }
};
template <class K, class Term>
SumOf<K, Term> MakeSum(Term term) {
  return {term};
}

template <class K>
struct ProductOf {
  using A = K;
  A zero() const { return A(1); }
  template <class C>
  A step(A kept, C x) const {
    return kept * static_cast<A>(x);
  }
  A merge(A a, A b) const { return a * b; }
};

/// The largest |x|, or the smallest; NaN if there is one.
template <class T, bool largest>
struct AbsoluteExtremum {
  using A = T;
  A zero() const { return largest ? T(0) : static_cast<T>(__builtin_huge_val()); }
  A step(A kept, T x) const { return merge(Abs(x), kept); }
  A merge(A a, A b) const { return largest ? Max(a, b) : Min(a, b); }
};

struct EveryBit {
  using A = uint8_t;
  A zero() const { return 1; }
  A step(A kept, A x) const { return kept & x; }
  A merge(A a, A b) const { return a & b; }
};
struct SomeBit {
  using A = uint8_t;
  A zero() const { return 0; }
  A step(A kept, A x) const { return kept | x; }
  A merge(A a, A b) const { return a | b; }
};

/// Calls f with the type of x and that of its sums.
template <class F>
void DispatchSummable(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::float32: return f(Type<float>{}, Type<float>{});
    case DType::float64: return f(Type<double>{}, Type<double>{});
    case DType::float16: return f(Type<Half>{}, Type<Half>{});
    case DType::bfloat16: return f(Type<BFloat16>{}, Type<BFloat16>{});
    case DType::complex64: return f(Type<Complex<float>>{}, Type<Complex<float>>{});
    case DType::complex128: return f(Type<Complex<double>>{}, Type<Complex<double>>{});
    case DType::boolean: return f(Type<bool>{}, Type<int64_t>{});
    default: DispatchInt(op, dtype, [&](auto type) { f(type, Type<int64_t>{}); });
  }
}

/// Folds x, and stores finish(kept) to `out`, which holds elements of type R.
template <class T, class R, class Fold_, class Finish>
void FoldInto(void* out, const Reduction& r, const Fold_& fold, Finish finish) {
  R* to = static_cast<R*>(out);
  Fold<T>(r, fold, [=](int64_t o, typename Fold_::A kept) { to[o] = Stored<R>::from(static_cast<Compute<R>>(finish(kept))); });
}

const auto kAsItIs = [](auto kept) { return kept; };

}  // namespace

/// [out, x]: floats and complex numbers keep their dtype, integers and bools give int64.
KERNEL(sum) {
  void* out = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  DispatchSummable("sum", r.dtype, [&](auto in, auto result) {
    using T = typename decltype(in)::type;
    using R = typename decltype(result)::type;
    FoldInto<T, R>(out, r, MakeSum<Kept<T>>(kAsItIs), kAsItIs);
  });
}

/// [out, x]: NaN counts as 0. Floats.
KERNEL(nansum) {
  void* out = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  DispatchFloat("nansum", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    FoldInto<T, T>(out, r, MakeSum<double>([](double x) { return x == x ? x : 0.0; }), kAsItIs);
  });
}

/// [out, x]: Σ x / n; NaN for n = 0. Floats and complex numbers.
KERNEL(mean) {
  void* out = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  const double n = static_cast<double>(r.inputs);
  DispatchSummable("mean", r.dtype, [&](auto in, auto) {
    using T = typename decltype(in)::type;
    if constexpr (std::is_same_v<Kept<T>, int64_t>) {
      UnsupportedDType("mean");
    } else {
      FoldInto<T, T>(out, r, MakeSum<Kept<T>>(kAsItIs), [=](auto kept) { return kept / n; });
    }
  });
}

/// [out, x]: float32, float64, int64 and complex numbers.
KERNEL(prod) {
  void* out = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  const auto run = [&](auto type) {
    using T = typename decltype(type)::type;
    FoldInto<T, T>(out, r, ProductOf<Kept<T>>{}, kAsItIs);
  };
  switch (r.dtype) {
    case DType::float32: return run(Type<float>{});
    case DType::float64: return run(Type<double>{});
    case DType::int64: return run(Type<int64_t>{});
    case DType::complex64: return run(Type<Complex<float>>{});
    case DType::complex128: return run(Type<Complex<double>>{});
    default: UnsupportedDType("prod");
  }
}

/// [out, x, p]: (Σ |x|^p)^(1/p), and its limits for p = 0, ∞, -∞.
KERNEL(norm) {
  void* out = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  const double p = args.number();
  DispatchFullFloat("norm", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if (p == 2) return FoldInto<T, T>(out, r, MakeSum<double>([](double x) { return x * x; }), [](double s) { return Sqrt(s); });
    if (p == 1) return FoldInto<T, T>(out, r, MakeSum<double>([](double x) { return Abs(x); }), kAsItIs);
    if (p == 0) return FoldInto<T, T>(out, r, MakeSum<double>([](double x) { return x != 0 ? 1.0 : 0.0; }), kAsItIs);
    if (p == __builtin_huge_val()) return FoldInto<T, T>(out, r, AbsoluteExtremum<T, true>{}, kAsItIs);
    if (p == -__builtin_huge_val()) return FoldInto<T, T>(out, r, AbsoluteExtremum<T, false>{}, kAsItIs);
    FoldInto<T, T>(out, r, MakeSum<double>([p](double x) { return Pow(Abs(x), p); }), [p](double s) { return Pow(s, 1 / p); });
  });
}

/// [out, x]: whether all, or any, of the elements are true. x is bool; so is the result, or uint8, which looks the same.
KERNEL(all) {
  void* out = args.pointer<void>();
  FoldInto<uint8_t, uint8_t>(out, ReadReduction(args), EveryBit{}, kAsItIs);
}
KERNEL(any) {
  void* out = args.pointer<void>();
  FoldInto<uint8_t, uint8_t>(out, ReadReduction(args), SomeBit{}, kAsItIs);
}

TSTORCH_END
