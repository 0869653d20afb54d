#pragma once
// Functions of single elements behind the rows of core/rows: integer and float arithmetic as PyTorch defines it.
#include "core/args.h"
#include "core/math.h"

TSTORCH_BEGIN

template <class T>
constexpr bool kIsInteger = static_cast<T>(0.5) == static_cast<T>(0);

/// Division by -1 overflows for the smallest integer, and traps; it is negation, which wraps.
template <class T>
HOST_DEVICE inline bool IsMinusOne(T y) {
  return static_cast<T>(-1) < static_cast<T>(0) && y == static_cast<T>(-1);
}

HOST_DEVICE inline float Fmod(float x, float y) { return TSTORCH_LIBM(fmodf)(x, y); }
HOST_DEVICE inline double Fmod(double x, double y) { return TSTORCH_LIBM(fmod)(x, y); }

/// x + a·y with one rounding for floats.
HOST_DEVICE inline float AddScaled(float x, float y, float a) { return Fma(y, a, x); }
HOST_DEVICE inline double AddScaled(double x, double y, double a) { return Fma(y, a, x); }
template <class T>
HOST_DEVICE inline T AddScaled(T x, T y, T a) {
  return static_cast<T>(x + a * y);
}

/// The sign of the result is the divisor's, as in Python.
template <class T>
HOST_DEVICE inline T FloorMod(T x, T y) {
  if constexpr (kIsInteger<T>) {
    if (y == 0) return 0;  // reported by CheckDivisor
    if (IsMinusOne(y)) return 0;
    const T r = static_cast<T>(x % y);
    return r != 0 && ((r < 0) != (y < 0)) ? static_cast<T>(r + y) : r;
  } else {
    const T r = Fmod(x, y);
    return r != 0 && ((r < 0) != (y < 0)) ? r + y : r;
  }
}

/// As PyTorch divides: the quotient of x − mod(x, y), so that rounding of x / y cannot push it over an integer.
template <class T>
HOST_DEVICE inline T FloorDiv(T x, T y) {
  if constexpr (kIsInteger<T>) {
    if (y == 0) return 0;
    if (IsMinusOne(y)) return static_cast<T>(-x);
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
HOST_DEVICE inline T TruncDiv(T x, T y) {
  if constexpr (kIsInteger<T>) {
    if (y == 0) return 0;
    return IsMinusOne(y) ? static_cast<T>(-x) : static_cast<T>(x / y);
  } else {
    return Trunc(x / y);
  }
}

template <class T>
HOST_DEVICE inline T TruncMod(T x, T y) {
  if constexpr (kIsInteger<T>) {
    return y == 0 || IsMinusOne(y) ? T(0) : static_cast<T>(x % y);
  } else {
    return Fmod(x, y);
  }
}

template <class T>
HOST_DEVICE inline T Power(T x, T y) {
  if constexpr (kIsInteger<T>) {
    if (y < 0) return x == 1 ? T(1) : IsMinusOne(x) ? (y % 2 == 0 ? T(1) : static_cast<T>(-1)) : T(0);
    T result = 1;
    for (T base = x; y > 0; y = static_cast<T>(y >> 1), base = static_cast<T>(base * base))
      if (y & 1) result = static_cast<T>(result * base);
    return result;
  } else {
    return Pow(x, y);
  }
}

template <class T>
HOST_DEVICE inline T Sign(T x) {
  return static_cast<T>((x > T(0)) - (x < T(0)));
}

template <class T>
HOST_DEVICE inline T Magnitude(T x) {
  return static_cast<T>(x < T(0) ? -x : x);
}
HOST_DEVICE inline float Magnitude(float x) { return Abs(x); }
HOST_DEVICE inline double Magnitude(double x) { return Abs(x); }

/// input + weight·(end − input), from the nearer end so that weight 1 gives `end` exactly.
template <class T>
HOST_DEVICE inline T Lerp(T x, T y, T w) {
  return Abs(w) < T(0.5) ? x + w * (y - x) : y - (y - x) * (T(1) - w);
}

// Which dtypes an op takes, beyond the sets of core/dtype.h.

/// Floats, integers and bool, where + is "or" and * is "and".
template <class F>
void DispatchOrdered(const char* op, DType dtype, F f) {
  if (dtype == DType::boolean)
    f(Type<bool>{});
  else
    DispatchReal(op, dtype, f);
}
template <class F>
void DispatchIntOrBool(const char* op, DType dtype, F f) {
  if (dtype == DType::boolean)
    f(Type<bool>{});
  else
    DispatchInt(op, dtype, f);
}

TSTORCH_END
