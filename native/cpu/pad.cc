// Padding and cropping of any dims, by a constant or by elements of the input itself.
#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

namespace {

/// Codes as in optimized/ops/pad.ts.
enum class Mode { constant, reflect, replicate, circular };

/// Which input position each output position shows, per dim; -1 for the constant.
class PadMap {
 public:
  PadMap(const TensorArg& padded, const TensorArg& x, const int64_t* before, Mode mode)
      : starts_{}, positions_(Total(padded)) {
    int64_t at = 0;
    for (int d = 0; d < x.ndim; ++d) {
      starts_[d] = at;
      for (int64_t i = 0; i < padded.sizes[d]; ++i) positions_[at++] = Source(i - before[d], x.sizes[d], mode);
    }
  }
  int64_t source(int dim, int64_t i) const { return positions_[starts_[dim] + i]; }

 private:
  static int64_t Total(const TensorArg& padded) {
    int64_t n = 0;
    for (int d = 0; d < padded.ndim; ++d) n += padded.sizes[d];
    return n;
  }
  static int64_t Source(int64_t i, int64_t n, Mode mode) {
    if (i >= 0 && i < n) return i;
    switch (mode) {
      case Mode::reflect: return i < 0 ? -i : 2 * (n - 1) - i;
      case Mode::replicate: return i < 0 ? 0 : n - 1;
      case Mode::circular: return i < 0 ? i + n : i - n;
      default: return -1;
    }
  }
  int64_t starts_[kMaxDims];
  Scratch<int64_t> positions_;
};

struct PadArgs {
  TensorArg padded, x;
  const void* fill;
  int64_t before[kMaxDims];
  Mode mode;
};

PadArgs ReadPad(Args& args) {
  PadArgs p;
  p.padded = args.tensor();
  p.x = args.tensor();
  p.fill = args.pointer<const void>();
  p.mode = static_cast<Mode>(args.integer());
  const int64_t n = args.integer();
  for (int64_t d = 0; d < n; ++d) p.before[d] = args.integer();
  return p;
}

/// Calls f(row of the padded tensor, offset of its source in x or -1) for rows along the last dim, [begin, end).
template <class F>
void ForEachRow(const PadArgs& p, const PadMap& map, int64_t begin, int64_t end, F f) {
  const int last = p.padded.ndim - 1;
  for (int64_t row = begin; row < end; ++row) {
    int64_t rest = row, offset = 0;
    for (int d = last - 1; d >= 0 && offset >= 0; --d) {
      const int64_t source = map.source(d, rest % p.padded.sizes[d]);
      rest /= p.padded.sizes[d];
      offset = source < 0 ? -1 : offset + source * p.x.strides[d];
    }
    f(row, offset);
  }
}

/// The part [begin, end) of a row that shows the input in order; all else is constant or goes through the map.
struct Span {
  int64_t begin, end;
};
Span Inner(const PadArgs& p) {
  const int last = p.padded.ndim - 1;
  const int64_t n = p.padded.sizes[last], before = p.before[last], end = before + p.x.sizes[last];
  const int64_t first = before < 0 ? 0 : before < n ? before : n;
  return {first, end < first ? first : end < n ? end : n};
}

template <class T>
void Pad(const PadArgs& p) {
  const PadMap map(p.padded, p.x, p.before, p.mode);
  const int last = p.padded.ndim - 1;
  const int64_t n = p.padded.sizes[last], stride = p.x.strides[last];
  const int64_t rows = n == 0 ? 0 : p.padded.numel() / n;
  const Span inner = Inner(p);
  const T fill = *static_cast<const T*>(p.fill);
  ParallelFor(rows, kGrain / (n > 0 ? n : 1) + 1, [&](int64_t begin, int64_t end) {
    ForEachRow(p, map, begin, end, [&](int64_t row, int64_t offset) {
      T* out = p.padded.as<T>() + row * n;
      if (offset < 0) {
        for (int64_t i = 0; i < n; ++i) out[i] = fill;
        return;
      }
      const T* x = p.x.as<const T>() + offset;
      const auto outside = [&](int64_t i) {
        const int64_t source = map.source(last, i);
        out[i] = source < 0 ? fill : x[source * stride];
      };
      for (int64_t i = 0; i < inner.begin; ++i) outside(i);
      const T* from = x + (inner.begin - p.before[last]) * stride;
      for (int64_t i = 0; i < inner.end - inner.begin; ++i) out[inner.begin + i] = from[i * stride];
      for (int64_t i = inner.end; i < n; ++i) outside(i);
    });
  });
}

/// Adds every element of the dense grad (shaped as padded) to where it came from. The dims before `split` are not padded, so their
/// parts are independent.
template <class T>
void PadBackward(const PadArgs& p) {
  const PadMap map(p.padded, p.x, p.before, p.mode);
  const int last = p.padded.ndim - 1;
  int split = 0;
  int64_t parts = 1;
  while (split < last && p.before[split] == 0 && p.padded.sizes[split] == p.x.sizes[split]) parts *= p.x.sizes[split++];
  const int64_t n = p.padded.sizes[last];
  const int64_t rows = n == 0 || parts == 0 ? 0 : p.padded.numel() / n / parts;
  const int64_t size = parts == 0 ? 0 : p.x.numel() / parts;
  ParallelFor(parts, kGrain / (rows * n + 1) + 1, [&](int64_t begin, int64_t end) {
    T* sums = p.x.as<T>();
    memset(static_cast<void*>(sums + begin * size), 0, static_cast<size_t>((end - begin) * size) * sizeof(T));
    ForEachRow(p, map, begin * rows, end * rows, [&](int64_t row, int64_t offset) {
      if (offset < 0) return;
      const T* grad = p.padded.as<const T>() + row * n;
      for (int64_t i = 0; i < n; ++i) {
        const int64_t source = map.source(last, i);
        if (source < 0) continue;
        T& sum = sums[offset + source];
        sum = Stored<T>::from(Load(sum) + Load(grad[i]));
      }
    });
  });
}

}  // namespace

/// [out (dense), x, address of the constant, mode, count, padding before each dim]; a negative padding cuts off.
KERNEL(pad) {
  const PadArgs p = ReadPad(args);
  DispatchSize("pad", p.x.dtype, [&](auto type) { Pad<typename decltype(type)::type>(p); });
}

/// The same with the gradient (dense) in place of out: x (dense) becomes the gradient of the input.
KERNEL(pad_backward) {
  const PadArgs p = ReadPad(args);
  if (p.x.dtype == DType::complex64) return PadBackward<std::complex<float>>(p);
  if (p.x.dtype == DType::complex128) return PadBackward<std::complex<double>>(p);
  DispatchFloat("pad_backward", p.x.dtype, [&](auto type) { PadBackward<typename decltype(type)::type>(p); });
}

TSTORCH_END
