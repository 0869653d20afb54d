// Normal numbers by Box and Muller: PyTorch's two algorithms and their roundings, see reference/random/normal.ts.
#include "core/cephes.h"
#include "core/kernels.h"
#include "core/math.h"
#include "cpu/random.h"

TSTORCH_BEGIN

namespace {

constexpr double kTwoPi = 6.28318530717958647692;

/// One pair of standard normals from four words, in double.
struct NormalPair {
  double first, second;

  explicit NormalPair(const uint32_t* words) {
    const double u1 = Uniform53(words[0], words[1]), u2 = Uniform53(words[2], words[3]);
    const double radius = Sqrt(-2 * Log(1 - u2));
    const double theta = kTwoPi * u1;
    first = radius * Cos(theta);
    second = radius * Sin(theta);
  }
};

/// Elements become f(z) of standard normals z drawn in pairs; a twin that is left over is cached in the generator.
template <class F>
void FillPairs(const Target& target, F f) {
  Mt19937& g = *target.generator;
  int64_t done = 0;
  const auto put = [&](double z) {
    const double value = f(z);
    Store(target.data, target.dtype, done++, &value, 1);
  };
  if (target.count > 0 && g.has_cached_normal == 1) {
    put(g.cached_normal);
    g.has_cached_normal = 0;
    g.cached_normal = 0;
  }
  const int64_t start = done, pairs = (target.count - start) / 2;
  DrawShared<4>(g, pairs, [&](const uint32_t* words, int64_t at, int64_t n) {
    double values[2 * kPiece];
    for (int64_t i = 0; i < n; ++i) {
      const NormalPair pair(words + 4 * i);
      values[2 * i] = f(pair.first);
      values[2 * i + 1] = f(pair.second);
    }
    Store(target.data, target.dtype, start + 2 * at, values, 2 * n);
  });
  done += 2 * pairs;
  if (done == target.count) return;
  uint32_t words[4];
  g.Fill(words, 4);
  const NormalPair pair(words);
  put(pair.first);
  g.has_cached_normal = 1;
  g.cached_normal = pair.second;
}

/// Turns a block of 16 uniforms into normals: j and j + 8 make a pair.
void TransformBlock(double* x, double mean, double std) {
  for (int j = 0; j < 8; ++j) {
    const double radius = Sqrt(-2 * Log(1 - x[j]));
    const double theta = kTwoPi * x[j + 8];
    x[j] = Fma(radius * Cos(theta), std, mean);
    x[j + 8] = Fma(radius * Sin(theta), std, mean);
  }
}

/// float16 rounds what is stored in a variable, bfloat16 the result of every operation.
template <class T>
void TransformBlock(T* x, float mean, float std) {
  const auto stored = [](float v) { return Load(Stored<T>::from(v)); };
  const auto step = [=](float v) { return std::is_same_v<T, BFloat16> ? stored(v) : v; };
  for (int j = 0; j < 8; ++j) {
    const float u1 = stored(1.0f - Load(x[j]));
    const float radius = stored(Sqrt(step(-2.0f * step(static_cast<float>(Log(static_cast<double>(u1)))))));
    const double theta = stored(static_cast<float>(kTwoPi * Load(x[j + 8])));
    const auto scaled = [&](double unit) {
      return Stored<T>::from(step(step(radius * step(static_cast<float>(unit))) * std) + mean);
    };
    x[j] = scaled(Cos(theta));
    x[j + 8] = scaled(Sin(theta));
  }
}

/// `blocks` blocks of 16 floats. Pairs are gathered so that the arithmetic runs over whole vectors.
void TransformBlocks(float* x, int64_t blocks, float mean, float std) {
  constexpr int64_t kGroup = 8;
  constexpr int64_t kPairs = 8 * kGroup;
  constexpr float kFloatTwoPi = static_cast<float>(kTwoPi);
  alignas(64) float first[kPairs] = {}, second[kPairs] = {};
  for (int64_t b = 0; b < blocks; b += kGroup) {
    const int64_t group = std::min(kGroup, blocks - b);
    float* at = x + 16 * b;
    for (int64_t k = 0; k < group; ++k) {
      memcpy(first + 8 * k, at + 16 * k, 32);
      memcpy(second + 8 * k, at + 16 * k + 8, 32);
    }
    for (int64_t k = 0; k < kPairs; ++k) {
      const float radius = Sqrt(-2.0f * CephesLog(1.0f - first[k]));
      const SinCos unit = CephesSinCos(kFloatTwoPi * second[k]);
      first[k] = Fma(radius * unit.cos, std, mean);
      second[k] = Fma(radius * unit.sin, std, mean);
    }
    for (int64_t k = 0; k < group; ++k) {
      memcpy(at + 16 * k, first + 8 * k, 32);
      memcpy(at + 16 * k + 8, second + 8 * k, 32);
    }
  }
}

void TransformBlocks(double* x, int64_t blocks, double mean, double std) {
  for (int64_t b = 0; b < blocks; ++b) TransformBlock(x + 16 * b, mean, std);
}
template <class T>
void TransformBlocks(T* x, int64_t blocks, float mean, float std) {
  for (int64_t b = 0; b < blocks; ++b) TransformBlock(x + 16 * b, mean, std);
}

void DrawUniform(Mt19937& g, float* out, int64_t n) {
  Draw<1>(g, n, [&](const uint32_t* words, int64_t at, int64_t m) {
    for (int64_t i = 0; i < m; ++i) out[at + i] = Uniform24(words[i]);
  });
}
void DrawUniform(Mt19937& g, double* out, int64_t n) {
  Draw<2>(g, n, [&](const uint32_t* words, int64_t at, int64_t m) {
    for (int64_t i = 0; i < m; ++i) out[at + i] = Uniform53(words[2 * i], words[2 * i + 1]);
  });
}
void DrawUniform(Mt19937& g, Half* out, int64_t n) {
  Draw<1>(g, n, [&](const uint32_t* words, int64_t at, int64_t m) {
    for (int64_t i = 0; i < m; ++i) out[at + i] = ToHalf(static_cast<float>(words[i] & 0x7ffu) * 0x1p-11f);
  });
}
void DrawUniform(Mt19937& g, BFloat16* out, int64_t n) {
  Draw<1>(g, n, [&](const uint32_t* words, int64_t at, int64_t m) {
    for (int64_t i = 0; i < m; ++i) out[at + i] = ToBFloat16(static_cast<float>(words[i] & 0xffu) * 0x1p-8f);
  });
}

/// 16 or more elements; if their number is no multiple of 16, the last 16 are drawn again.
template <class T>
void FillBlocks(const Target& target, Compute<T> mean, Compute<T> std) {
  T* out = static_cast<T*>(target.data);
  Mt19937& g = *target.generator;
  for (int64_t at = 0; at < target.count; at += kBatch) {
    const int64_t batch = std::min(kBatch, target.count - at);
    DrawUniform(g, out + at, batch);
    ParallelFor(batch / 16, 256, [&](int64_t begin, int64_t end) {
      TransformBlocks(out + at + 16 * begin, end - begin, mean, std);
    });
  }
  if (target.count % 16 == 0) return;
  T* last = out + target.count - 16;
  DrawUniform(g, last, 16);
  TransformBlocks(last, 1, mean, std);
}

}  // namespace

