#pragma once
// log Σ exp(x), in parts.
#include "core/math.h"
#include "cpu/fold.h"

TSTORCH_BEGIN

/// eˣ for x that is not positive, but for rounding; 0 below -87, where the result would leave the normal floats. What
/// Exp does for other x costs twice the time.
inline __attribute__((always_inline)) float ExpNegative(float x) {
  constexpr float kRound = 0x1.8p23f + 127;  // leaves n + 127, the exponent field of 2^n, in the low bits
  const float rounded = Fma(x, kLog2E, kRound);
  const float n = rounded - kRound;
  const float r = Fma(n, -kLn2Lo, Fma(n, -kLn2Hi, x));
  const float scale = FromBits(ToBits(rounded) << 23);
  const float result = Fma(r * scale, ExpSlope(r), scale);
  return x < -87.0f ? 0.0f : result;
}
inline __attribute__((always_inline)) double ExpNegative(double x) { return Exp(x); }

/// m = max x and s = Σ exp(x - m) of the elements so far. Each chunk is read from memory once.
template <class T>
struct LogSum {
  static constexpr int64_t kChunk = 2048;
  T max = Worst<T, true>();
  T sum = 0;

  /// n dense elements
  void add(const T* x, int64_t n) {
    for (int64_t i = 0; i < n; i += kChunk) add_chunk(x + i, n - i < kChunk ? n - i : kChunk);
  }
  void join(const LogSum& other) {
    const T larger = Max(other.max, max);
    if (larger == Worst<T, true>()) return;  // -∞ only; exp(-∞ - -∞) would be NaN
    sum = scaled(larger) + other.scaled(larger);
    max = larger;
  }
  /// log Σ exp(x); the same infinity where the largest element is one
  T log() const { return Abs(max) == Worst<T, false>() ? max : max + Log(sum); }

 private:
  void add_chunk(const T* x, int64_t n) {
    const T larger = Max(FoldRun(Extremum<T, true>{}, x, 1, n), max);
    if (larger == Worst<T, true>()) return;
    sum = scaled(larger) + SumExp(x, n, larger);
    max = larger;
  }
  T scaled(T to) const { return max == to || sum == 0 ? sum : sum * ExpNegative(max - to); }

  static T SumExp(const T* x, int64_t n, T max) {
    constexpr int kLanes = 128 / sizeof(T);
    T lanes[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
      for (int k = 0; k < kLanes; ++k) lanes[k] += ExpNegative(x[i + k] - max);
    for (int k = 0; k < kLanes && i < n; ++i, ++k) lanes[k] += ExpNegative(x[i] - max);
    for (int width = kLanes / 2; width > 0; width /= 2)
      for (int k = 0; k < width; ++k) lanes[k] += lanes[k + width];
    return lanes[0];
  }
};

TSTORCH_END
