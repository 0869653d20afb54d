#pragma once
// Indexing by integer arrays, in one shape for all of x[i, :, j], index_select, index_add, take and embedding: arrays of
// indices of some dims of x give one offset per place of the block that they broadcast to; the dims in front of the block
// and the dims behind it are walked as they are. A row is what lies behind the block.
#include "core/pointwise.h"
#include "cpu/bounds.h"
#include "cpu/reduce.h"
#include "cpu/scratch.h"
#include "cpu/ahead.h"

TSTORCH_BEGIN

struct IndexArray {
  int64_t dim;                 // of x, for messages
  int64_t size, stride;        // of that dim
  const int64_t* data;
  int64_t strides[kMaxDims];   // over the block
};

/// x[before, offset of the block, row] meets v[before, block, row], where v is dense but for the row: its rows lie
/// `v_row` elements apart (0: every row is the same).
struct Rows {
  DType dtype;
  char* x;
  char* v;
  int64_t v_row;
  int before;
  int64_t before_sizes[kMaxDims], before_strides[kMaxDims];
  Pointwise<2> row;  // operand 0: in x, operand 1: in v
  int block;
  int64_t block_sizes[kMaxDims];
  int arrays;
  IndexArray array[kMaxDims];
  int64_t befores = 1, count = 1, length = 1;  // places of the dims in front, of the block, elements of a row

  int64_t before_offset(int64_t b) const {
    int64_t offset = 0;
    for (int d = before - 1; d >= 0; --d) {
      offset += b % before_sizes[d] * before_strides[d];
      b /= before_sizes[d];
    }
    return offset;
  }
};

/// Written by `writeRows` in optimized/ops/index_rows.ts.
inline Rows ReadRows(Args& args) {
  Rows r;
  r.dtype = args.dtype();
  r.x = args.pointer<char>();
  r.v = args.pointer<char>();
  r.v_row = args.integer();
  r.before = static_cast<int>(args.integer());
  for (int d = 0; d < r.before; ++d) {
    r.before_sizes[d] = args.integer();
    r.before_strides[d] = args.integer();
    r.befores *= r.before_sizes[d];
  }
  r.row.ndim = static_cast<int>(args.integer());
  for (int d = 0; d < r.row.ndim; ++d) {
    r.row.sizes[d] = args.integer();
    for (Operand& o : r.row.operands) o.strides[d] = args.integer();
    r.length *= r.row.sizes[d];
  }
  Coalesce(r.row);
  r.block = static_cast<int>(args.integer());
  for (int d = 0; d < r.block; ++d) {
    r.block_sizes[d] = args.integer();
    r.count *= r.block_sizes[d];
  }
  r.arrays = static_cast<int>(args.integer());
  for (int i = 0; i < r.arrays; ++i) {
    IndexArray& a = r.array[i];
    a.dim = args.integer();
    a.size = args.integer();
    a.stride = args.integer();
    a.data = args.pointer<const int64_t>();
    for (int d = 0; d < r.block; ++d) a.strides[d] = args.integer();
  }
  return r;
}

/// offsets[k]: where in x, relative to its start, place k of the block lies. Throws at an index out of range.
inline void BlockOffsets(const char* op, const Rows& r, bool from_end, const char* kind, int64_t* offsets) {
  for (int i = 0; i < r.arrays; ++i) {
    const IndexArray& a = r.array[i];
    const Bounds bounds{a.size, from_end};
    FirstBad bad;
    ParallelFor(r.count, kGrain, [&](int64_t begin, int64_t end) {
      int64_t k = begin;
      Walk(r.block, r.block_sizes, a.strides, begin, end - begin, [&](int64_t at) {
        const int64_t index = a.data[at];
        if (!bounds.contains(index)) [[unlikely]] bad.at(k);
        const int64_t offset = bounds.wrapped(index) * a.stride;
        offsets[k] = i == 0 ? offset : offsets[k] + offset;
        ++k;
      });
    });
    if (bad.found()) {
      int64_t at = 0, rest = bad.position();
      for (int d = r.block - 1; d >= 0; --d) {
        at += rest % r.block_sizes[d] * a.strides[d];
        rest /= r.block_sizes[d];
      }
      ThrowBadIndex(op, a.data[at], a.dim, a.size, kind);
    }
  }
}

