#pragma once
// Logarithms and what is made of them: Log, Log2, Log10, Log1p, Asinh, Acosh, Atanh, Pow.
#include "core/math_exp.h"

TSTORCH_BEGIN

constexpr uint32_t kSqrtHalf = 0x3f3504f3u;  // bits of √½

/// x = (1 + f) · 2^e with 1 + f in [√½, √2)
struct LogParts {
  float f;
  float e;
};
HOST_DEVICE inline LogParts SplitForLog(float x) {
  const float normal = x < 0x1p-126f ? x * 0x1p23f : x;
  // the same condition, in a form that GCC does not recognize
  const uint32_t offset = static_cast<int32_t>(ToBits(x)) < 0x00800000 ? kSqrtHalf + (23u << 23) : kSqrtHalf;
  const uint32_t bits = ToBits(normal) - offset;
  return {FromBits((bits & 0x007fffffu) + kSqrtHalf) - 1.0f,
          static_cast<float>(static_cast<int32_t>(bits) >> 23)};
}

/// `result` is right for positive finite x; this adds the rest: -∞ at ±0, NaN below, ∞ at ∞.
HOST_DEVICE inline float WithLogSpecials(float x, float result) {
  float special = x == 0.0f ? -kInfinity : x;
  special = x < 0.0f ? kNaN : special;
  return ToBits(x) - 1u < 0x7f7fffffu ? result : special;
}

/// (log(1 + f) - f) / f² for 1 + f in [√½, √2)
HOST_DEVICE inline float LogTail(float f, float f2) {
  return Poly(f, f2, -0.5f, 0x1.555554p-2f, -0x1.000228p-2f, 0x1.99a034p-3f, -0x1.54723p-3f, 0x1.22d66ep-3f,
              -0x1.0d81fep-3f, 0x1.057206p-3f, -0x1.38fd9ep-4f);
}

/// Error 0.91.
HOST_DEVICE inline float Log(float x) {
  const LogParts p = SplitForLog(x);
  const float f2 = p.f * p.f;
  const float small = Fma(f2, LogTail(p.f, f2), p.e * kLn2Lo);
  return WithLogSpecials(x, Fma(p.e, kLn2Hi, p.f + small));
}

/// Error 1.18; exact for powers of 2.
HOST_DEVICE inline float Log2(float x) {
  const LogParts p = SplitForLog(x);
  const float tail = Poly(p.f, p.f * p.f, -0x1.71546cp-1f, 0x1.ec6f94p-2f, -0x1.715d38p-2f, 0x1.27b7cep-2f,
                          -0x1.ea97dep-3f, 0x1.9ac0dp-3f, -0x1.8037bap-3f, 0x1.ad1c38p-3f, -0x1.2bb332p-3f);
  return WithLogSpecials(x, p.e + Fma(p.f, Fma(p.f, tail, 0x1.c551dap-2f), p.f));
}

/// Error 1.47.
HOST_DEVICE inline float Log10(float x) {
  constexpr float kLog10Of2Hi = 0x1.3442p-2f, kLog10Of2Lo = -0x1.95ec1p-19f;
  const LogParts p = SplitForLog(x);
  const float f2 = p.f * p.f;
  const float tail = Poly(p.f, f2, -0x1.bcb7aep-3f, 0x1.287b56p-3f, -0x1.bcbf2p-4f, 0x1.6331acp-4f,
                          -0x1.26cca4p-4f, 0x1.08a0cap-4f, -0x1.fcce26p-5f, 0x1.3a998ap-5f);
  const float small = Fma(f2, tail, p.e * kLog10Of2Lo);
  return WithLogSpecials(x, Fma(p.e, kLog10Of2Hi, Fma(p.f, 0x1.bcb7b2p-2f, small)));
}

/// log(1 + x). Error 1.52.
HOST_DEVICE inline float Log1p(float x) {
  const uint32_t exponent = (ToBits(1.0f + x) - kSqrtHalf) & 0xff800000u;  // of 1 + x, in place
  const float e = static_cast<float>(static_cast<int32_t>(exponent) >> 23);
  // 1 + f = (1 + x) · 2^-e without the rounding of 1 + x; for e = 0, f is x itself
  const float scale = FromBits(AtLeast<0>(0x3f800000u - exponent));
  const float f = FromBits(ToBits(x) - exponent) + (scale - 1.0f);
  const float f2 = f * f;
  const float small = Fma(f2, LogTail(f, f2), e * kLn2Lo);
  float result = CopySign(Fma(e, kLn2Hi, f + small), x);
  result = x < kInfinity ? result : x;
  const float special = x == -1.0f ? -kInfinity : kNaN;
  return x <= -1.0f ? special : result;
}

