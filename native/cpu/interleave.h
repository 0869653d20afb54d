#pragma once
// Rows side by side: [rows / L][element][L] instead of [rows][element], L the floats of a register. What is done to every
// row alike then needs no operation across a register. Rows are the images of a batch, or the channels of each image
// (oneDNN's nChw16c). A tensor may be in this layout behind the user's back: see `interleaved` in
// optimized/core/storage.ts.
#include "cpu/simd.h"
#include "cpu/transpose.h"

TSTORCH_BEGIN

constexpr int kBatchLanes = kLanes<float>;

/// out[i][n] = rows[n][i] for a square of L x L, in registers.
inline void TransposeLanes(const float* rows, int64_t row, float* out, int64_t out_row) {
  constexpr int L = kBatchLanes;
  Vector<uint32_t>::type square[L];
  for (int n = 0; n < L; ++n) memcpy(&square[n], rows + n * row, sizeof square[n]);
  TransposeSquare<uint32_t, L>(square);
  for (int n = 0; n < L; ++n) memcpy(out + n * out_row, &square[n], sizeof square[n]);
}

/// lanes[i][n] = images[n][i]; images beyond `count` are zeros.
inline void ToLanes(const float* images, int64_t count, int64_t size, float* lanes) {
  constexpr int L = kBatchLanes;
  if (count == L) {
    int64_t i = 0;
    for (; i + L <= size; i += L) TransposeLanes(images + i, size, lanes + i * L, L);
    TransposeByElement(lanes + i * L, images + i, size - i, L, L, size);
    return;
  }
  memset(lanes, 0, static_cast<size_t>(size * L) * sizeof(float));
  TransposeByElement(lanes, images, size, count, L, size);
}

inline void FromLanes(const float* lanes, int64_t count, int64_t size, float* images) {
  constexpr int L = kBatchLanes;
  int64_t i = 0;
  if (count == L) {
    for (; i + L <= size; i += L) TransposeLanes(lanes + i * L, L, images + i, size);
  }
  TransposeByElement(images + i, lanes + i * L, count, size - i, size, L);
}

TSTORCH_END
