// Arithmetic of two and three operands.
#include "core/math.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {

/// DispatchReal and bool, where + is "or" and * is "and".
template <class F>
void DispatchRealOrBool(const char* op, DType dtype, F f) {
  if (dtype == DType::boolean)
    f(Type<bool>{});
  else
    DispatchReal(op, dtype, f);
}

/// Complex numbers too.
template <class F>
void DispatchArithmetic(const char* op, DType dtype, F f) {
  DispatchAll(op, dtype, f);
}

template <class T>
constexpr bool kIsInteger = static_cast<T>(0.5) == static_cast<T>(0);

float Fmod(float x, float y) { return __builtin_fmodf(x, y); }
double Fmod(double x, double y) { return __builtin_fmod(x, y); }

/// x + a·y with one rounding for floats.
float AddScaled(float x, float y, float a) { return __builtin_fmaf(y, a, x); }
double AddScaled(double x, double y, double a) { return __builtin_fma(y, a, x); }
template <class T>
T AddScaled(T x, T y, T a) {
  return static_cast<T>(x + a * y);
}

/// The sign of the result is the divisor's, as in Python.
template <class T>
T FloorMod(T x, T y) {
  if constexpr (kIsInteger<T>) {
    if (y == 0) return 0;  // reported by CheckDivisor
    if (y == static_cast<T>(-1)) return 0;
    const T r = static_cast<T>(x % y);
    return r != 0 && ((r < 0) != (y < 0)) ? static_cast<T>(r + y) : r;
  } else {
    const T r = Fmod(x, y);
    return r != 0 && ((r < 0) != (y < 0)) ? r + y : r;
  }
}

/// As PyTorch divides: the quotient of x − mod(x, y), so that rounding of x / y cannot push it over an integer.
template <class T>
T FloorDiv(T x, T y) {
  if constexpr (kIsInteger<T>) {
    if (y == 0) return 0;
    if (y == static_cast<T>(-1)) return static_cast<T>(-x);
    const T q = static_cast<T>(x / y);
    return x % y != 0 && ((x < 0) != (y < 0)) ? static_cast<T>(q - 1) : q;
  } else {
    if (y == 0) return x / y;
    const T mod = Fmod(x, y);
    T div = (x - mod) / y;
    if (mod != 0 && (y < 0) != (mod < 0)) div -= 1;
    if (div == 0) return CopySign(T(0), x / y);
    const T floor = Floor(div);
    return div - floor > T(0.5) ? floor + 1 : floor;
  }
}

template <class T>
T TruncDiv(T x, T y) {
  if constexpr (kIsInteger<T>) {
    if (y == 0) return 0;
    return y == static_cast<T>(-1) ? static_cast<T>(-x) : static_cast<T>(x / y);
  } else {
    return Trunc(x / y);
  }
}

template <class T>
T TruncMod(T x, T y) {
  if constexpr (kIsInteger<T>) {
    return y == 0 || y == static_cast<T>(-1) ? T(0) : static_cast<T>(x % y);
  } else {
    return Fmod(x, y);
  }
}

template <class T>
T Power(T x, T y) {
  if constexpr (kIsInteger<T>) {
    if (y < 0) return x == 1 ? T(1) : x == static_cast<T>(-1) ? (y % 2 == 0 ? T(1) : static_cast<T>(-1)) : T(0);
    T result = 1;
    for (T base = x; y > 0; y = static_cast<T>(y >> 1), base = static_cast<T>(base * base))
      if (y & 1) result = static_cast<T>(result * base);
    return result;
  } else {
    return Pow(x, y);
  }
}

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

BINARY(add, DispatchArithmetic, x + y)
BINARY(sub, DispatchArithmetic, x - y)
BINARY(mul, DispatchArithmetic, x* y)
BINARY_WITH(add_scaled, DispatchReal, AddScaled(x, y, a))
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
DIVISION(floor_divide, FloorDiv)
DIVISION(trunc_divide, TruncDiv)
DIVISION(remainder, FloorMod)
DIVISION(fmod, TruncMod)
KERNEL(pow) {
  const auto p = ReadPointwise<3>(args);
  DispatchReal("pow", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    RunBinary<T, T>(p, [](Compute<T> x, Compute<T> y) { return Power<Compute<T>>(x, y); });
  });
}
BINARY(maximum, DispatchRealOrBool, Max(x, y))
BINARY(minimum, DispatchRealOrBool, Min(x, y))
BINARY(fmax, DispatchReal, (y != y || x >= y ? x : y))
BINARY(fmin, DispatchReal, (y != y || x <= y ? x : y))
BINARY(atan2, DispatchFloat, Atan2(x, y))

/// input + weight·(end − input), from the nearer end so that weight 1 gives `end` exactly.
KERNEL(lerp) {
  const auto p = ReadPointwise<4>(args);
  DispatchFloat("lerp", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    RunTernary<T, T>(p, [](auto x, auto y, auto w) {
      using C = decltype(x);
      const C near = x + w * (y - x);
      const C far = y - (y - x) * (C(1) - w);
      return Abs(w) < C(0.5) ? near : far;
    });
  });
}
KERNEL(addcmul) {
  const auto p = ReadPointwise<4>(args);
  const double value = args.number();
  DispatchReal("addcmul", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const auto v = static_cast<Compute<T>>(value);
    RunTernary<T, T>(p, [=](auto x, auto y, auto z) { return x + v * y * z; });
  });
}
KERNEL(addcdiv) {
  const auto p = ReadPointwise<4>(args);
  const double value = args.number();
  DispatchFloat("addcdiv", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const auto v = static_cast<Compute<T>>(value);
    RunTernary<T, T>(p, [=](auto x, auto y, auto z) { return x + v * y / z; });
  });
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
      if (s[0] == 1 && s[1] == 1 && s[2] == 1 && s[3] == 1) {
        for (int64_t i = 0; i < n; ++i) out[i] = c[i] ? x[i] : y[i];
      } else if (s[0] == 1 && s[1] == 1 && s[2] == 1 && s[3] == 0) {
        const T b = *y;
        for (int64_t i = 0; i < n; ++i) out[i] = c[i] ? x[i] : b;
      } else {
        for (int64_t i = 0; i < n; ++i) out[i * s[0]] = c[i * s[1]] ? x[i * s[2]] : y[i * s[3]];
      }
    });
  });
}

TSTORCH_END
