#pragma once
// PyTorch's CPU generator over the block of memory that reference/random/mt19937.ts describes: native code and
// TypeScript draw from one stream.
#include <cstddef>
#include <cstdint>

#include "core/isa.h"

TSTORCH_BEGIN

struct Mt19937 {
  static constexpr int kWords = 624;
  static constexpr int kShift = 397;

  uint32_t words[kWords];
  int32_t left;  // words until the next twist, plus one
  int32_t seeded;
  uint32_t next;
  int32_t has_cached_normal;
  double cached_normal;
  uint64_t seed;

  uint32_t Next() {
    if (left == 1) Twist();
    --left;
    return Temper(words[next++]);
  }

  /// The next n draws of 32 bits. Loops of constant length over the words: the compiler vectorizes them.
  void Fill(uint32_t* out, int64_t n) {
    while (n > 0) {
      if (left == 1) Twist();
      const int64_t available = left - 1;
      const int64_t count = n < available ? n : available;
      const uint32_t* from = words + next;
      for (int64_t i = 0; i < count; ++i) out[i] = Temper(from[i]);
      left -= static_cast<int32_t>(count);
      next += static_cast<uint32_t>(count);
      out += count;
      n -= count;
    }
  }

 private:
  static uint32_t Temper(uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
  }

  static uint32_t Mix(uint32_t top, uint32_t rest, uint32_t shifted) {
    const uint32_t mixed = (top & 0x80000000u) | (rest & 0x7fffffffu);
    return shifted ^ (mixed >> 1) ^ ((0u - (rest & 1u)) & 0x9908b0dfu);
  }

  /// Replaces all words by the next 624. The parts differ in which words they read: old ones, then new ones.
  void Twist() {
    constexpr int kOld = kWords - kShift;
    for (int i = 0; i < kOld; ++i) words[i] = Mix(words[i], words[i + 1], words[i + kShift]);
    for (int i = kOld; i < kWords - 1; ++i) words[i] = Mix(words[i], words[i + 1], words[i - kOld]);
    words[kWords - 1] = Mix(words[kWords - 1], words[0], words[kShift - 1]);
    left = kWords + 1;
    next = 0;
  }
};
static_assert(offsetof(Mt19937, left) == 2496 && offsetof(Mt19937, cached_normal) == 2512 &&
              offsetof(Mt19937, seed) == 2520);

/// Uniform in [0, 1), a multiple of 2^-24, from one draw.
inline float Uniform24(uint32_t bits) { return static_cast<float>(bits & 0xffffffu) * 0x1p-24f; }

/// The low 53 of 64 bits, of which the first draw is the upper half.
inline uint64_t Bits53(uint32_t high, uint32_t low) {
  return (static_cast<uint64_t>(high & 0x1fffffu) << 32) | low;
}

/// What Bits53 must be below for the uniform to be below p: p · 2^53 is exact.
inline uint64_t BernoulliBound(double p) { return static_cast<uint64_t>(__builtin_ceil(p * 0x1p53)); }

/// Uniform in [0, 1), a multiple of 2^-53, from two draws.
inline double Uniform53(uint32_t high, uint32_t low) { return static_cast<double>(Bits53(high, low)) * 0x1p-53; }

TSTORCH_END
