#pragma once
// Building blocks of core/math.h: bits, rounding, minima, polynomials.
//
// The float functions of core/math*.h have no branches, tables or calls, so GCC vectorizes a loop over any of
// them (it needs -fno-math-errno -fno-trapping-math). What such a loop waits for is the latency of one
// element, less the number of instructions; so selects come last, off the chain, and polynomials are
// evaluated in pairs. No two selects share a condition: GCC would thread the jumps and compute both sides. A
// product that feeds a sum is an explicit Fma: AVX2 and AVX-512 give the same bits.
//
// "Error" is the largest over all floats, in units in the last place, against the C library in double; it
// holds for subnormal arguments and results too. Special values are those of C unless stated; NaN gives NaN.
// The double overloads call the C library. Coefficients are minimax (Remez), rounded one after the other with
// the rest fitted again.
#include <cstdint>
#include <cstring>

#include "core/isa.h"

/// A function of the C library, by its name there.
#ifdef __CUDACC__
#define TSTORCH_LIBM(name) ::name
#else
#define TSTORCH_LIBM(name) __builtin_##name
#endif

TSTORCH_BEGIN

HOST_DEVICE inline uint32_t ToBits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
HOST_DEVICE inline float FromBits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

constexpr float kInfinity = __builtin_huge_valf();
constexpr float kNaN = __builtin_nanf("");

HOST_DEVICE inline float Abs(float x) { return TSTORCH_LIBM(fabsf)(x); }
HOST_DEVICE inline double Abs(double x) { return TSTORCH_LIBM(fabs)(x); }
HOST_DEVICE inline float CopySign(float x, float sign) { return TSTORCH_LIBM(copysignf)(x, sign); }
HOST_DEVICE inline double CopySign(double x, double sign) { return TSTORCH_LIBM(copysign)(x, sign); }
HOST_DEVICE inline float Sqrt(float x) { return TSTORCH_LIBM(sqrtf)(x); }
HOST_DEVICE inline double Sqrt(double x) { return TSTORCH_LIBM(sqrt)(x); }
/// x·y + z with one rounding.
HOST_DEVICE inline float Fma(float x, float y, float z) { return TSTORCH_LIBM(fmaf)(x, y, z); }
HOST_DEVICE inline double Fma(double x, double y, double z) { return TSTORCH_LIBM(fma)(x, y, z); }

HOST_DEVICE inline float Floor(float x) { return TSTORCH_LIBM(floorf)(x); }
HOST_DEVICE inline double Floor(double x) { return TSTORCH_LIBM(floor)(x); }
HOST_DEVICE inline float Ceil(float x) { return TSTORCH_LIBM(ceilf)(x); }
HOST_DEVICE inline double Ceil(double x) { return TSTORCH_LIBM(ceil)(x); }
HOST_DEVICE inline float Trunc(float x) { return TSTORCH_LIBM(truncf)(x); }
HOST_DEVICE inline double Trunc(double x) { return TSTORCH_LIBM(trunc)(x); }
/// Half to even.
HOST_DEVICE inline float Rint(float x) { return TSTORCH_LIBM(rintf)(x); }
HOST_DEVICE inline double Rint(double x) { return TSTORCH_LIBM(rint)(x); }

/// The larger; NaN if either is NaN, as torch.maximum. Of +0 and -0, the second.
template <class T>
HOST_DEVICE inline T Max(T x, T y) {
  const T larger = x > y ? x : y;
  return x != x ? x : larger;
}
/// The smaller; NaN if either is NaN, as torch.minimum. Of +0 and -0, the second.
template <class T>
HOST_DEVICE inline T Min(T x, T y) {
  const T smaller = x < y ? x : y;
  return x != x ? x : smaller;
}

/// Bits of a positive float or NaN, bounded as a signed integer. The bound is a template argument because GCC
/// makes a minimum only of a literal, and jumps of anything else.
template <uint32_t kMost>
HOST_DEVICE inline uint32_t AtMost(uint32_t bits) {
  const int32_t x = static_cast<int32_t>(bits);
  return static_cast<uint32_t>(x < static_cast<int32_t>(kMost) ? x : static_cast<int32_t>(kMost));
}
template <uint32_t kLeast>
HOST_DEVICE inline uint32_t AtLeast(uint32_t bits) {
  const int32_t x = static_cast<int32_t>(bits);
  return static_cast<uint32_t>(x > static_cast<int32_t>(kLeast) ? x : static_cast<int32_t>(kLeast));
}

/// Σ c_k·x^k, given x2 = x². Pairs halve the latency of Horner's rule.
template <class T>
HOST_DEVICE inline T Poly(T, T, T c0) {
  return c0;
}
template <class T>
HOST_DEVICE inline T Poly(T x, T, T c0, T c1) {
  return Fma(x, c1, c0);
}
template <class T, class... Rest>
HOST_DEVICE inline T Poly(T x, T x2, T c0, T c1, Rest... rest) {
  return Fma(Poly(x, x2, rest...), x2, Fma(x, c1, c0));
}

TSTORCH_END
