#pragma once
// Convolution of float without oneDNN's layouts: images stay row-major planes.
//
// A prepared image is a copy of the channels of one group with zeros around each plane, split into one plane per phase
// of the stride. In it every tap of the kernel reads at a fixed distance from the first one, for all positions of the
// output counted along the rows of the copy, also the few at the end of each row that belong to no output. So an
// output is a sum of shifted, scaled runs of memory: no columns are gathered, and vectors do not end with a row.
#include <vector>

#include "cpu/conv.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

/// Floats that may be read behind the last position.
constexpr int64_t kConvSlack = 256;

/// A prepared image: how its planes lie and where they come from.
struct PreparedImage {
  int64_t channels;                              // per group
  int64_t source[3];                             // spatial sizes of the original
  int64_t step[3];                               // distance of neighbours in the original: the stride
  int64_t lead[3];                               // positions in front of the original, in its own steps
  int64_t size[3];                               // of one plane
  std::vector<int64_t> phases[3];                // remainders modulo `step` for which there are planes

  int64_t used() const { return size[0] * size[1] * size[2]; }
  /// Distance of planes: an odd number of cache lines, so that the planes of many channels spread over all cache sets.
  /// At least one line of zeros follows the used part: vectors that reach over its end must not meet a NaN.
  int64_t plane() const { return (((used() + 15) / 16 + 1) | 1) * 16; }
  int64_t planes() const { return static_cast<int64_t>(phases[0].size() * phases[1].size() * phases[2].size()); }
  /// Floats of one channel, of all.
  int64_t channel() const { return planes() * plane(); }
  int64_t total() const { return channels * channel() + kConvSlack; }
  /// Where tap position `at` (in steps of the original, from the lead on) of output position 0 lies.
  int64_t OffsetOf(int64_t channel_index, const int64_t (&at)[3]) const;
};

/// Copies channels [begin, end) of `image` into `to`.
void PrepareImage(const PreparedImage& p, const float* image, float* to, int64_t begin, int64_t end);

/// Positions of the output counted along the rows of the prepared image.
inline int64_t FlatPositions(const PreparedImage& p, const int64_t (&out)[3]) {
  return ((out[0] - 1) * p.size[1] + out[1] - 1) * p.size[2] + out[2];
}

/// A short row, without the call of memcpy.
inline void CopyRow(const float* from, float* to, int64_t n) {
  constexpr int lanes = kLanes<float>;
  for (; n >= lanes; n -= lanes, from += lanes, to += lanes) StoreVec(to, LoadVec(from));
  if (n > 0) StorePart(to, LoadPart(from, static_cast<int>(n)), static_cast<int>(n));
}

/// Gradients of the weights. False if there are too many of them, or where one is not finite and has to be computed
/// again in another way.
bool ConvDirectWeights(const ConvShape& s, const float* x, float* w, const float* y);

/// The wide image as convolution reads it: with the phases that some tap needs.
PreparedImage PrepareWide(const ConvShape& s);

TSTORCH_END
