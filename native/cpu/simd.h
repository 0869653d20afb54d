#pragma once
// One register of floats or doubles, as wide as the instruction set has, for loops that GCC does not vectorise itself:
// sums (it may not change their order) and register blocking.
#include <cstdint>
#include <cstring>
#include <utility>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/isa.h"

TSTORCH_BEGIN

#if defined(__AVX512F__)
constexpr int kRegisterBytes = 64;
#else
constexpr int kRegisterBytes = 32;
#endif

typedef float FloatVector __attribute__((vector_size(kRegisterBytes)));
typedef double DoubleVector __attribute__((vector_size(kRegisterBytes)));

template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
  using type = FloatVector;
};
template <>
struct VectorOf<double> {
  using type = DoubleVector;
};
template <class T>
using Vec = typename VectorOf<T>::type;

template <class T>
constexpr int kLanes = kRegisterBytes / static_cast<int>(sizeof(T));

template <class T>
inline Vec<T> LoadVec(const T* from) {
  Vec<T> v;
  memcpy(&v, from, sizeof v);
  return v;
}
template <class T>
inline void StoreVec(T* to, Vec<T> v) {
  memcpy(to, &v, sizeof v);
}
template <class T>
inline Vec<T> Splat(T x) {
  return x - Vec<T>{};
}

#if defined(__AVX512F__)
inline Vec<float> MulAdd(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
inline Vec<double> MulAdd(Vec<double> a, Vec<double> b, Vec<double> c) {
  return (Vec<double>)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
/// The first n elements; zeros behind them. 0 <= n <= lanes.
inline Vec<float> LoadPart(const float* from, int n) { return (Vec<float>)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), from); }
inline Vec<double> LoadPart(const double* from, int n) {
  return (Vec<double>)_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << n) - 1), from);
}
inline void StorePart(float* to, Vec<float> v, int n) { _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << n) - 1), (__m512)v); }
inline void StorePart(double* to, Vec<double> v, int n) { _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << n) - 1), (__m512d)v); }
#elif defined(__AVX2__) && defined(__FMA__)
inline Vec<float> MulAdd(Vec<float> a, Vec<float> b, Vec<float> c) { return (Vec<float>)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
inline Vec<double> MulAdd(Vec<double> a, Vec<double> b, Vec<double> c) {
  return (Vec<double>)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
inline __m256i FirstMask32(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline __m256i FirstMask64(int n) { return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3)); }
inline Vec<float> LoadPart(const float* from, int n) { return (Vec<float>)_mm256_maskload_ps(from, FirstMask32(n)); }
inline Vec<double> LoadPart(const double* from, int n) { return (Vec<double>)_mm256_maskload_pd(from, FirstMask64(n)); }
inline void StorePart(float* to, Vec<float> v, int n) { _mm256_maskstore_ps(to, FirstMask32(n), (__m256)v); }
inline void StorePart(double* to, Vec<double> v, int n) { _mm256_maskstore_pd(to, FirstMask64(n), (__m256d)v); }
#else
template <class V>
inline V MulAdd(V a, V b, V c) {
  return a * b + c;
}
template <class T>
inline Vec<T> LoadPart(const T* from, int n) {
  Vec<T> v{};
  memcpy(&v, from, static_cast<size_t>(n) * sizeof(T));
  return v;
}
template <class T>
inline void StorePart(T* to, Vec<T> v, int n) {
  memcpy(to, &v, static_cast<size_t>(n) * sizeof(T));
}
#endif

/// Each element plus the one `W` places further.
template <int W, class V, int... I>
inline V AddFrom(V v, std::integer_sequence<int, I...>) {
  return v + __builtin_shufflevector(v, v, (I ^ W)...);
}

/// The sum of the elements, by halves.
template <class T, int W = kLanes<T> / 2>
inline T SumVec(Vec<T> v) {
  v = AddFrom<W>(v, std::make_integer_sequence<int, kLanes<T>>());
  if constexpr (W > 1) return SumVec<T, W / 2>(v);
  else return v[0];
}

TSTORCH_END
