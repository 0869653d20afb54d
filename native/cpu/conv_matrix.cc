// Convolution by matrix products: the windows of the wide image become the columns of a matrix. For every number type;
// float comes here only for shapes that nothing else takes.
#include <complex>

#include "core/parallel.h"
#include "cpu/conv.h"
#include "cpu/gemm.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

namespace {

/// Calls f(offset in the wide image, first, end, step, row) for every run of one row of the column matrix: positions
/// [first, end) of the innermost narrow dim lie in the wide image, `step` apart from `offset` on; `row` is where the row
/// of narrow positions starts. Rows that lie outside altogether have first == end.
template <class F>
void ForEachRow(const ConvShape& s, int64_t tap, F f) {
  const int64_t k2 = tap % s.kernel[2], k1 = tap / s.kernel[2] % s.kernel[1], k0 = tap / s.kernel[2] / s.kernel[1];
  const int64_t shift = k2 * s.dilation[2] - s.padding[2], step = s.stride[2];
  int64_t first = shift >= 0 ? 0 : (-shift + step - 1) / step;
  int64_t end = s.wide[2] - shift <= 0 ? 0 : (s.wide[2] - shift + step - 1) / step;
  if (end > s.narrow[2]) end = s.narrow[2];
  if (first > end) first = end;
  for (int64_t a = 0; a < s.narrow[0]; ++a) {
    const int64_t z = a * s.stride[0] - s.padding[0] + k0 * s.dilation[0];
    for (int64_t b = 0; b < s.narrow[1]; ++b) {
      const int64_t y = b * s.stride[1] - s.padding[1] + k1 * s.dilation[1];
      const bool inside = z >= 0 && z < s.wide[0] && y >= 0 && y < s.wide[1];
      const int64_t row = (a * s.narrow[1] + b) * s.narrow[2];
      if (inside) f((z * s.wide[1] + y) * s.wide[2] + shift + first * step, first, end, step, row);
      else f(int64_t{0}, int64_t{0}, int64_t{0}, step, row);
    }
  }
}

/// columns[(channel, tap), position] of one group of one image; zeros where the window leaves the image.
template <class T>
void Gather(const ConvShape& s, const T* x, T* columns) {
  const int64_t taps = s.kernel_size(), positions = s.narrow_size();
  for (int64_t c = 0; c < s.group_wide(); ++c, x += s.wide_size()) {
    for (int64_t tap = 0; tap < taps; ++tap, columns += positions) {
      ForEachRow(s, tap, [&](int64_t from, int64_t first, int64_t end, int64_t step, int64_t row) {
        T* to = columns + row;
        for (int64_t i = 0; i < first; ++i) to[i] = T(0);
        for (int64_t i = first; i < end; ++i, from += step) to[i] = x[from];
        for (int64_t i = end; i < s.narrow[2]; ++i) to[i] = T(0);
      });
    }
  }
}

/// The opposite: adds columns to the image.
template <class T>
void Scatter(const ConvShape& s, const T* columns, T* x) {
  const int64_t taps = s.kernel_size(), positions = s.narrow_size();
  for (int64_t c = 0; c < s.group_wide(); ++c, x += s.wide_size()) {
    for (int64_t tap = 0; tap < taps; ++tap, columns += positions) {
      ForEachRow(s, tap, [&](int64_t into, int64_t first, int64_t end, int64_t step, int64_t row) {
        for (int64_t i = first; i < end; ++i, into += step) x[into] = static_cast<T>(x[into] + columns[row + i]);
      });
    }
  }
}

/// Whether the image is its own column matrix.
bool IsPointwise(const ConvShape& s) {
  for (int d = 0; d < 3; ++d)
    if (s.kernel[d] != 1 || s.stride[d] != 1 || s.padding[d] != 0 || s.wide[d] != s.narrow[d]) return false;
  return true;
}

template <class T>
void Fill(T* out, const T* bias, int64_t channels, int64_t size) {
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t i = 0; i < size; ++i) out[c * size + i] = bias == nullptr ? T(0) : bias[c];
}

/// What the products of one image and group read and write.
template <class T>
struct Part {
  T *x, *w, *y, *columns;
  const T* bias;
};

