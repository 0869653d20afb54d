#include "cpu/gemv.h"

#include <memory>

#include "core/parallel.h"
#include "cpu/ahead.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

namespace {

/// Elements of the matrix that are worth a thread.
constexpr int64_t kMatrixGrain = 65536;

/// Dot products of R rows with x, two chains a row.
template <class T, int R>
void Dots(const T* a, int64_t row, const T* x, int64_t k, T* sums) {
  constexpr int L = kLanes<T>;
  Vec<T> even[R] = {}, odd[R] = {};
  int64_t p = 0;
  for (; p + 2 * L <= k; p += 2 * L) {
    const Vec<T> x0 = LoadVec(x + p), x1 = LoadVec(x + p + L);
    for (int r = 0; r < R; ++r) {
      even[r] = MulAdd(LoadVec(a + r * row + p), x0, even[r]);
      odd[r] = MulAdd(LoadVec(a + r * row + p + L), x1, odd[r]);
    }
  }
  for (; p < k; p += L) {
    const int left = static_cast<int>(k - p < L ? k - p : L);
    const Vec<T> x0 = LoadPart(x + p, left);
    for (int r = 0; r < R; ++r) even[r] = MulAdd(LoadPart(a + r * row + p, left), x0, even[r]);
  }
  for (int r = 0; r < R; ++r) sums[r] = SumVec<T>(even[r] + odd[r]);
}

template <class T>
struct Output {
  T alpha, beta;
  T* data;
  int64_t stride;
  void put(int64_t i, T sum) const {
    T& y = data[i * stride];
    y = beta == T(0) ? alpha * sum : alpha * sum + beta * y;
  }
};

/// Rows lie in memory one after the other.
template <class T>
void ByRows(int64_t m, int64_t k, Matrix<T> a, const T* x, Output<T> y) {
  ParallelFor(m, kMatrixGrain / (k + 1) + 1, [&](int64_t begin, int64_t end) {
    constexpr int R = 4;
    T sums[R];
    int64_t i = begin;
    for (; i + R <= end; i += R) {
      Dots<T, R>(a.data + i * a.row, a.row, x, k, sums);
      for (int r = 0; r < R; ++r) y.put(i + r, sums[r]);
    }
    for (; i < end; ++i) {
      Dots<T, 1>(a.data + i * a.row, a.row, x, k, sums);
      y.put(i, sums[0]);
    }
  });
}

/// sums += Σ_c x[c] · column c, for R columns of n elements.
template <class T, int R>
void AddColumns(const T* a, int64_t column, const T* x, int64_t n, T* sums) {
  constexpr int L = kLanes<T>;
  Vec<T> factor[R];
  for (int r = 0; r < R; ++r) factor[r] = Splat(x[r]);
  int64_t i = 0;
  for (; i + L <= n; i += L) {
    Vec<T> sum = LoadVec(sums + i);
    for (int r = 0; r < R; ++r) sum = MulAdd(LoadVec(a + r * column + i), factor[r], sum);
    StoreVec(sums + i, sum);
  }
  if (i < n) {
    const int left = static_cast<int>(n - i);
    Vec<T> sum = LoadPart(sums + i, left);
    for (int r = 0; r < R; ++r) sum = MulAdd(LoadPart(a + r * column + i, left), factor[r], sum);
    StorePart(sums + i, sum, left);
  }
}

/// Columns lie in memory one after the other: a block of outputs stays in the first cache while they stream by.
template <class T>
void ByColumns(int64_t m, int64_t k, Matrix<T> a, const T* x, Output<T> y) {
  constexpr int64_t kBlock = 2048;
  ParallelStrips(
      m, kMatrixGrain / (k + 1) + 1,
      [&](int64_t begin, int64_t end) {
        alignas(64) T sums[kBlock];
        for (int64_t first = begin; first < end; first += kBlock) {
          const int64_t n = end - first < kBlock ? end - first : kBlock;
          memset(sums, 0, static_cast<size_t>(n) * sizeof(T));
          const T* from = a.data + first;
          int64_t p = 0;
          for (; p + 8 <= k; p += 8) AddColumns<T, 8>(from + p * a.column, a.column, x + p, n, sums);
          for (; p < k; ++p) AddColumns<T, 1>(from + p * a.column, a.column, x + p, n, sums);
          for (int64_t i = 0; i < n; ++i) y.put(first + i, sums[i]);
        }
      },
      64);
}

/// A vector whose elements lie side by side: x itself, or a copy.
template <class T>
class Dense {
 public:
  Dense(const T* x, int64_t n, int64_t stride) : data_(x) {
    if (stride == 1) return;
    copy_.reset(new T[static_cast<size_t>(n)]);
    for (int64_t i = 0; i < n; ++i) copy_[i] = x[i * stride];
    data_ = copy_.get();
  }
  const T* get() const { return data_; }

 private:
  const T* data_;
  std::unique_ptr<T[]> copy_;
};

template <class T>
void Product(int64_t m, int64_t k, T alpha, Matrix<T> a, const T* x, int64_t x_stride, T beta, T* y, int64_t y_stride) {
  const Dense<T> dense(x, k, x_stride);
  const Output<T> out{alpha, beta, y, y_stride};
  const bool by_rows = k == 1 ? a.row != 1 : a.column == 1 && !(a.row == 1 && m > 1);
  if (by_rows) ByRows(m, k, a, dense.get(), out);
  else ByColumns(m, k, a, dense.get(), out);
}

template <class T>
void OuterProduct(int64_t m, int64_t n, T alpha, const T* x, int64_t x_stride, const T* y, int64_t y_stride, T beta, T* c,
                  int64_t row) {
  const Dense<T> dense(y, n, y_stride);
  const bool outside = IsOutsideCache<T>(m * n);
  ParallelFor(m, kGrain / (n + 1) + 1, [&](int64_t begin, int64_t end) {
    const T* from = dense.get();
    for (int64_t i = begin; i < end; ++i) {
      const T factor = alpha * x[i * x_stride];
      T* to = c + i * row;
      if (beta == T(0)) ForElements<T>(n, outside, [=](int64_t j) { to[j] = factor * from[j]; }, to);
      else ForElements<T>(n, outside, [=](int64_t j) { to[j] = factor * from[j] + beta * to[j]; }, to);
    }
  });
}

}  // namespace

void Gemv(int64_t m, int64_t k, float alpha, Matrix<float> a, const float* x, int64_t x_stride, float beta, float* y,
          int64_t y_stride) {
  Product(m, k, alpha, a, x, x_stride, beta, y, y_stride);
}
void Gemv(int64_t m, int64_t k, double alpha, Matrix<double> a, const double* x, int64_t x_stride, double beta, double* y,
          int64_t y_stride) {
  Product(m, k, alpha, a, x, x_stride, beta, y, y_stride);
}
void Outer(int64_t m, int64_t n, float alpha, const float* x, int64_t x_stride, const float* y, int64_t y_stride, float beta,
           float* c, int64_t row) {
  OuterProduct(m, n, alpha, x, x_stride, y, y_stride, beta, c, row);
}
void Outer(int64_t m, int64_t n, double alpha, const double* x, int64_t x_stride, const double* y, int64_t y_stride,
           double beta, double* c, int64_t row) {
  OuterProduct(m, n, alpha, x, x_stride, y, y_stride, beta, c, row);
}

TSTORCH_END