/// Calls f(x, x stride, v, v stride, n) for the runs of one row along its innermost dim.
template <class X, class V, class F>
void EachRun(const Pointwise<2>& row, int d, X* x, V* v, F f) {
  const int64_t n = row.sizes[d], sx = row.operands[0].strides[d], sv = row.operands[1].strides[d];
  if (d == row.ndim - 1) {
    f(x, sx, v, sv, n);
    return;
  }
  for (int64_t i = 0; i < n; ++i) EachRun(row, d + 1, x + i * sx, v + i * sv, f);
}

/// v = x[indices]: every row of v has its own place, so the threads share the rows.
template <class T>
void TakeRows(const Rows& r, const int64_t* offsets) {
  const T* x = reinterpret_cast<const T*>(r.x);
  T* v = reinterpret_cast<T*>(r.v);
  const bool dense = r.row.ndim == 1 && r.row.operands[0].strides[0] == 1;
  if (r.length == 0) return;
  ParallelFor(r.befores * r.count, kGrain / r.length + 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end;) {
      const int64_t b = row / r.count, first = row % r.count;
      const int64_t last = end - row < r.count - first ? first + end - row : r.count;
      const T* from = x + r.before_offset(b);
      T* to = v + row * r.length;
      if (r.length == 1) {
        for (int64_t k = first; k < last; ++k) *to++ = from[offsets[k]];
      } else if (dense) {
        const int64_t bytes = r.length * static_cast<int64_t>(sizeof(T));
        for (int64_t k = first; k < last; ++k, to += r.length) {
          const T* next = from + offsets[k + 1 < last ? k + 1 : k];  // it may lie anywhere
          CopyAhead(to, from + offsets[k], bytes, next);
        }
      } else {
        for (int64_t k = first; k < last; ++k, to += r.length)
          EachRun(r.row, 0, from + offsets[k], to, [](const T* source, int64_t sx, T* out, int64_t sv, int64_t n) {
            for (int64_t i = 0; i < n; ++i) out[i * sv] = source[i * sx];
          });
      }
      row += last - first;
    }
  });
}

/// x[indices] is combined with v by put(x, x stride, v, v stride, n), place by place in row-major order: where an index
/// occurs twice, the later one comes later. Threads never share an element of x, so the result does not depend on them:
/// they split the dims in front, or the columns of long rows, or else the range of offsets.
template <class T, class F>
void PutRows(const Rows& r, const int64_t* offsets, F put) {
  T* x = reinterpret_cast<T*>(r.x);
  T* v = reinterpret_cast<T*>(r.v);
  const int64_t total = r.befores * r.count * r.length;
  if (total == 0) return;
  const auto rows = [&](const Pointwise<2>& row, T* x0, T* v0, int64_t b0, int64_t b1, int64_t low, int64_t high) {
    for (int64_t b = b0; b < b1; ++b) {
      T* to = x0 + r.before_offset(b);
      T* from = v0 + b * r.count * r.v_row;
      for (int64_t k = 0; k < r.count; ++k)
        if (offsets[k] >= low && offsets[k] < high) EachRun(row, 0, to + offsets[k], from + k * r.v_row, put);
    }
  };
  constexpr int64_t kAll = INT64_MAX;
  const int threads = ThreadsFor(total, kGrain);
  if (threads <= 1 || r.befores >= threads) {
    ParallelFor(r.befores, kGrain / (r.count * r.length) + 1,
                [&](int64_t begin, int64_t end) { rows(r.row, x, v, begin, end, INT64_MIN, kAll); });
  } else if (r.row.ndim == 1 && r.length >= 64 * threads) {
    ParallelStrips(
        r.length, 1,
        [&](int64_t begin, int64_t end) {
          Pointwise<2> part = r.row;
          part.sizes[0] = end - begin;
          rows(part, x + begin * part.operands[0].strides[0], v + begin * part.operands[1].strides[0], 0, r.befores, INT64_MIN,
               kAll);
        },
        16);
  } else {
    int64_t range = 1;
    for (int i = 0; i < r.arrays; ++i) range += (r.array[i].size - 1) * r.array[i].stride;
    ParallelParts(threads, [&](int64_t part) {
      rows(r.row, x, v, 0, r.befores, range * part / threads, range * (part + 1) / threads);
    });
  }
}

TSTORCH_END
