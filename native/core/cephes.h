#pragma once
// log, sin and cos in float arithmetic with the polynomials of the Cephes library, as PyTorch's AVX2 kernel of `normal_`
// computes them (ATen/native/cpu/avx_mathfun.h, zlib licence, J. Pommier and G. Garberoglio): the same bits, lane by
// lane, at any vector width. The formulas are explained in reference/random/cephes.ts.
#include "core/math_basic.h"

TSTORCH_BEGIN

/// log x for a normal x > 0
inline float CephesLog(float x) {
  const uint32_t bits = ToBits(x);
  const float m = FromBits((bits & 0x007fffffu) | 0x3f000000u);  // in [½, 1)
  const bool small = m < 0x1.6a09e6p-1f;
  const float e = static_cast<float>(static_cast<int32_t>(bits >> 23) - 126) - (small ? 1.0f : 0.0f);
  const float t = (m - 1.0f) + (small ? m : 0.0f);
  const float square = t * t;
  float y = 7.0376836292e-2f;
  y = Fma(y, t, -1.151461031e-1f);
  y = Fma(y, t, 1.167699874e-1f);
  y = Fma(y, t, -1.2420140846e-1f);
  y = Fma(y, t, 1.4249322787e-1f);
  y = Fma(y, t, -1.6668057665e-1f);
  y = Fma(y, t, 2.0000714765e-1f);
  y = Fma(y, t, -2.4999993993e-1f);
  y = Fma(y, t, 3.3333331174e-1f);
  y = Fma(y * t, square, e * -2.12194440e-4f);
  y -= 0.5f * square;
  return Fma(e, 0.693359375f, t + y);
}

struct SinCos {
  float sin, cos;
};

/// sin x and cos x for 0 <= x <= 8192
inline SinCos CephesSinCos(float x) {
  const int32_t octant = (static_cast<int32_t>(x * 1.27323954473516f) + 1) & ~1;
  const float n = static_cast<float>(octant);
  float t = Fma(n, -0.78515625f, x);
  t = Fma(n, -2.4187564849853515625e-4f, t);
  t = Fma(n, -3.77489497744594108e-8f, t);
  const float square = t * t;
  const float c = Fma(Fma(2.443315711809948e-5f, square, -1.388731625493765e-3f), square, 4.166664568298827e-2f);
  const float cosine = Fma(c * square, square, -0.5f * square) + 1.0f;
  const float s = Fma(Fma(-1.9515295891e-4f, square, 8.3321608736e-3f), square, -1.6666654611e-1f);
  const float sine = Fma(s * square, t, t);
  const bool swapped = (octant & 2) != 0;
  const uint32_t sin_sign = static_cast<uint32_t>(octant & 4) << 29;
  const uint32_t cos_sign = static_cast<uint32_t>(~(octant - 2) & 4) << 29;
  return {FromBits(ToBits(swapped ? cosine : sine) ^ sin_sign), FromBits(ToBits(swapped ? sine : cosine) ^ cos_sign)};
}

TSTORCH_END
