// Copies between tensors of any strides and dtypes on the device, and fills.
#include "cuda/elementwise.h"

TSTORCH_BEGIN

namespace {

/// As the CPU converts: floats truncate towards zero (and wrap in small integers), everything but zero is true.
template <class R, class T>
__device__ inline Compute<R> Convert(Compute<T> value) {
  using To = Compute<R>;
  if constexpr (sizeof(R) == 1 && static_cast<To>(2) == static_cast<To>(1))
    return value != Compute<T>(0);
  else if constexpr (kIsInteger<To> && !kIsInteger<Compute<T>> && sizeof(To) < 8)
    return static_cast<To>(static_cast<int64_t>(value));
  else
    return static_cast<To>(value);
}

template <class R, class T>
struct Converter {
  __device__ Compute<R> operator()(Compute<T> x) const { return Convert<R, T>(x); }
};

template <class T>
__global__ void MoveKernel(const Pointwise<2> p, int64_t n) {
  for (int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x; i < n; i += int64_t{gridDim.x} * blockDim.x)
    reinterpret_cast<T*>(p.operands[0].data)[OffsetOf(p, 0, i)] =
        reinterpret_cast<const T*>(p.operands[1].data)[OffsetOf(p, 1, i)];
}

template <class C>
struct Constant {
  C value;
  __device__ C operator()() const { return value; }
};

}  // namespace

KERNEL(copy) {
  const auto p = ReadPointwise<2>(args);
  const DType to = p.operands[0].dtype, from = p.operands[1].dtype;
  const int64_t n = p.numel();
  if (n == 0) return;
  if (to == from) {
    DispatchSize("copy", to, [&](auto type) {
      MoveKernel<typename decltype(type)::type><<<GridFor(n), kBlockThreads, 0, CurrentStream()>>>(p, n);
    });
    Check(cudaGetLastError(), "kernel launch");
    return;
  }
  DispatchOrdered("copy", to, [&](auto to_type) {
    DispatchOrdered("copy", from, [&](auto from_type) {
      using R = typename decltype(to_type)::type;
      using T = typename decltype(from_type)::type;
      Launch<R, T>(p, Converter<R, T>{});
    });
  });
}

/// [operands, re, im]: every element becomes the number.
KERNEL(fill) {
  const auto p = ReadPointwise<1>(args);
  const double value = args.number();
  DispatchOrdered("fill", p.operands[0].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    Launch<T, T>(p, Constant<Compute<T>>{static_cast<Compute<T>>(value)});
  });
}

TSTORCH_END