namespace {

void FillNormal(const Target& target, double mean, double std, bool paired) {
  if (paired || target.count < 16) return FillPairs(target, [=](double z) { return Fma(z, std, mean); });
  DispatchFloat("normal", target.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const auto rounded = [](double x) { return Load(Stored<T>::from(static_cast<Compute<T>>(x))); };
    FillBlocks<T>(target, rounded(mean), rounded(std));
  });
}

}  // namespace

/// [target, mean, std, paired]
KERNEL(normal) {
  const Target target(args);
  const double mean = args.number(), std = args.number();
  FillNormal(target, mean, std, args.flag());
}

/// [target, mean, std, means, stds]: a tensor takes the place of its number; tensors are dense, of the target's dtype and
/// size. Scaling and shifting round each, as PyTorch's separate operations do.
KERNEL(normal_tensor) {
  const Target target(args);
  const double mean = args.number(), std = args.number();
  const TensorArg means = args.tensor(), stds = args.tensor();
  DispatchFloat("normal", target.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* scale = stds.as<const T>();
    for (int64_t i = 0; stds && i < target.count; ++i) {
      if (!(Load(scale[i]) >= 0)) throw Error("normal: expects all elements of std >= 0.0");
    }
    FillNormal(target, 0, stds ? 1 : std, false);
    T* out = static_cast<T*>(target.data);
    const T* shift = means.as<const T>();
    const T number = Stored<T>::from(static_cast<Compute<T>>(mean));
    for (int64_t i = 0; i < target.count; ++i) {
      if (stds) out[i] = Stored<T>::from(Load(out[i]) * Load(scale[i]));
      out[i] = Stored<T>::from(Load(out[i]) + Load(means ? shift[i] : number));
    }
  });
}

/// [target, mean, std]
KERNEL(log_normal) {
  const Target target(args);
  const double mean = args.number(), std = args.number();
  FillPairs(target, [=](double z) { return Exp(Fma(z, std, mean)); });
}

TSTORCH_END
