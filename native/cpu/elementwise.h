#pragma once
// From a function of elements to a kernel: loops for unit stride (vectorised), for scalar operands and for any stride.
#include <type_traits>

#include "core/pointwise.h"
#include "cpu/ahead.h"

TSTORCH_BEGIN

// One copy of each loop per function and dtype, whoever calls it: inlined at every call they are most of the build.
#define TSTORCH_LOOP __attribute__((noinline))

/// Dtypes worth a loop of their own for a scalar operand.
template <class T>
constexpr bool kHot = std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, int64_t>;

/// out[i] = f(x[i]); R is stored, T is read, both in their compute types.
template <class R, class T, class F>
TSTORCH_LOOP void UnaryLoop(R* out, int64_t so, const T* x, int64_t sx, int64_t n, bool outside, F f) {
  if (so == 1 && sx == 1) {
    ForElements<T>(n, outside, [=](int64_t i) { out[i] = Stored<R>::from(f(Load(x[i]))); }, out, x);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * so] = Stored<R>::from(f(Load(x[i * sx])));
  }
}

template <class R, class T, class F>
TSTORCH_LOOP void BinaryLoop(R* out, int64_t so, const T* x, int64_t sx, const T* y, int64_t sy, int64_t n, bool outside, F f) {
  if (so == 1 && sx == 1 && sy == 1) {
    ForElements<T>(n, outside, [=](int64_t i) { out[i] = Stored<R>::from(f(Load(x[i]), Load(y[i]))); }, out, x, y);
    return;
  }
  if constexpr (kHot<T>) {
    if (so == 1 && sx == 1 && sy == 0) {
      const auto b = Load(*y);
      ForElements<T>(n, outside, [=](int64_t i) { out[i] = Stored<R>::from(f(Load(x[i]), b)); }, out, x);
      return;
    }
    if (so == 1 && sx == 0 && sy == 1) {
      const auto a = Load(*x);
      ForElements<T>(n, outside, [=](int64_t i) { out[i] = Stored<R>::from(f(a, Load(y[i]))); }, out, y);
      return;
    }
  }
  for (int64_t i = 0; i < n; ++i) out[i * so] = Stored<R>::from(f(Load(x[i * sx]), Load(y[i * sy])));
}

template <class R, class T, class F>
TSTORCH_LOOP void TernaryLoop(R* out, int64_t so, const T* x, int64_t sx, const T* y, int64_t sy, const T* z, int64_t sz, int64_t n,
                              bool outside, F f) {
  if (so == 1 && sx == 1 && sy == 1 && sz == 1) {
    ForElements<T>(n, outside, [=](int64_t i) { out[i] = Stored<R>::from(f(Load(x[i]), Load(y[i]), Load(z[i]))); }, out, x, y, z);
  } else {
    for (int64_t i = 0; i < n; ++i)
      out[i * so] = Stored<R>::from(f(Load(x[i * sx]), Load(y[i * sy]), Load(z[i * sz])));
  }
}

template <class R, class T, class F>
void RunUnary(const Pointwise<2>& p, F f) {
  const bool outside = IsOutsideCache<T>(p.numel());
  ForEachRun<2>(p, {sizeof(R), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    UnaryLoop(reinterpret_cast<R*>(at[0]), s[0], reinterpret_cast<const T*>(at[1]), s[1], n, outside, f);
  });
}

template <class R, class T, class F>
void RunBinary(const Pointwise<3>& p, F f) {
  const bool outside = IsOutsideCache<T>(p.numel());
  ForEachRun<3>(p, {sizeof(R), sizeof(T), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    BinaryLoop(reinterpret_cast<R*>(at[0]), s[0], reinterpret_cast<const T*>(at[1]), s[1],
               reinterpret_cast<const T*>(at[2]), s[2], n, outside, f);
  });
}

template <class R, class T, class F>
void RunTernary(const Pointwise<4>& p, F f) {
  const bool outside = IsOutsideCache<T>(p.numel());
  ForEachRun<4>(p, {sizeof(R), sizeof(T), sizeof(T), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    TernaryLoop(reinterpret_cast<R*>(at[0]), s[0], reinterpret_cast<const T*>(at[1]), s[1],
                reinterpret_cast<const T*>(at[2]), s[2], reinterpret_cast<const T*>(at[3]), s[3], n, outside, f);
  });
}

