// Copies between tensors of any strides and dtypes, fills, and the way of numbers between JavaScript and memory.
#include <type_traits>

#include "cpu/copy.h"
#include "cpu/elementwise.h"
#include "cpu/transpose.h"

TSTORCH_BEGIN

namespace {

template <class T>
struct IsComplex {
  static constexpr bool value = false;
};
template <class T>
struct IsComplex<std::complex<T>> {
  static constexpr bool value = true;
};

/// As PyTorch converts: floats truncate towards zero (and wrap in small integers), everything but zero is true, complex
/// numbers lose their imaginary part.
template <class R, class T>
Compute<R> Convert(const T& x) {
  using To = Compute<R>;
  using From = Compute<T>;
  const From value = Load(x);
  if constexpr (IsComplex<From>::value && IsComplex<To>::value) {
    using Part = typename To::value_type;
    return To(static_cast<Part>(value.real()), static_cast<Part>(value.imag()));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (IsComplex<From>::value) {
    return Convert<R>(value.real());
  } else if constexpr (IsComplex<To>::value) {
    return To(static_cast<typename To::value_type>(value), 0);
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From> && sizeof(To) < 8) {
    return static_cast<To>(static_cast<int64_t>(value));
  } else {
    return static_cast<To>(value);
  }
}

template <class R, class T>
void CopyConverted(const Pointwise<2>& p) {
  const bool outside = IsOutsideCache<T>(p.numel());
  ForEachRun<2>(p, {sizeof(R), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    R* out = reinterpret_cast<R*>(at[0]);
    const T* x = reinterpret_cast<const T*>(at[1]);
    if (s[0] == 1 && s[1] == 1) {
      ForElements<T>(n, outside, [=](int64_t k) { out[k] = Stored<R>::from(Convert<R, T>(x[k])); }, out, x);
    } else {
      for (int64_t k = 0; k < n; ++k) out[k * s[0]] = Stored<R>::from(Convert<R, T>(x[k * s[1]]));
    }
  });
}

template <class T>
void CopySame(const Pointwise<2>& p) {
  const int across = TransposedDim(p);
  if (across >= 0) {
    CopyTransposed<T>(p, across);
    return;
  }
  const bool outside = p.numel() * static_cast<int64_t>(sizeof(T)) >= kOutsideCache;
  ForEachRun<2>(p, {sizeof(T), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    T* out = reinterpret_cast<T*>(at[0]);
    const T* x = reinterpret_cast<const T*>(at[1]);
    if (s[0] == 1 && s[1] == 1) {
      if (outside)
        CopyAhead(out, x, n * static_cast<int64_t>(sizeof(T)));
      else
        memcpy(out, x, static_cast<size_t>(n) * sizeof(T));
    } else {
      for (int64_t i = 0; i < n; ++i) out[i * s[0]] = x[i * s[1]];
    }
  });
}

template <class R>
R FromNumber(double re, double im) {
  if constexpr (IsComplex<R>::value)
    return R(static_cast<typename R::value_type>(re), static_cast<typename R::value_type>(im));
  else
    return Stored<R>::from(Convert<R, double>(re));
}

/// Pairs of dtypes that training converts between all the time are converted in one loop.
template <class F>
bool DispatchCommon(DType to, DType from, F f) {
  const auto to_one_of = [&](auto from_type) {
    switch (to) {
      case DType::float32: return f(Type<float>{}, from_type), true;
      case DType::float64: return f(Type<double>{}, from_type), true;
      case DType::int64: return f(Type<int64_t>{}, from_type), true;
      case DType::boolean: return f(Type<bool>{}, from_type), true;
      case DType::float16: return f(Type<Half>{}, from_type), true;
      case DType::bfloat16: return f(Type<BFloat16>{}, from_type), true;
      default: return false;
    }
  };
  switch (from) {
    case DType::float32: return to_one_of(Type<float>{});
    case DType::float64: return to == DType::float32 ? (f(Type<float>{}, Type<double>{}), true) : false;
    case DType::int64: return to == DType::float32 ? (f(Type<float>{}, Type<int64_t>{}), true) : false;
    case DType::uint8: return to == DType::float32 ? (f(Type<float>{}, Type<uint8_t>{}), true) : false;
    case DType::boolean: return to == DType::float32 ? (f(Type<float>{}, Type<bool>{}), true) : false;
    case DType::float16: return to == DType::float32 ? (f(Type<float>{}, Type<Half>{}), true) : false;
    case DType::bfloat16: return to == DType::float32 ? (f(Type<float>{}, Type<BFloat16>{}), true) : false;
    default: return false;
  }
}

/// The widest type of the category: a value goes through it without loss.
template <class T>
using Wide = std::conditional_t<IsComplex<Compute<T>>::value, std::complex<double>,
                                std::conditional_t<std::is_integral_v<Compute<T>>, int64_t, double>>;

/// All other pairs go through the wide type of the source, a small buffer at a time.
void CopyThroughWide(const Pointwise<2>& p, int to_size, int from_size) {
  constexpr int64_t kStage = 256;
  ForEachRun<2>(p, {to_size, from_size}, [&](char** at, const int64_t* s, int64_t n) {
    DispatchAll("copy", p.operands[1].dtype, [&](auto from_type) {
      using T = typename decltype(from_type)::type;
      Wide<T> stage[kStage];
      const T* x = reinterpret_cast<const T*>(at[1]);
      for (int64_t i = 0; i < n; i += kStage) {
        const int64_t m = n - i < kStage ? n - i : kStage;
        for (int64_t k = 0; k < m; ++k) stage[k] = Convert<Wide<T>>(x[(i + k) * s[1]]);
        DispatchAll("copy", p.operands[0].dtype, [&](auto to_type) {
          using R = typename decltype(to_type)::type;
          R* out = reinterpret_cast<R*>(at[0]);
          for (int64_t k = 0; k < m; ++k) out[(i + k) * s[0]] = Stored<R>::from(Convert<R>(stage[k]));
        });
      }
    });
  });
}

}  // namespace

void CopyTensor(const TensorArg& out, const TensorArg& x) {
  Pointwise<2> p;
  p.ndim = out.ndim;
  p.operands[0].data = static_cast<char*>(out.data);
  p.operands[1].data = static_cast<char*>(x.data);
  for (int d = 0; d < out.ndim; ++d) {
    p.sizes[d] = out.sizes[d];
    p.operands[0].strides[d] = out.strides[d];
    p.operands[1].strides[d] = x.strides[d];
  }
  Coalesce(p);
  DispatchSize("copy", out.dtype, [&](auto type) { CopySame<typename decltype(type)::type>(p); });
}

void ZeroBytes(void* data, int64_t bytes) {
  ParallelFor(
      bytes, 4 * kGrain,
      [&](int64_t begin, int64_t end) {
        char* to = static_cast<char*>(data) + begin;
        if (bytes >= kOutsideCache)
          ZeroAhead(to, end - begin);
        else
          memset(to, 0, static_cast<size_t>(end - begin));
      },
      kLineBytes);
}

KERNEL(copy) {
  const auto p = ReadPointwise<2>(args);
  const DType to = p.operands[0].dtype, from = p.operands[1].dtype;
  if (to == from) {
    DispatchSize("copy", to, [&](auto type) { CopySame<typename decltype(type)::type>(p); });
    return;
  }
  const bool done = DispatchCommon(to, from, [&](auto to_type, auto from_type) {
    CopyConverted<typename decltype(to_type)::type, typename decltype(from_type)::type>(p);
  });
  if (done) return;
  const auto size_of = [](DType dtype) {
    return DispatchAll("copy", dtype, [](auto type) { return static_cast<int>(sizeof(typename decltype(type)::type)); });
  };
  CopyThroughWide(p, size_of(to), size_of(from));
}

/// [operands, re, im]: every element becomes the number.
KERNEL(fill) {
  const auto p = ReadPointwise<1>(args);
  const double re = args.number(), im = args.number();
  DispatchAll("fill", p.operands[0].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T value = FromNumber<T>(re, im);
    const bool outside = IsOutsideCache<T>(p.numel());
    ForEachRun<1>(p, {sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
      T* out = reinterpret_cast<T*>(at[0]);
      if (s[0] == 1)
        ForElements<T>(n, outside, [=](int64_t i) { out[i] = value; }, out);
      else
        for (int64_t i = 0; i < n; ++i) out[i * s[0]] = value;
    });
  });
}

/// [address, dtype, n, values...]: numbers from JavaScript become n consecutive elements. Not complex.
KERNEL(store_numbers) {
  void* data = args.pointer<void>();
  const DType dtype = args.dtype();
  const int64_t n = args.integer();
  DispatchAll("store_numbers", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* out = static_cast<T*>(data);
    for (int64_t i = 0; i < n; ++i) out[i] = FromNumber<T>(args.number(), 0);
  });
}

/// [address, dtype, n] -> n numbers at the start of the block. int64 beyond 2^53 loses digits. Not complex.
KERNEL(load_numbers) {
  const void* data = args.pointer<void>();
  const DType dtype = args.dtype();
  const int64_t n = args.integer();
  DispatchAll("load_numbers", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(data);
    for (int64_t i = 0; i < n; ++i) args.result(static_cast<int>(i), Convert<double, T>(x[i]));
  });
}

TSTORCH_END
