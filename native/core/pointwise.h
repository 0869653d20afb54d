#pragma once
// Elementwise loops: operands of any strides, one pass, both threads. The arguments are those that Block.pointwise in
// optimized/backends/block.ts writes: operand 0 is the output, inputs are already broadcast (stride 0).
#include <cstdint>

#include "core/args.h"
#include "core/parallel.h"

TSTORCH_BEGIN

struct Operand {
  char* data;
  DType dtype;
  int64_t strides[kMaxDims];
};

template <int N>
struct Pointwise {
  int ndim;
  int64_t sizes[kMaxDims];
  Operand operands[N];

  int64_t numel() const {
    int64_t n = 1;
    for (int d = 0; d < ndim; ++d) n *= sizes[d];
    return n;
  }
};

/// Whether dims d and d+1 can be walked as one by every operand.
template <int N>
bool CanMerge(const Pointwise<N>& p, int d) {
  for (int i = 0; i < N; ++i) {
    const int64_t* strides = p.operands[i].strides;
    if (strides[d] != strides[d + 1] * p.sizes[d + 1]) return false;
  }
  return true;
}

/// Drops dims of size 1 and joins dims that lie behind one another, so that most calls have one or two.
template <int N>
void Coalesce(Pointwise<N>& p) {
  int kept = 0;
  for (int d = 0; d < p.ndim; ++d) {
    if (p.sizes[d] == 1) continue;
    p.sizes[kept] = p.sizes[d];
    for (Operand& o : p.operands) o.strides[kept] = o.strides[d];
    if (kept > 0 && CanMerge(p, kept - 1)) {
      p.sizes[kept - 1] *= p.sizes[kept];
      for (Operand& o : p.operands) o.strides[kept - 1] = o.strides[kept];
    } else {
      ++kept;
    }
  }
  if (kept == 0) {
    p.sizes[0] = 1;
    for (Operand& o : p.operands) o.strides[0] = 1;
    kept = 1;
  }
  p.ndim = kept;
}

template <int N>
Pointwise<N> ReadPointwise(Args& args) {
  Pointwise<N> p;
  p.ndim = static_cast<int>(args.integer());
  for (int d = 0; d < p.ndim; ++d) p.sizes[d] = args.integer();
  for (Operand& o : p.operands) {
    o.data = args.pointer<char>();
    o.dtype = args.dtype();
    for (int d = 0; d < p.ndim; ++d) o.strides[d] = args.integer();
  }
  if (p.ndim != 1) Coalesce(p);
  return p;
}

/// Calls run(pointers, strides, n) for runs of n elements along the innermost dim. `sizes_of[i]` is the element size of
/// operand i; strides count elements.
template <int N, class Run>
void ForEachRun(const Pointwise<N>& p, const int (&item)[N], Run run) {
  const int inner = p.ndim - 1;
  int64_t strides[N];
  for (int i = 0; i < N; ++i) strides[i] = p.operands[i].strides[inner];
  if (p.ndim == 1) {
    ParallelFor(
        p.sizes[0], kGrain,
        [&](int64_t begin, int64_t end) {
          char* pointers[N];
          for (int i = 0; i < N; ++i) pointers[i] = p.operands[i].data + begin * strides[i] * item[i];
          run(pointers, strides, end - begin);
        },
        64);
    return;
  }
  const int64_t n = p.sizes[inner];
  const int64_t rows = n == 0 ? 0 : p.numel() / n;
  ParallelFor(rows, kGrain / (n > 0 ? n : 1) + 1, [&](int64_t begin, int64_t end) {
    int64_t index[kMaxDims];
    int64_t rest = begin;
    char* pointers[N];
    for (int i = 0; i < N; ++i) pointers[i] = p.operands[i].data;
    for (int d = inner - 1; d >= 0; --d) {
      index[d] = rest % p.sizes[d];
      rest /= p.sizes[d];
      for (int i = 0; i < N; ++i) pointers[i] += index[d] * p.operands[i].strides[d] * item[i];
    }
    for (int64_t row = begin; row < end; ++row) {
      run(pointers, strides, n);
      for (int d = inner - 1; d >= 0; --d) {
        for (int i = 0; i < N; ++i) pointers[i] += p.operands[i].strides[d] * item[i];
        if (++index[d] < p.sizes[d]) break;
        for (int i = 0; i < N; ++i) pointers[i] -= p.operands[i].strides[d] * p.sizes[d] * item[i];
        index[d] = 0;
      }
    }
  });
}

TSTORCH_END