template <class T>
void Narrow(const ConvShape& s, const Part<T>& p, bool pointwise) {
  const int64_t rows = s.group_narrow(), inner = s.group_wide() * s.kernel_size(), positions = s.narrow_size();
  Fill(p.y, p.bias, rows, positions);
  if (!pointwise) Gather(s, p.x, p.columns);
  const T* columns = pointwise ? p.x : p.columns;
  Gemm(rows, positions, inner, T(1), Matrix<T>{p.w, inner, 1}, Matrix<T>{columns, positions, 1}, T(1), p.y, positions);
}

template <class T>
void Wide(const ConvShape& s, const Part<T>& p, bool pointwise) {
  const int64_t rows = s.group_narrow(), inner = s.group_wide() * s.kernel_size(), positions = s.narrow_size();
  Fill(p.x, p.bias, s.group_wide(), s.wide_size());
  T* columns = pointwise ? p.x : p.columns;
  Gemm(inner, positions, rows, T(1), Matrix<T>{p.w, 1, inner}, Matrix<T>{p.y, positions, 1}, T(pointwise ? 1 : 0), columns,
       positions);
  if (!pointwise) Scatter(s, p.columns, p.x);
}

template <class T>
void AddWeight(const ConvShape& s, const Part<T>& p, bool pointwise) {
  const int64_t rows = s.group_narrow(), inner = s.group_wide() * s.kernel_size(), positions = s.narrow_size();
  if (!pointwise) Gather(s, p.x, p.columns);
  const T* columns = pointwise ? p.x : p.columns;
  Gemm(rows, inner, positions, T(1), Matrix<T>{p.y, positions, 1}, Matrix<T>{columns, 1, positions}, T(1), p.w, inner);
}

}  // namespace

template <class T>
void ConvMatrix(ConvTarget target, const ConvShape& s, T* x, T* w, T* y, const T* bias) {
  const bool pointwise = IsPointwise(s);
  const int64_t taps = s.group_wide() * s.kernel_size(), column_size = pointwise ? 0 : taps * s.narrow_size();
  const int64_t weight_size = s.group_narrow() * taps;
  const auto part = [&](int64_t n, int64_t g, T* columns) {
    const int64_t at = n * s.groups + g;
    const int64_t channels = target == ConvTarget::wide ? s.group_wide() : s.group_narrow();
    return Part<T>{x + at * s.group_wide() * s.wide_size(), w + g * weight_size, y + at * s.group_narrow() * s.narrow_size(),
                   columns, bias == nullptr ? nullptr : bias + g * channels};
  };
  if (target == ConvTarget::weight) {  // the images of the batch are summed: the threads share the groups or each product
    const int threads = s.groups == 1 ? 1 : ThreadsFor(s.products(), kGrain);
    Scratch<T> columns(column_size * threads);
    for (int64_t i = 0; i < s.groups * weight_size; ++i) w[i] = T(0);
    ParallelFor(s.groups, (s.groups + threads - 1) / threads, [&](int64_t begin, int64_t end) {
      T* own = columns.get() + ThreadPool::Index() * column_size;
      for (int64_t g = begin; g < end; ++g)
        for (int64_t n = 0; n < s.batch; ++n) AddWeight(s, part(n, g, own), pointwise);
    });
    return;
  }
  const int64_t parts = s.batch * s.groups;
  const int threads = parts == 1 ? 1 : ThreadsFor(s.products(), kGrain);
  Scratch<T> columns(column_size * threads);
  ParallelFor(parts, (parts + threads - 1) / threads, [&](int64_t begin, int64_t end) {
    T* own = columns.get() + ThreadPool::Index() * column_size;
    for (int64_t i = begin; i < end; ++i) {
      const Part<T> p = part(i / s.groups, i % s.groups, own);
      if (target == ConvTarget::narrow) Narrow(s, p, pointwise);
      else Wide(s, p, pointwise);
    }
  });
}

#define INSTANTIATE(T) template void ConvMatrix<T>(ConvTarget, const ConvShape&, T*, T*, T*, const T*);
INSTANTIATE(float)
INSTANTIATE(double)
INSTANTIATE(std::complex<float>)
INSTANTIATE(std::complex<double>)
INSTANTIATE(int8_t)
INSTANTIATE(int16_t)
INSTANTIATE(int32_t)
INSTANTIATE(int64_t)
INSTANTIATE(uint8_t)
#undef INSTANTIATE

TSTORCH_END
