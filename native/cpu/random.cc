// Random numbers whose algorithms need no more than uniforms, element by element. What they mean, and which draws they
// make: reference/random/sampling.ts.
#include "cpu/random.h"

#include "core/kernels.h"
#include "core/math.h"

TSTORCH_BEGIN

namespace {

/// 16-bit floats have as many random bits as significant ones.
float UniformHalf(uint32_t bits, DType dtype) {
  return dtype == DType::float16 ? static_cast<float>(bits & 0x7ffu) * 0x1p-11f : static_cast<float>(bits & 0xffu) * 0x1p-8f;
}

void FillUniform64(const Target& target, double low, double width) {
  double* out = static_cast<double*>(target.data);
  Draw<2>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[at + i] = Fma(Uniform53(words[2 * i], words[2 * i + 1]), width, low);
  });
}

void FillUniform32(const Target& target, float low, float width) {
  float* out = static_cast<float*>(target.data);
  Draw<1>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[at + i] = Fma(Uniform24(words[i]), width, low);
  });
}

void FillUniform16(const Target& target, float low, float width) {
  Draw<1>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
    float values[kPiece];
    for (int64_t i = 0; i < n; ++i) values[i] = Fma(UniformHalf(words[i], target.dtype), width, low);
    Store(target.data, target.dtype, at, values, n);
  });
}

}  // namespace

/// [target, from, to - from], both already rounded to the dtype
KERNEL(uniform) {
  const Target target(args);
  const double low = args.number(), width = args.number();
  if (target.dtype == DType::float64) return FillUniform64(target, low, width);
  if (target.dtype == DType::float32) return FillUniform32(target, static_cast<float>(low), static_cast<float>(width));
  FillUniform16(target, static_cast<float>(low), static_cast<float>(width));
}

/// [target, p]
KERNEL(bernoulli) {
  const Target target(args);
  const uint64_t bound = BernoulliBound(args.number());
  Draw<2>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
    uint8_t values[kPiece];
    for (int64_t i = 0; i < n; ++i) values[i] = Bits53(words[2 * i], words[2 * i + 1]) < bound;
    Store(target.data, target.dtype, at, values, n);
  });
}

/// [target, probabilities]: as many, dense, float32 or float64
KERNEL(bernoulli_tensor) {
  const Target target(args);
  const TensorArg p = args.tensor();
  DispatchFullFloat("bernoulli", p.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* probabilities = p.as<const T>();
    for (int64_t i = 0; i < target.count; ++i) {
      if (!(probabilities[i] >= 0 && probabilities[i] <= 1)) {
        throw Error("bernoulli: Expected p_in >= 0 && p_in <= 1 to be true, but got false.");
      }
    }
    constexpr int kPer = std::is_same_v<T, double> ? 2 : 1;
    Draw<kPer>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
      uint8_t values[kPiece];
      for (int64_t i = 0; i < n; ++i) {
        if constexpr (kPer == 2) {
          values[i] = Uniform53(words[2 * i], words[2 * i + 1]) < probabilities[at + i];
        } else {
          values[i] = Uniform24(words[i]) < probabilities[at + i];
        }
      }
      Store(target.data, target.dtype, at, values, n);
    });
  });
}

namespace {

int64_t ReadInt64(Args& args) {
  const uint64_t high = static_cast<uint64_t>(args.integer());
  return static_cast<int64_t>(high << 32 | static_cast<uint64_t>(args.integer()));
}

/// u32 mod range + base. All of it is exact in double, and vectorizes there.
void FillIntegers32(const Target& target, double range, double base) {
  const double inverse = 1 / range;
  Draw<1>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
    double values[kPiece];
    for (int64_t i = 0; i < n; ++i) {
      const double u = words[i];
      const double rest = u - Floor(u * inverse) * range;  // may be off by one multiple
      const double low = rest < 0 ? rest + range : rest;
      values[i] = (low >= range ? low - range : low) + base;
    }
    Store(target.data, target.dtype, at, values, n);
  });
}

/// u64 mod range + base; range 0 stands for 2^64.
void FillIntegers64(const Target& target, uint64_t range, int64_t base) {
  Draw<2>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
    int64_t values[kPiece];
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t u = static_cast<uint64_t>(words[2 * i]) << 32 | words[2 * i + 1];
      values[i] = static_cast<int64_t>(range == 0 ? u : u % range) + base;
    }
    Store(target.data, target.dtype, at, values, n);
  });
}

}  // namespace

/// [target, range, base, wide]: u32 or, if `wide`, u64, mod range, plus base. range and base are two numbers each.
KERNEL(random_integers) {
  const Target target(args);
  const int64_t range = ReadInt64(args), base = ReadInt64(args);
  const bool wide = args.flag();
  constexpr int64_t kExact = int64_t{1} << 52;
  if (wide) return FillIntegers64(target, static_cast<uint64_t>(range), base);
  if (base >= -kExact && base <= kExact) return FillIntegers32(target, static_cast<double>(range), static_cast<double>(base));
  Draw<1>(*target.generator, target.count, [&](const uint32_t* words, int64_t at, int64_t n) {
    int64_t values[kPiece];
    for (int64_t i = 0; i < n; ++i) values[i] = words[i] % range + base;
    Store(target.data, target.dtype, at, values, n);
  });
}

/// [target, lambda]
KERNEL(exponential) {
  const Target target(args);
  const double scale = -1 / args.number();
  FillFromUniform53(target, [=](double d) { return scale * Log(1 - d); });
}

/// [target, p]
KERNEL(geometric) {
  const Target target(args);
  const double log_failure = Log(1 - args.number());
  FillFromUniform53(target, [=](double d) { return Ceil(Log(d) / log_failure); });
}

/// [target, median, sigma]
KERNEL(cauchy) {
  const Target target(args);
  const double median = args.number(), sigma = args.number();
  constexpr double kPi = 3.14159265358979323846;
  FillFromUniform53(target, [=](double d) { return Fma(sigma, Tan(kPi * (d - 0.5)), median); });
}

TSTORCH_END
