// Variance, standard deviation and mean in one pass over memory.
//
// Elements are taken in small parts, each summed and then centred while it is in the cache or in registers; the sums of
// parts are joined by the formula of Chan, Golub & LeVeque (1983). Nothing cancels, however far the mean is from 0.
#include "core/math.h"
#include "cpu/fold.h"

TSTORCH_BEGIN

namespace {

/// Of n elements: Σ x and Σ (x - mean)².
struct Moments {
  double n = 0, sum = 0, squares = 0;

  void join(const Moments& b) {
    if (b.n == 0) return;
    if (n == 0) {
      *this = b;
      return;
    }
    const double apart = b.sum / b.n - sum / n;
    squares += b.squares + apart * apart * (n * b.n / (n + b.n));
    sum += b.sum;
    n += b.n;
  }
};

struct SumFold {
  using A = double;
  double zero() const { return 0; }
  double step(double kept, double x) const { return kept + x; }
  double merge(double a, double b) const { return a + b; }
};
struct SquaresAround {
  using A = double;
  double center;
  double zero() const { return 0; }
  double step(double kept, double x) const { return kept + (x - center) * (x - center); }
  double merge(double a, double b) const { return a + b; }
};

constexpr int64_t kChunk = 1024;

/// At most kChunk dense elements.
template <class T>
Moments OfChunk(const T* x, int64_t n) {
  const double count = static_cast<double>(n);
  const double sum = FoldRun(SumFold{}, x, 1, n);
  return {count, sum, FoldRun(SquaresAround{sum / count}, x, 1, n)};
}

/// n elements of one run. Those of short or strided runs are first collected in `buffer`, of which `filled` are in use.
template <class T>
void AddRun(Moments& kept, T* buffer, int64_t& filled, const T* x, int64_t stride, int64_t n) {
  if (stride == 1 && n >= 64) {
    for (int64_t i = 0; i < n; i += kChunk) kept.join(OfChunk(x + i, n - i < kChunk ? n - i : kChunk));
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    buffer[filled++] = x[i * stride];
    if (filled < kChunk) continue;
    kept.join(OfChunk(buffer, filled));
    filled = 0;
  }
}

/// `runs` runs from number `first` on, of each the elements [begin, begin + n).
template <class T>
Moments OfRuns(const Reduction& r, const T* from, int64_t first, int64_t runs, int64_t begin, int64_t n) {
  Moments kept;
  T buffer[kChunk];
  int64_t filled = 0;
  const int64_t stride = r.inner_stride();
  Walk(r.reduced - 1, r.reduced_sizes, r.reduced_strides, first, runs,
       [&](int64_t at) { AddRun(kept, buffer, filled, from + at + begin * stride, stride, n); });
  if (filled > 0) kept.join(OfChunk(buffer, filled));
  return kept;
}

/// One output: the threads share its runs, or the parts of its one run.
template <class T>
Moments OfAll(const Reduction& r) {
  constexpr int64_t kPart = 8 * kGrain;
  const int64_t run = r.inner_size(), runs = run > 0 ? r.inputs / run : 0;
  const bool cut = runs == 1;
  const int64_t whole = cut ? kPart : kPart / (run > 0 ? run : 1) + 1;
  const int64_t total = cut ? run : runs;
  const int64_t parts = (total + whole - 1) / whole;
  Scratch<Moments> kept(parts);
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t first = p * whole, count = total - first < whole ? total - first : whole;
      kept[p] = cut ? OfRuns(r, r.as<T>(), 0, 1, first, count) : OfRuns(r, r.as<T>(), first, count, 0, run);
    }
  });
  Moments result;
  for (int64_t p = 0; p < parts; ++p) result.join(kept[p]);
  return result;
}

/// Neighbouring outputs: sums and squares of `width` columns, of which n rows have been seen.
constexpr int64_t kColumns = 512;
struct Columns {
  double n = 0;
  double sums[kColumns], squares[kColumns];
};

/// Joins kRows rows to the columns.
template <int kRows, class T>
void JoinRows(Columns& c, const T* const* rows, int64_t width) {
  const double before = c.n > 0 ? 1 / c.n : 0, factor = c.n * kRows / (c.n + kRows);
  const T* from[kRows];
  for (int k = 0; k < kRows; ++k) from[k] = rows[k];
  for (int64_t i = 0; i < width; ++i) {
    double sum = 0, squares = 0;
    for (int k = 0; k < kRows; ++k) sum += static_cast<double>(from[k][i]);
    const double mean = sum * (1.0 / kRows);
    for (int k = 0; k < kRows; ++k) {
      const double d = static_cast<double>(from[k][i]) - mean;
      squares += d * d;
    }
    const double apart = mean - c.sums[i] * before;
    c.squares[i] += squares + apart * apart * factor;
    c.sums[i] += sum;
  }
  c.n += kRows;
}

template <class T, class Store>
void DownColumns(const Reduction& r, Store store) {
  ForEachColumnBlock<T>(r, kColumns, [&](int64_t o, const T* first, int64_t width) {
    Columns c;
    for (int64_t i = 0; i < width; ++i) c.sums[i] = c.squares[i] = 0;
    const T* rows[8];
    int waiting = 0;
    ForEachReducedRow(r, first, 0, r.inputs, [&](const T* row) {
      rows[waiting++] = row;
      if (waiting < 8) return;
      JoinRows<8>(c, rows, width);
      waiting = 0;
    });
    for (int k = 0; k < waiting; ++k) JoinRows<1>(c, rows + k, width);
    for (int64_t i = 0; i < width; ++i) store(o + i, Moments{c.n, c.sums[i], c.squares[i]});
  });
}

}  // namespace

/// [variance, mean or 0, x, correction, root]: Σ (x - mean)² / max(n - correction, 0), or its root, and the mean.
/// float32 and float64.
KERNEL(var_mean) {
  void* variance = args.pointer<void>();
  void* mean = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  const double correction = args.number();
  const bool root = args.flag();
  DispatchFullFloat("var_mean", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const auto store = [=](int64_t o, const Moments& m) {
      const double divisor = m.n > correction ? m.n - correction : 0;
      const double v = m.squares / divisor;
      static_cast<T*>(variance)[o] = static_cast<T>(root ? Sqrt(v) : v);
      const double average = m.sum / m.n;
      // An infinite mean is NaN, as PyTorch's running mean.
      if (mean != nullptr) static_cast<T*>(mean)[o] = static_cast<T>(average + (average - average));
    };
    if (r.outputs == 1) {
      store(0, OfAll<T>(r));
    } else if (r.down_columns()) {
      DownColumns<T>(r, store);
    } else {
      const int64_t run = r.inner_size(), runs = run > 0 ? r.inputs / run : 0;
      ForEachOutput<T>(r, [&](int64_t o, const T* first) { store(o, OfRuns(r, first, 0, runs, 0, run)); });
    }
  });
}

TSTORCH_END
