#pragma once
// Batch normalization of images with their channels side by side (cpu/interleave.h), for the kernels in normalization.cc.
#include <cstdint>

#include "core/isa.h"

TSTORCH_BEGIN

/// Dims of [batch, channels, plane].
struct ChannelPlanes {
  int64_t batch, channels, size;
  bool blocked;  // groups of channels lie side by side
  int64_t at(int64_t n, int64_t c) const { return (n * channels + c) * size; }
};

/// Values per channel that a pass reads; weight and bias may be absent.
struct ChannelWeights {
  const float *weight, *bias;
};

/// y = (x − μ)/√(σ² + eps) · weight + bias with the statistics of x, which are stored: σ² with divisor n.
void BatchNormBlocked(const ChannelPlanes& p, double eps, const float* x, ChannelWeights w, float* y, float* mean, float* variance,
                      float* invstd);

/// The same with given statistics.
void BatchNormEvalBlocked(const ChannelPlanes& p, double eps, const float* x, ChannelWeights w, const float* mean,
                          const float* variance, float* y);

/// The gradients of BatchNormBlocked, from the statistics that it stored.
void BatchNormBackwardBlocked(const ChannelPlanes& p, const float* g, const float* x, const float* weight, const float* mean,
                              const float* invstd, float* gx, float* gw, float* gb);

TSTORCH_END
