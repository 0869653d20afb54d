#pragma once
// Sin, Cos, Tan, Asin, Acos, Atan, Atan2.
#include "core/math_basic.h"

TSTORCH_BEGIN

/// |x| up to which SinReduced, CosReduced (error 1.57) and TanReduced (2.51) are right; nonsense beyond.
constexpr float kTrigLimit = 0x1p19f;

/// a = r + quadrant · π/2, |r| ≤ π/4 + 2⁻²⁰, for 0 ≤ a ≤ kTrigLimit; the low two bits of `quadrant` count.
struct TrigParts {
  float r;
  float rest;  // what the last rounding of r lost
  uint32_t quadrant;
};
HOST_DEVICE inline TrigParts SplitForTrig(float a) {
  constexpr float kRound = 0x1.8p23f;
  const float rounded = Fma(a, 0x1.45f306p-1f, kRound);
  const float n = rounded - kRound;
  constexpr float kPart2 = 0x1.777a5cp-25f, kPart3 = 0x1.ee59dap-50f;  // of -π/2
  const float r2 = Fma(n, kPart2, Fma(n, -0x1.921fb6p0f, a));
  const float r = Fma(n, kPart3, r2);
  return {r, Fma(n, kPart3, r2 - r), ToBits(rounded)};
}

/// sin for an even quadrant, else cos; negative in quadrants 2 and 3 and where the top bit of `sign` is set
HOST_DEVICE inline float SinOfParts(float r, uint32_t quadrant, uint32_t sign) {
  const float z = r * r;
  const float z2 = z * z;
  const float s = Fma(r * z, Poly(z, z2, -0x1.555546p-3f, 0x1.110778p-7f, -0x1.9953fcp-13f), r);
  const float c =
      Fma(z2, Poly(z, z2, 0x1.55554ap-5f, -0x1.6c0c28p-10f, 0x1.99e80cp-16f), Fma(z, -0.5f, 1.0f));
  return FromBits(ToBits((quadrant & 1) != 0 ? c : s) ^ (((quadrant << 30) ^ sign) & 0x80000000u));
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
  const float w = Fma(p.r * z,
                      Poly(z, z * z, 0x1.55556p-2f, 0x1.110d9ep-3f, 0x1.bad9c2p-5f, 0x1.5cc0d4p-6f,
                           0x1.62cb2cp-7f, 0x1.9c17b2p-14f, 0x1.1e9198p-8f),
                      p.rest);
  const float t = p.r + w;
  const float rest = w - (t - p.r);
  const float q = -1.0f / t;
  const float result = (p.quadrant & 1) != 0 ? Fma(q * rest, q, q) : t;
  return FromBits(ToBits(result) ^ (ToBits(x) & 0x80000000u));
}

HOST_DEVICE inline double Sin(double x) { return TSTORCH_LIBM(sin)(x); }
HOST_DEVICE inline double Cos(double x) { return TSTORCH_LIBM(cos)(x); }
HOST_DEVICE inline double Tan(double x) { return TSTORCH_LIBM(tan)(x); }

/// Sin, Cos and Tan are right for every x (beyond kTrigLimit to 0.51), but branch, so a loop over them is not
/// vectorized: see SinFunction.
HOST_DEVICE inline bool InTrigRange(float x) { return Abs(x) <= kTrigLimit; }
HOST_DEVICE inline float Sin(float x) {
  return InTrigRange(x) ? SinReduced(x) : static_cast<float>(Sin(static_cast<double>(x)));
}
HOST_DEVICE inline float Cos(float x) {
  return InTrigRange(x) ? CosReduced(x) : static_cast<float>(Cos(static_cast<double>(x)));
}
HOST_DEVICE inline float Tan(float x) {
  return InTrigRange(x) ? TanReduced(x) : static_cast<float>(Tan(static_cast<double>(x)));
}

