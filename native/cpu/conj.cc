// Complex conjugate.
#include "cpu/elementwise.h"

TSTORCH_BEGIN

KERNEL(conj) {
  const auto p = ReadPointwise<2>(args);
  if (p.operands[1].dtype == DType::complex64) {
    RunUnary<std::complex<float>, std::complex<float>>(p, [](auto x) { return std::conj(x); });
  } else {
    RunUnary<std::complex<double>, std::complex<double>>(p, [](auto x) { return std::conj(x); });
  }
}

TSTORCH_END
