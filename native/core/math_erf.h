#pragma once
// Erf, Erfc and the two forms of gelu with their derivatives.
#include "core/math_exp.h"

TSTORCH_BEGIN

HOST_DEVICE inline float Erf(float x) {
  const float a = Abs(x);
  const float z = a * a;
  const float small = Fma(a, Poly(z, 0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2ce6p-4f, -0x1.b7f71ap-6f, 0x1.53f224p-8f,
                                  -0x1.a3515ep-11f, 0x1.4771fep-14f), a);
  const float b = 4.0f < a ? 4.0f : a;
  // -log2(1 - erf)
  const float h = Poly(b, -0x1.1d1a58p-12f, 0x1.a13014p+0f, 0x1.d3bb4ap-1f, 0x1.405912p-3f, -0x1.29f3p-5f, 0x1.8d9a14p-8f,
                       -0x1.4dec7ep-11f, 0x1.06973ep-15f);
  const float large = 1.0f - Exp2(-h);
  return CopySign(a < 1.0f ? small : large, x);
}

/// e^(a²) · erfc(a) for 0 ≤ a ≤ 10.1
HOST_DEVICE inline float Erfcx(float a) {
  const float r = 1.0f / (a + 2.0f);
  const float u = a * r;
  const float p = Poly(u, 1.0f, -0x1.41baf4p+0f, 0x1.f2310ep-2f, 0x1.b057dp-3f, -0x1.7f3d6ep-4f, -0x1.f59874p-4f, 0x1.6d61e2p-4f,
                       -0x1.57a61p-3f, 0x1.0d9cdcp-2f, -0x1.4c3374p-3f, 0x1.1cbb12p-5f);
  return 2.0f * r * p;
}

/// e^(-scale·a²), where the rounding of a² does not count
HOST_DEVICE inline float ExpOfSquare(float a, float scale) {
  const float s = a * a;
  const float rest = Fma(a, a, -s);
  const float e = Exp(-scale * s);
  return Fma(e, -scale * rest, e);
}

/// 1 - erf(x)
HOST_DEVICE inline float Erfc(float x) {
  float a = Abs(x);
  a = 10.1f < a ? 10.1f : a;
  const float tail = ExpOfSquare(a, 1.0f) * Erfcx(a);
  return x < 0.0f ? 2.0f - tail : tail;
}

/// Φ(-a) = erfc(a/√2) / 2 and φ(a) = e^(-a²/2) / √2π, for a ≥ 0
struct NormalParts {
  float tail;
  float density;
};
HOST_DEVICE inline NormalParts NormalTail(float a) {
  a = 14.25f < a ? 14.25f : a;
  const float e = ExpOfSquare(a, 0.5f);
  return {0.5f * e * Erfcx(a * 0x1.6a09e6p-1f), 0x1.988454p-2f * e};
}

/// x Φ(x), Φ the distribution function of the standard normal
HOST_DEVICE inline float GeluErf(float x) {
  const float tail = NormalTail(Abs(x)).tail;
  return x * (x < 0.0f ? tail : 1.0f - tail);
}

/// Φ(x) + x φ(x)
HOST_DEVICE inline float GeluErfGrad(float x) {
  const NormalParts p = NormalTail(Abs(x));
  return Fma(x, p.density, x < 0.0f ? p.tail : 1.0f - p.tail);
}

/// √(2/π) and the cubic coefficient of the tanh form
constexpr double kGeluScale = 0x1.9884533d43651p-1, kGeluCubic = 0.044715;

/// x/2 · (1 + tanh u) = x · sigmoid(2u),  u = √(2/π) · (x + 0.044715 x³)
template <class T>
HOST_DEVICE inline T GeluTanh(T x) {
  return x * Sigmoid(x * Fma(x * x, T(2 * kGeluScale * kGeluCubic), T(2 * kGeluScale)));
}

/// s + x s (1 - s) · 2u',  s = sigmoid(2u),  2u' = 2√(2/π) · (1 + 3 · 0.044715 x²)
template <class T>
HOST_DEVICE inline T GeluTanhGrad(T x) {
  const T z = x * x;
  const T v = x * Fma(z, T(2 * kGeluScale * kGeluCubic), T(2 * kGeluScale));
  const T t = Exp(-Abs(v));
  const T d = T(1) / (T(1) + t);
  const T s = (v >= T(0) ? T(1) : t) * d;
  return Fma(x * Fma(z, T(6 * kGeluScale * kGeluCubic), T(2 * kGeluScale)), t * d * d, s);
}

HOST_DEVICE inline double Erf(double x) { return TSTORCH_LIBM(erf)(x); }
HOST_DEVICE inline double Erfc(double x) { return TSTORCH_LIBM(erfc)(x); }
HOST_DEVICE inline double GeluErf(double x) { return x * (0.5 * Erfc(x * -0x1.6a09e667f3bcdp-1)); }
HOST_DEVICE inline double GeluErfGrad(double x) {
  return 0.5 * Erfc(x * -0x1.6a09e667f3bcdp-1) + x * (0x1.9884533d43651p-2 * Exp(-0.5 * x * x));
}

TSTORCH_END