/// For loops over many elements: `reduced`, which GCC vectorizes, may stand for the function where
/// AllInTrigRange.
struct SinFunction {
  HOST_DEVICE static float reduced(float x) { return SinReduced(x); }
  template <class T>
  HOST_DEVICE T operator()(T x) const {
    return Sin(x);
  }
};
struct CosFunction {
  HOST_DEVICE static float reduced(float x) { return CosReduced(x); }
  template <class T>
  HOST_DEVICE T operator()(T x) const {
    return Cos(x);
  }
};
struct TanFunction {
  HOST_DEVICE static float reduced(float x) { return TanReduced(x); }
  template <class T>
  HOST_DEVICE T operator()(T x) const {
    return Tan(x);
  }
};
/// False if there is a NaN, too.
inline bool AllInTrigRange(const float* x, int64_t n) {
  uint32_t largest = 0;
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t magnitude = ToBits(x[i]) & 0x7fffffffu;
    largest = magnitude > largest ? magnitude : largest;
  }
  return FromBits(largest) <= kTrigLimit;
}

constexpr float kPiHalf = 0x1.921fb6p0f, kPiHalfRest = -0x1.777a5cp-25f;

/// (asin(√z)/√z - 1) / z for 0 ≤ z ≤ ¼
HOST_DEVICE inline float AsinTail(float z) {
  return Poly(z, z * z, 0x1.5555c8p-3f, 0x1.330204p-4f, 0x1.747bbap-5f, 0x1.8c3e28p-6f, 0x1.595c9p-5f);
}

/// Error 2.03; NaN for |x| > 1.
HOST_DEVICE inline float Asin(float x) {
  const float a = Abs(x);
  // above ½: π/2 - 2 asin(√((1 - a)/2))
  const float z = a > 0.5f ? Fma(a, -0.5f, 0.5f) : a * a;
  const float s = Sqrt(z);
  const float tail = z * AsinTail(z);
  const float large = Fma(-2.0f, s, kPiHalf) + Fma(-2.0f * s, tail, kPiHalfRest);
  return CopySign(a <= 0.5f ? Fma(a, tail, a) : large, x);
}

/// Error 1.15; NaN for |x| > 1.
HOST_DEVICE inline float Acos(float x) {
  const float a = Abs(x);
  const bool large = a > 0.5f;
  const float z = large ? Fma(a, -0.5f, 0.5f) : a * a;
  const float s = large ? Sqrt(z) : x;
  const float p = Fma(s * z, AsinTail(z), s);
  const float beyond = x < 0.0f ? 2.0f * ((kPiHalfRest - p) + kPiHalf) : 2.0f * p;
  return large ? beyond : (kPiHalfRest - p) + kPiHalf;
}

/// atan(z) for 0 ≤ z ≤ 1
HOST_DEVICE inline float AtanReduced(float z) {
  const float s = z * z;
  return Fma(z * s,
             Poly(s, s * s, -0x1.55553ep-2f, 0x1.9991e4p-3f, -0x1.242086p-3f, 0x1.c08c4cp-4f, -0x1.580908p-4f,
                  0x1.da2974p-5f, -0x1.fd7be2p-6f, 0x1.6420fcp-7f, -0x1.d34fccp-10f),
             z);
}

/// Error 1.47.
HOST_DEVICE inline float Atan(float x) {
  const float a = Abs(x);
  const float inverse = 1.0f / a;
  const float p = AtanReduced(a > 1.0f ? inverse : a);
  return CopySign(inverse < 1.0f ? (kPiHalfRest - p) + kPiHalf : p, x);
}

/// The angle of the point (x, y), in [-π, π]. Error 1.60 (10⁸ random pairs).
HOST_DEVICE inline float Atan2(float y, float x) {
  const float ax = Abs(x), ay = Abs(y);
  const bool steep = ay > ax;
  const float large = steep ? ay : ax;
  const float small = steep ? ax : ay;
  const float divisor = large == 0.0f ? 1.0f : large;
  const float ratio = small / divisor;
  float p = AtanReduced(small == divisor ? 1.0f : ratio);  // also ∞/∞
  p = steep ? (kPiHalfRest - p) + kPiHalf : p;
  p = static_cast<int32_t>(ToBits(x)) < 0 ? (2.0f * kPiHalfRest - p) + 2.0f * kPiHalf : p;
  return CopySign(p, y);
}

HOST_DEVICE inline double Asin(double x) { return TSTORCH_LIBM(asin)(x); }
HOST_DEVICE inline double Acos(double x) { return TSTORCH_LIBM(acos)(x); }
HOST_DEVICE inline double Atan(double x) { return TSTORCH_LIBM(atan)(x); }
HOST_DEVICE inline double Atan2(double y, double x) { return TSTORCH_LIBM(atan2)(y, x); }

TSTORCH_END
