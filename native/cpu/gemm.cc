// Products of float and complex matrices.
#include "cpu/gemm.h"

#include <cblas.h>
#include <dnnl.h>

#include <algorithm>

#include "core/error.h"
#include "core/parallel.h"
#include "cpu/gemv.h"

TSTORCH_BEGIN

namespace {

/// Up to this many products OpenBLAS, which has kernels without packing, is faster than oneDNN, whose call costs 0.5 us.
constexpr int64_t kSmall = 72 * 72 * 72;
/// The same for a transposed second factor, which oneDNN copies first.
constexpr int64_t kSmallTransposed = 104 * 104 * 104;
constexpr int64_t kMediumShared = int64_t{1} << 27;
/// From this many products on a second thread pays (about 15 us of work).
constexpr int64_t kParallel = int64_t{1} << 21;

/// Whether OpenBLAS is faster than oneDNN, measured on AVX-512: always for small products, and by a tenth where several
/// threads share a product of medium size whose second factor is transposed.
bool PreferOpenBlas(int64_t m, int64_t n, int64_t k, bool transposed) {
  const int64_t products = m * n * k;
  if (products <= (transposed ? kSmallTransposed : kSmall)) return true;
  const bool shared = products >= kParallel && GetHost().threads() > 1;
  return transposed && shared && products <= kMediumShared && std::min(m, n) >= 32;
}

/// Limits what a library takes of the thread pool, which it would wake for any size.
class ThreadLimit {
 public:
  explicit ThreadLimit(int64_t products) : before_(omp_get_max_threads()) {
    const int wanted = products < kParallel ? 1 : GetHost().threads();
    changed_ = wanted != before_ && !omp_in_parallel();
    if (changed_) omp_set_num_threads(wanted);
  }
  ~ThreadLimit() {
    if (changed_) omp_set_num_threads(before_);
  }

 private:
  int before_;
  bool changed_;
};

/// A matrix as BLAS takes it: transposed or not, and the distance of its rows or columns.
struct Layout {
  bool transposed;
  int64_t ld;
};
template <class T>
Layout LayoutOf(const Matrix<T>& x, int64_t rows, int64_t columns) {
  if (x.column == 1 && (x.row >= columns || rows == 1)) return {false, rows == 1 ? columns : x.row};
  if (x.row == 1 && (x.column >= rows || columns == 1)) return {true, columns == 1 ? rows : x.column};
  if (columns == 1) return {false, x.row};
  return {true, x.column};
}

CBLAS_TRANSPOSE Flag(const Layout& l) { return l.transposed ? CblasTrans : CblasNoTrans; }

/// c = beta·c
template <class T>
void Scale(int64_t m, int64_t n, T beta, T* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) c[i * ldc + j] = beta == T(0) ? T(0) : beta * c[i * ldc + j];
}

}  // namespace

void Gemm(int64_t m, int64_t n, int64_t k, float alpha, Matrix<float> a, Matrix<float> b, float beta, float* c,
          int64_t ldc) {
  if (m == 0 || n == 0) return;
  if (k == 0) return Scale(m, n, beta, c, ldc);
  if (m == 1) return Gemv(n, k, alpha, {b.data, b.column, b.row}, a.data, a.column, beta, c, 1);
  if (n == 1) return Gemv(m, k, alpha, a, b.data, b.row, beta, c, ldc);
  const Layout la = LayoutOf(a, m, k), lb = LayoutOf(b, k, n);
  const ThreadLimit limit(m * n * k);
  if (PreferOpenBlas(m, n, k, lb.transposed)) {
    cblas_sgemm(CblasRowMajor, Flag(la), Flag(lb), static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), alpha,
                a.data, static_cast<int>(la.ld), b.data, static_cast<int>(lb.ld), beta, c, static_cast<int>(ldc));
    return;
  }
  const dnnl_status_t status = dnnl_sgemm(la.transposed ? 'T' : 'N', lb.transposed ? 'T' : 'N', m, n, k, alpha, a.data,
                                          la.ld, b.data, lb.ld, beta, c, ldc);
  if (status != dnnl_success) throw Error("matmul: oneDNN refused the product");
}

void Gemm(int64_t m, int64_t n, int64_t k, double alpha, Matrix<double> a, Matrix<double> b, double beta, double* c,
          int64_t ldc) {
  if (m == 0 || n == 0) return;
  if (k == 0) return Scale(m, n, beta, c, ldc);
  if (m == 1) return Gemv(n, k, alpha, {b.data, b.column, b.row}, a.data, a.column, beta, c, 1);
  if (n == 1) return Gemv(m, k, alpha, a, b.data, b.row, beta, c, ldc);
  const Layout la = LayoutOf(a, m, k), lb = LayoutOf(b, k, n);
  const ThreadLimit limit(m * n * k);
  cblas_dgemm(CblasRowMajor, Flag(la), Flag(lb), static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), alpha,
              a.data, static_cast<int>(la.ld), b.data, static_cast<int>(lb.ld), beta, c, static_cast<int>(ldc));
}

void Gemm(int64_t m, int64_t n, int64_t k, std::complex<float> alpha, Matrix<std::complex<float>> a,
          Matrix<std::complex<float>> b, std::complex<float> beta, std::complex<float>* c, int64_t ldc) {
  if (m == 0 || n == 0) return;
  if (k == 0) return Scale(m, n, beta, c, ldc);
  const Layout la = LayoutOf(a, m, k), lb = LayoutOf(b, k, n);
  const ThreadLimit limit(4 * m * n * k);
  cblas_cgemm(CblasRowMajor, Flag(la), Flag(lb), static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), &alpha,
              a.data, static_cast<int>(la.ld), b.data, static_cast<int>(lb.ld), &beta, c, static_cast<int>(ldc));
}

void Gemm(int64_t m, int64_t n, int64_t k, std::complex<double> alpha, Matrix<std::complex<double>> a,
          Matrix<std::complex<double>> b, std::complex<double> beta, std::complex<double>* c, int64_t ldc) {
  if (m == 0 || n == 0) return;
  if (k == 0) return Scale(m, n, beta, c, ldc);
  const Layout la = LayoutOf(a, m, k), lb = LayoutOf(b, k, n);
  const ThreadLimit limit(4 * m * n * k);
  cblas_zgemm(CblasRowMajor, Flag(la), Flag(lb), static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), &alpha,
              a.data, static_cast<int>(la.ld), b.data, static_cast<int>(lb.ld), &beta, c, static_cast<int>(ldc));
}

TSTORCH_END
