#pragma once
// x Wᵀ + bias with weights in the order that oneDNN's kernels read them: where rows are few, bringing weights into it takes
// a good part of the product (measured: a tenth to a half of the time for 9 to 512 rows). In inference it is done once.
#include <cstdint>

#include "core/isa.h"

TSTORCH_BEGIN

/// Bytes of the packed weights [n, k]; 0 where oneDNN has no order of its own for them.
int64_t LinearPackedBytes(int64_t n, int64_t k);

/// Writes w [n, k] to `packed`, of LinearPackedBytes bytes.
void LinearPack(int64_t n, int64_t k, const float* w, char* packed);

/// out [m, n] = x [m, k] · wᵀ + bias [n] or null, with packed weights. False if oneDNN has no kernel for so many rows.
bool LinearPacked(int64_t m, int64_t n, int64_t k, const float* x, const char* packed, const float* bias, float* out);

TSTORCH_END