/// Error 1.87.
HOST_DEVICE inline float Asinh(float x) {
  const float a = Abs(x);
  const bool large = a > 1e9f;
  const float b = large ? 1.0f : a;
  const float y = Log1p(large ? a : b + b * b / (1.0f + Sqrt(Fma(b, b, 1.0f))));
  return CopySign(large ? y + 0x1.62e43p-1f : y, x);
}

/// Error 2.42; NaN below 1.
HOST_DEVICE inline float Acosh(float x) {
  const bool large = x > 1e9f;
  const float t = (large ? 1.0f : x) - 1.0f;
  const float y = Log1p(large ? x : t + Sqrt(t * (t + 2.0f)));
  return x < 1.0f ? kNaN : large ? y + 0x1.62e43p-1f : y;
}

/// Error 2.14; NaN for |x| > 1.
HOST_DEVICE inline float Atanh(float x) {
  const float a = Abs(x);
  return CopySign(0.5f * Log1p(2.0f * a / (1.0f - a)), x);
}

/// e + log2(1 + f) to 2⁻³³ relative: Pow multiplies it by up to 2⁷ and more. The small terms fit a float.
HOST_DEVICE inline double Log2InDouble(float f, float e) {
  const float tail = Poly(f, f * f, 0x1.a64018p-3f, -0x1.70f8a4p-3f, 0x1.44f086p-3f, -0x1.283652p-3f,
                          0x1.2c2afap-3f, -0x1.189ae6p-3f, 0x1.165704p-4f);
  const double d = f, d2 = d * d;
  const double p =
      Poly(d, d2, 0x1.71547652a1e6cp+0, -0x1.7154765a927dfp-1, 0x1.ec709eb4d00b7p-2, -0x1.715469d831632p-2,
           0x1.277653c5c5807p-2, -0x1.ec75c111f8509p-3, static_cast<double>(tail));
  return Fma(p, d, static_cast<double>(e));
}

/// x^y. Error 1.10 (10⁸ random pairs). As in C: 1 for y = 0 and for x = 1, even with NaN; NaN for finite x <
/// 0 unless y is an integer.
HOST_DEVICE inline float Pow(float x, float y) {
  constexpr double kRound = 0x1.8p52;
  const float a = Abs(x);
  const LogParts p = SplitForLog(a);
  float e = a == 0.0f ? -kInfinity : p.e;
  e = a < kInfinity ? e : a;
  const double t = static_cast<double>(y) * Log2InDouble(p.f, e);
  const double n = (t + kRound) - kRound;
  const float r = static_cast<float>(t - n);
  float result =
      ScaleByPowerOf2(r, Exp2Slope(r), AtLeast<kRoundBits>(ToBits(static_cast<float>(n) + kRoundShifted)));
  const float exponent = static_cast<float>(t);
  result = exponent > 129.0f ? kInfinity : result;
  result = exponent < -151.0f ? 0.0f : result;
  result = a == 1.0f ? 1.0f : result;
  const float half = 0.5f * y;
  const uint32_t sign = Abs(Rint(half) - half) == 0.5f ? ToBits(x) & 0x80000000u : 0u;  // y is odd
  result = FromBits(ToBits(result) | sign);
  const float negative = Rint(y) != y ? kNaN : result;
  result = ToBits(x) - 0x80000001u < 0x7f7fffffu ? negative : result;  // -∞ < x < 0
  return y == 0.0f ? 1.0f : result;
}

HOST_DEVICE inline double Log(double x) { return TSTORCH_LIBM(log)(x); }
HOST_DEVICE inline double Log2(double x) { return TSTORCH_LIBM(log2)(x); }
HOST_DEVICE inline double Log10(double x) { return TSTORCH_LIBM(log10)(x); }
HOST_DEVICE inline double Log1p(double x) { return TSTORCH_LIBM(log1p)(x); }
HOST_DEVICE inline double Asinh(double x) { return TSTORCH_LIBM(asinh)(x); }
HOST_DEVICE inline double Acosh(double x) { return TSTORCH_LIBM(acosh)(x); }
HOST_DEVICE inline double Atanh(double x) { return TSTORCH_LIBM(atanh)(x); }
HOST_DEVICE inline double Pow(double x, double y) { return TSTORCH_LIBM(pow)(x, y); }

TSTORCH_END
