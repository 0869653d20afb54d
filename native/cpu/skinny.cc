#include "cpu/skinny.h"

#include <algorithm>

#include "core/parallel.h"
#include "cpu/ahead.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

namespace {

/// Elements of the large matrix from which on it does not stay in the second cache, and packing it costs.
constexpr int64_t kLarge = int64_t{1} << 16;
/// Elements of the matrix that are worth a thread.
constexpr int64_t kMatrixGrain = 32768;
/// Vectors, and rows of the matrix, that are worked on at once.
constexpr int kVectors = 4, kRows = 4;

/// Where results go: element i of vector p.
template <class T>
struct Results {
  T alpha, beta;
  T* data;
  int64_t element, vector;

  void put(int64_t i, int64_t p, T sum) const {
    T& y = data[i * element + p * vector];
    y = beta == T(0) ? alpha * sum : alpha * sum + beta * y;
  }
};

/// `count` vectors of `length` elements: rows `distance` apart, side by side in memory.
template <class T>
class Vectors {
 public:
  Vectors(const T* x, int64_t count, int64_t length, int64_t row, int64_t column)
      : data_(x), distance_(row), copy_(column == 1 ? 0 : count * length) {
    if (column == 1) return;
    for (int64_t i = 0; i < length; ++i)
      for (int64_t p = 0; p < count; ++p) copy_[p * length + i] = x[p * row + i * column];
    data_ = copy_.get();
    distance_ = length;
  }
  const T* operator[](int64_t p) const { return data_ + p * distance_; }
  int64_t distance() const { return distance_; }

 private:
  const T* data_;
  int64_t distance_;
  Scratch<T> copy_;
};

/// f(std::integral_constant<int, n>) for n in 1 ... kVectors.
template <class F>
void WithCount(int64_t n, F f) {
  switch (n) {
    case 1: return f(std::integral_constant<int, 1>{});
    case 2: return f(std::integral_constant<int, 2>{});
    case 3: return f(std::integral_constant<int, 3>{});
    default: return f(std::integral_constant<int, 4>{});
  }
}

/// sums[r][p] = Σ_i a[r][i] · v[p][i]
template <int R, int P, class T>
void Dots(const T* a, int64_t row, const T* v, int64_t distance, int64_t n, T (&result)[kRows][kVectors]) {
  constexpr int L = kLanes<T>;
  Vec<T> sums[R][P] = {};
  int64_t i = 0;
  for (; i + L <= n; i += L) {
    Vec<T> x[P];
    for (int p = 0; p < P; ++p) x[p] = LoadVec(v + p * distance + i);
    for (int r = 0; r < R; ++r) {
      const Vec<T> y = LoadVec(a + r * row + i);
      for (int p = 0; p < P; ++p) sums[r][p] = MulAdd(y, x[p], sums[r][p]);
    }
  }
  if (i < n) {
    const int left = static_cast<int>(n - i);
    for (int r = 0; r < R; ++r)
      for (int p = 0; p < P; ++p)
        sums[r][p] = MulAdd(LoadPart(a + r * row + i, left), LoadPart(v + p * distance + i, left), sums[r][p]);
  }
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < P; ++p) result[r][p] = SumVec<T>(sums[r][p]);
}

/// Results i of all vectors: the products of row i of the matrix with each.
template <class T>
void ByRows(int64_t rows, int64_t length, const T* a, int64_t row, int64_t count, const Vectors<T>& v, const Results<T>& out) {
  ParallelFor(
      rows, kMatrixGrain / (length + 1) + 1,
      [&](int64_t begin, int64_t end) {
        T sums[kRows][kVectors];
        for (int64_t i = begin; i < end; i += kRows) {
          const int64_t height = std::min<int64_t>(kRows, end - i);
          for (int64_t p = 0; p < count; p += kVectors) {  // the rows stay in the cache
            const int64_t width = std::min<int64_t>(kVectors, count - p);
            WithCount(width, [&](auto w) {
              WithCount(height, [&](auto h) { Dots<h(), w()>(a + i * row, row, v[p], v.distance(), length, sums); });
            });
            for (int64_t r = 0; r < height; ++r)
              for (int64_t q = 0; q < width; ++q) out.put(i + r, p + q, sums[r][q]);
          }
        }
      },
      kRows);
}

