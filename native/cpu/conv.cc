// The kernels of convolution: which implementation runs which shape.
#include "cpu/conv.h"

#include <complex>

#include "core/parallel.h"

TSTORCH_BEGIN

namespace {

struct ConvArgs {
  TensorArg x, w, y, bias;
  ConvShape shape;
};

void ReadSizes(Args& args, int64_t (&sizes)[3], int64_t dims, int64_t fill) {
  const int64_t count = args.integer();
  for (int64_t d = 0; d < 3 - dims; ++d) sizes[d] = fill;
  for (int64_t d = 0; d < count; ++d) sizes[3 - dims + d] = args.integer();
}

void TakeSizes(const TensorArg& t, int64_t (&sizes)[3], int64_t dims) {
  for (int64_t d = 0; d < 3 - dims; ++d) sizes[d] = 1;
  for (int64_t d = 0; d < dims; ++d) sizes[3 - dims + d] = t.sizes[2 + d];
}

/// [x, w, y, bias or absent, stride, padding, dilation, groups, channels_last]; one of x, w, y is the output.
ConvArgs ReadConv(Args& args) {
  ConvArgs a;
  a.x = args.tensor();
  a.w = args.tensor();
  a.y = args.tensor();
  a.bias = args.tensor();
  ConvShape& s = a.shape;
  s.dims = a.x.ndim - 2;
  ReadSizes(args, s.stride, s.dims, 1);
  ReadSizes(args, s.padding, s.dims, 0);
  ReadSizes(args, s.dilation, s.dims, 1);
  s.groups = args.integer();
  s.channels_last = args.flag();
  s.batch = a.x.sizes[0];
  s.wide_channels = a.x.sizes[1];
  s.narrow_channels = a.y.sizes[1];
  TakeSizes(a.x, s.wide, s.dims);
  TakeSizes(a.y, s.narrow, s.dims);
  TakeSizes(a.w, s.kernel, s.dims);
  return a;
}

/// Adds bias[c] to every element of channel c of the target; oneDNN does that itself for the narrow image only.
void AddBias(const ConvShape& s, float* image, int64_t channels, int64_t size, const float* bias) {
  ParallelFor(s.batch * channels, kGrain / (size + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (s.channels_last) {
        for (int64_t j = 0; j < size; ++j) image[i / channels * channels * size + j * channels + i % channels] += bias[i % channels];
      } else {
        for (int64_t j = 0; j < size; ++j) image[i * size + j] += bias[i % channels];
      }
    }
  });
}

void RunFloat(ConvTarget target, const ConvArgs& a) {
  const ConvShape& s = a.shape;
  float *x = a.x.as<float>(), *w = a.w.as<float>(), *y = a.y.as<float>();
  const float* bias = a.bias.as<const float>();
  const bool inner_bias = target == ConvTarget::narrow;
  if (ConvDnnl(target, s, x, w, y, inner_bias ? bias : nullptr)) {
    if (bias != nullptr && target == ConvTarget::wide) AddBias(s, x, s.wide_channels, s.wide_size(), bias);
    return;
  }
  if (s.channels_last) throw Error("conv: no implementation for channels_last memory of this shape. Call .contiguous() on the input");
  ConvMatrix(target, s, x, w, y, bias);
}

/// The output where a sum has no terms: the bias, or 0.
template <class T>
void RunEmpty(ConvTarget target, const ConvArgs& a) {
  const TensorArg& out = target == ConvTarget::narrow ? a.y : target == ConvTarget::wide ? a.x : a.w;
  const int64_t n = out.numel(), channels = out.sizes[1], size = channels == 0 ? 0 : n / out.sizes[0] / channels;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t c = a.shape.channels_last ? i % channels : i / size % channels;
    out.as<T>()[i] = a.bias ? a.bias.as<const T>()[c] : T(0);
  }
}

void Run(ConvTarget target, Args& args) {
  const ConvArgs a = ReadConv(args);
  const TensorArg& out = target == ConvTarget::narrow ? a.y : target == ConvTarget::wide ? a.x : a.w;
  if (out.numel() == 0) return;
  const bool empty = a.shape.products() == 0;
  if (out.dtype == DType::float32 && !empty) return RunFloat(target, a);
  const auto run = [&](auto type) {
    using T = typename decltype(type)::type;
    if (empty) RunEmpty<T>(target, a);
    else ConvMatrix<T>(target, a.shape, a.x.as<T>(), a.w.as<T>(), a.y.as<T>(), a.bias.as<const T>());
  };
  switch (out.dtype) {
    case DType::float32: return run(Type<float>{});
    case DType::float64: return run(Type<double>{});
    case DType::complex64: return run(Type<std::complex<float>>{});
    case DType::complex128: return run(Type<std::complex<double>>{});
    default: DispatchInt("conv", out.dtype, run);
  }
}

}  // namespace

KERNEL(conv_narrow) { Run(ConvTarget::narrow, args); }
KERNEL(conv_wide) { Run(ConvTarget::wide, args); }
KERNEL(conv_weight) { Run(ConvTarget::weight, args); }

TSTORCH_END
