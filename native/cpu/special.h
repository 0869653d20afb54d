#pragma once
// Special functions of numbers, in double: one call per element. They are too long to vectorise, and float32 results
// are rounded once.
#include "core/math.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

constexpr double kPi = 3.14159265358979323846;
constexpr double kEulerGamma = 0.57721566490153286061;
constexpr double kInf = __builtin_huge_val();
constexpr double kNotANumber = __builtin_nan("");
/// Half a unit in the last place of 1: a term smaller than this part of its sum changes nothing.
constexpr double kTiny = 0x1p-53;

inline bool IsWhole(double x) { return x == Floor(x); }

// special_gamma.cc
double LogGamma(double x);
double Digamma(double x);
double Zeta(double s, double q);
double Polygamma(int64_t n, double x);
// special_normal.cc
double Erfcx(double x);

TSTORCH_END

/// A kernel that calls double function(double), or function(double, double), per element.
#define SPECIAL(name, function) UNARY(name, DispatchFloat, static_cast<decltype(x)>(function(static_cast<double>(x))))
#define SPECIAL2(name, function) \
  BINARY(name, DispatchFloat, static_cast<decltype(x)>(function(static_cast<double>(x), static_cast<double>(y))))
