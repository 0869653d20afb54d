// Less common elementwise functions: inverse hyperbolic, sums of logarithms, divisors, shifts, parts of floats.
#include <numeric>
#include <type_traits>

#include "core/functions.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {

/// sign(x)·log(|x| + √(x² + 1)) = log1p(|x| + x²/(1 + √(x² + 1))); from 1e8 on, where x² + 1 is x², log(2|x|).
template <class T>
HOST_DEVICE inline T Asinh(T x) {
  const T a = Abs(x);
  const T square = a * a;
  const T small = Log1p(a + square / (T(1) + Sqrt(square + T(1))));
  const T large = Log(a) + T(0.69314718055994530942);
  return CopySign(a < T(1e8) ? small : large, x);
}

/// log(x + √(x² − 1)) = log1p(t + √(2t + t²)) with t = x − 1; NaN below 1.
template <class T>
HOST_DEVICE inline T Acosh(T x) {
  const T t = x - T(1);
  const T small = Log1p(t + Sqrt(t * (t + T(2))));
  const T large = Log(x) + T(0.69314718055994530942);
  return x < T(1e8) ? small : large;
}

/// ½·log((1 + x)/(1 − x)); ±∞ at ±1, NaN beyond.
template <class T>
HOST_DEVICE inline T Atanh(T x) {
  const T a = Abs(x);
  return CopySign(T(0.5) * Log1p((a + a) / (T(1) - a)), x);
}

template <class T>
HOST_DEVICE inline bool SignBit(T x) {
  if constexpr (kIsInteger<T>) return x < T(0);
  else return CopySign(T(1), x) < T(0);  // __builtin_signbit crashes GCC 12
}

/// log(eˣ + eʸ); equal infinities are their own sum.
template <class T>
HOST_DEVICE inline T LogAddExp(T x, T y) {
  const T most = x > y ? x : y;
  const T sum = most + Log1p(Exp(-Abs(x - y)));
  return x == y && x - x != T(0) ? x : sum;
}

/// log₂(2ˣ + 2ʸ)
template <class T>
HOST_DEVICE inline T LogAddExp2(T x, T y) {
  const T most = x > y ? x : y;
  const T sum = most + Log1p(Exp2(-Abs(x - y))) * T(1.44269504088896340736);
  return x == y && x - x != T(0) ? x : sum;
}

inline float NextAfter(float x, float y) { return __builtin_nextafterf(x, y); }
inline double NextAfter(double x, double y) { return __builtin_nextafter(x, y); }
/// Among the numbers of bfloat16: the bit pattern before or after.
inline float NextBFloat16(float x, float y) {
  if (x != x || y != y) return kNaN;
  if (x == y) return y;
  if (x == 0) return CopySign(ToFloat(BFloat16{1}), y);
  const uint16_t bits = ToBFloat16(x).bits;
  return ToFloat(BFloat16{static_cast<uint16_t>((x > 0) == (y > x) ? bits + 1 : bits - 1)});
}

/// Euclid's algorithm on magnitudes, which are unsigned: that of the smallest integer is no integer of its type.
template <class T>
inline T Gcd(T x, T y) {
  using U = std::make_unsigned_t<T>;
  U a = x < 0 ? static_cast<U>(U(0) - static_cast<U>(x)) : static_cast<U>(x);
  U b = y < 0 ? static_cast<U>(U(0) - static_cast<U>(y)) : static_cast<U>(y);
  while (b != 0) {
    const U rest = static_cast<U>(a % b);
    a = b;
    b = rest;
  }
  return static_cast<T>(a);
}

/// As in PyTorch, what overflows wraps before its sign is dropped, in 32 bits at least.
template <class T>
inline T Lcm(T x, T y) {
  const T divisor = Gcd(x, y);
  return divisor == 0 ? T(0) : static_cast<T>(Magnitude(x / divisor * y));
}

/// Shifts by less than 0 or by the width of the type give 0 and the sign: C++ leaves them undefined.
template <class T>
inline T ShiftLeft(T x, T y) {
  using U = std::make_unsigned_t<T>;
  constexpr int kBits = 8 * sizeof(T);
  return y < 0 || y >= static_cast<T>(kBits) ? T(0) : static_cast<T>(static_cast<uint64_t>(static_cast<U>(x)) << y);
}
template <class T>
inline T ShiftRight(T x, T y) {
  constexpr int kBits = 8 * sizeof(T);
  const bool outside = y < 0 || y >= static_cast<T>(kBits);
  return static_cast<T>(x >> (outside ? static_cast<T>(kBits - 1) : y));
}

/// x / 2ᵉ, in [½, 1); 0, infinities and NaN are their own.
inline float Mantissa(float x) {
  int exponent;
  return x - x == 0 ? __builtin_frexpf(x, &exponent) : x;
}
inline double Mantissa(double x) {
  int exponent;
  return x - x == 0 ? __builtin_frexp(x, &exponent) : x;
}

}  // namespace

#include "core/rows/extra.h"

KERNEL(nextafter) {
  const auto p = ReadPointwise<3>(args);
  if (p.operands[1].dtype == DType::bfloat16) {
    RunBinary<BFloat16, BFloat16>(p, [](float x, float y) { return NextBFloat16(x, y); });
    return;
  }
  DispatchFullFloat("nextafter", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    RunBinary<T, T>(p, [](T x, T y) { return NextAfter(x, y); });
  });
}

/// e of x = m·2ᵉ, as int32; 0 where there is none.
KERNEL(frexp_exponent) {
  const auto p = ReadPointwise<2>(args);
  DispatchFloat("frexp", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    RunUnary<int32_t, T>(p, [](auto x) {
      int exponent = 0;
      if (x - x == 0) __builtin_frexp(static_cast<double>(x), &exponent);
      return exponent;
    });
  });
}

TSTORCH_END
