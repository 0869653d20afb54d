#pragma once
// From a row of core/rows to a CUDA kernel: the same functions of elements as on the CPU, the same arguments.
#include "core/functions.h"
#include "core/kernels.h"
#include "core/pointwise.h"
#include "cuda/runtime.h"

TSTORCH_BEGIN

/// Where element `flat` of an operand lies, in elements.
template <int N>
__device__ inline int64_t OffsetOf(const Pointwise<N>& p, int operand, int64_t flat) {
  const int64_t* strides = p.operands[operand].strides;
  if (p.ndim == 1) return flat * strides[0];
  int64_t offset = 0;
  for (int d = p.ndim - 1; d > 0; --d) {
    const int64_t rest = flat / p.sizes[d];
    offset += (flat - rest * p.sizes[d]) * strides[d];
    flat = rest;
  }
  return offset + flat * strides[0];
}

template <class T, int N>
__device__ inline Compute<T> Read(const Pointwise<N>& p, int operand, int64_t flat) {
  return Load(reinterpret_cast<const T*>(p.operands[operand].data)[OffsetOf(p, operand, flat)]);
}

/// out[i] = f(operands at i), each thread striding over the grid.
template <class R, class T, int N, class F>
__global__ void ElementwiseKernel(const Pointwise<N> p, int64_t n, F f) {
  for (int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x; i < n; i += int64_t{gridDim.x} * blockDim.x) {
    R* out = reinterpret_cast<R*>(p.operands[0].data) + OffsetOf(p, 0, i);
    if constexpr (N == 1) *out = Stored<R>::from(f());
    if constexpr (N == 2) *out = Stored<R>::from(f(Read<T>(p, 1, i)));
    if constexpr (N == 3) *out = Stored<R>::from(f(Read<T>(p, 1, i), Read<T>(p, 2, i)));
    if constexpr (N == 4) *out = Stored<R>::from(f(Read<T>(p, 1, i), Read<T>(p, 2, i), Read<T>(p, 3, i)));
  }
}

template <class R, class T, int N, class F>
void Launch(const Pointwise<N>& p, F f) {
  const int64_t n = p.numel();
  if (n == 0) return;
  ElementwiseKernel<R, T><<<GridFor(n), kBlockThreads, 0, CurrentStream()>>>(p, n, f);
  Check(cudaGetLastError(), "kernel launch");
}

/// The function object of a row; a and b are the op's numbers in the compute type.
#define ROW_FUNCTION(name, parameters, expression) \
  template <class C>                               \
  struct name##_row {                              \
    C a, b;                                        \
    __device__ auto operator() parameters const { return expression; } \
  };

#define LAUNCH_ROW(name, dispatch, N, result, numbers)                                     \
  KERNEL(name) {                                                                           \
    const auto p = ReadPointwise<N>(args);                                                 \
    const double first = numbers > 0 ? args.number() : 0, second = numbers > 1 ? args.number() : 0; \
    dispatch(#name, p.operands[N > 1 ? 1 : 0].dtype, [&](auto type) {                      \
      using T = typename decltype(type)::type;                                             \
      using C = Compute<T>;                                                                \
      using R = result;                                                                    \
      Launch<R, T>(p, name##_row<C>{static_cast<C>(first), static_cast<C>(second)});       \
    });                                                                                    \
  }

#define UNARY(name, dispatch, expression)      \
  ROW_FUNCTION(name, (C x), expression)        \
  LAUNCH_ROW(name, dispatch, 2, T, 0)
#define UNARY_WITH(name, dispatch, expression) \
  ROW_FUNCTION(name, (C x), expression)        \
  LAUNCH_ROW(name, dispatch, 2, T, 2)
#define PREDICATE(name, dispatch, expression)  \
  ROW_FUNCTION(name, (C x), expression)        \
  LAUNCH_ROW(name, dispatch, 2, bool, 0)
#define BINARY(name, dispatch, expression)     \
  ROW_FUNCTION(name, (C x, C y), expression)   \
  LAUNCH_ROW(name, dispatch, 3, T, 0)
#define BINARY_WITH(name, dispatch, expression) \
  ROW_FUNCTION(name, (C x, C y), expression)   \
  LAUNCH_ROW(name, dispatch, 3, T, 2)
#define COMPARISON(name, dispatch, expression) \
  ROW_FUNCTION(name, (C x, C y), expression)   \
  LAUNCH_ROW(name, dispatch, 3, bool, 0)
#define TERNARY_WITH(name, dispatch, expression)    \
  ROW_FUNCTION(name, (C x, C y, C z), expression)   \
  LAUNCH_ROW(name, dispatch, 4, T, 1)
/// Integer division by zero gives 0 here: reporting it would need a round trip to the device.
#define DIVISION(name, function) BINARY(name, DispatchReal, function(x, y))

TSTORCH_END
