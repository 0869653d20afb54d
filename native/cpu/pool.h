#pragma once
// Pooling over windows of up to three dims. Input and output are dense: [planes, depth, height, width].
#include "core/args.h"
#include "core/isa.h"

TSTORCH_BEGIN

/// How one dim is divided into windows. kernel 0: adaptive, windows of nearly equal size that cover the dim.
struct Axis {
  int64_t in, out, kernel, stride, padding, dilation;

  int64_t begin(int64_t i) const { return kernel == 0 ? i * in / out : i * stride - padding; }
  /// One past the last position, not clipped.
  int64_t end(int64_t i) const {
    return kernel == 0 ? ((i + 1) * in + out - 1) / out : begin(i) + (kernel - 1) * dilation + 1;
  }
};
struct Range {
  int64_t begin, end;
};
/// The positions of window i that lie inside.
inline Range Inside(const Axis& a, int64_t i) {
  int64_t begin = a.begin(i), end = a.end(i);
  if (begin < 0) begin += (-begin + a.dilation - 1) / a.dilation * a.dilation;
  return {begin, end < a.in ? end : a.in};
}

struct Pooling {
  int64_t planes;
  Axis axes[3];
  int64_t in() const { return axes[0].in * axes[1].in * axes[2].in; }
  int64_t out() const { return axes[0].out * axes[1].out * axes[2].out; }
};
inline Pooling ReadPooling(Args& args) {
  Pooling p;
  p.planes = args.integer();
  for (Axis& a : p.axes) {
    a.in = args.integer();
    a.out = args.integer();
    a.kernel = args.integer();
    a.stride = args.integer();
    a.padding = args.integer();
    a.dilation = args.integer();
  }
  return p;
}

/// Calls f(position of the output within its plane, d, h, w) for every output.
template <class F>
void ForEachOutput(const Pooling& p, F f) {
  int64_t at = 0;
  for (int64_t d = 0; d < p.axes[0].out; ++d)
    for (int64_t h = 0; h < p.axes[1].out; ++h)
      for (int64_t w = 0; w < p.axes[2].out; ++w) f(at++, d, h, w);
}

TSTORCH_END
