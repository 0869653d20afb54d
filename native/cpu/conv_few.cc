// Convolution of float whose weights are many and whose windows are few, as in the last layers of a network for small
// images: bound by the memory of the weights, which are read or written in their own order; oneDNN brings them into another
// one first. The windows of all images become the vectors of a product (cpu/skinny.h).
#include <algorithm>

#include "cpu/conv.h"
#include "cpu/gemm.h"
#include "cpu/scratch.h"
#include "cpu/simd.h"

TSTORCH_BEGIN

namespace {

/// Images in order, or with their channels side by side.
struct Images {
  float* data;
  int64_t channels, size, lanes;

  /// Places of channel c of image n: `lanes` apart.
  float* channel(int64_t n, int64_t c) const { return data + ((n * channels + c / lanes * lanes) * size) + c % lanes; }
};

int64_t LanesOf(ImageLayout layout) { return layout == ImageLayout::channels ? kLanes<float> : 1; }

/// Calls f(tap, place in the wide image) for the taps of the window at narrow place `at` that lie in the image.
template <class F>
void ForEachTap(const ConvShape& s, int64_t at, F f) {
  const int64_t place[3] = {at / s.narrow[2] / s.narrow[1], at / s.narrow[2] % s.narrow[1], at % s.narrow[2]};
  const auto wide = [&](int d, int64_t k) { return place[d] * s.stride[d] - s.padding[d] + k * s.dilation[d]; };
  const auto inside = [&](int d, int64_t i) { return i >= 0 && i < s.wide[d]; };
  for (int64_t a = 0; a < s.kernel[0]; ++a)
    for (int64_t b = 0; b < s.kernel[1]; ++b)
      for (int64_t c = 0; c < s.kernel[2]; ++c) {
        const int64_t z = wide(0, a), y = wide(1, b), x = wide(2, c);
        if (inside(0, z) && inside(1, y) && inside(2, x))
          f((a * s.kernel[1] + b) * s.kernel[2] + c, (z * s.wide[1] + y) * s.wide[2] + x);
      }
}

/// windows[place, (channel, tap)] and the wide images: f(element of one, element of the other) for all taps inside.
template <class F>
void ForEachElement(const ConvShape& s, const Images& x, float* windows, F f) {
  const int64_t taps = s.kernel_size();
  for (int64_t n = 0; n < s.batch; ++n)
    for (int64_t at = 0; at < s.narrow_size(); ++at, windows += x.channels * taps)
      for (int64_t c = 0; c < x.channels; ++c) {
        float* const channel = x.channel(n, c);
        ForEachTap(s, at, [&](int64_t tap, int64_t place) { f(windows[c * taps + tap], channel[place * x.lanes]); });
      }
}

/// The same for rows[place, channel] and the narrow images.
template <class F>
void ForEachResult(const ConvShape& s, const Images& y, float* rows, F f) {
  for (int64_t n = 0; n < s.batch; ++n)
    for (int64_t at = 0; at < y.size; ++at, rows += y.channels)
      for (int64_t c = 0; c < y.channels; ++c) f(rows[c], y.channel(n, c)[at * y.lanes], c);
}

}  // namespace

bool PreferConvFew(const ConvShape& s) {
  constexpr int64_t kMany = int64_t{1} << 16, kFewWindows = 16;  // measured: a step takes 0.3 to 0.7 of oneDNN's time
  return s.groups == 1 && !s.channels_last && !s.has(ImageLayout::images) && s.batch * s.narrow_size() <= kFewWindows &&
         s.narrow_channels * s.wide_channels * s.kernel_size() >= kMany;
}

void ConvFew(ConvTarget target, const ConvShape& s, float* x, float* w, float* y, const float* bias) {
  const Images wide{x, s.wide_channels, s.wide_size(), LanesOf(s.wide_layout)};
  const Images narrow{y, s.narrow_channels, s.narrow_size(), LanesOf(s.narrow_layout)};
  const int64_t places = s.batch * s.narrow_size(), outputs = s.narrow_channels, inner = s.wide_channels * s.kernel_size();
  Scratch<float> windows(places * inner), rows(places * outputs);
  if (target != ConvTarget::wide) {
    std::fill_n(windows.get(), places * inner, 0.0f);
    ForEachElement(s, wide, windows.get(), [](float& window, float& image) { window = image; });
  }
  if (target != ConvTarget::narrow) ForEachResult(s, narrow, rows.get(), [](float& row, float& image, int64_t) { row = image; });
  const Matrix<float> by_window{windows.get(), inner, 1}, by_place{rows.get(), outputs, 1};
  switch (target) {
    case ConvTarget::narrow:
      Gemm(places, outputs, inner, 1.0f, by_window, {w, 1, inner}, 0.0f, rows.get(), outputs);
      ForEachResult(s, narrow, rows.get(),
                    [=](float& row, float& image, int64_t c) { image = bias == nullptr ? row : row + bias[c]; });
      break;
    case ConvTarget::wide:
      Gemm(places, inner, outputs, 1.0f, by_place, {w, inner, 1}, 0.0f, windows.get(), inner);
      for (int64_t n = 0; n < s.batch; ++n)
        for (int64_t c = 0; c < wide.channels; ++c)
          for (int64_t i = 0; i < wide.size; ++i) wide.channel(n, c)[i * wide.lanes] = bias == nullptr ? 0.0f : bias[c];
      ForEachElement(s, wide, windows.get(), [](float& window, float& image) { image += window; });
      break;
    case ConvTarget::weight:
      Gemm(outputs, inner, places, 1.0f, {rows.get(), 1, outputs}, by_window, 0.0f, w, inner);
      break;
  }
}

TSTORCH_END
