// The kernels of convolution: which implementation runs which shape.
#include "cpu/conv.h"

#include <complex>

#include "core/parallel.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"
#include "cpu/transpose.h"

TSTORCH_BEGIN

namespace {

struct ConvArgs {
  TensorArg x, w, y, bias;
  ConvShape shape;
  PackedWeights packed;
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

/// [x, w, y, bias or absent, stride, padding, dilation, groups, channels_last, ImageLayout of x and of y, memory for packed
/// weights or 0, whether it is filled]; one of x, w, y is the output.
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
  s.wide_layout = static_cast<ImageLayout>(args.integer());
  s.narrow_layout = static_cast<ImageLayout>(args.integer());
  a.packed.data = args.pointer<char>();
  a.packed.filled = args.flag();
  s.batch = a.x.sizes[0];
  s.wide_channels = a.x.sizes[1];
  s.narrow_channels = a.y.sizes[1];
  TakeSizes(a.x, s.wide, s.dims);
  TakeSizes(a.y, s.narrow, s.dims);
  TakeSizes(a.w, s.kernel, s.dims);
  return a;
}

/// Whether the images of a batch go side by side into the lanes of a register: measured to be the fastest for gradients of
/// layers with few channels, as long as a block of images stays in the second cache.
bool PreferLanes(ConvTarget target, const ConvShape& s) {
  constexpr int64_t kLargestBlock = int64_t{3} << 19;
  if (target == ConvTarget::narrow || s.groups != 1 || s.batch < kLanes<float> || s.group_wide() > 8) return false;
  const int64_t block = (s.wide_channels * s.wide_size() + s.narrow_channels * s.narrow_size()) * kLanes<float>;
  return block * static_cast<int64_t>(sizeof(float)) <= kLargestBlock;
}

/// oneDNN pads channels to the width of a register, which is a waste for images of few channels per group.
bool PreferDirect(const ConvShape& s) { return s.group_wide() <= 4; }

/// [batch, rows, columns] to [batch, columns, rows].
void SwapDims(const float* from, float* to, int64_t batch, int64_t rows, int64_t columns) {
  const int64_t size = rows * columns;
  for (int64_t n = 0; n < batch; ++n) TransposeByElement(to + n * size, from + n * size, columns, rows, rows, columns);
}

/// Images with their channels side by side that oneDNN has no primitive for, by way of copies in order.
void RunThroughOrder(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias) {
  constexpr int64_t L = kLanes<float>;
  const int64_t wide_blocks = s.batch * s.wide_channels / L, narrow_blocks = s.batch * s.narrow_channels / L;
  const bool copy_wide = s.wide_layout == ImageLayout::channels, copy_narrow = s.narrow_layout == ImageLayout::channels;
  Scratch<float> wide(copy_wide ? wide_blocks * s.wide_size() * L : 0), narrow(copy_narrow ? narrow_blocks * s.narrow_size() * L : 0);
  if (copy_wide && target != ConvTarget::wide) SwapDims(x, wide.get(), wide_blocks, s.wide_size(), L);
  if (copy_narrow && target != ConvTarget::narrow) SwapDims(y, narrow.get(), narrow_blocks, s.narrow_size(), L);
  ConvMatrix(target, s, copy_wide ? wide.get() : x, w, copy_narrow ? narrow.get() : y, bias);
  if (copy_wide && target == ConvTarget::wide) SwapDims(wide.get(), x, wide_blocks, L, s.wide_size());
  if (copy_narrow && target == ConvTarget::narrow) SwapDims(narrow.get(), y, narrow_blocks, L, s.narrow_size());
}

void RunRowMajor(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias, PackedWeights packed = {}) {
  if (s.has(ImageLayout::images)) {
    if (!ConvLanes(target, s, x, w, y, bias)) throw Error("conv: no kernel for interleaved images of this shape");
    return;
  }
  if (packed.data == nullptr && PreferConvFew(s)) return ConvFew(target, s, x, w, y, bias);
  if (s.has(ImageLayout::channels)) {
    if (!ConvDnnl(target, s, x, w, y, bias, packed)) RunThroughOrder(target, s, x, w, y, bias);
    return;
  }
  const bool wide = target == ConvTarget::wide, direct = PreferDirect(s);
  if (!wide && direct && ConvDirect(target, s, x, w, y, bias)) return;
  if (PreferLanes(target, s) && ConvLanes(target, s, x, w, y, bias)) return;
  if (wide && direct && ConvDirect(target, s, x, w, y, bias)) return;
  if (ConvDnnl(target, s, x, w, y, bias, packed)) return;
  ConvMatrix(target, s, x, w, y, bias);
}

/// Shapes that oneDNN has no channels_last primitive for, by way of row-major copies.
void RunChannelsLast(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias) {
  if (ConvDnnl(target, s, x, w, y, bias)) return;
  ConvShape row_major = s;
  row_major.channels_last = 0;
  Scratch<float> wide(s.batch * s.wide_channels * s.wide_size()), narrow(s.batch * s.narrow_channels * s.narrow_size());
  if (target != ConvTarget::wide) SwapDims(x, wide.get(), s.batch, s.wide_size(), s.wide_channels);
  if (target != ConvTarget::narrow) SwapDims(y, narrow.get(), s.batch, s.narrow_size(), s.narrow_channels);
  RunRowMajor(target, row_major, wide.get(), w, narrow.get(), bias);
  if (target == ConvTarget::wide) SwapDims(wide.get(), x, s.batch, s.wide_channels, s.wide_size());
  if (target == ConvTarget::narrow) SwapDims(narrow.get(), y, s.batch, s.narrow_channels, s.narrow_size());
}

void RunFloat(ConvTarget target, const ConvArgs& a) {
  float *x = a.x.as<float>(), *w = a.w.as<float>(), *y = a.y.as<float>();
  const float* bias = a.bias.as<const float>();
  if (a.shape.channels_last) RunChannelsLast(target, a.shape, x, w, y, bias);
  else RunRowMajor(target, a.shape, x, w, y, bias, a.packed);
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

/// As conv_narrow, which does not run -> bytes of its packed weights.
KERNEL(conv_packed_bytes) {
  const ConvArgs a = ReadConv(args);
  args.result(0, static_cast<double>(ConvPackedBytes(a.shape, bool(a.bias))));
}

TSTORCH_END
