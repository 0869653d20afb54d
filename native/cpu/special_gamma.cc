// The gamma function, its logarithmic derivatives, and Hurwitz's zeta function.
#include "cpu/special.h"

#include <math.h>

TSTORCH_BEGIN

double LogGamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

/// ψ(x) ~ ln x − 1/(2x) − Σ B₂ₖ/(2k·x²ᵏ), once recurrence has brought x to 10; reflected for x < 0.
double Digamma(double x) {
  if (x == 0) return CopySign(kInf, -x);
  if (x < 0) {
    if (IsWhole(x)) return kNotANumber;
    return Digamma(1 - x) - kPi / tan(kPi * (x - rint(x)));
  }
  double sum = 0;
  for (; x < 10; x += 1) sum -= 1 / x;
  constexpr double kTerms[] = {1.0 / 12,         -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132,
                               -691.0 / 32760.0, 1.0 / 12};  // B₂ₖ/2k
  const double z = 1 / (x * x);
  double tail = 0;
  for (int k = 6; k >= 0; --k) tail = (tail + kTerms[k]) * z;
  return sum + log(x) - 0.5 / x - tail;
}

namespace {

/// ζ(s, q) for s > 1, q > 0, by the formula of Euler and Maclaurin after nine terms.
double PositiveZeta(double s, double q) {
  constexpr int kHead = 9;
  constexpr double kTerms[] = {1.0 / 12,           -1.0 / 720,          1.0 / 30240,         -1.0 / 1209600,
                               1.0 / 47900160,     -691.0 / 1307674368000.0, 1.0 / 74724249600.0,
                               -3617.0 / 10670622842880000.0};  // B₂ₖ/(2k)!
  double sum = 0;
  for (int i = 0; i < kHead; ++i) {
    const double term = pow(q + i, -s);
    sum += term;
    if (term < kTiny * sum) return sum;
  }
  const double a = q + kHead;
  const double last = pow(a, -s);
  sum += pow(a, 1 - s) / (s - 1) + 0.5 * last;
  if (last == 0) return sum;
  double factor = last * s / a;  // s(s+1)...(s+2k−2)·a^(−s−2k+1)
  for (int k = 0; k < 8; ++k) {
    sum += kTerms[k] * factor;
    factor *= (s + 2 * k + 1) / a * ((s + 2 * k + 2) / a);
  }
  return sum;
}

}  // namespace

/// Negative q, where s must be whole, is brought to positive ones: Σⱼ (−j + f)^−s over 1 <= j <= m is a difference of two.
double Zeta(double s, double q) {
  if (s != s || q != q) return kNotANumber;
  if (s == 1) return kInf;
  if (s < 1) return kNotANumber;
  if (q == kInf || (s == kInf && q > 1)) return 0;
  if (q > 0) return PositiveZeta(s, q);
  if (IsWhole(q)) return kInf;
  if (!IsWhole(s)) return kNotANumber;
  const double sign = fmod(s, 2) == 0 ? 1 : -1;
  return PositiveZeta(s, q - Floor(q)) + sign * (PositiveZeta(s, Ceil(q) - q) - PositiveZeta(s, 1 - q));
}

/// ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n + 1, x)
double Polygamma(int64_t n, double x) {
  if (n == 0) return Digamma(x);
  const double order = static_cast<double>(n);
  return (n % 2 != 0 ? 1 : -1) * exp(LogGamma(order + 1)) * Zeta(order + 1, x);
}

namespace {

/// ln(x/a) − (x − a)/a, without cancellation near x = a.
double LogMinus(double a, double x) {
  const double t = (x - a) / a;
  if (Abs(t) > 0.3) return log(x / a) - t;
  double sum = 0;
  double power = t;
  for (int k = 2; k < 40; ++k) {
    power *= -t;
    const double term = power / k;
    sum += term;
    if (Abs(term) <= kTiny * Abs(sum)) break;
  }
  return sum;
}

/// xᵃ e⁻ˣ / Γ(a + 1); for large a by Stirling's series, whose exponent does not cancel.
double GammaDensity(double a, double x) {
  if (a < 20) return exp(a * log(x) - x - LogGamma(a + 1));
  const double z = 1 / (a * a);
  const double stirling = (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z / 1680))) / a;
  return exp(a * LogMinus(a, x) - stirling) / sqrt(2 * kPi * a);
}

