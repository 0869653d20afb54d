#pragma once
#include <complex>
#include <cstdint>
#include <cstring>

#include "core/error.h"
#include "core/isa.h"

/// Codes as in optimized/core/dtype.ts.
enum class DType : int {
  float32 = 0,
  float64 = 1,
  float16 = 2,
  bfloat16 = 3,
  int8 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  uint8 = 8,
  boolean = 9,
  complex64 = 10,
  complex128 = 11,
};

TSTORCH_BEGIN

/// Storage types of 16-bit floats: they are converted to float, computed with and rounded once.
struct Half {
  uint16_t bits;
};
struct BFloat16 {
  uint16_t bits;
};

HOST_DEVICE inline float BitsToFloat(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
HOST_DEVICE inline uint32_t FloatToBits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

HOST_DEVICE inline float ToFloat(BFloat16 x) { return BitsToFloat(static_cast<uint32_t>(x.bits) << 16); }

/// Round to nearest even; NaN stays a quiet NaN.
HOST_DEVICE inline BFloat16 ToBFloat16(float x) {
  const uint32_t bits = FloatToBits(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return {0x7fc0};
  return {static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16)};
}

HOST_DEVICE inline float ToFloat(Half x) {
  const uint32_t sign = static_cast<uint32_t>(x.bits & 0x8000u) << 16;
  const uint32_t magnitude = static_cast<uint32_t>(x.bits & 0x7fffu) << 13;
  if (magnitude >= 0x0f800000u) return BitsToFloat(sign | magnitude | 0x7f800000u);  // inf, NaN
  // Multiplying by 2^112 moves the exponent and normalises subnormals exactly.
  return BitsToFloat(sign | FloatToBits(BitsToFloat(magnitude) * BitsToFloat(0x77800000u)));
}

/// Round to nearest even; overflow gives an infinity, NaN stays a quiet NaN.
HOST_DEVICE inline Half ToHalf(float x) {
  const uint32_t bits = FloatToBits(x);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return {static_cast<uint16_t>(sign | 0x7e00u)};
  if (magnitude >= 0x477ff000u) return {static_cast<uint16_t>(sign | 0x7c00u)};
  if (magnitude < 0x38800000u) {  // subnormal in half: let a float addition do the rounding
    const float shifted = BitsToFloat(magnitude) + 0.5f;
    return {static_cast<uint16_t>(sign | (FloatToBits(shifted) - 0x3f000000u))};
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1);
  return {static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13))};
}

/// The type a kernel computes in for elements stored as T.
template <class T>
struct ComputeType {
  using type = T;
};
template <>
struct ComputeType<Half> {
  using type = float;
};
template <>
struct ComputeType<BFloat16> {
  using type = float;
};
template <class T>
using Compute = typename ComputeType<T>::type;

template <class T>
HOST_DEVICE inline Compute<T> Load(const T& x) {
  return x;
}
HOST_DEVICE inline float Load(const Half& x) { return ToFloat(x); }
HOST_DEVICE inline float Load(const BFloat16& x) { return ToFloat(x); }

template <class T>
struct Stored {
  HOST_DEVICE static T from(Compute<T> x) { return x; }
};
template <>
struct Stored<Half> {
  HOST_DEVICE static Half from(float x) { return ToHalf(x); }
};
template <>
struct Stored<BFloat16> {
  HOST_DEVICE static BFloat16 from(float x) { return ToBFloat16(x); }
};

template <class T>
struct Type {
  using type = T;
};

[[noreturn]] inline void UnsupportedDType(const char* op) {
  throw Error(std::string(op) + ": no CPU kernel for this dtype", "NotImplementedError");
}

/// Calls f(Type<T>{}) with the C++ type of `dtype`. `Complex` types are std::complex.
template <class F>
auto DispatchFloat(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::float32: return f(Type<float>{});
    case DType::float64: return f(Type<double>{});
    case DType::float16: return f(Type<Half>{});
    case DType::bfloat16: return f(Type<BFloat16>{});
    default: UnsupportedDType(op);
  }
}

/// float32 and float64 only: for kernels whose 16-bit form goes through a conversion in TypeScript.
template <class F>
auto DispatchFullFloat(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::float32: return f(Type<float>{});
    case DType::float64: return f(Type<double>{});
    default: UnsupportedDType(op);
  }
}

template <class F>
auto DispatchInt(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::int8: return f(Type<int8_t>{});
    case DType::int16: return f(Type<int16_t>{});
    case DType::int32: return f(Type<int32_t>{});
    case DType::int64: return f(Type<int64_t>{});
    case DType::uint8: return f(Type<uint8_t>{});
    default: UnsupportedDType(op);
  }
}

/// Floats and integers; not bool, not complex.
template <class F>
auto DispatchReal(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::float32: return f(Type<float>{});
    case DType::float64: return f(Type<double>{});
    case DType::float16: return f(Type<Half>{});
    case DType::bfloat16: return f(Type<BFloat16>{});
    default: return DispatchInt(op, dtype, f);
  }
}

template <class F>
auto DispatchAll(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::boolean: return f(Type<bool>{});
    case DType::complex64: return f(Type<std::complex<float>>{});
    case DType::complex128: return f(Type<std::complex<double>>{});
    default: return DispatchReal(op, dtype, f);
  }
}

/// For kernels that only move elements: dispatch on the size, not the meaning.
struct alignas(8) Bytes16 {
  uint64_t half[2];
};
template <class F>
auto DispatchSize(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::int8:
    case DType::uint8:
    case DType::boolean: return f(Type<uint8_t>{});
    case DType::float16:
    case DType::bfloat16:
    case DType::int16: return f(Type<uint16_t>{});
    case DType::float32:
    case DType::int32: return f(Type<uint32_t>{});
    case DType::float64:
    case DType::int64:
    case DType::complex64: return f(Type<uint64_t>{});
    case DType::complex128: return f(Type<Bytes16>{});
    default: UnsupportedDType(op);
  }
}

TSTORCH_END
