#pragma once
#include <bit>
#include <cstddef>

namespace tstorch {

constexpr int kSizeClasses = 8 * 48;

/// Eight size classes per power of two, from 64 bytes on.
struct SizeClass {
  int index;
  size_t size;
};
inline SizeClass ClassOf(size_t bytes) {
  if (bytes <= 512) {
    const size_t units = bytes == 0 ? 1 : (bytes + 63) / 64;
    return {static_cast<int>(units) - 1, units * 64};
  }
  const int log = std::bit_width(bytes - 1) - 1;  // 2^log < bytes <= 2^(log+1)
  const size_t step = size_t{1} << (log - 3);
  const size_t eighths = (bytes + step - 1) / step;  // 9..16
  return {8 * (log - 8) + static_cast<int>(eighths) - 9, eighths * step};
}

}  // namespace tstorch
