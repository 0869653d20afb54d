// Bessel functions of integer order and Airy's function.
#include "cpu/special.h"

#include <math.h>

TSTORCH_BEGIN

namespace {

constexpr double kLn2 = 0.69314718055994530942;

/// e⁻ˣ Iₙ(x) for n = 0, 1, x >= 0. All terms of the power series are positive; from 20 on the asymptotic series reaches
/// the last bit: √(2πx) e⁻ˣ Iₙ(x) ~ Σ Π ((2j − 1)² − 4n²)/(8jx).
double ScaledI(int n, double x) {
  if (x == kInf) return 0;
  double term = 1, sum = 1;
  if (x < 20) {
    const double square = x * x / 4;
    for (int k = 1; term > kTiny * sum; ++k) sum += term *= square / (k * static_cast<double>(k + n));
    return exp(-x) * sum * (n == 0 ? 1 : x / 2);
  }
  for (int k = 1; k < 40 && Abs(term) > kTiny * sum; ++k)
    sum += term *= ((2 * k - 1) * (2 * k - 1) - 4 * n * n) / (8.0 * k * x);
  return sum / (sqrt(2 * kPi) * sqrt(x));  // 2πx may overflow
}

double I0e(double x) { return ScaledI(0, Abs(x)); }
double I1e(double x) { return CopySign(ScaledI(1, Abs(x)), x); }
/// Halves of the exponential keep eˣ finite where Iₙ is.
double I0(double x) { return I0e(x) * exp(Abs(x) / 2) * exp(Abs(x) / 2); }
double I1(double x) { return I1e(x) * exp(Abs(x) / 2) * exp(Abs(x) / 2); }

/// Kₙ(x) for n = 0, 1 and 0 < x <= 1: the logarithm of its power series is written out.
double SmallK(int n, double x) {
  const double square = x * x / 4;
  double term = 1, harmonic = n == 0 ? 0 : 0.5, sum = 0, bessel = 0;
  for (int k = 0; k < 20; ++k) {
    bessel += term;
    sum += term * (harmonic - kEulerGamma);
    term *= square / ((k + 1) * static_cast<double>(k + 1 + n));
    harmonic += n == 0 ? 1.0 / (k + 1) : 0.5 / (k + 1) + 0.5 / (k + 2);
  }
  const double log_half = log(x) - kLn2;  // x/2 may be 0
  return n == 0 ? sum - log_half * bessel : 1 / x + x / 2 * (log_half * bessel - sum);
}

/// eˣ Kₙ(x) = ∫₀^∞ exp(−x(cosh t − 1)) cosh(νt) dt. The trapezoidal rule with step h errs by about exp(−π²/h), and by
/// exp(−2π²/(xh²)) where x is large and the integrand nearly Gaussian.
double ScaledK(double order, double x) {
  const double step = x < 16 ? 0.15 : 0.6 / sqrt(x);
  double sum = 0.5;
  for (double t = step;; t += step) {
    const double s = sinh(t / 2);
    const double term = exp(-2 * x * s * s) * cosh(order * t);
    sum += term;
    if (term < kTiny * sum) return step * sum;
  }
}

/// The trapezoidal rule has few points left under a narrow peak; there is the asymptotic series, as for I.
double LargeScaledK(int n, double x) {
  double term = 1, sum = 1;
  for (int k = 1; k < 40 && Abs(term) > kTiny * sum; ++k)
    sum += term *= (4 * n * n - (2 * k - 1) * (2 * k - 1)) / (8.0 * k * x);
  return sum * sqrt(kPi / 2 / x);
}

template <int n, bool scaled>
double K(double x) {
  if (!(x >= 0)) return kNotANumber;
  if (x == 0) return kInf;
  if (x == kInf) return 0;
  if (x <= 1) return SmallK(n, x) * (scaled ? exp(x) : 1);
  return (x < 20 ? ScaledK(n, x) : LargeScaledK(n, x)) * (scaled ? 1 : exp(-x));
}

double J0(double x) { return x - x == 0 ? j0(x) : x == x ? 0 : x; }
double J1(double x) { return x - x == 0 ? j1(x) : x == x ? 0 : x; }
template <double (*Y)(double)>
double SecondKind(double x) {
  if (!(x >= 0)) return kNotANumber;
  return x == 0 ? -kInf : Y(x);
}

double SphericalJ0(double x) {
  if (x - x != 0) return x == x ? 0 : x;
  return x == 0 ? 1 : sin(x) / x;
}

/// Ai(x) = Ai(0)·f − |Ai′(0)|·g with the Maclaurin series f and g, in extended precision: they cancel away from 0.
double AirySeries(double at) {
  const long double x = at, cube = x * x * x;
  long double f = 1, g = x, term_f = 1, term_g = x;
  for (int k = 1; k < 100; ++k) {
    term_f *= cube / ((3 * k - 1) * (3 * k));
    term_g *= cube / ((3 * k) * (3 * k + 1));
    f += term_f;
    g += term_g;
    if (fabsl(term_f) + fabsl(term_g) < 1e-22L) break;
  }
  return static_cast<double>(0.355028053887817239260063186004L * f - 0.258819403792806798405183560189L * g);
}

/// For x < −8: π^−½ |x|^−¼ (cos(ζ − π/4) P + sin(ζ − π/4) Q) with ζ = ⅔|x|^{3/2}. Source: DLMF 9.7.9.
double AiryOscillating(double x) {
  const double z = -x, zeta = 2 * z * sqrt(z) / 3;
  double even = 1, odd = 0, term = 1;
  for (int k = 1; k < 30; ++k) {
    const double next = term * (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216.0 * k * (2 * k - 1) * zeta);
    if (next > term || next < kTiny) break;
    term = next;
    (k % 2 == 0 ? even : odd) += k % 4 < 2 ? term : -term;
  }
  const double angle = zeta - kPi / 4;
  return (cos(angle) * even + sin(angle) * odd) / (sqrt(kPi) * sqrt(sqrt(z)));
}

double AiryAi(double x) {
  if (x != x || x == kInf || x == -kInf) return kNotANumber;
  if (x > 103.892) return 0;
  if (x < -8) return AiryOscillating(x);
  if (x < 1) return AirySeries(x);
  const double zeta = 2 * x * sqrt(x) / 3;
  return sqrt(x / 3) / kPi * ScaledK(1.0 / 3, zeta) * exp(-zeta);
}

}  // namespace

SPECIAL(i0, I0)
SPECIAL(special_i0e, I0e)
SPECIAL(special_i1, I1)
SPECIAL(special_i1e, I1e)
SPECIAL(special_bessel_j0, J0)
SPECIAL(special_bessel_j1, J1)
SPECIAL(special_bessel_y0, SecondKind<y0>)
SPECIAL(special_bessel_y1, SecondKind<y1>)
SPECIAL(special_modified_bessel_k0, (K<0, false>))
SPECIAL(special_modified_bessel_k1, (K<1, false>))
SPECIAL(special_scaled_modified_bessel_k0, (K<0, true>))
SPECIAL(special_scaled_modified_bessel_k1, (K<1, true>))
SPECIAL(special_spherical_bessel_j0, SphericalJ0)
SPECIAL(special_airy_ai, AiryAi)

TSTORCH_END
