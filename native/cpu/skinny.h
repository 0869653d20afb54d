#pragma once
// Products of a large matrix with a few vectors: bound by the memory of the matrix, so each of its elements is read or
// written once, in the order of memory. Libraries pack it first, which takes two to three times as long.
#include "cpu/gemm.h"

TSTORCH_BEGIN

/// Up to so many vectors.
constexpr int64_t kFew = 8;

/// c = alpha·a·b + beta·c as Gemm, if one of m, n and k is at most kFew and the matrix of the other two is large; else
/// false, and nothing is done.
bool SkinnyGemm(int64_t m, int64_t n, int64_t k, float alpha, Matrix<float> a, Matrix<float> b, float beta, float* c,
                int64_t ldc);
bool SkinnyGemm(int64_t m, int64_t n, int64_t k, double alpha, Matrix<double> a, Matrix<double> b, double beta, double* c,
                int64_t ldc);

TSTORCH_END
