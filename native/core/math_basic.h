#pragma once
// Building blocks of core/math.h: bits, rounding, minima, Horner's rule.
//
// The float functions of core/math*.h have no branches, tables or calls, so GCC vectorizes a loop over any of them; it
// needs -fno-math-errno -fno-trapping-math. A product that feeds a sum is an explicit Fma, or the same bits would not
// come out of every compiler.
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

constexpr uint32_t kSignBit = 0x80000000u;
constexpr float kInfinity = __builtin_huge_valf();

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
  return x > y || x != x ? x : y;
}
/// The smaller; NaN if either is NaN, as torch.minimum. Of +0 and -0, the second.
template <class T>
HOST_DEVICE inline T Min(T x, T y) {
  return x < y || x != x ? x : y;
}

/// c0 + c1·x + c2·x² + ...
template <class T>
HOST_DEVICE inline T Poly(T, T c0) {
  return c0;
}
template <class T, class... Rest>
HOST_DEVICE inline T Poly(T x, T c0, Rest... rest) {
  return Fma(Poly(x, rest...), x, c0);
}

TSTORCH_END
