#pragma once
// Products of matrices, for every dtype: the best of OpenBLAS, oneDNN and own kernels for each shape (measured, see
// gemm.cc). All of them may be called inside a parallel region and then use one thread.
#include <complex>
#include <cstdint>

#include "core/isa.h"

TSTORCH_BEGIN

/// Element (i, j) is data[i * row + j * column].
template <class T>
struct Matrix {
  const T* data;
  int64_t row, column;
};

/// c = alpha·a·b + beta·c for a [m, k], b [k, n] and c [m, n] with unit column stride. With beta 0 c is not read.
/// float, double and complex: one stride of a and of b must be 1 (a size of 1 makes its stride free).
void Gemm(int64_t m, int64_t n, int64_t k, float alpha, Matrix<float> a, Matrix<float> b, float beta, float* c, int64_t ldc);
void Gemm(int64_t m, int64_t n, int64_t k, double alpha, Matrix<double> a, Matrix<double> b, double beta, double* c,
          int64_t ldc);
void Gemm(int64_t m, int64_t n, int64_t k, std::complex<float> alpha, Matrix<std::complex<float>> a,
          Matrix<std::complex<float>> b, std::complex<float> beta, std::complex<float>* c, int64_t ldc);
void Gemm(int64_t m, int64_t n, int64_t k, std::complex<double> alpha, Matrix<std::complex<double>> a,
          Matrix<std::complex<double>> b, std::complex<double> beta, std::complex<double>* c, int64_t ldc);

/// The same for integers, which wrap; any strides.
template <class T>
void Gemm(int64_t m, int64_t n, int64_t k, T alpha, Matrix<T> a, Matrix<T> b, T beta, T* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i) {
    T* row = c + i * ldc;
    for (int64_t j = 0; j < n; ++j) row[j] = beta == 0 ? T(0) : static_cast<T>(beta * row[j]);
    for (int64_t p = 0; p < k; ++p) {
      const T factor = static_cast<T>(alpha * a.data[i * a.row + p * a.column]);
      const T* from = b.data + p * b.row;
      if (b.column == 1) {
        for (int64_t j = 0; j < n; ++j) row[j] = static_cast<T>(row[j] + factor * from[j]);
      } else {
        for (int64_t j = 0; j < n; ++j) row[j] = static_cast<T>(row[j] + factor * from[j * b.column]);
      }
    }
  }
}

TSTORCH_END