/// sums[p][i] += Σ_r factors[r][p] · a[r][i] for i in [0, n); meanwhile `next` rows are asked for.
template <int R, int P, class T>
void AddRows(const T* a, int64_t row, int64_t next, const T (&factors)[kRows][kVectors], int64_t n, T* sums, int64_t distance) {
  constexpr int L = kLanes<T>;
  Vec<T> f[R][P];
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < P; ++p) f[r][p] = Splat(factors[r][p]);
  int64_t i = 0;
  for (; i + L <= n; i += L) {
    Vec<T> x[R], sum[P];
    for (int r = 0; r < R; ++r) x[r] = LoadVec(a + r * row + i);
    for (int r = 0; r < R; ++r) __builtin_prefetch(a + (r + next) * row + i);
    for (int p = 0; p < P; ++p) sum[p] = LoadVec(sums + p * distance + i);
    for (int r = 0; r < R; ++r)
      for (int p = 0; p < P; ++p) sum[p] = MulAdd(x[r], f[r][p], sum[p]);
    for (int p = 0; p < P; ++p) StoreVec(sums + p * distance + i, sum[p]);
  }
  for (; i < n; ++i)
    for (int p = 0; p < P; ++p)
      for (int r = 0; r < R; ++r) sums[p * distance + i] += a[r * row + i] * factors[r][p];
}

/// Results of all vectors: sums of the matrix's rows, those of vector p times its elements, v[row][p].
template <class T>
void SumRows(int64_t rows, int64_t length, const T* a, int64_t row, int64_t count, Matrix<T> v, const Results<T>& out) {
  constexpr int64_t kBlock = 256;  // sums stay in the first cache, and a strip of the matrix in the second
  const int64_t blocks = (length + kBlock - 1) / kBlock;
  ParallelFor(blocks, kMatrixGrain / (rows * kBlock) + 1, [&](int64_t begin, int64_t end) {
    alignas(64) T sums[kVectors * kBlock];
    T factors[kRows][kVectors];
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kBlock, n = std::min(kBlock, length - first);
      for (int64_t p = 0; p < count; p += kVectors) {
        const int64_t width = std::min<int64_t>(kVectors, count - p);
        std::fill_n(sums, kVectors * kBlock, T(0));
        for (int64_t r = 0; r < rows; r += kRows) {
          const int64_t height = std::min<int64_t>(kRows, rows - r), next = r + 2 * kRows <= rows ? kRows : 0;
          for (int64_t i = 0; i < height; ++i)
            for (int64_t q = 0; q < width; ++q) factors[i][q] = v.data[(r + i) * v.row + (p + q) * v.column];
          WithCount(width, [&](auto w) {
            WithCount(height, [&](auto h) { AddRows<h(), w()>(a + r * row + first, row, next, factors, n, sums, kBlock); });
          });
        }
        for (int64_t q = 0; q < width; ++q)
          for (int64_t i = 0; i < n; ++i) out.put(first + i, p + q, sums[q * kBlock + i]);
      }
    }
  });
}

/// to[r][i] = Σ_p factors[r][p] · v[p][i] + keep · to[r][i]
template <int R, int P, class T>
void WriteRows(T* to, int64_t row, const T (&factors)[kRows][kVectors], const T* v, int64_t distance, int64_t n, T keep) {
  constexpr int L = kLanes<T>;
  Vec<T> f[R][P];
  for (int r = 0; r < R; ++r)
    for (int p = 0; p < P; ++p) f[r][p] = Splat(factors[r][p]);
  const auto sum = [&](int r, const Vec<T>(&x)[P]) {
    Vec<T> s = x[0] * f[r][0];
    for (int p = 1; p < P; ++p) s = MulAdd(x[p], f[r][p], s);
    return s;
  };
  int64_t i = 0;
  for (; i + L <= n; i += L) {
    Vec<T> x[P];
    for (int p = 0; p < P; ++p) x[p] = LoadVec(v + p * distance + i);
    for (int r = 0; r < R; ++r) {
      T* at = to + r * row + i;
      __builtin_prefetch(at + kAheadBytes / sizeof(T), 1);
      StoreVec(at, keep == T(0) ? sum(r, x) : sum(r, x) + keep * LoadVec(at));
    }
  }
  if (i < n) {
    const int left = static_cast<int>(n - i);
    Vec<T> x[P];
    for (int p = 0; p < P; ++p) x[p] = LoadPart(v + p * distance + i, left);
    for (int r = 0; r < R; ++r) {
      T* at = to + r * row + i;
      StorePart(at, keep == T(0) ? sum(r, x) : sum(r, x) + keep * LoadPart(at, left), left);
    }
  }
}

