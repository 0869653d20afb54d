// Orthogonal polynomials p_n(x): by their recurrences, Chebyshev's of high degree by angles.
#include "cpu/special.h"

#include <math.h>

TSTORCH_BEGIN

namespace {

/// The n-th member of the sequence p₀ = 1, p₁ = first, pₖ₊₁ = next(k, pₖ, pₖ₋₁); 0 for n < 0.
template <class Next>
double Recurrence(double degree, double first, Next next) {
  const int64_t n = static_cast<int64_t>(degree);
  if (n < 0) return 0;
  if (n == 0) return 1;
  double before = 1, at = first;
  for (int64_t k = 1; k < n && at == at; ++k) {
    const double after = next(static_cast<double>(k), at, before);
    before = at;
    at = after;
  }
  return at;
}

/// Beyond this degree Chebyshev's polynomials are computed from angles inside [−1, 1], in constant time.
constexpr double kByAngle = 8;

/// T, U, V, W share the recurrence 2x·pₖ − pₖ₋₁.
template <class Angle>
double Chebyshev(double x, double n, double first, Angle by_angle) {
  if (Trunc(n) > kByAngle && Abs(x) < 1) return by_angle(Trunc(n), acos(x));
  return Recurrence(n, first, [x](double, double at, double before) { return (x + x) * at - before; });
}

bool IsOdd(double n) { return fmod(Trunc(n), 2) != 0; }

double ChebyshevT(double x, double n) {
  if (n >= 0 && Abs(x) == 1) return x < 0 && IsOdd(n) ? -1 : 1;
  return Chebyshev(x, n, x, [](double k, double angle) { return cos(k * angle); });
}
double ChebyshevU(double x, double n) {
  if (n >= 0 && Abs(x) == 1) return (Trunc(n) + 1) * (x < 0 && IsOdd(n) ? -1 : 1);
  return Chebyshev(x, n, x + x, [](double k, double angle) { return sin((k + 1) * angle) / sin(angle); });
}
double ChebyshevV(double x, double n) {
  if (n >= 0 && Abs(x) == 1) return x > 0 ? 1 : (2 * Trunc(n) + 1) * (IsOdd(n) ? -1 : 1);
  return Chebyshev(x, n, x + x - 1, [](double k, double angle) { return cos((k + 0.5) * angle) / cos(angle / 2); });
}
double ChebyshevW(double x, double n) {
  if (n >= 0 && Abs(x) == 1) return x > 0 ? 2 * Trunc(n) + 1 : IsOdd(n) ? -1 : 1;
  return Chebyshev(x, n, x + x + 1, [](double k, double angle) { return sin((k + 0.5) * angle) / sin(angle / 2); });
}

double HermiteH(double x, double n) {
  return Recurrence(n, x + x, [x](double k, double at, double before) { return (x + x) * at - 2 * k * before; });
}
double HermiteHe(double x, double n) {
  return Recurrence(n, x, [x](double k, double at, double before) { return x * at - k * before; });
}
double LaguerreL(double x, double n) {
  if (n >= 0 && x == 0) return 1;
  return Recurrence(n, 1 - x, [x](double k, double at, double before) {
    return ((2 * k + 1 - x) * at - k * before) / (k + 1);
  });
}
double LegendreP(double x, double n) {
  if (n >= 0 && Abs(x) == 1) return x < 0 && IsOdd(n) ? -1 : 1;
  return Recurrence(n, x, [x](double k, double at, double before) {
    return ((2 * k + 1) * x * at - k * before) / (k + 1);
  });
}

/// The shifted polynomials are those of 2x − 1.
template <double (*P)(double, double)>
double Shifted(double x, double n) {
  return P(2 * x - 1, n);
}

}  // namespace

SPECIAL2(special_chebyshev_polynomial_t, ChebyshevT)
SPECIAL2(special_chebyshev_polynomial_u, ChebyshevU)
SPECIAL2(special_chebyshev_polynomial_v, ChebyshevV)
SPECIAL2(special_chebyshev_polynomial_w, ChebyshevW)
SPECIAL2(special_hermite_polynomial_h, HermiteH)
SPECIAL2(special_hermite_polynomial_he, HermiteHe)
SPECIAL2(special_laguerre_polynomial_l, LaguerreL)
SPECIAL2(special_legendre_polynomial_p, LegendreP)
SPECIAL2(special_shifted_chebyshev_polynomial_t, Shifted<ChebyshevT>)
SPECIAL2(special_shifted_chebyshev_polynomial_u, Shifted<ChebyshevU>)
SPECIAL2(special_shifted_chebyshev_polynomial_v, Shifted<ChebyshevV>)
SPECIAL2(special_shifted_chebyshev_polynomial_w, Shifted<ChebyshevW>)

TSTORCH_END
