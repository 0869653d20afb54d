#pragma once
// Reductions over any dims of a strided tensor. The output has size 1 (keepdim) in the dims that are reduced.
#include "core/args.h"
#include "core/parallel.h"

TSTORCH_BEGIN

/// Dims of a reduction, split into kept and reduced ones, outermost first; neighbours that lie behind one another in
/// memory are joined. Strides are the input's.
struct Reduction {
  int kept = 0, reduced = 0;
  int64_t kept_sizes[kMaxDims], kept_strides[kMaxDims], out_strides[kMaxDims];
  int64_t reduced_sizes[kMaxDims], reduced_strides[kMaxDims];
  int64_t outputs = 1, inputs = 1;  // elements per kind of dim
};

inline Reduction PlanReduction(const TensorArg& out, const TensorArg& x) {
  Reduction r;
  for (int d = 0; d < x.ndim; ++d) {
    const int64_t n = x.sizes[d];
    if (n == 1) continue;
    if (out.sizes[d] == n) {
      r.outputs *= n;
      int& k = r.kept;
      if (k > 0 && r.kept_strides[k - 1] == x.strides[d] * n && r.out_strides[k - 1] == out.strides[d] * n) {
        r.kept_sizes[k - 1] *= n;
        r.kept_strides[k - 1] = x.strides[d];
        r.out_strides[k - 1] = out.strides[d];
      } else {
        r.kept_sizes[k] = n;
        r.kept_strides[k] = x.strides[d];
        r.out_strides[k] = out.strides[d];
        ++k;
      }
    } else {
      r.inputs *= n;
      int& k = r.reduced;
      if (k > 0 && r.reduced_strides[k - 1] == x.strides[d] * n) {
        r.reduced_sizes[k - 1] *= n;
        r.reduced_strides[k - 1] = x.strides[d];
      } else {
        r.reduced_sizes[k] = n;
        r.reduced_strides[k] = x.strides[d];
        ++k;
      }
    }
  }
  if (r.kept == 0) {
    r.kept_sizes[0] = 1;
    r.kept_strides[0] = r.out_strides[0] = 0;
    r.kept = 1;
  }
  if (r.reduced == 0) {
    r.reduced_sizes[0] = 1;
    r.reduced_strides[0] = 0;
    r.reduced = 1;
  }
  return r;
}

/// Walks an odometer of `n` dims from position `flat`; calls f(offset) for each of `count` positions.
template <class F>
void Walk(int n, const int64_t* sizes, const int64_t* strides, int64_t flat, int64_t count, F f) {
  int64_t index[kMaxDims];
  int64_t offset = 0;
  for (int d = n - 1; d >= 0; --d) {
    index[d] = flat % sizes[d];
    flat /= sizes[d];
    offset += index[d] * strides[d];
  }
  for (int64_t i = 0; i < count; ++i) {
    f(offset);
    for (int d = n - 1; d >= 0; --d) {
      offset += strides[d];
      if (++index[d] < sizes[d]) break;
      offset -= strides[d] * sizes[d];
      index[d] = 0;
    }
  }
}

TSTORCH_END
