// The inverse of erf.
#include "core/math.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {

template <int N>
double Polynomial(const double (&c)[N], double x) {
  double sum = c[N - 1];
  for (int i = N - 2; i >= 0; --i) sum = sum * x + c[i];
  return sum;
}

/// A rational approximation to 7 digits, then two steps of Newton. Source: PyTorch's calc_erfinv, after G. L. Pavlis.
double Erfinv(double y) {
  constexpr double kA[] = {0.886226899, -1.645349621, 0.914624893, -0.140543331};
  constexpr double kB[] = {1.0, -2.118377725, 1.442710462, -0.329097515, 0.012229801};
  constexpr double kC[] = {-1.970840454, -1.624906493, 3.429567803, 1.641345311};
  constexpr double kD[] = {1.0, 3.543889200, 1.637067800};
  constexpr double kTwoOverSqrtPi = 1.1283791670955126;
  const double a = Abs(y);
  if (!(a <= 1)) return kNaN;
  if (a == 1) return CopySign(static_cast<double>(kInfinity), y);
  double x;
  if (a <= 0.7) {
    x = y * Polynomial(kA, y * y) / Polynomial(kB, y * y);
  } else {
    const double z = Sqrt(-Log((1 - a) / 2));
    x = CopySign(Polynomial(kC, z), y) / Polynomial(kD, z);
  }
  for (int step = 0; step < 2; ++step) x -= (Erf(x) - y) / (kTwoOverSqrtPi * Exp(-x * x));
  return x;
}

}  // namespace

UNARY(erfinv, DispatchFloat, static_cast<decltype(x)>(Erfinv(static_cast<double>(x))))

TSTORCH_END
