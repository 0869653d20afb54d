// Joining tensors, triangles of matrices, repetition by counts.
#include "core/dtype.h"
#include "core/pointwise.h"
#include "cpu/scratch.h"
#include "cpu/ahead.h"

TSTORCH_BEGIN

namespace {

/// One input of a cat: in every row of the result it gives `width` bytes, `stride` bytes after those of the row before.
struct Piece {
  const char* data;
  int64_t width, stride;
};

/// Writes the bytes [begin, end) of the result.
void CopyPieces(char* out, const Piece* pieces, int64_t width, int64_t begin, int64_t end) {
  int64_t row = begin / width, column = begin % width;
  const Piece* piece = pieces;
  for (; column >= piece->width; ++piece) column -= piece->width;
  for (int64_t at = begin; at < end;) {
    const int64_t left = piece->width - column;
    const int64_t n = end - at < left ? end - at : left;
    const char* from = piece->data + row * piece->stride + column;
    CopyAhead(out + at, from, n);
    at += n;
    column = 0;
    ++piece;
    if (at == (row + 1) * width) {
      ++row;
      piece = pieces;
    }
  }
}

}  // namespace

/// [out, rows, n, then per piece: address, width and stride in bytes]: out, dense, has in every row the pieces one after
/// the other. Widths are not 0.
KERNEL(cat) {
  char* out = args.pointer<char>();
  const int64_t rows = args.integer(), n = args.integer();
  Scratch<Piece> pieces(n);
  int64_t width = 0;
  for (int64_t i = 0; i < n; ++i) {
    pieces[i].data = args.pointer<const char>();
    pieces[i].width = args.integer();
    pieces[i].stride = args.integer();
    width += pieces[i].width;
  }
  const int64_t bytes = rows * width;
  ParallelFor(
      bytes, 4 * kGrain, [&](int64_t begin, int64_t end) { CopyPieces(out, pieces.get(), width, begin, end); }, kLineBytes);
}

/// [out (dense), x, diagonal, upper]: x where column - row <= diagonal (upper: >=), else zero.
KERNEL(triangle) {
  const TensorArg out = args.tensor(), x = args.tensor();
  const int64_t diagonal = args.integer();
  const bool upper = args.flag();
  const int64_t rows = x.sizes[x.ndim - 2], columns = x.sizes[x.ndim - 1];
  const int64_t row_stride = x.strides[x.ndim - 2], stride = x.strides[x.ndim - 1];
  const int64_t all_rows = columns == 0 ? 0 : out.numel() / columns;
  DispatchSize("triangle", x.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ParallelFor(all_rows, kGrain / (columns > 0 ? columns : 1) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        int64_t rest = r / rows, at = 0;
        for (int d = x.ndim - 3; d >= 0; --d) {
          at += rest % x.sizes[d] * x.strides[d];
          rest /= x.sizes[d];
        }
        const int64_t row = r % rows;
        int64_t bound = row + diagonal + (upper ? 0 : 1);  // where the kept part ends, or (upper) starts
        bound = bound < 0 ? 0 : bound > columns ? columns : bound;
        const T* from = x.as<const T>() + at + row * row_stride;
        T* to = out.as<T>() + r * columns;
        const int64_t first = upper ? bound : 0, last = upper ? columns : bound;
        for (int64_t c = 0; c < first; ++c) to[c] = T{};
        for (int64_t c = first; c < last; ++c) to[c] = from[c * stride];
        for (int64_t c = last; c < columns; ++c) to[c] = T{};
      }
    });
  });
}

/// [out, counts, n]: the number i, counts[i] times, for each i; both int64.
KERNEL(repeat_indices) {
  int64_t* out = args.pointer<int64_t>();
  const int64_t* counts = args.pointer<const int64_t>();
  const int64_t n = args.integer();
  for (int64_t i = 0; i < n; ++i)
    for (int64_t k = 0; k < counts[i]; ++k) *out++ = i;
}

TSTORCH_END
