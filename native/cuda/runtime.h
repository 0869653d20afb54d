#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "core/error.h"
#include "core/isa.h"

TSTORCH_BEGIN

/// Throws Error with CUDA's own words.
void Check(cudaError_t status, const char* what);

/// The stream that kernels and copies run on.
cudaStream_t CurrentStream();

/// A caching allocator like the host's (core/allocator.h), one free list per stream: memory that was used on a stream is
/// reused there, where the order of work makes that safe. cudaMalloc waits for the device, so blocks are kept.
void* CudaAllocate(size_t bytes);
void CudaRelease(void* memory);

constexpr int kBlockThreads = 256;

/// Blocks for n elements when each thread takes several: enough to fill any card, few enough to launch cheaply.
inline int GridFor(int64_t n) {
  const int64_t blocks = (n + kBlockThreads - 1) / kBlockThreads;
  return static_cast<int>(blocks < 1 ? 1 : blocks < 8192 ? blocks : 8192);
}

TSTORCH_END
