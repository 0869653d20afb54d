#pragma once
// Exponentials: Exp, Exp2, Expm1, Sigmoid, Tanh, Sinh, Cosh.
#include "core/math_basic.h"

TSTORCH_BEGIN

constexpr float kLog2E = 0x1.715476p0f;
constexpr float kLn2Hi = 0x1.62e4p-1f;  // 16 bits: its product with an exponent is exact
constexpr float kLn2Lo = 0x1.7f7d1cp-20f;

/// Adding kRoundShifted rounds to an integer n and leaves n + 254 in the low bits; kRoundBits + n + 254 are
/// all its bits.
constexpr float kRoundShifted = 0x1.8p23f + 254;
constexpr uint32_t kRoundBits = 0x4b400000u;

/// 2^n as a product of two, for n in [-254, 254], given the bits of n + kRoundShifted.
struct PowerOf2 {
  float half;  // 2^(n/2), rounded down
  float rest;
};
HOST_DEVICE inline PowerOf2 SplitPowerOf2(uint32_t bits) {
  const uint32_t both = bits << 23;
  const uint32_t half = (bits << 22) & 0xff800000u;
  return {FromBits(half), FromBits(both - half)};
}

/// (1 + r·g) · 2^n with one rounding, also where the result is subnormal
HOST_DEVICE inline float ScaleByPowerOf2(float r, float g, uint32_t bits) {
  const PowerOf2 scale = SplitPowerOf2(bits);
  return Fma(r * scale.half, g, scale.half) * scale.rest;
}

/// (eʳ - 1) / r for |r| ≤ ln 2 / 2, relative to eʳ; most exact for r < -¼, where r itself has lost most
HOST_DEVICE inline float ExpSlope(float r) {
  const float q =
      Poly(r, r * r, 0x1.ffffeap-2f, 0x1.555492p-3f, 0x1.556666p-5f, 0x1.123ba6p-7f, 0x1.60d7dp-10f);
  return Fma(r, q, 1.0f);
}
/// (2ʳ - 1) / r for |r| ≤ ½, relative to 2ʳ
HOST_DEVICE inline float Exp2Slope(float r) {
  return Poly(r, r * r, 0x1.62e43p-1f, 0x1.ebfbc4p-3f, 0x1.c6af96p-5f, 0x1.3b404cp-7f, 0x1.5f03cp-10f,
              0x1.353234p-13f);
}

/// eʳ - 1 for |r| ≤ ln 2 / 2
HOST_DEVICE inline float Expm1Reduced(float r) {
  const float r2 = r * r;
  const float q =
      Poly(r, r2, 0x1.fffffep-2f, 0x1.5554aap-3f, 0x1.55579cp-5f, 0x1.122c64p-7f, 0x1.6ab87cp-10f);
  return Fma(r2, q, r);
}

/// eˣ. Error 0.92.
HOST_DEVICE inline float Exp(float x) {
  const uint32_t bits = AtMost<kRoundBits + 254 + 129>(ToBits(Fma(x, kLog2E, kRoundShifted)));
  const float n = FromBits(bits) - kRoundShifted;
  const float r = Fma(n, -kLn2Lo, Fma(n, -kLn2Hi, x));
  const float result = ScaleByPowerOf2(r, ExpSlope(r), AtLeast<kRoundBits>(bits));
  return x < -104.0f ? 0.0f : result;
}

/// 2ˣ. Error 0.99; exact for integers.
HOST_DEVICE inline float Exp2(float x) {
  const uint32_t bits = AtMost<kRoundBits + 254 + 129>(ToBits(x + kRoundShifted));
  const float r = x - (FromBits(bits) - kRoundShifted);
  const float result = ScaleByPowerOf2(r, Exp2Slope(r), AtLeast<kRoundBits>(bits));
  return x < -151.0f ? 0.0f : result;
}

/// eˣ - 1. Error 1.61.
HOST_DEVICE inline float Expm1(float x) {
  constexpr float kRound = 0x1.8p23f + 126;  // the low bits of the sum are the exponent field of 2^(n-1)
  const uint32_t bits = AtMost<kRoundBits + 126 + 128>(ToBits(Fma(x, kLog2E, kRound)));
  const float n = FromBits(bits) - kRound;
  const float q = Expm1Reduced(Fma(n, -kLn2Lo, Fma(n, -kLn2Hi, x)));
  const float half = FromBits(bits << 23);  // not 2^n, which may be 2^128
  float result = 2.0f * Fma(half, q, half - 0.5f);
  result = Abs(x) < 0x1p-25f ? x : result;
  return x < -18.0f ? -1.0f : result;
}

/// Error 1.92.
HOST_DEVICE inline float Tanh(float x) {
  constexpr float kRound = 0x1.8p23f + 128;
  const float a = Abs(x);
  // 1 - 2e/(1 + e), e = e^(-2a): what e loses counts at most half
  const float b = FromBits(AtMost<0x41200000u>(ToBits(a)));  // ≤ 10; NaN takes the other side
  const float rounded = Fma(b, -2.0f * kLog2E, kRound);
  const float r = Fma(rounded - kRound, 0x1.62e43p-2f, b);
  const float p =
      Poly(r, r * r, 1.0f, -0x1.fffff6p+0f, 0x1.fffdc4p+0f, -0x1.555a86p+0f, 0x1.573abep-1f, -0x1.0f9d26p-2f);
  const float e2 = FromBits(ToBits(rounded) << 23) * p;
  const float large = 1.0f - e2 / Fma(e2, 0.5f, 1.0f);
  const float z = a * a;
  const float small =
      Fma(a * z, Poly(z, z * z, -0x1.55545p-2f, 0x1.10ce9p-3f, -0x1.af715ep-5f, 0x1.0d217p-6f), a);
  return CopySign(a >= 0.55f ? large : small, x);
}

/// 1 / (1 + e⁻ˣ). Error 2.00; 0 and 1 at ∓∞.
HOST_DEVICE inline float Sigmoid(float x) {
  // 2^n / (2^n + e^-r), x = n ln 2 + r
  const float rounded = Fma(x, kLog2E, kRoundShifted);
  const float n = rounded - kRoundShifted;
  const float r = Fma(n, kLn2Lo, Fma(n, kLn2Hi, -x));
  const PowerOf2 scale = SplitPowerOf2(AtLeast<kRoundBits>(ToBits(rounded)));
  float result = scale.half / (1.0f + Fma(scale.half, scale.rest, r * ExpSlope(r))) * scale.rest;
  result = x < -104.0f ? 0.0f : result;
  return x > 30.0f ? 1.0f : result;
}

/// e^a / 2 for a ≥ 0
HOST_DEVICE inline float HalfExp(float a) {
  constexpr float kRound = kRoundShifted - 1.0f;
  const uint32_t bits = AtMost<kRoundBits + 253 + 131>(ToBits(Fma(a, kLog2E, kRound)));
  const float n = FromBits(bits) - kRound;
  const float r = Fma(n, -kLn2Lo, Fma(n, -kLn2Hi, a));
  return ScaleByPowerOf2(r, ExpSlope(r), bits);
}

/// Error 1.39.
HOST_DEVICE inline float Cosh(float x) {
  const float half = HalfExp(Abs(x));
  return half + 0.25f / half;
}

/// Error 1.63.
HOST_DEVICE inline float Sinh(float x) {
  const float a = Abs(x);
  const float half = HalfExp(a);
  const float z = a * a;
  const float small =
      Fma(a * z, Poly(z, z * z, 0x1.555556p-3f, 0x1.1110ep-7f, 0x1.a022bcp-13f, 0x1.756c1ep-19f), a);
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
