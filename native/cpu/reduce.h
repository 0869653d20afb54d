#pragma once
// Reductions over any dims of a strided tensor. Results are row-major over the kept dims, so a result's place is its
// number.
#include "core/args.h"
#include "core/kernels.h"
#include "core/parallel.h"

TSTORCH_BEGIN

/// The input of a reduction: its dims split into kept and reduced ones, outermost first, where neighbours that lie
/// behind one another in memory are one dim.
struct Reduction {
  const void* data;
  DType dtype;
  int kept = 0, reduced = 0;
  int64_t kept_sizes[kMaxDims], kept_strides[kMaxDims];
  int64_t reduced_sizes[kMaxDims], reduced_strides[kMaxDims];
  int64_t outputs = 1, inputs = 1;  // elements per kind of dim

  template <class T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
  int64_t inner_size() const { return reduced_sizes[reduced - 1]; }
  int64_t inner_stride() const { return reduced_strides[reduced - 1]; }
  /// Whether neighbouring outputs come from neighbouring elements, while the elements of one output lie apart.
  bool down_columns() const {
    return kept_strides[kept - 1] == 1 && inner_stride() != 1 && kept_sizes[kept - 1] >= 8;
  }
};

namespace reduce_internal {

/// Adds a dim behind the others, or joins it with the last one.
inline void Append(int& count, int64_t* sizes, int64_t* strides, int64_t size, int64_t stride) {
  if (count > 0 && strides[count - 1] == stride * size) {
    sizes[count - 1] *= size;
    strides[count - 1] = stride;
  } else {
    sizes[count] = size;
    strides[count] = stride;
    ++count;
  }
}

}  // namespace reduce_internal

/// Reads what Block.reduction wrote: [address, dtype, ndim, then size, stride and 0 (kept) or 1 (reduced) of each dim].
/// Where the order of the elements does not matter, the reduced dims are walked in the order of memory.
inline Reduction ReadReduction(Args& args, bool any_order = true) {
  Reduction r;
  r.data = args.pointer<void>();
  r.dtype = args.dtype();
  const int ndim = static_cast<int>(args.integer());
  int64_t sizes[kMaxDims], strides[kMaxDims];
  int found = 0;
  for (int d = 0; d < ndim; ++d) {
    const int64_t size = args.integer(), stride = args.integer();
    if (!args.flag()) {
      r.outputs *= size;
      if (size != 1) reduce_internal::Append(r.kept, r.kept_sizes, r.kept_strides, size, stride);
      continue;
    }
    r.inputs *= size;
    if (size == 1) continue;
    int at = found++;
    for (; any_order && at > 0 && strides[at - 1] < stride; --at) {
      sizes[at] = sizes[at - 1];
      strides[at] = strides[at - 1];
    }
    sizes[at] = size;
    strides[at] = stride;
  }
  for (int i = 0; i < found; ++i)
    reduce_internal::Append(r.reduced, r.reduced_sizes, r.reduced_strides, sizes[i], strides[i]);
  if (r.kept == 0) reduce_internal::Append(r.kept, r.kept_sizes, r.kept_strides, 1, 0);
  if (r.reduced == 0) reduce_internal::Append(r.reduced, r.reduced_sizes, r.reduced_strides, 1, 1);
  return r;
}

/// Walks an odometer of `n` dims from position `flat`; calls f(offset) for each of `count` positions.
template <class F>
void Walk(int n, const int64_t* sizes, const int64_t* strides, int64_t flat, int64_t count, F f) {
  if (count <= 0) return;
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

/// Calls f(o, first) for every output: its number and its first element. Both threads.
template <class T, class F>
void ForEachOutput(const Reduction& r, F f) {
  ParallelFor(r.outputs, kGrain / (r.inputs > 0 ? r.inputs : 1) + 1, [&](int64_t begin, int64_t end) {
    int64_t o = begin;
    Walk(r.kept, r.kept_sizes, r.kept_strides, begin, end - begin, [&](int64_t at) { f(o++, r.as<T>() + at); });
  });
}

/// Calls f(first) for every run along the innermost reduced dim of the output whose first element is `from`.
template <class T, class F>
void ForEachReducedRun(const Reduction& r, const T* from, F f) {
  const int inner = r.reduced - 1;
  if (inner == 0) return f(from);
  if (r.inputs == 0) return;
  Walk(inner, r.reduced_sizes, r.reduced_strides, 0, r.inputs / r.inner_size(), [&](int64_t at) { f(from + at); });
}

/// Calls f(first) for the rows [begin, end) of a column block whose first element is `from`: one per reduced position.
template <class T, class F>
void ForEachReducedRow(const Reduction& r, const T* from, int64_t begin, int64_t end, F f) {
  if (r.reduced > 1) {
    Walk(r.reduced, r.reduced_sizes, r.reduced_strides, begin, end - begin, [&](int64_t at) { f(from + at); });
    return;
  }
  const int64_t stride = r.inner_stride();
  for (int64_t i = begin; i < end; ++i) f(from + i * stride);
}

/// For reductions down columns: calls f(o, first, width) for every block of at most `block` neighbouring outputs, with
/// the number of the first and its first element. Both threads.
template <class T, class F>
void ForEachColumnBlock(const Reduction& r, int64_t block, F f) {
  const int inner = r.kept - 1;
  const int64_t width = r.kept_sizes[inner];
  if (r.outputs == 0) return;
  const int64_t blocks = (width + block - 1) / block;
  const int64_t work = (r.inputs > 0 ? r.inputs : 1) * (width < block ? width : block);
  ParallelFor(r.outputs / width * blocks, kGrain / work + 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * block;
      const int64_t outer = task / blocks;
      int64_t rest = outer, at = first;
      for (int d = inner - 1; d >= 0; --d) {
        at += rest % r.kept_sizes[d] * r.kept_strides[d];
        rest /= r.kept_sizes[d];
      }
      f(outer * width + first, r.as<T>() + at, width - first < block ? width - first : block);
    }
  });
}

TSTORCH_END
