#pragma once
// From a function of elements to a kernel: loops for unit stride (vectorised), for scalar operands and for any stride.
#include <type_traits>

#include "core/pointwise.h"
#include "cpu/stream.h"

TSTORCH_BEGIN

// The output may be one of the inputs, element for element, but never overlaps one otherwise: no iteration reads what
// another wrote. Without this GCC gives up on the longer functions.
#define TSTORCH_INDEPENDENT _Pragma("GCC ivdep")

// One copy of each loop per function and dtype, whoever calls it: inlined at every call they are most of the build.
#define TSTORCH_LOOP __attribute__((noinline))

/// Dtypes worth a loop of their own for a scalar operand.
template <class T>
constexpr bool kHot = std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, int64_t>;

/// out[i] = f(x[i]); R is stored, T is read, both in their compute types.
template <class R, class T, class F>
TSTORCH_LOOP void UnaryLoop(R* out, int64_t so, const T* x, int64_t sx, int64_t n, F f) {
  if (so == 1 && sx == 1) {
    TSTORCH_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) out[i] = Stored<R>::from(f(Load(x[i])));
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * so] = Stored<R>::from(f(Load(x[i * sx])));
  }
}

template <class R, class T, class F>
TSTORCH_LOOP void BinaryLoop(R* out, int64_t so, const T* x, int64_t sx, const T* y, int64_t sy, int64_t n, F f) {
  if (so == 1 && sx == 1 && sy == 1) {
    TSTORCH_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) out[i] = Stored<R>::from(f(Load(x[i]), Load(y[i])));
    return;
  }
  if constexpr (kHot<T>) {
    if (so == 1 && sx == 1 && sy == 0) {
      const auto b = Load(*y);
      TSTORCH_INDEPENDENT
      for (int64_t i = 0; i < n; ++i) out[i] = Stored<R>::from(f(Load(x[i]), b));
      return;
    }
    if (so == 1 && sx == 0 && sy == 1) {
      const auto a = Load(*x);
      TSTORCH_INDEPENDENT
      for (int64_t i = 0; i < n; ++i) out[i] = Stored<R>::from(f(a, Load(y[i])));
      return;
    }
  }
  for (int64_t i = 0; i < n; ++i) out[i * so] = Stored<R>::from(f(Load(x[i * sx]), Load(y[i * sy])));
}

template <class R, class T, class F>
TSTORCH_LOOP void TernaryLoop(R* out, int64_t so, const T* x, int64_t sx, const T* y, int64_t sy, const T* z, int64_t sz, int64_t n,
                 F f) {
  if (so == 1 && sx == 1 && sy == 1 && sz == 1) {
    TSTORCH_INDEPENDENT
    for (int64_t i = 0; i < n; ++i) out[i] = Stored<R>::from(f(Load(x[i]), Load(y[i]), Load(z[i])));
  } else {
    for (int64_t i = 0; i < n; ++i)
      out[i * so] = Stored<R>::from(f(Load(x[i * sx]), Load(y[i * sy]), Load(z[i * sz])));
  }
}

/// Whether the results should bypass the cache: they are dense, larger than it, and not read here.
template <class R, int N>
bool ShouldStream(const Pointwise<N>& p) {
  for (int i = 1; i < N; ++i)
    if (p.operands[i].data == p.operands[0].data) return false;
  return p.ndim == 1 && p.operands[0].strides[0] == 1 && p.sizes[0] * static_cast<int64_t>(sizeof(R)) >= kStreamBytes;
}

/// Runs loop(out, stride, begin, n) over [0, n): directly, or piece by piece through a small buffer that is streamed out;
/// prefetch(begin, n) asks for a later piece, which may lie behind the end.
template <class R, class Loop, class Prefetch = void (*)(int64_t, int64_t)>
void MaybeStreamed(R* out, int64_t so, int64_t n, bool stream, Loop loop, Prefetch prefetch = [](int64_t, int64_t) {}) {
  if (!stream) {
    loop(out, so, int64_t{0}, n);
    return;
  }
  constexpr int64_t kStage = kStageBytes / static_cast<int64_t>(sizeof(R));
  alignas(64) R stage[kStage];
  for (int64_t i = 0; i < n; i += kStage) {
    const int64_t m = n - i < kStage ? n - i : kStage;
    prefetch(i + 2 * kStage, m);
    loop(stage, int64_t{1}, i, m);
    StreamCopy(out + i, stage, m * static_cast<int64_t>(sizeof(R)));
  }
  StreamFence();
}

template <class R, class T, class F>
void RunUnary(const Pointwise<2>& p, F f) {
  const bool stream = ShouldStream<R>(p);
  ForEachRun<2>(p, {sizeof(R), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    const T* x = reinterpret_cast<const T*>(at[1]);
    MaybeStreamed(reinterpret_cast<R*>(at[0]), s[0], n, stream, [&](R* out, int64_t so, int64_t i, int64_t m) {
      UnaryLoop(out, so, x + i * s[1], s[1], m, f);
    }, [&](int64_t i, int64_t m) { PrefetchRun(x, s[1], i, m); });
  });
}

template <class R, class T, class F>
void RunBinary(const Pointwise<3>& p, F f) {
  const bool stream = ShouldStream<R>(p);
  ForEachRun<3>(p, {sizeof(R), sizeof(T), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    const T* x = reinterpret_cast<const T*>(at[1]);
    const T* y = reinterpret_cast<const T*>(at[2]);
    MaybeStreamed(reinterpret_cast<R*>(at[0]), s[0], n, stream, [&](R* out, int64_t so, int64_t i, int64_t m) {
      BinaryLoop(out, so, x + i * s[1], s[1], y + i * s[2], s[2], m, f);
    }, [&](int64_t i, int64_t m) {
      PrefetchRun(x, s[1], i, m);
      PrefetchRun(y, s[2], i, m);
    });
  });
}

template <class R, class T, class F>
void RunTernary(const Pointwise<4>& p, F f) {
  const bool stream = ShouldStream<R>(p);
  ForEachRun<4>(p, {sizeof(R), sizeof(T), sizeof(T), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    const T* x = reinterpret_cast<const T*>(at[1]);
    const T* y = reinterpret_cast<const T*>(at[2]);
    const T* z = reinterpret_cast<const T*>(at[3]);
    MaybeStreamed(reinterpret_cast<R*>(at[0]), s[0], n, stream, [&](R* out, int64_t so, int64_t i, int64_t m) {
      TernaryLoop(out, so, x + i * s[1], s[1], y + i * s[2], s[2], z + i * s[3], s[3], m, f);
    }, [&](int64_t i, int64_t m) {
      PrefetchRun(x, s[1], i, m);
      PrefetchRun(y, s[2], i, m);
      PrefetchRun(z, s[3], i, m);
    });
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
