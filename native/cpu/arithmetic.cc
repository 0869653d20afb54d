// Arithmetic of two and three operands.
#include "core/functions.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {

/// Integer division by zero is an error, found before anything is written.
template <class T>
void CheckDivisor(const Pointwise<3>& p) {
  if constexpr (kIsInteger<T>) {
    Pointwise<1> divisor;
    divisor.ndim = p.ndim;
    for (int d = 0; d < p.ndim; ++d) divisor.sizes[d] = p.sizes[d];
    divisor.operands[0] = p.operands[2];
    bool zero = false;
    ForEachRun<1>(divisor, {sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
      const T* y = reinterpret_cast<const T*>(at[0]);
      for (int64_t i = 0; i < n; ++i)
        if (y[i * s[0]] == 0) zero = true;
    });
    if (zero) throw Error("ZeroDivisionError");
  }
}

}  // namespace

#define DIVISION(name, function)                                                                             \
  KERNEL(name) {                                                                                             \
    const auto p = ReadPointwise<3>(args);                                                                   \
    DispatchReal(#name, p.operands[1].dtype, [&](auto type) {                                                \
      using T = typename decltype(type)::type;                                                               \
      if constexpr (sizeof(Compute<T>) == sizeof(T)) CheckDivisor<Compute<T>>(p);                            \
      RunBinary<T, T>(p, [](Compute<T> x, Compute<T> y) { return function<Compute<T>>(x, y); });             \
    });                                                                                                      \
  }


BINARY(add, DispatchAll, x + y)
BINARY(sub, DispatchAll, x - y)
BINARY(mul, DispatchAll, x* y)
KERNEL(div) {
  const auto p = ReadPointwise<3>(args);
  const auto run = [&](auto type) {
    using T = typename decltype(type)::type;
    RunBinary<T, T>(p, [](auto x, auto y) { return x / y; });
  };
  switch (p.operands[1].dtype) {
    case DType::complex64: return run(Type<std::complex<float>>{});
    case DType::complex128: return run(Type<std::complex<double>>{});
    default: DispatchFloat("div", p.operands[1].dtype, run);
  }
}

#include "core/rows/arithmetic.h"

/// Both operands are read whatever the condition is: that needs no jumps.
template <class T, class X, class Y>
void Choose(T* out, const uint8_t* condition, int64_t n, X x, Y y) {
  TSTORCH_INDEPENDENT
  for (int64_t i = 0; i < n; ++i) {
    const T a = x(i), b = y(i);
    out[i] = condition[i] != 0 ? a : b;
  }
}

/// out = condition ? x : y; the condition is bool.
KERNEL(where) {
  const auto p = ReadPointwise<4>(args);
  DispatchSize("where", p.operands[0].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const int item = sizeof(T);
    ForEachRun<4>(p, {item, 1, item, item}, [](char** at, const int64_t* s, int64_t n) {
      T* out = reinterpret_cast<T*>(at[0]);
      const uint8_t* c = reinterpret_cast<const uint8_t*>(at[1]);
      const T* x = reinterpret_cast<const T*>(at[2]);
      const T* y = reinterpret_cast<const T*>(at[3]);
      const bool dense = s[0] == 1 && s[1] == 1;
      if (dense && s[2] == 1 && s[3] == 1) {
        Choose(out, c, n, [&](int64_t i) { return x[i]; }, [&](int64_t i) { return y[i]; });
      } else if (dense && s[2] == 1 && s[3] == 0) {
        Choose(out, c, n, [&](int64_t i) { return x[i]; }, [b = *y](int64_t) { return b; });
      } else if (dense && s[2] == 0 && s[3] == 1) {
        Choose(out, c, n, [a = *x](int64_t) { return a; }, [&](int64_t i) { return y[i]; });
      } else {
        for (int64_t i = 0; i < n; ++i) out[i * s[0]] = c[i * s[1]] ? x[i * s[2]] : y[i * s[3]];
      }
    });
  });
}

TSTORCH_END
