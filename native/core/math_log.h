#pragma once
// Logarithms and what is made of them: Log, Log2, Log10, Log1p, Asinh, Acosh, Atanh, Pow.
#include "core/math_exp.h"

TSTORCH_BEGIN

/// x = (1 + f) · 2^e with 1 + f in [√½, √2)
struct LogParts {
  float f;
  float e;
};
HOST_DEVICE inline LogParts SplitForLog(float x) {
  constexpr uint32_t kSqrtHalf = 0x3f3504f3u;
  const bool subnormal = x < 0x1p-126f;
  const uint32_t bits = ToBits(subnormal ? x * 0x1p23f : x) - kSqrtHalf;
  const float e = static_cast<float>(static_cast<int32_t>(bits) >> 23);
  return {FromBits((bits & 0x007fffffu) + kSqrtHalf) - 1.0f, subnormal ? e - 23.0f : e};
}

/// `result` is right for positive finite x; this adds the rest.
HOST_DEVICE inline float WithLogSpecials(float x, float result) {
  result = x < kInfinity ? result : x;  // +∞, NaN
  result = x > 0.0f ? result : x == 0.0f ? -kInfinity : x - x;
  return x < 0.0f ? __builtin_nanf("") : result;
}

/// (log(1 + f) - f) / f² for 1 + f in [√½, √2)
HOST_DEVICE inline float LogTail(float f) {
  return Poly(f, -0.5f, 0x1.555554p-2f, -0x1.000228p-2f, 0x1.99a034p-3f, -0x1.54723p-3f, 0x1.22d66ep-3f, -0x1.0d81fep-3f,
              0x1.057206p-3f, -0x1.38fd9ep-4f);
}

HOST_DEVICE inline float Log(float x) {
  const LogParts p = SplitForLog(x);
  const float small = Fma(p.f * p.f, LogTail(p.f), p.e * kLn2Lo);
  return WithLogSpecials(x, Fma(p.e, kLn2Hi, p.f + small));
}

HOST_DEVICE inline float Log2(float x) {
  const LogParts p = SplitForLog(x);
  const float tail = Poly(p.f, 0x1.c551dap-2f, -0x1.71546cp-1f, 0x1.ec6f94p-2f, -0x1.715d38p-2f, 0x1.27b7cep-2f,
                          -0x1.ea97dep-3f, 0x1.9ac0dp-3f, -0x1.8037bap-3f, 0x1.ad1c38p-3f, -0x1.2bb332p-3f);
  return WithLogSpecials(x, p.e + Fma(p.f, tail, p.f));
}

HOST_DEVICE inline float Log10(float x) {
  constexpr float kLog10Of2Hi = 0x1.3442p-2f, kLog10Of2Lo = -0x1.95ec1p-19f;
  const LogParts p = SplitForLog(x);
  const float tail = Poly(p.f, -0x1.bcb7aep-3f, 0x1.287b56p-3f, -0x1.bcbf2p-4f, 0x1.6331acp-4f, -0x1.26cca4p-4f, 0x1.08a0cap-4f,
                          -0x1.fcce26p-5f, 0x1.3a998ap-5f);
  const float small = Fma(p.f * p.f, tail, p.e * kLog10Of2Lo);
  return WithLogSpecials(x, Fma(p.e, kLog10Of2Hi, Fma(p.f, 0x1.bcb7b2p-2f, small)));
}

/// log(1 + x)
HOST_DEVICE inline float Log1p(float x) {
  constexpr uint32_t kSqrtHalf = 0x3f3504f3u;
  const uint32_t exponent = (ToBits(1.0f + x) - kSqrtHalf) & 0xff800000u;  // of 1 + x, in place
  const float e = static_cast<float>(static_cast<int32_t>(exponent) >> 23);
  // 1 + f = (1 + x) · 2^-e without the rounding of 1 + x; for e = 0, f is x itself
  const int32_t scale = static_cast<int32_t>(0x3f800000u - exponent);
  const float f = FromBits(ToBits(x) - exponent) + (FromBits(static_cast<uint32_t>(scale < 0 ? 0 : scale)) - 1.0f);
  const float small = Fma(f * f, LogTail(f), e * kLn2Lo);
  float result = CopySign(Fma(e, kLn2Hi, f + small), x);
  result = x < kInfinity ? result : x;
  result = x == -1.0f ? -kInfinity : result;
  return x < -1.0f ? __builtin_nanf("") : result;
}