/// P(a, x) = xᵃ e⁻ˣ/Γ(a + 1) · Σ xⁿ/((a + 1)...(a + n))
double LowerSeries(double a, double x) {
  double term = 1, sum = 1;
  for (double n = 1; term > kTiny * sum; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return GammaDensity(a, x) * sum;
}

/// Q(a, x) = xᵃ e⁻ˣ/Γ(a) · 1/(x + 1 − a − 1(1 − a)/(x + 3 − a − ...)), by Lentz's method.
double UpperFraction(double a, double x) {
  double b = x + 1 - a;
  double d = 1 / b, c = 1 / 1e-300, h = d;
  for (double n = 1;; ++n) {
    const double top = n * (a - n);
    b += 2;
    d = 1 / (top * d + b);
    c = b + top / c;
    const double ratio = c * d;
    h *= ratio;
    if (Abs(ratio - 1) < 2 * kTiny || n > 1e6) break;
  }
  return GammaDensity(a, x) * a * h;
}

/// ln Γ(1 + a) for a >= 0, where 1 + a would be rounded by its Taylor series.
double LogGammaOnePlus(double a) {
  if (a > 1e-3) return LogGamma(1 + a);
  constexpr double kZeta[] = {1.6449340668482264 / 2, 1.2020569031595943 / 3, 1.0823232337111382 / 4,
                              1.0369277551433699 / 5};  // ζ(k)/k
  return a * (a * (kZeta[0] - a * (kZeta[1] - a * (kZeta[2] - a * kZeta[3]))) - kEulerGamma);
}

/// Q(a, x) for small a and x, where 1 − P would cancel: 1 − xᵃ/Γ(a + 1) − xᵃ/Γ(a) Σ (−x)ⁿ/((a + n)·n!)
double UpperSeries(double a, double x) {
  double factor = 1, sum = 0;
  for (int n = 1; n < 100; ++n) {
    factor *= -x / n;
    const double term = factor / (a + n);
    sum += term;
    if (Abs(term) <= kTiny * Abs(sum)) break;
  }
  const double exponent = a * log(x) - LogGammaOnePlus(a);
  return -expm1(exponent) - a * exp(exponent) * sum;
}

/// From here on the series and the fraction would take thousands of terms.
constexpr double kLarge = 1e5;

/// Q(a, x) for sign 1, P(a, x) for −1, for a >= kLarge: ½ erfc(±η√(a/2)) ± e^{−aη²/2}/√(2πa)·(C₀(η) + C₁(η)/a) with
/// ½η² = (x − a)/a − ln(x/a). Where η is not small, both are 0 or 1. Source: Temme; DLMF 8.12.
double LargeOrder(double a, double x, double sign) {
  const double half = -LogMinus(a, x);  // η²/2
  if (half > 1) return (x > a) == (sign > 0) ? 0 : 1;
  const double eta = CopySign(sqrt(2 * half), x - a);
  const double c0 =
      -1.0 / 3 + eta * (1.0 / 12 - eta * (2.0 / 135 - eta * (1.0 / 864 + eta * (1.0 / 2835 - eta * (139.0 / 777600)))));
  const double c1 = -1.0 / 540 - eta * (1.0 / 288 - eta * (1.0 / 378));
  const double rest = exp(-a * half) / sqrt(2 * kPi * a) * (c0 + c1 / a);
  return erfc(sign * eta * sqrt(a / 2)) / 2 + sign * rest;
}

/// Which of the two is computed, so that the other, by subtraction, is not the small one.
bool UpperFirst(double a, double x) { return x > 1.1 && x > a; }
bool SmallUpper(double a, double x) { return x <= 1.1 && (x > 0.5 ? a < 1.1 * x : a * log(x) > -0.4); }

/// Regularised incomplete gamma functions: P(a, x), and Q = 1 − P.
double Igamma(double a, double x) {
  if (!(a >= 0) || !(x >= 0)) return kNotANumber;
  if (a == 0) return x > 0 ? 1 : kNotANumber;
  if (x == 0) return 0;
  if (a == kInf) return x == kInf ? kNotANumber : 0;
  if (x == kInf) return 1;
  if (a >= kLarge) return LargeOrder(a, x, -1);
  return UpperFirst(a, x) ? 1 - UpperFraction(a, x) : LowerSeries(a, x);
}

double Igammac(double a, double x) {
  if (!(a >= 0) || !(x >= 0)) return kNotANumber;
  if (a == 0) return x > 0 ? 0 : kNotANumber;
  if (x == 0) return 1;
  if (a == kInf) return x == kInf ? kNotANumber : 1;
  if (x == kInf) return 0;
  if (a >= kLarge) return LargeOrder(a, x, 1);
  if (UpperFirst(a, x)) return UpperFraction(a, x);
  return SmallUpper(a, x) ? UpperSeries(a, x) : 1 - LowerSeries(a, x);
}

}  // namespace

SPECIAL(lgamma, LogGamma)
SPECIAL(digamma, Digamma)
SPECIAL2(special_zeta, Zeta)
SPECIAL2(igamma, Igamma)
SPECIAL2(igammac, Igammac)
UNARY_WITH(polygamma, DispatchFloat,
           static_cast<decltype(x)>(Polygamma(static_cast<int64_t>(a), static_cast<double>(x))))

TSTORCH_END
