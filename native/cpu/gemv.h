#pragma once
// Matrix times vector, and vector times vector: bound by memory, so each element of the matrix is read or written once, in
// the order of memory.
#include "cpu/gemm.h"

TSTORCH_BEGIN

/// y = alpha·A·x + beta·y for A [m, k]; one of A's strides is 1. With beta 0 y is not read.
void Gemv(int64_t m, int64_t k, float alpha, Matrix<float> a, const float* x, int64_t x_stride, float beta, float* y,
          int64_t y_stride);
void Gemv(int64_t m, int64_t k, double alpha, Matrix<double> a, const double* x, int64_t x_stride, double beta, double* y,
          int64_t y_stride);
/// C = alpha·x·yᵀ + beta·C for C [m, n], whose rows are `row` apart. With beta 0 C is not read.
void Outer(int64_t m, int64_t n, float alpha, const float* x, int64_t x_stride, const float* y, int64_t y_stride, float beta,
           float* c, int64_t row);
void Outer(int64_t m, int64_t n, double alpha, const double* x, int64_t x_stride, const double* y, int64_t y_stride,
           double beta, double* c, int64_t row);

TSTORCH_END
