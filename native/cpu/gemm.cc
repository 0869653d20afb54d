// Products of float and complex matrices.
#include "cpu/gemm.h"

#include <cblas.h>
#include <dnnl.h>
#include <omp.h>

#include <algorithm>

#include "core/error.h"
#include "core/parallel.h"
#include "core/signals.h"
#include "cpu/gemv.h"
#include "cpu/scratch.h"
#include "cpu/skinny.h"
#include "cpu/transpose.h"

TSTORCH_BEGIN

namespace {

/// Up to this many products OpenBLAS, which has kernels without packing, is faster than oneDNN, whose call costs 0.5 us.
constexpr int64_t kSmall = 72 * 72 * 72;
/// The same for a transposed second factor, which oneDNN copies first.
constexpr int64_t kSmallTransposed = 104 * 104 * 104;
/// From this many products on a second thread pays: waking it, and what it misses in its cache, cost about 30 us.
constexpr int64_t kParallel = int64_t{1} << 21;

/// From this many products on the libraries share a product better than parts of one thread each: they pack factors once.
constexpr int64_t kPackedOnce = int64_t{1} << 30;

/// Limits what a library takes of the thread pool, which it would wake for any size.
class ThreadLimit {
 public:
  explicit ThreadLimit(int64_t products) : before_(omp_get_max_threads()) {
    const int wanted = products < kParallel ? 1 : GetHost().threads();
    changed_ = wanted != before_ && !ThreadPool::InParallel();
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

/// Whether OpenBLAS is faster than oneDNN (measured with one thread, on AVX-512): for small products, and where oneDNN packs
/// a transposed factor of long rows, against the order of memory, for few columns of the result.
bool PreferOpenBlas(int64_t m, int64_t n, int64_t k, const Layout& a, const Layout& b) {
  if (m * n * k <= (b.transposed ? kSmallTransposed : kSmall)) return true;
  return a.transposed && a.ld >= 512 && n < a.ld && k >= 256;
}

/// c = alpha·a·b + beta·c by the better library, with the threads that it finds.
void GemmByLibrary(int64_t m, int64_t n, int64_t k, float alpha, const float* a, const Layout& la, const float* b, const Layout& lb,
               float beta, float* c, int64_t ldc) {
  if (PreferOpenBlas(m, n, k, la, lb)) {
    cblas_sgemm(CblasRowMajor, Flag(la), Flag(lb), static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), alpha, a,
                static_cast<int>(la.ld), b, static_cast<int>(lb.ld), beta, c, static_cast<int>(ldc));
  } else {  // its only errors are invalid sizes and strides
    const SignalsWait wait;
    dnnl_sgemm(la.transposed ? 'T' : 'N', lb.transposed ? 'T' : 'N', m, n, k, alpha, a, la.ld, b, lb.ld, beta, c, ldc);
  }
}

/// Few columns of a transposed second factor: oneDNN then multiplies at half its speed, or less, and a copy in order pays.
constexpr int64_t kNarrow = 128;
bool PreferCopy(int64_t m, int64_t n, int64_t k, const Layout& b) {
  return b.transposed && n >= 16 && n <= kNarrow && m >= 32 && m * n * k > kSmall;
}

/// out[k, n] = the transpose of x, whose n rows lie `ld` apart.
void CopyInOrder(uint32_t* out, const uint32_t* x, int64_t k, int64_t n, int64_t ld) {
  constexpr int64_t kLine = 16;
  ParallelFor((n + kLine - 1) / kLine, kGrain / (kLine * k) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin * kLine; c < std::min(n, end * kLine); c += kLine) {
      if (n - c >= kLine)
        TransposeStrip(out + c, x + c * ld, k, n, ld, false);
      else
        TransposeByElement(out + c, x + c * ld, k, n - c, n, ld);
    }
  });
}

/// Into how many rows and columns of parts `threads` split a result of m x n: the parts nearest to squares, which read least.
struct Grid {
  int64_t rows, columns;

  Grid(int64_t m, int64_t n, int64_t threads) : rows(1), columns(threads) {
    for (int64_t r = 2; r <= threads; ++r)
      if (threads % r == 0 && m / r + n / (threads / r) < m / rows + n / columns) rows = r, columns = threads / r;
  }
};

/// The size of the larger of `parts` parts, in whole registers.
int64_t PartSize(int64_t n, int64_t parts) { return (n + 16 * parts - 1) / (16 * parts) * 16; }

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
  if (k == 1) return Outer(m, n, alpha, a.data, a.row, b.data, b.column, beta, c, ldc);
  if (SkinnyGemm(m, n, k, alpha, a, b, beta, c, ldc)) return;
  const Layout la = LayoutOf(a, m, k), lb = LayoutOf(b, k, n);
  if (PreferCopy(m, n, k, lb)) {
    Scratch<float> copy(k * n);
    CopyInOrder(reinterpret_cast<uint32_t*>(copy.get()), reinterpret_cast<const uint32_t*>(b.data), k, n, lb.ld);
    return Gemm(m, n, k, alpha, a, {copy.get(), n, 1}, beta, c, ldc);
  }
  const int64_t products = m * n * k;
  const int threads = products < kParallel || ThreadPool::InParallel() ? 1 : GetHost().threads();
  if (threads == 1 || products >= kPackedOnce) {
    const ThreadLimit limit(products);
    return GemmByLibrary(m, n, k, alpha, a.data, la, b.data, lb, beta, c, ldc);
  }
  // Each thread computes a part of the result on its own: for flat products the libraries' sharing takes up to twice the time.
  const Grid grid(m, n, threads);
  const int64_t height = PartSize(m, grid.rows), width = PartSize(n, grid.columns);
  ParallelParts(threads, [&](int64_t t) {
    const int64_t top = t / grid.columns * height, left = t % grid.columns * width;
    if (top < m && left < n)
      GemmByLibrary(std::min(height, m - top), std::min(width, n - left), k, alpha, a.data + top * a.row, la,
                    b.data + left * b.column, lb, beta, c + top * ldc + left, ldc);
  });
}

void Gemm(int64_t m, int64_t n, int64_t k, double alpha, Matrix<double> a, Matrix<double> b, double beta, double* c,
          int64_t ldc) {
  if (m == 0 || n == 0) return;
  if (k == 0) return Scale(m, n, beta, c, ldc);
  if (m == 1) return Gemv(n, k, alpha, {b.data, b.column, b.row}, a.data, a.column, beta, c, 1);
  if (n == 1) return Gemv(m, k, alpha, a, b.data, b.row, beta, c, ldc);
  if (k == 1) return Outer(m, n, alpha, a.data, a.row, b.data, b.column, beta, c, ldc);
  if (SkinnyGemm(m, n, k, alpha, a, b, beta, c, ldc)) return;
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
