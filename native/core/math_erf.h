#pragma once
// Erf, Erfc and the two forms of gelu with their derivatives.
#include "core/math_exp.h"

TSTORCH_BEGIN

/// Error 1.46.
HOST_DEVICE inline float Erf(float x) {
  constexpr float kRound = 0x1.8p23f + 127;
  const float a = Abs(x);
  const float z = a * a;
  const float excess = Poly(z, z * z, 0x1.06eba8p-3f, -0x1.812726p-2f, 0x1.ce256ap-4f, -0x1.b735eap-6f,
                            0x1.4b763p-8f, -0x1.4cd86p-11f);
  const float small = Fma(a, excess, a);
  // 1 - 2^h, h = log2(1 - erf)
  const float b = FromBits(AtMost<0x40800000u>(ToBits(a)));  // ≤ 4; NaN takes the other side
  const float h = Poly(b, b * b, -0x1.3c4c18p-13f, -0x1.a0a06cp+0f, -0x1.d62bd4p-1f, -0x1.34d5ep-3f,
                       0x1.0a23f2p-5f, -0x1.26c87p-8f, 0x1.341ba8p-12f);
  const float rounded = h + kRound;
  const float r = h - (rounded - kRound);
  const float q =
      Poly(r, r * r, 0x1.62e42ap-1f, 0x1.ebf9a2p-3f, 0x1.c6b58ep-5f, 0x1.3cf4d6p-7f, 0x1.5cc574p-10f);
  const float scale = FromBits(ToBits(rounded) << 23);
  const float large = Fma(-scale * r, q, 1.0f - scale);
  return CopySign(a >= 0.85f ? large : small, x);
}

/// e^(-scale·a²), where the rounding of a² does not count
HOST_DEVICE inline float ExpOfSquare(float a, float scale) {
  const float square = a * a;
  const float x = -scale * square;
  const float rounded = Fma(x, kLog2E, kRoundShifted);
  const float n = rounded - kRoundShifted;
  const float r = Fma(Fma(a, a, -square), -scale, Fma(n, -kLn2Lo, Fma(n, -kLn2Hi, x)));
  const float result = ScaleByPowerOf2(r, ExpSlope(r), AtLeast<kRoundBits>(ToBits(rounded)));
  return x < -104.0f ? 0.0f : result;
}

/// 1 - erf(x). Error 3.85.
HOST_DEVICE inline float Erfc(float x) {
  const float a = Abs(x);
  // e^(a²) erfc(a) = t P(t), t = 2/(a + 2)
  const float d = a + 2.0f;
  const float r = 1.0f / d;
  const float t = 2.0f * r;
  const float q =
      Poly(t, t * t, 0x1.21089cp-2f, 0x1.f5fbaap-3f, 0x1.7ceabcp-3f, 0x1.b5d3f2p-5f, 0x1.3dc7d4p-5f,
           -0x1.bfa2p-6f, -0x1.22c734p-2f, 0x1.82b93ep-2f, -0x1.844654p-3f, 0x1.2301e4p-5f);
  const float p = t * Fma(t, q, 0x1.20dbbcp-2f);
  // what d and r lost, times the derivative of log(t P) by log t
  const float lost = Fma((d - 2.0f) - a, r, Fma(-d, r, 1.0f)) * Fma(t, 1.26f, 1.0f);
  float tail = Fma(p, lost, p) * ExpOfSquare(a, 1.0f);
  tail = a == kInfinity ? 0.0f : tail;
  return x < 0.0f ? 2.0f - tail : tail;
}

/// x Φ(x), Φ the distribution function of the standard normal. Error 5.1, near 0 and in the tail
/// (sampled, 1.7·10⁸ arguments). NaN at -∞, as torch.
HOST_DEVICE inline float GeluErf(float x) {
  const float a = Abs(x);
  const float u = a / (a + 2.5f);
  const float q = Poly(u, u * u, -0x1.3e4ef4p+0f, 0x1.5b5b16p-3f, 0x1.2adf48p-2f, 0x1.caef4ap-5f,
                       -0x1.32874ep-3f, 0x1.1a3eep-3f, -0x1.40a5f2p-2f, 0x1.1e4e6ep-2f, -0x1.46bd68p-4f);
  const float w = u * Fma(u, q, 1.25f);  // a Φ(-a) e^(a²/2)
  const float step = x > 0.0f ? 1.0f : 0.0f;
  const float result = Fma(-w, ExpOfSquare(a, 0.5f), x * step);
  return x > 15.0f ? x : result;
}

/// Φ(x) + x φ(x), within 1.5·10⁻⁷; NaN at ±∞, as torch.
HOST_DEVICE inline float GeluErfGrad(float x) {
  const float a = Abs(x);
  const float r = 1.0f / (a + 3.0f);
  const float u = a * r;
  const float q = Poly(u, u * u, -0x1.0b94d8p+1f, 0x1.11aa24p+0f, 0x1.a98c76p-3f, -0x1.107ca4p-2f,
                       -0x1.6dc56ap-4f, -0x1.401a1ap-5f, 0x1.76599ep-3f, -0x1.366556p-4f);
  const float p = r * Fma(u, q, 1.5f);  // Φ(-a) e^(a²/2)
  const float tail = Fma(a, -0x1.988454p-2f, p) * ExpOfSquare(a, 0.5f);
  return x < 0.0f ? tail : 1.0f - tail;
}

/// √(2/π) and the cubic coefficient of the tanh form
constexpr double kGeluScale = 0x1.9884533d43651p-1, kGeluCubic = 0.044715;

/// x/2 · (1 + tanh u) = x · sigmoid(2u),  u = √(2/π) · (x + 0.044715 x³). Error of the float form 2.5 · (2 +
/// |2u|): u is rounded. NaN at -∞, as torch.
template <class T>
HOST_DEVICE inline T GeluTanh(T x) {
  return x * Sigmoid(x * Fma(x * x, T(2 * kGeluScale * kGeluCubic), T(2 * kGeluScale)));
}

/// s + x s (1 - s) · 2u',  s = sigmoid(2u),  2u' = 2√(2/π) · (1 + 3 · 0.044715 x²); in float within
/// 2.2·10⁻⁷. NaN at ±∞, as torch.
template <class T>
HOST_DEVICE inline T GeluTanhGrad(T x) {
  const T z = x * x;
  const T v = x * Fma(z, T(2 * kGeluScale * kGeluCubic), T(2 * kGeluScale));
  const T t = Exp(-Abs(v));
  const T d = T(1) / (T(1) + t);
  const T s = d * (x < T(0) ? t : T(1));
  const T slope = t * d * d;
  const T result = Fma(x * Fma(z, T(6 * kGeluScale * kGeluCubic), T(2 * kGeluScale)), slope, s);
  return Abs(x) > T(100) ? Fma(x, slope, s) : result;
}

HOST_DEVICE inline double Erf(double x) { return TSTORCH_LIBM(erf)(x); }
HOST_DEVICE inline double Erfc(double x) { return TSTORCH_LIBM(erfc)(x); }
HOST_DEVICE inline double GeluErf(double x) { return x * (0.5 * Erfc(x * -0x1.6a09e667f3bcdp-1)); }
HOST_DEVICE inline double GeluErfGrad(double x) {
  return 0.5 * Erfc(x * -0x1.6a09e667f3bcdp-1) + x * (0x1.9884533d43651p-2 * Exp(-0.5 * x * x));
}

TSTORCH_END
