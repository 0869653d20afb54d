// Functions of complex numbers, by the C library's: results for infinities and on branch cuts are those of C99, annex G.
#include <complex>

#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {

template <class F>
void DispatchComplex(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::complex64: return f(Type<std::complex<float>>{});
    case DType::complex128: return f(Type<std::complex<double>>{});
    default: UnsupportedDType(op);
  }
}

/// z / |z|; 0 at 0.
template <class R>
std::complex<R> Direction(std::complex<R> z) {
  const R size = std::abs(z);
  return size == 0 ? std::complex<R>(0) : z / size;
}

/// The logarithm's rounding error is multiplied by the exponent: in float it would cost half of the digits.
std::complex<float> Power(std::complex<float> x, std::complex<float> y) {
  return std::complex<float>(std::pow(std::complex<double>(x), std::complex<double>(y)));
}
std::complex<double> Power(std::complex<double> x, std::complex<double> y) { return std::pow(x, y); }

/// x + a·y
template <class R>
std::complex<R> Scaled(std::complex<R> x, std::complex<R> y, R re, R im) {
  return x + std::complex<R>(re, im) * y;
}

}  // namespace

#define COMPLEX(name, expression) UNARY(name##_complex, DispatchComplex, static_cast<decltype(x)>(expression))

COMPLEX(square, x* x)
COMPLEX(exp, std::exp(x))
COMPLEX(log, std::log(x))
COMPLEX(log2, std::log(x) / decltype(x)(0.693147180559945309417))
COMPLEX(log10, std::log10(x))
COMPLEX(sqrt, std::sqrt(x))
COMPLEX(rsqrt, decltype(x)(1) / std::sqrt(x))
COMPLEX(reciprocal, decltype(x)(1) / x)
COMPLEX(sin, std::sin(x))
COMPLEX(cos, std::cos(x))
COMPLEX(tan, std::tan(x))
COMPLEX(asin, std::asin(x))
COMPLEX(acos, std::acos(x))
COMPLEX(atan, std::atan(x))
COMPLEX(sinh, std::sinh(x))
COMPLEX(cosh, std::cosh(x))
COMPLEX(tanh, std::tanh(x))
COMPLEX(asinh, std::asinh(x))
COMPLEX(acosh, std::acosh(x))
COMPLEX(atanh, std::atanh(x))
COMPLEX(sigmoid, decltype(x)(1) / (decltype(x)(1) + std::exp(-x)))
COMPLEX(sgn, Direction(x))
BINARY(pow_complex, DispatchComplex, Power(x, y))

KERNEL(abs_complex) {
  const auto p = ReadPointwise<2>(args);
  DispatchComplex("abs", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    RunUnary<typename T::value_type, T>(p, [](T x) { return std::abs(x); });
  });
}

/// x + a·y for a complex number a, given as its parts.
KERNEL(add_scaled_complex) {
  const auto p = ReadPointwise<3>(args);
  const double re = args.number(), im = args.number();
  DispatchComplex("add_scaled", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using R = typename T::value_type;
    const R a = static_cast<R>(re), b = static_cast<R>(im);
    RunBinary<T, T>(p, [=](T x, T y) { return Scaled(x, y, a, b); });
  });
}

TSTORCH_END
