// Functions of one operand.
#include "core/math.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {
template <class T>
T Sign(T x) {
  return static_cast<T>((x > T(0)) - (x < T(0)));
}
template <class T>
T Magnitude(T x) {
  return static_cast<T>(x < T(0) ? -x : x);
}
float Magnitude(float x) { return Abs(x); }
double Magnitude(double x) { return Abs(x); }
}  // namespace

KERNEL(neg) {
  const auto p = ReadPointwise<2>(args);
  DispatchAll("neg", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    RunUnary<T, T>(p, [](auto x) { return -x; });
  });
}
UNARY(abs, DispatchReal, Magnitude(x))
UNARY(sign, DispatchReal, Sign(x))
UNARY(square, DispatchReal, x* x)
UNARY(relu, DispatchReal, (x < decltype(x)(0) ? decltype(x)(0) : x))
UNARY(bitwise_not, DispatchInt, ~x)

UNARY(exp, DispatchFloat, Exp(x))
UNARY(exp2, DispatchFloat, Exp2(x))
UNARY(expm1, DispatchFloat, Expm1(x))
UNARY(log, DispatchFloat, Log(x))
UNARY(log2, DispatchFloat, Log2(x))
UNARY(log10, DispatchFloat, Log10(x))
UNARY(log1p, DispatchFloat, Log1p(x))
UNARY(sqrt, DispatchFloat, Sqrt(x))
UNARY(rsqrt, DispatchFloat, decltype(x)(1) / Sqrt(x))
UNARY(reciprocal, DispatchFloat, decltype(x)(1) / x)
UNARY(sin, DispatchFloat, Sin(x))
UNARY(cos, DispatchFloat, Cos(x))
UNARY(tan, DispatchFloat, Tan(x))
UNARY(asin, DispatchFloat, Asin(x))
UNARY(acos, DispatchFloat, Acos(x))
UNARY(atan, DispatchFloat, Atan(x))
UNARY(sinh, DispatchFloat, Sinh(x))
UNARY(cosh, DispatchFloat, Cosh(x))
UNARY(tanh, DispatchFloat, Tanh(x))
UNARY(erf, DispatchFloat, Erf(x))
UNARY(erfc, DispatchFloat, Erfc(x))
UNARY(sigmoid, DispatchFloat, Sigmoid(x))
UNARY(floor, DispatchFloat, Floor(x))
UNARY(ceil, DispatchFloat, Ceil(x))
UNARY(trunc, DispatchFloat, Trunc(x))
UNARY(round, DispatchFloat, Rint(x))

/// a <= result <= b; NaN stays NaN.
UNARY_WITH(clamp, DispatchReal, Min(Max(x, a), b))

TSTORCH_END
