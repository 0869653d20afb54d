// Copies between tensors of any strides and dtypes on the device, and fills.
#include "cuda/elementwise.h"

TSTORCH_BEGIN

namespace {

/// One element of any dtype, as a double or (integers) as an int64: one kernel serves all pairs of dtypes.
struct Number {
  double real;
  int64_t integer;
};

__device__ inline Number ReadNumber(const char* data, DType dtype, int64_t at) {
  const auto integer = [](int64_t value) { return Number{static_cast<double>(value), value}; };
  const auto real = [](double value) { return Number{value, static_cast<int64_t>(value)}; };
  switch (dtype) {
    case DType::float32: return real(reinterpret_cast<const float*>(data)[at]);
    case DType::float64: return real(reinterpret_cast<const double*>(data)[at]);
    case DType::float16: return real(ToFloat(reinterpret_cast<const Half*>(data)[at]));
    case DType::bfloat16: return real(ToFloat(reinterpret_cast<const BFloat16*>(data)[at]));
    case DType::int8: return integer(reinterpret_cast<const int8_t*>(data)[at]);
    case DType::int16: return integer(reinterpret_cast<const int16_t*>(data)[at]);
    case DType::int32: return integer(reinterpret_cast<const int32_t*>(data)[at]);
    case DType::int64: return integer(reinterpret_cast<const int64_t*>(data)[at]);
    case DType::uint8:
    case DType::boolean: return integer(reinterpret_cast<const uint8_t*>(data)[at]);
    default: return {};
  }
}

/// Floats round once, integers truncate and wrap, everything but zero is true.
__device__ inline void WriteNumber(char* data, DType dtype, int64_t at, Number value) {
  switch (dtype) {
    case DType::float32: reinterpret_cast<float*>(data)[at] = static_cast<float>(value.real); break;
    case DType::float64: reinterpret_cast<double*>(data)[at] = value.real; break;
    case DType::float16: reinterpret_cast<Half*>(data)[at] = ToHalf(static_cast<float>(value.real)); break;
    case DType::bfloat16: reinterpret_cast<BFloat16*>(data)[at] = ToBFloat16(static_cast<float>(value.real)); break;
    case DType::int8: reinterpret_cast<int8_t*>(data)[at] = static_cast<int8_t>(value.integer); break;
    case DType::int16: reinterpret_cast<int16_t*>(data)[at] = static_cast<int16_t>(value.integer); break;
    case DType::int32: reinterpret_cast<int32_t*>(data)[at] = static_cast<int32_t>(value.integer); break;
    case DType::int64: reinterpret_cast<int64_t*>(data)[at] = value.integer; break;
    case DType::uint8: reinterpret_cast<uint8_t*>(data)[at] = static_cast<uint8_t>(value.integer); break;
    case DType::boolean: reinterpret_cast<bool*>(data)[at] = value.real != 0; break;
    default: break;
  }
}

__global__ void ConvertKernel(const Pointwise<2> p, int64_t n) {
  for (int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x; i < n; i += int64_t{gridDim.x} * blockDim.x)
    WriteNumber(p.operands[0].data, p.operands[0].dtype, OffsetOf(p, 0, i),
                ReadNumber(p.operands[1].data, p.operands[1].dtype, OffsetOf(p, 1, i)));
}

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
  if (to >= DType::complex64 || from >= DType::complex64) UnsupportedDType("copy");
  ConvertKernel<<<GridFor(n), kBlockThreads, 0, CurrentStream()>>>(p, n);
  Check(cudaGetLastError(), "kernel launch");
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
