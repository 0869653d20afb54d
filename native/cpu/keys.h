#pragma once
// Elements as unsigned numbers of the same order: NaN is the largest, -0 equals +0. Whatever sorts, selects or compares
// elements works on keys, of which there are two types only, and never meets a NaN.


#include "core/math.h"
#include "core/parallel.h"
#include "cpu/scratch.h"
#include "cpu/slices.h"

TSTORCH_BEGIN

template <class T>
struct KeyType {
  using type = uint32_t;
};
template <>
struct KeyType<double> {
  using type = uint64_t;
};
template <>
struct KeyType<int64_t> {
  using type = uint64_t;
};
template <class T>
using Key = typename KeyType<T>::type;

/// The key of NaN; integers have none.
template <class T>
constexpr Key<T> kNaNKey = ~Key<T>{0};

inline uint32_t KeyOf(float x) {
  const uint32_t bits = FloatToBits(x + 0.0f);  // -0 becomes +0
  const uint32_t key = bits ^ (static_cast<uint32_t>(static_cast<int32_t>(bits) >> 31) | 0x80000000u);
  return x != x ? kNaNKey<float> : key;
}
inline uint64_t KeyOf(double x) {
  const double positive = x + 0.0;
  uint64_t bits;
  memcpy(&bits, &positive, sizeof bits);
  const uint64_t key = bits ^ (static_cast<uint64_t>(static_cast<int64_t>(bits) >> 63) | uint64_t{1} << 63);
  return x != x ? kNaNKey<double> : key;
}
inline uint32_t KeyOf(int32_t x) { return static_cast<uint32_t>(x) ^ 0x80000000u; }
inline uint64_t KeyOf(int64_t x) { return static_cast<uint64_t>(x) ^ uint64_t{1} << 63; }

/// The element with this key; zeros and NaNs, which share one, must be looked up.
inline float FromKey(Type<float>, uint32_t key) { return BitsToFloat(key & 0x80000000u ? key ^ 0x80000000u : ~key); }
inline double FromKey(Type<double>, uint64_t key) {
  const uint64_t bits = key >> 63 ? key ^ uint64_t{1} << 63 : ~key;
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
inline int32_t FromKey(Type<int32_t>, uint32_t key) { return static_cast<int32_t>(key ^ 0x80000000u); }
inline int64_t FromKey(Type<int64_t>, uint64_t key) { return static_cast<int64_t>(key ^ uint64_t{1} << 63); }

/// Whether the element is not known from its key.
template <class T>
bool IsAmbiguous(Key<T> key) {
  return static_cast<T>(0.5) != static_cast<T>(0) && (key == kNaNKey<T> || key == KeyOf(T(0)));
}

/// Whether a key is that of NaN.
template <class T>
bool IsNaNKey(Key<T> key) {
  return static_cast<T>(0.5) != static_cast<T>(0) && key == kNaNKey<T>;
}

/// An element of a slice: ordered by key, then by place, which makes every sort stable and every selection unique.
template <class K>
struct Entry;
template <>
struct Entry<uint32_t> {
  uint64_t both;
  Entry() = default;
  Entry(uint32_t key, uint32_t index) : both(static_cast<uint64_t>(key) << 32 | index) {}
  uint32_t key() const { return static_cast<uint32_t>(both >> 32); }
  uint32_t index() const { return static_cast<uint32_t>(both); }
  bool operator<(const Entry& other) const { return both < other.both; }
};
template <>
struct Entry<uint64_t> {
  uint64_t key_;
  uint64_t index_;
  Entry() = default;
  Entry(uint64_t key, uint32_t index) : key_(key), index_(index) {}
  uint64_t key() const { return key_; }
  uint32_t index() const { return static_cast<uint32_t>(index_); }
  bool operator<(const Entry& other) const { return key_ < other.key_ || (key_ == other.key_ && index_ < other.index_); }
};

/// float32, float64, int32 and int64: TypeScript converts the others.
template <class F>
void DispatchKeys(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::float32: return f(Type<float>{});
    case DType::float64: return f(Type<double>{});
    case DType::int32: return f(Type<int32_t>{});
    case DType::int64: return f(Type<int64_t>{});
    default: UnsupportedDType(op);
  }
}

/// Calls f(slice, first, scratch) for every slice: its number, the place of its first element, whose neighbours in the
/// slice lie s.inner apart, and room for `room` values of type E that no other thread uses. Both threads.
template <class E, class F>
void ForEachSlice(const Slices& s, int64_t room, F f) {
  if (s.n > UINT32_MAX) throw Error("a slice of more than 2^32 - 1 elements cannot be sorted");
  const int64_t slices = s.outer * s.inner;
  const int64_t grain = kGrain / (8 * (s.n + 1)) + 1;
  Scratch<E> scratch(room * ThreadsFor(slices, grain));
  ParallelFor(slices, grain, [&](int64_t begin, int64_t end) {
    E* own = scratch.get() + room * ThreadPool::Index();
    for (int64_t i = begin; i < end; ++i) f(i, i / s.inner * s.n * s.inner + i % s.inner, own);
  });
}

TSTORCH_END
