#pragma once
// Sin, Cos, Tan, Asin, Acos, Atan, Atan2.
#include "core/math_basic.h"

TSTORCH_BEGIN

/// |x| up to which SinReduced, CosReduced and TanReduced are right.
constexpr float kTrigLimit = 1e5f;

/// a = r + quadrant · π/2, |r| ≤ π/4 + 2⁻²⁰, for 0 ≤ a ≤ kTrigLimit
struct TrigParts {
  float r;
  uint32_t quadrant;
};
HOST_DEVICE inline TrigParts SplitForTrig(float a) {
  constexpr float kRound = 0x1.8p23f;
  const float rounded = Fma(a, 0x1.45f306p-1f, kRound);
  const float n = rounded - kRound;
  // π/2 in three parts
  const float r = Fma(n, 0x1.ee59dap-50f, Fma(n, 0x1.777a5cp-25f, Fma(n, -0x1.921fb6p0f, a)));
  return {r, ToBits(rounded)};
}

/// sin for an even quadrant, else cos; negative in quadrants 2 and 3
HOST_DEVICE inline float SinOfParts(float r, uint32_t quadrant, uint32_t sign) {
  const float z = r * r;
  const float s = Fma(r * z, Poly(z, -0x1.555546p-3f, 0x1.110778p-7f, -0x1.9953fcp-13f), r);
  const float c = Fma(z * z, Poly(z, 0x1.55554ap-5f, -0x1.6c0c28p-10f, 0x1.99e80cp-16f), Fma(z, -0.5f, 1.0f));
  return FromBits(ToBits((quadrant & 1) != 0 ? c : s) ^ (((quadrant << 30) ^ sign) & kSignBit));
}

HOST_DEVICE inline float SinReduced(float x) {
  const TrigParts p = SplitForTrig(Abs(x));
  return SinOfParts(p.r, p.quadrant, ToBits(x));
}
HOST_DEVICE inline float CosReduced(float x) {
  const TrigParts p = SplitForTrig(Abs(x));
  return SinOfParts(p.r, p.quadrant + 1, 0);
}
HOST_DEVICE inline float TanReduced(float x) {
  const TrigParts p = SplitForTrig(Abs(x));
  const float z = p.r * p.r;
  const float t = Fma(p.r * z, Poly(z, 0x1.55556p-2f, 0x1.110d9ep-3f, 0x1.bad9c2p-5f, 0x1.5cc0d4p-6f, 0x1.62cb2cp-7f,
                                    0x1.9c17b2p-14f, 0x1.1e9198p-8f), p.r);
  const bool odd = (p.quadrant & 1) != 0;
  const float result = (odd ? -1.0f : t) / (odd ? t : 1.0f);
  return FromBits(ToBits(result) ^ (ToBits(x) & kSignBit));
}

HOST_DEVICE inline double Sin(double x) { return TSTORCH_LIBM(sin)(x); }
HOST_DEVICE inline double Cos(double x) { return TSTORCH_LIBM(cos)(x); }
HOST_DEVICE inline double Tan(double x) { return TSTORCH_LIBM(tan)(x); }

/// Right for every x, but the branch keeps GCC from vectorizing a loop over it.
HOST_DEVICE inline float Sin(float x) { return Abs(x) <= kTrigLimit ? SinReduced(x) : static_cast<float>(Sin(static_cast<double>(x))); }
HOST_DEVICE inline float Cos(float x) { return Abs(x) <= kTrigLimit ? CosReduced(x) : static_cast<float>(Cos(static_cast<double>(x))); }
HOST_DEVICE inline float Tan(float x) { return Abs(x) <= kTrigLimit ? TanReduced(x) : static_cast<float>(Tan(static_cast<double>(x))); }

constexpr float kPiHalf = 0x1.921fb6p0f, kPiHalfRest = -0x1.777a5cp-25f;

/// asin(s) given s and z = s², for |s| ≤ 1/2
HOST_DEVICE inline float AsinReduced(float s, float z) {
  return Fma(s * z, Poly(z, 0x1.5555c8p-3f, 0x1.330204p-4f, 0x1.747bbap-5f, 0x1.8c3e28p-6f, 0x1.595c9p-5f), s);
}

HOST_DEVICE inline float Asin(float x) {
  const float a = Abs(x);
  const bool large = a > 0.5f;
  const float z = large ? Fma(a, -0.5f, 0.5f) : a * a;
  const float p = AsinReduced(large ? Sqrt(z) : a, z);
  return CopySign(large ? Fma(-2.0f, p, kPiHalfRest) + kPiHalf : p, x);
}

HOST_DEVICE inline float Acos(float x) {
  const float a = Abs(x);
  const bool large = a > 0.5f;
  const float z = large ? Fma(a, -0.5f, 0.5f) : a * a;
  const float p = AsinReduced(large ? Sqrt(z) : x, z);
  const float beyond = x < 0.0f ? 2.0f * ((kPiHalfRest - p) + kPiHalf) : 2.0f * p;
  return large ? beyond : (kPiHalfRest - p) + kPiHalf;
}

/// atan(z) for 0 ≤ z ≤ 1
HOST_DEVICE inline float AtanReduced(float z) {
  const float s = z * z;
  return Fma(z * s, Poly(s, -0x1.55553ep-2f, 0x1.9991e4p-3f, -0x1.242086p-3f, 0x1.c08c4cp-4f, -0x1.580908p-4f, 0x1.da2974p-5f,
                         -0x1.fd7be2p-6f, 0x1.6420fcp-7f, -0x1.d34fccp-10f), z);
}

HOST_DEVICE inline float Atan(float x) {
  const float a = Abs(x);
  const bool large = a > 1.0f;
  const float p = AtanReduced((large ? 1.0f : a) / (large ? a : 1.0f));
  return CopySign(large ? (kPiHalfRest - p) + kPiHalf : p, x);
}

HOST_DEVICE inline float Atan2(float y, float x) {
  const float ax = Abs(x), ay = Abs(y);
  const bool steep = ay > ax;
  const float large = steep ? ay : ax;
  const float small = steep ? ax : ay;
  const float ratio = small / (large == 0.0f ? 1.0f : large);
  float p = AtanReduced(small == kInfinity ? 1.0f : ratio);  // ∞/∞
  p = steep ? (kPiHalfRest - p) + kPiHalf : p;
  p = static_cast<int32_t>(ToBits(x)) < 0 ? (2.0f * kPiHalfRest - p) + 2.0f * kPiHalf : p;
  return CopySign(p, y);
}

HOST_DEVICE inline double Asin(double x) { return TSTORCH_LIBM(asin)(x); }
HOST_DEVICE inline double Acos(double x) { return TSTORCH_LIBM(acos)(x); }
HOST_DEVICE inline double Atan(double x) { return TSTORCH_LIBM(atan)(x); }
HOST_DEVICE inline double Atan2(double y, double x) { return TSTORCH_LIBM(atan2)(y, x); }

TSTORCH_END