/// The matrix becomes alpha · Σ_p u[row][p] · v[p] + beta · itself.
template <class T>
void FromVectors(int64_t rows, int64_t length, T alpha, Matrix<T> u, int64_t count, const Vectors<T>& v, T beta, T* c,
                 int64_t row) {
  constexpr int64_t kBlock = 1024;  // rows are written in pieces that stay in the first cache
  ParallelFor(
      rows, kMatrixGrain / (length + 1) + 1,
      [&](int64_t begin, int64_t end) {
        T factors[kRows][kVectors];
        for (int64_t i = begin; i < end; i += kRows) {
          const int64_t height = std::min<int64_t>(kRows, end - i);
          for (int64_t first = 0; first < length; first += kBlock)
            for (int64_t p = 0; p < count; p += kVectors) {
              const int64_t width = std::min<int64_t>(kVectors, count - p);
              for (int64_t r = 0; r < height; ++r)
                for (int64_t q = 0; q < width; ++q) factors[r][q] = alpha * u.data[(i + r) * u.row + (p + q) * u.column];
              WithCount(width, [&](auto w) {
                WithCount(height, [&](auto h) {
                  WriteRows<h(), w()>(c + i * row + first, row, factors, v[p] + first, v.distance(),
                                      std::min(kBlock, length - first), p == 0 ? beta : T(1));
                });
              });
            }
        }
      },
      kRows);
}

/// The matrix of the two large sizes is a, b or c; b and c are also taken as their transposes.
template <class T>
bool Skinny(int64_t m, int64_t n, int64_t k, T alpha, Matrix<T> a, Matrix<T> b, T beta, T* c, int64_t ldc) {
  const auto is_large = [](int64_t x, int64_t y) { return x > kFew && y > kFew && x * y >= kLarge; };
  if (n <= kFew && is_large(m, k)) {
    const Results<T> out{alpha, beta, c, ldc, 1};
    if (a.column == 1) ByRows(m, k, a.data, a.row, n, Vectors<T>(b.data, n, k, b.column, b.row), out);
    else SumRows(k, m, a.data, a.column, n, b, out);
    return true;
  }
  if (m <= kFew && is_large(n, k)) {
    const Results<T> out{alpha, beta, c, 1, ldc};
    if (b.row == 1) ByRows(n, k, b.data, b.column, m, Vectors<T>(a.data, m, k, a.row, a.column), out);
    else SumRows(k, n, b.data, b.row, m, {a.data, a.column, a.row}, out);
    return true;
  }
  if (k <= kFew && is_large(m, n)) {
    FromVectors(m, n, alpha, a, k, Vectors<T>(b.data, k, n, b.row, b.column), beta, c, ldc);
    return true;
  }
  return false;
}

}  // namespace

bool SkinnyGemm(int64_t m, int64_t n, int64_t k, float alpha, Matrix<float> a, Matrix<float> b, float beta, float* c,
                int64_t ldc) {
  return Skinny(m, n, k, alpha, a, b, beta, c, ldc);
}
bool SkinnyGemm(int64_t m, int64_t n, int64_t k, double alpha, Matrix<double> a, Matrix<double> b, double beta, double* c,
                int64_t ldc) {
  return Skinny(m, n, k, alpha, a, b, beta, c, ldc);
}

TSTORCH_END
