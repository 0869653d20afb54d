#pragma once
// Convolution over one to three spatial dims as a trilinear form of a wide image X, weights W and a narrow image Y
// (reference/ops/conv.ts). Each of the three is computed from the other two; a transposed convolution computes X.
#include "core/args.h"
#include "core/kernels.h"

TSTORCH_BEGIN

/// How an image lies in memory: as its tensor says, or with rows side by side (cpu/interleave.h).
enum class ImageLayout : int64_t {
  in_order,
  images,    // the images of a batch side by side: for ConvLanes only
  channels,  // the channels of an image side by side, as oneDNN likes best: for ConvDnnl only
};

/// Sizes of a convolution. One and two spatial dims are the last ones of three, the others have size 1.
struct ConvShape {
  int64_t dims;  // spatial dims as the caller sees them
  int64_t batch, groups;
  int64_t wide_channels, narrow_channels;  // in total
  int64_t wide[3], narrow[3], kernel[3], stride[3], padding[3], dilation[3];
  int64_t channels_last;  // of both images; W is always dense in the order [narrow, wide / groups, kernel]
  ImageLayout wide_layout = ImageLayout::in_order, narrow_layout = ImageLayout::in_order;

  int64_t wide_size() const { return wide[0] * wide[1] * wide[2]; }
  int64_t narrow_size() const { return narrow[0] * narrow[1] * narrow[2]; }
  int64_t kernel_size() const { return kernel[0] * kernel[1] * kernel[2]; }
  int64_t group_wide() const { return wide_channels / groups; }
  int64_t group_narrow() const { return narrow_channels / groups; }
  bool has(ImageLayout layout) const { return wide_layout == layout || narrow_layout == layout; }
  /// Multiplications of any of the three products.
  int64_t products() const { return batch * narrow_channels * narrow_size() * group_wide() * kernel_size(); }
};

/// Which of the three is computed.
enum class ConvTarget { narrow, wide, weight };

/// Memory of the caller for weights in the layout that oneDNN wants, which then need not be made anew at each call.
struct PackedWeights {
  char* data = nullptr;
  bool filled = false;
};

/// Convolution of float by oneDNN. `bias` has one value per channel of the target, or is null; not for weights.
/// False if oneDNN has no primitive for the shape.
bool ConvDnnl(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias, PackedWeights packed = {});

/// Bytes of the packed weights of ConvDnnl with the narrow image as its target; 0 if it takes them as they are.
int64_t ConvPackedBytes(const ConvShape& s, bool has_bias);

/// Convolution of float without oneDNN, for row-major images. False if it does not take the shape.
bool ConvDirect(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias);

/// With images of the batch side by side, which they may be already; for small images. False if it does not take the shape.
bool ConvLanes(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias);

/// Convolution of float with few windows and many weights: whether it is the fastest where weights are not packed, and how.
bool PreferConvFew(const ConvShape& s);
void ConvFew(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias);

/// Convolution by matrix products, for any number type and shape; images are not channels_last.
template <class T>
void ConvMatrix(ConvTarget target, const ConvShape& s, T* x, T* w, T* y, const T* bias);

TSTORCH_END
