// The norm of many tensors together, and a factor for all of them: torch.nn.utils.clip_grad_norm_.
#include <vector>

#include "core/kernels.h"
#include "core/math.h"
#include "cpu/optim.h"

TSTORCH_BEGIN

namespace {

/// Sums are kept per block of this many elements, wherever threads begin, so that their number does not change the result.
constexpr int64_t kNormBlock = 16384;
constexpr int kLanes = 16;

/// Σ f(x[i]) in 16 lanes of double, folded in a fixed order.
template <class T, class F>
double SumOf(const T* x, int64_t n, F f) {
  double lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int k = 0; k < kLanes; ++k) lanes[k] += f(static_cast<double>(x[i + k]));
  for (int k = 0; i < n; ++i, ++k) lanes[k] += f(static_cast<double>(x[i]));
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int k = 0; k < width; ++k) lanes[k] += lanes[k + width];
  return lanes[0];
}

/// max |x[i]|, NaN if there is one.
template <class T>
double LargestOf(const T* x, int64_t n) {
  T lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int k = 0; k < kLanes; ++k) lanes[k] = Max(lanes[k], Abs(x[i + k]));
  for (int k = 0; i < n; ++i, ++k) lanes[k] = Max(lanes[k], Abs(x[i]));
  T largest = lanes[0];
  for (const T lane : lanes) largest = Max(largest, lane);
  return static_cast<double>(largest);
}

/// The order of a norm: 1, 2 or infinity.
enum class Order { sum, squares, largest };

template <class T>
double PieceOf(Order order, const T* x, int64_t n) {
  switch (order) {
    case Order::sum: return SumOf(x, n, [](double v) { return Abs(v); });
    case Order::squares: return SumOf(x, n, [](double v) { return v * v; });
    default: return LargestOf(x, n);
  }
}

}  // namespace

/// [dtype, rows, order 0..2, rows of numel, address] -> the 1-norm, 2-norm or infinity-norm of all elements together.
KERNEL(norm_of_all) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const auto order = static_cast<Order>(args.integer());
  const Rows rows(args, count, 0, 1);
  const int64_t blocks = (rows.numel() + kNormBlock - 1) / kNormBlock;
  const auto join = [order](double a, double b) { return order == Order::largest ? Max(a, b) : a + b; };
  std::vector<double> partial(static_cast<size_t>(blocks));
  DispatchFullFloat("clip_grad_norm_", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ParallelFor(blocks, kGrain / kNormBlock, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block) {
        double total = 0;
        const int64_t first = block * kNormBlock;
        rows.Pieces(first, std::min(first + kNormBlock, rows.numel()), [&](const Row& row, int64_t at, int64_t n) {
          total = join(total, PieceOf(order, reinterpret_cast<const T*>(row.tensors[0]) + at, n));
        });
        partial[static_cast<size_t>(block)] = total;
      }
    });
  });
  double total = 0;
  for (const double part : partial) total = join(total, part);
  args.result(0, order == Order::squares ? Sqrt(total) : total);
}

/// [dtype, rows, factor, rows of numel, address]: multiplies every element by the factor.
KERNEL(scale_all) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const double factor = args.number();
  Rows(args, count, 0, 1).ForEach("clip_grad_norm_", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const T f = static_cast<T>(factor);
    T* x = part.tensor(0);
    for (int64_t i = 0; i < part.n; ++i) x[i] *= f;
  });
}

TSTORCH_END
