#pragma once
// Copies that read along one dim of memory and write along another. Squares are transposed in registers, so every cache
// line is read once and written once, whatever the distance between rows.
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/parallel.h"
#include "core/pointwise.h"

TSTORCH_BEGIN

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#else
constexpr int kVectorBytes = 32;
#endif

template <class T>
struct Vector {
  typedef T type __attribute__((vector_size(kVectorBytes)));
};

/// r[i][j] and r[j][i] exchanged: log2(N) rounds of interleaving row i with row i + N/2.
template <class T, int N>
inline void TransposeSquare(typename Vector<T>::type (&r)[N]) {
  using V = typename Vector<T>::type;
  V low, high;
  for (int i = 0; i < N / 2; ++i) {
    low[2 * i] = static_cast<T>(i);
    low[2 * i + 1] = static_cast<T>(N + i);
    high[2 * i] = static_cast<T>(N / 2 + i);
    high[2 * i + 1] = static_cast<T>(N + N / 2 + i);
  }
#pragma GCC unroll 4
  for (int round = 1; round < N; round *= 2) {
    V t[N];
#pragma GCC unroll 16
    for (int i = 0; i < N / 2; ++i) {
      t[2 * i] = __builtin_shuffle(r[i], r[i + N / 2], low);
      t[2 * i + 1] = __builtin_shuffle(r[i], r[i + N / 2], high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < N; ++i) r[i] = t[i];
  }
}

/// Results from this size on are written past the cache: the lines of a strip lie a row apart, and are too many to be
/// asked for in time.
constexpr int64_t kStreamBytes = int64_t{24} << 20;

/// Makes streamed stores visible before the threads join.
inline void StreamFence() {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

template <class V>
inline void StoreVector(void* to, V value, bool stream) {
#if defined(__AVX512F__)
  if (stream) {
    _mm512_stream_si512(static_cast<__m512i*>(to), reinterpret_cast<__m512i>(value));
    return;
  }
#elif defined(__AVX2__)
  if (stream) {
    _mm256_stream_si256(static_cast<__m256i*>(to), reinterpret_cast<__m256i>(value));
    return;
  }
#endif
  (void)stream;
  memcpy(to, &value, sizeof value);
}

/// out[r, c] = x[c, r] for `rows` x `columns` elements; rows of out are `out_row` elements apart, those of x `x_row`.
template <class T>
void TransposeByElement(T* out, const T* x, int64_t rows, int64_t columns, int64_t out_row, int64_t x_row) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c) out[r * out_row + c] = x[c * x_row + r];
}

/// The same for a strip of columns that fills one cache line of every row of out.
template <class T>
void TransposeStrip(T* out, const T* x, int64_t rows, int64_t out_row, int64_t x_row, bool stream) {
  constexpr int kLine = 64 / static_cast<int>(sizeof(T));
  if constexpr (sizeof(T) == 4 || sizeof(T) == 8) {
    using V = typename Vector<T>::type;
    constexpr int N = kVectorBytes / static_cast<int>(sizeof(T));
    int64_t r = 0;
    for (; r + N <= rows; r += N) {
      for (int c = 0; c < kLine; c += N) {
        V square[N];
#pragma GCC unroll 16
        for (int i = 0; i < N; ++i) memcpy(&square[i], x + (c + i) * x_row + r, sizeof(V));
        TransposeSquare<T, N>(square);
#pragma GCC unroll 16
        for (int i = 0; i < N; ++i) StoreVector(out + (r + i) * out_row + c, square[i], stream);
      }
    }
    TransposeByElement(out + r * out_row, x + r, rows - r, kLine, out_row, x_row);
  } else {
    for (int64_t r = 0; r < rows; r += kLine) {
      const int64_t n = rows - r < kLine ? rows - r : kLine;
      TransposeByElement(out + r * out_row, x + r, n, kLine, out_row, x_row);
    }
  }
}

/// The dim along which x is dense while out is dense along the last one; -1 if there is none.
inline int TransposedDim(const Pointwise<2>& p) {
  const int last = p.ndim - 1;
  if (p.operands[0].strides[last] != 1 || p.operands[1].strides[last] <= 1) return -1;
  for (int d = 0; d < last; ++d)
    if (p.operands[1].strides[d] == 1 && p.sizes[d] > 1) return d;
  return -1;
}

/// out = x where `across` is the dim that TransposedDim found.
template <class T>
void CopyTransposed(const Pointwise<2>& p, int across) {
  constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(T)), kRows = 512;
  const int last = p.ndim - 1;
  const int64_t rows = p.sizes[across], columns = p.sizes[last];
  const int64_t out_row = p.operands[0].strides[across], x_row = p.operands[1].strides[last];
  const int64_t strips = (columns + kLine - 1) / kLine, parts = (rows + kRows - 1) / kRows;
  int64_t planes = 1;
  const char* base = p.operands[0].data;
  bool stream = p.numel() * static_cast<int64_t>(sizeof(T)) >= kStreamBytes && reinterpret_cast<uintptr_t>(base) % 64 == 0;
  for (int d = 0; d < last; ++d) {
    if (d != across) planes *= p.sizes[d];
    if (p.operands[0].strides[d] % kLine != 0) stream = false;
  }
  ParallelFor(planes * strips * parts, kGrain / (kLine * (rows < kRows ? rows : kRows)) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t c = task / parts % strips * kLine, r = task % parts * kRows;
      T* out = reinterpret_cast<T*>(p.operands[0].data) + r * out_row + c;
      const T* x = reinterpret_cast<const T*>(p.operands[1].data) + c * x_row + r;
      int64_t rest = task / (parts * strips);
      for (int d = last - 1; d >= 0; --d) {
        if (d == across) continue;
        out += rest % p.sizes[d] * p.operands[0].strides[d];
        x += rest % p.sizes[d] * p.operands[1].strides[d];
        rest /= p.sizes[d];
      }
      const int64_t n = rows - r < kRows ? rows - r : kRows;
      if (columns - c >= kLine)
        TransposeStrip(out, x, n, out_row, x_row, stream);
      else
        TransposeByElement(out, x, n, columns - c, out_row, x_row);
    }
    if (stream) StreamFence();
  });
}

TSTORCH_END
