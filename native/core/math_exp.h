#pragma once
// Exponentials: Exp, Exp2, Expm1, Sigmoid, Tanh, Sinh, Cosh.
#include "core/math_basic.h"

TSTORCH_BEGIN

/// Adding this to |x| < 2^21 rounds x to an integer n and leaves n + 254 in the low bits.
constexpr float kRoundTwice254 = 0x1.8p23f + 254;
constexpr float kLog2E = 0x1.715476p0f;
constexpr float kLn2Hi = 0x1.62e4p-1f;  // 16 bits: its product with an exponent is exact
constexpr float kLn2Lo = 0x1.7f7d1cp-20f;

/// p · 2^n for p in [0.5, 2), given n + kRoundTwice254 and n in [-200, 200]. Rounded once, also to subnormals.
HOST_DEVICE inline float ScaleByPowerOf2(float p, float rounded) {
  const uint32_t both = ToBits(rounded) << 23;
  const uint32_t half = (ToBits(rounded) << 22) & 0xff800000u;  // 2^(n/2), rounded down
  return p * FromBits(half) * FromBits(both - half);
}

/// eʳ for |r| ≤ ln 2 / 2
HOST_DEVICE inline float ExpReduced(float r) {
  return Poly(r, 1.0f, 1.0f, 0x1.fffffcp-2f, 0x1.55548cp-3f, 0x1.555858p-5f, 0x1.123dc6p-7f, 0x1.6ac49ep-10f);
}

/// e^x · 2^shift for x in [-104, 89]
HOST_DEVICE inline float ExpShifted(float x, float shift) {
  const float rounded = Fma(x, kLog2E, kRoundTwice254);
  const float n = rounded - kRoundTwice254;
  const float r = Fma(n, -kLn2Lo, Fma(n, -kLn2Hi, x));
  return ScaleByPowerOf2(ExpReduced(r), rounded + shift);
}

HOST_DEVICE inline float Exp(float x) {
  x = -104.0f > x ? -104.0f : x;  // in this order NaN stays
  x = 89.0f < x ? 89.0f : x;
  return ExpShifted(x, 0.0f);
}

HOST_DEVICE inline float Exp2(float x) {
  x = -151.0f > x ? -151.0f : x;
  x = 129.0f < x ? 129.0f : x;
  const float rounded = x + kRoundTwice254;
  const float r = x - (rounded - kRoundTwice254);
  const float p = Poly(r, 1.0f, 0x1.62e43p-1f, 0x1.ebfb94p-3f, 0x1.c6af9ep-5f, 0x1.3b6816p-7f, 0x1.5ef4dcp-10f, 0x1.179ac2p-13f);
  return ScaleByPowerOf2(p, rounded);
}

/// eʳ - 1 for |r| ≤ ln 2 / 2
HOST_DEVICE inline float Expm1Reduced(float r) {
  const float p = Poly(r, 0x1.fffffep-2f, 0x1.5554aap-3f, 0x1.55579cp-5f, 0x1.122c64p-7f, 0x1.6ab87cp-10f);
  return Fma(r * r, p, r);
}

HOST_DEVICE inline float Expm1(float x) {
  constexpr float kRound = 0x1.8p23f + 126;  // the low bits of the sum are the exponent field of 2^(n-1)
  float y = -18.0f > x ? -18.0f : x;
  y = 89.0f < y ? 89.0f : y;
  const float rounded = Fma(y, kLog2E, kRound);
  const float n = rounded - kRound;
  const float q = Expm1Reduced(Fma(n, -kLn2Lo, Fma(n, -kLn2Hi, y)));
  const float half = FromBits(ToBits(rounded) << 23);  // not 2^n, which may be 2^128
  const float result = 2.0f * Fma(half, q, half - 0.5f);
  return Abs(x) < 0x1p-25f ? x : result;
}

/// e^x - 1 for x in [-18, 0]
HOST_DEVICE inline float Expm1Negative(float x) {
  constexpr float kRound = 0x1.8p23f + 127;
  const float rounded = Fma(x, kLog2E, kRound);
  const float n = rounded - kRound;
  const float q = Expm1Reduced(Fma(n, -kLn2Lo, Fma(n, -kLn2Hi, x)));
  const float scale = FromBits(ToBits(rounded) << 23);
  return Fma(scale, q, scale - 1.0f);
}

HOST_DEVICE inline float Tanh(float x) {
  float y = -2.0f * Abs(x);
  y = -18.0f > y ? -18.0f : y;
  const float t = Expm1Negative(y);
  return CopySign(-t / (2.0f + t), x);
}

/// 1 / (1 + e⁻ˣ)
HOST_DEVICE inline float Sigmoid(float x) {
  float y = -Abs(x);
  y = -104.0f > y ? -104.0f : y;
  const float t = ExpShifted(y, 0.0f);
  return (x >= 0.0f ? 1.0f : t) / (1.0f + t);
}

HOST_DEVICE inline float Cosh(float x) {
  float a = Abs(x);
  a = 92.0f < a ? 92.0f : a;
  const float half = ExpShifted(a, -1.0f);
  return half + 0.25f / half;
}

HOST_DEVICE inline float Sinh(float x) {
  const float a = Abs(x);
  const float half = ExpShifted(92.0f < a ? 92.0f : a, -1.0f);
  const float z = a * a;
  const float small = Fma(a * z, Poly(z, 0x1.555556p-3f, 0x1.1110ep-7f, 0x1.a022bcp-13f, 0x1.756c1ep-19f), a);
  return CopySign(a < 1.0f ? small : half - 0.25f / half, x);
}

HOST_DEVICE inline double Exp(double x) { return TSTORCH_LIBM(exp)(x); }
HOST_DEVICE inline double Exp2(double x) { return TSTORCH_LIBM(exp2)(x); }
HOST_DEVICE inline double Expm1(double x) { return TSTORCH_LIBM(expm1)(x); }
HOST_DEVICE inline double Tanh(double x) { return TSTORCH_LIBM(tanh)(x); }
HOST_DEVICE inline double Sinh(double x) { return TSTORCH_LIBM(sinh)(x); }
HOST_DEVICE inline double Cosh(double x) { return TSTORCH_LIBM(cosh)(x); }
/// 1 / (1 + e⁻ˣ), without overflow
HOST_DEVICE inline double Sigmoid(double x) {
  const double t = Exp(-Abs(x));
  return (x >= 0 ? 1.0 : t) / (1.0 + t);
}

TSTORCH_END