HOST_DEVICE inline float Asinh(float x) {
  const float a = Abs(x);
  const bool large = a > 1e9f;
  const float b = large ? 1.0f : a;
  const float y = Log1p(large ? a : b + b * b / (1.0f + Sqrt(Fma(b, b, 1.0f))));
  return CopySign(large ? y + 0x1.62e43p-1f : y, x);
}

HOST_DEVICE inline float Acosh(float x) {
  const bool large = x > 1e9f;
  const float t = (large ? 1.0f : x) - 1.0f;
  const float y = Log1p(large ? x : t + Sqrt(t * (t + 2.0f)));
  return x < 1.0f ? __builtin_nanf("") : large ? y + 0x1.62e43p-1f : y;
}

HOST_DEVICE inline float Atanh(float x) {
  const float a = Abs(x);
  return CopySign(0.5f * Log1p(2.0f * a / (1.0f - a)), x);
}

/// log2(1 + f) with an error of 2⁻³⁸: Pow multiplies it by up to 2⁷ and more
HOST_DEVICE inline double Log2InDouble(double f) {
  return f * Poly(f, 0x1.71547652b58ebp+0, -0x1.71547651b6fc8p-1, 0x1.ec709de33da48p-2, -0x1.7154788849a18p-2,
                  0x1.2776b6ccce9cap-2, -0x1.ec6f2df870737p-3, 0x1.a61b7dcc5c460p-3, -0x1.7188d3effeb9fp-3,
                  0x1.481fae4690208p-3, -0x1.23d64814c3c7fp-3, 0x1.0acddb3cd3140p-3, -0x1.13b8a1aa71db6p-3,
                  0x1.0f62dc7c6491bp-3, -0x1.1da761bca256dp-4);
}

/// x^y with the special values of C: 1 for y = 0 and for x = 1 even with NaN, NaN for finite x < 0 unless y is an integer
HOST_DEVICE inline float Pow(float x, float y) {
  constexpr double kRound = 0x1.8p52;
  const float a = Abs(x);
  const LogParts p = SplitForLog(a);
  const float e = a == 0.0f ? -kInfinity : a < kInfinity ? p.e : a;
  double t = static_cast<double>(y) * (static_cast<double>(e) + Log2InDouble(static_cast<double>(p.f)));
  const bool one = a == 1.0f || y == 0.0f;
  t = -200.0 > t ? -200.0 : t;
  t = 200.0 < t ? 200.0 : t;
  const double n = (t + kRound) - kRound;
  const float nf = static_cast<float>(n);
  const float r = static_cast<float>(t - n);
  const float q = Poly(r, 1.0f, 0x1.62e43p-1f, 0x1.ebfb94p-3f, 0x1.c6af9ep-5f, 0x1.3b6816p-7f, 0x1.5ef4dcp-10f, 0x1.179ac2p-13f);
  float result = ScaleByPowerOf2(one ? 1.0f : q, one ? kRoundTwice254 : nf + kRoundTwice254);
  const bool integer = Rint(y) == y;
  const float half = 0.5f * y;
  const bool odd = integer && Rint(half) != half;
  result = FromBits(ToBits(result) | (odd ? ToBits(x) & kSignBit : 0u));
  const bool undefined = x < 0.0f && a < kInfinity && !integer;
  return undefined ? __builtin_nanf("") : x == 1.0f ? 1.0f : y == 0.0f ? 1.0f : result;
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
