#pragma once
// How random kernels draw: 32-bit words in the order of the stream, a fixed number per element, so that one thread draws
// and several may turn the words into values. All random kernels fill dense memory and begin with the same arguments.
#include <algorithm>
#include <type_traits>

#include "core/args.h"
#include "core/mt19937.h"
#include "core/parallel.h"

TSTORCH_BEGIN

/// Elements that are handled at once: their words and values fit in the first-level cache.
constexpr int64_t kPiece = 512;
/// Elements drawn before threads share the work on them.
constexpr int64_t kBatch = 65536;

/// Where a random kernel writes, and where from: [address, dtype, number of elements, generator].
struct Target {
  void* data;
  DType dtype;
  int64_t count;
  Mt19937* generator;

  explicit Target(Args& args)
      : data(args.pointer<void>()), dtype(args.dtype()), count(args.integer()), generator(args.pointer<Mt19937>()) {}
};

/// Memory of the caching allocator for the length of a scope.
class Scratch {
 public:
  explicit Scratch(size_t bytes) : memory_(GetHost().allocate(bytes)) {}
  ~Scratch() { GetHost().release(memory_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  void* get() const { return memory_; }

 private:
  void* memory_;
};

/// Uniforms of 53 bits one by one, where the number of draws depends on what was drawn.
struct Uniforms {
  Mt19937& generator;
  double operator()() {
    const uint32_t high = generator.Next();
    return Uniform53(high, generator.Next());
  }
};

/// Draws kPer words for each of n elements and calls f(words, first, count) for pieces of them, one after the other.
template <int kPer, class F>
void Draw(Mt19937& generator, int64_t n, F f) {
  alignas(64) uint32_t words[kPer * kPiece];
  for (int64_t at = 0; at < n; at += kPiece) {
    const int64_t count = std::min(kPiece, n - at);
    generator.Fill(words, kPer * count);
    f(words, at, count);
  }
}

/// As Draw, for an f that costs much more than drawing: the pieces are shared between threads.
template <int kPer, class F>
void DrawShared(Mt19937& generator, int64_t n, F f) {
  constexpr int64_t kCostly = kPiece * 4;  // elements that are worth a second thread
  if (ThreadsFor(n, kCostly) == 1) return Draw<kPer>(generator, n, f);
  const Scratch scratch(sizeof(uint32_t) * kPer * static_cast<size_t>(std::min(n, kBatch)));
  uint32_t* words = static_cast<uint32_t*>(scratch.get());
  for (int64_t at = 0; at < n; at += kBatch) {
    const int64_t batch = std::min(kBatch, n - at);
    generator.Fill(words, kPer * batch);
    ParallelFor(batch, kCostly, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i += kPiece) f(words + kPer * i, at + i, std::min(kPiece, end - i));
    });
  }
}

/// Writes values as elements [at, at + n) of `data`: floats are rounded, integers truncated, bool is "not zero".
template <class S>
void Store(void* data, DType dtype, int64_t at, const S* values, int64_t n) {
  if (dtype == DType::boolean) {
    bool* out = static_cast<bool*>(data) + at;
    for (int64_t i = 0; i < n; ++i) out[i] = values[i] != S(0);
    return;
  }
  DispatchReal("random", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* out = static_cast<T*>(data) + at;
    for (int64_t i = 0; i < n; ++i) {
      if constexpr (std::is_floating_point_v<S> && std::is_integral_v<T> && sizeof(T) < 8) {
        out[i] = static_cast<T>(static_cast<int64_t>(values[i]));
      } else {
        out[i] = Stored<T>::from(static_cast<Compute<T>>(values[i]));
      }
    }
  });
}

/// Element i becomes f(d) of a 53-bit uniform d, computed in double.
template <class F>
void FillFromUniform53(const Target& target, F f) {
  DrawShared<2>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
    double values[kPiece];
    for (int64_t i = 0; i < n; ++i) values[i] = f(Uniform53(words[2 * i], words[2 * i + 1]));
    Store(target.data, target.dtype, at, values, n);
  });
}

TSTORCH_END
