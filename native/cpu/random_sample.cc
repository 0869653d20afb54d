// Random orders and random choices: see reference/random/sampling.ts.
#include <cmath>
#include <vector>

#include "core/kernels.h"
#include "core/math_basic.h"
#include "cpu/random.h"

TSTORCH_BEGIN

/// [target]: a random order of 0..n-1. The partners of a piece are computed first and fetched ahead.
KERNEL(randperm) {
  const Target target(args);
  const int64_t n = target.count;
  DispatchReal("randperm", target.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* out = static_cast<T*>(target.data);
    for (int64_t i = 0; i < n; ++i) out[i] = Stored<T>::from(static_cast<Compute<T>>(i));
    Draw<1>(*target.generator, n - 1, [&](const uint32_t* words, int64_t at, int64_t count) {
      int64_t partner[kPiece];
      for (int64_t i = 0; i < count; ++i) {
        const double u = words[i], range = static_cast<double>(n - at - i);
        partner[i] = at + i + static_cast<int64_t>(u - Floor(u / range) * range);  // u / range rounds to no integer
      }
      constexpr int64_t kAhead = 16;
      for (int64_t i = 0; i < count; ++i) {
        if (i + kAhead < count) __builtin_prefetch(out + partner[i + kAhead], 1);
        std::swap(out[at + i], out[partner[i]]);
      }
    });
  });
}

namespace {

/// Weights, in rows.
template <class T>
struct Weights {
  const T* data;
  int64_t rows, count, row_stride, stride;

  explicit Weights(const TensorArg& w)
      : data(w.as<const T>()),
        rows(w.ndim == 2 ? w.sizes[0] : 1),
        count(w.sizes[w.ndim - 1]),
        row_stride(w.ndim == 2 ? w.strides[0] : 0),
        stride(w.strides[w.ndim - 1]) {}
  Compute<T> at(int64_t row, int64_t i) const { return Load(data[row * row_stride + i * stride]); }
  static Compute<T> Rounded(Compute<T> x) { return Load(Stored<T>::from(x)); }

  void Check() const {
    for (int64_t row = 0; row < rows; ++row) {
      int invalid = 0, positive = 0;
      for (int64_t i = 0; i < count; ++i) {
        const Compute<T> w = at(row, i);
        invalid |= !(w >= 0 && w < INFINITY);
        positive |= w > 0;
      }
      if (invalid) throw Error("multinomial: probability tensor contains either `inf`, `nan` or element < 0");
      if (!positive) throw Error("multinomial: invalid multinomial distribution (sum of probabilities <= 0)");
    }
  }
};

/// The first index whose cumulative share is at least a uniform, per sample.
template <class T>
void PickWithReplacement(const Weights<T>& w, int64_t* out, int64_t samples, Mt19937& g) {
  std::vector<Compute<T>> shares(static_cast<size_t>(w.count));
  for (int64_t row = 0; row < w.rows; ++row) {
    Compute<T> sum = 0;
    for (int64_t i = 0; i < w.count; ++i) shares[i] = sum += w.at(row, i);
    for (auto& share : shares) share /= sum;
    shares.back() = 1;  // whatever the rounding did
    Draw<2>(g, samples, [&](const uint32_t* words, int64_t at, int64_t n) {
      for (int64_t i = 0; i < n; ++i) {
        const double d = Uniform53(words[2 * i], words[2 * i + 1]);
        const auto slot = std::lower_bound(shares.begin(), shares.end(), d, [](auto share, double u) { return share < u; });
        out[row * samples + at + i] = slot - shares.begin();
      }
    });
  }
}

/// The indices of the largest w / q with exponential q: PyTorch's topk, whose order of ties comes from these algorithms.
template <class T>
void PickWithoutReplacement(const Weights<T>& w, int64_t* out, int64_t samples, const Compute<T>* q, bool by_columns) {
  using Entry = std::pair<Compute<T>, int64_t>;
  const auto larger = [](const Entry& x, const Entry& y) {
    return (x.first != x.first && y.first == y.first) || x.first > y.first;
  };
  std::vector<Entry> keys(static_cast<size_t>(w.count));
  for (int64_t row = 0; row < w.rows; ++row) {
    for (int64_t i = 0; i < w.count; ++i) {
      const Compute<T> exponential = q[by_columns ? i * w.rows + row : row * w.count + i];
      keys[i] = {w.Rounded(w.at(row, i) / exponential), i};
    }
    if (samples == 1) {
      out[row] = std::max_element(keys.begin(), keys.end(), [=](auto& x, auto& y) { return larger(y, x); })->second;
      continue;
    }
    if (samples * 64 <= w.count) {
      std::partial_sort(keys.begin(), keys.begin() + samples, keys.end(), larger);
    } else {
      std::nth_element(keys.begin(), keys.begin() + samples - 1, keys.end(), larger);
      std::sort(keys.begin(), keys.begin() + samples - 1, larger);
    }
    for (int64_t i = 0; i < samples; ++i) out[row * samples + i] = keys[i].second;
  }
}

template <class T>
std::vector<Compute<T>> DrawExponentials(Mt19937& g, int64_t n) {
  std::vector<Compute<T>> q(static_cast<size_t>(n));
  Draw<2>(g, n, [&](const uint32_t* words, int64_t at, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      const double value = -std::log(1 - Uniform53(words[2 * i], words[2 * i + 1]));
      q[at + i] = Weights<T>::Rounded(static_cast<Compute<T>>(value));
    }
  });
  return q;
}

}  // namespace

/// [target (int64, dense), weights, samples per row, replacement, by columns]: with `by columns` the numbers are drawn
/// down the columns of the weights.
KERNEL(multinomial) {
  const Target target(args);
  const TensorArg weights = args.tensor();
  const int64_t samples = args.integer();
  const bool replacement = args.flag(), by_columns = args.flag();
  int64_t* out = static_cast<int64_t*>(target.data);
  DispatchFloat("multinomial", weights.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const Weights<T> w(weights);
    w.Check();
    if (replacement) return PickWithReplacement(w, out, samples, *target.generator);
    const auto q = DrawExponentials<T>(*target.generator, w.rows * w.count);
    PickWithoutReplacement(w, out, samples, q.data(), by_columns);
  });
}

TSTORCH_END
