#pragma once
#include "core/args.h"

TSTORCH_BEGIN

/// A dense tensor as the slices along one dim: [outer, n, inner]. Written by `writeSlices` in optimized/ops/slices.ts.
struct Slices {
  DType dtype;
  int64_t outer, n, inner;
};

inline Slices ReadSlices(Args& args) {
  Slices s;
  s.dtype = args.dtype();
  s.outer = args.integer();
  s.n = args.integer();
  s.inner = args.integer();
  return s;
}

TSTORCH_END