// One kernel per line. `expression` sees the elements as x, y, z in their compute type T; 16-bit floats are computed in
// float and rounded once. dispatch is one of DispatchFloat, DispatchReal, DispatchAll (core/dtype.h).
#define UNARY(name, dispatch, expression)                                    \
  KERNEL(name) {                                                             \
    const auto p = ReadPointwise<2>(args);                                   \
    dispatch(#name, p.operands[1].dtype, [&](auto type) {                    \
      using T = typename decltype(type)::type;                               \
      RunUnary<T, T>(p, [](auto x) HOST_DEVICE { return expression; });                  \
    });                                                                      \
  }
#define PREDICATE(name, dispatch, expression)                                \
  KERNEL(name) {                                                             \
    const auto p = ReadPointwise<2>(args);                                   \
    dispatch(#name, p.operands[1].dtype, [&](auto type) {                    \
      using T = typename decltype(type)::type;                               \
      RunUnary<bool, T>(p, [](auto x) HOST_DEVICE { return expression; });               \
    });                                                                      \
  }
#define BINARY(name, dispatch, expression)                                   \
  KERNEL(name) {                                                             \
    const auto p = ReadPointwise<3>(args);                                   \
    dispatch(#name, p.operands[1].dtype, [&](auto type) {                    \
      using T = typename decltype(type)::type;                               \
      RunBinary<T, T>(p, [](auto x, auto y) HOST_DEVICE { return expression; });         \
    });                                                                      \
  }
#define COMPARISON(name, dispatch, expression)                               \
  KERNEL(name) {                                                             \
    const auto p = ReadPointwise<3>(args);                                   \
    dispatch(#name, p.operands[1].dtype, [&](auto type) {                    \
      using T = typename decltype(type)::type;                               \
      RunBinary<bool, T>(p, [](auto x, auto y) HOST_DEVICE { return expression; });      \
    });                                                                      \
  }
/// With numbers a, b that the kernel's attributes hold, in the compute type.
#define UNARY_WITH(name, dispatch, expression)                               \
  KERNEL(name) {                                                             \
    const auto p = ReadPointwise<2>(args);                                   \
    const double first = args.number(), second = args.number();              \
    dispatch(#name, p.operands[1].dtype, [&](auto type) {                    \
      using T = typename decltype(type)::type;                               \
      [[maybe_unused]] const auto a = static_cast<Compute<T>>(first);        \
      [[maybe_unused]] const auto b = static_cast<Compute<T>>(second);       \
      RunUnary<T, T>(p, [=](auto x) HOST_DEVICE { return expression; });                 \
    });                                                                      \
  }
#define BINARY_WITH(name, dispatch, expression)                              \
  KERNEL(name) {                                                             \
    const auto p = ReadPointwise<3>(args);                                   \
    const double first = args.number(), second = args.number();              \
    dispatch(#name, p.operands[1].dtype, [&](auto type) {                    \
      using T = typename decltype(type)::type;                               \
      [[maybe_unused]] const auto a = static_cast<Compute<T>>(first);        \
      [[maybe_unused]] const auto b = static_cast<Compute<T>>(second);       \
      RunBinary<T, T>(p, [=](auto x, auto y) HOST_DEVICE { return expression; });        \
    });                                                                      \
  }

/// Three operands and a number a; kernels that have none read a 0.
#define TERNARY_WITH(name, dispatch, expression)                             \
  KERNEL(name) {                                                             \
    const auto p = ReadPointwise<4>(args);                                   \
    const double first = args.number();                                      \
    dispatch(#name, p.operands[1].dtype, [&](auto type) {                    \
      using T = typename decltype(type)::type;                               \
      [[maybe_unused]] const auto a = static_cast<Compute<T>>(first);        \
      RunTernary<T, T>(p, [=](auto x, auto y, auto z) HOST_DEVICE { return expression; }); \
    });                                                                      \
  }

TSTORCH_END
