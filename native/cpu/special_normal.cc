// Functions of the normal distribution: the scaled complementary error function, quantiles, the logarithm of the cdf.
#include "cpu/special.h"

#include <math.h>

TSTORCH_BEGIN

namespace {

constexpr double kSqrt2 = 1.41421356237309504880;
constexpr double kSqrtPi = 1.77245385090551602730;

/// exp(x²): the square is split, because its rounding error would be multiplied by x².
double ExpSquare(double x) {
  const double square = x * x;
  return exp(square) * (1 + Fma(x, x, -square));
}

}  // namespace

/// exp(x²)·erfc x; from 5 on by the continued fraction of erfc, whose exponential it lacks.
double Erfcx(double x) {
  if (x < -26.7) return kInf;
  if (x < 5) return ExpSquare(x) * erfc(x);
  double tail = x;
  for (int k = 32; k > 0; --k) tail = x + 0.5 * k / tail;
  return 1 / (kSqrtPi * tail);
}

namespace {

template <int N>
double Horner(const double (&c)[N], double x) {
  double sum = c[0];
  for (int i = 1; i < N; ++i) sum = sum * x + c[i];
  return sum;
}

/// The quantile to nine digits, for 0 < p <= 1/2. Source: P. J. Acklam's rational approximation.
double RoughQuantile(double p) {
  constexpr double kA[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                           1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double kB[] = {-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                           6.680131188771972e+01,  -1.328068155288572e+01, 1.0};
  constexpr double kC[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                           -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double kD[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1.0};
  if (p < 0.02425) {
    const double t = sqrt(-2 * log(p));
    return Horner(kC, t) / Horner(kD, t);
  }
  const double t = p - 0.5;
  return t * Horner(kA, t * t) / Horner(kB, t * t);
}

/// x with Φ(x) = p, for 0 < p <= 1/2: two steps of Newton on log Φ, which is nearly a parabola.
double LowerQuantile(double p) {
  double x = RoughQuantile(p);
  const double target = log(p);
  for (int step = 0; step < 2; ++step) {
    const double scaled = Erfcx(-x / kSqrt2) / 2;  // Φ(x)·exp(x²/2)
    const double slope = 1 / (scaled * sqrt(2 * kPi));
    x -= (log(scaled) - x * x / 2 - target) / slope;
  }
  return x;
}

double Ndtri(double p) {
  if (!(p >= 0 && p <= 1)) return kNotANumber;
  if (p == 0) return -kInf;
  if (p == 1) return kInf;
  if (p == 0.5) return 0;
  return p < 0.5 ? LowerQuantile(p) : -LowerQuantile(1 - p);
}

double LogNdtr(double x) {
  const double t = x / kSqrt2;
  return x < -1 ? log(Erfcx(-t) / 2) - t * t : log1p(-erfc(t) / 2);
}

}  // namespace

SPECIAL(special_erfcx, Erfcx)
SPECIAL(special_ndtri, Ndtri)
SPECIAL(special_log_ndtr, LogNdtr)

TSTORCH_END
