// Cross entropy of class targets: log_softmax, nll_loss and label smoothing in one read of the logits, and its gradient
// in one read and one write.
//
//   loss = w_t (1 - ε) (m + log s - x_t) + ε/C Σ_c w_c (m + log s - x_c)      m = max x, s = Σ exp(x - m)
#include "core/math.h"
#include "cpu/classes.h"
#include "cpu/log_sum.h"

TSTORCH_BEGIN

namespace {

/// m and log s of one dense distribution
template <class T>
void RowStats(const T* x, int64_t n, T* max, T* log) {
  LogSum<T> kept;
  kept.add(x, n);
  *max = kept.max;
  *log = Log(kept.sum);
}

/// Samples that lie side by side and are worked on at once.
constexpr int64_t kColumns = 128;

/// m and log s of `width` neighbouring distributions, whose elements lie `stride` apart
template <class T>
void ColumnStats(const T* x, int64_t n, int64_t stride, int64_t width, T* max, T* log) {
  T sums[kColumns];
  for (int64_t i = 0; i < width; ++i) {
    max[i] = Worst<T, true>();
    sums[i] = 0;
  }
  for (int64_t c = 0; c < n; ++c)
    for (int64_t i = 0; i < width; ++i) max[i] = Max(x[c * stride + i], max[i]);
  for (int64_t c = 0; c < n; ++c)
    for (int64_t i = 0; i < width; ++i) sums[i] += ExpNegative(x[c * stride + i] - max[i]);
  for (int64_t i = 0; i < width; ++i) log[i] = Log(sums[i]);
}

/// Calls f(sample, width) for all samples, at most kColumns neighbours at a time. Both threads.
template <class F>
void ForEachGroup(const ClassLoss& l, F f) {
  const int64_t blocks = (l.inner + kColumns - 1) / kColumns;
  const int64_t width = l.inner < kColumns ? l.inner : kColumns;
  ParallelFor(l.outer * blocks, kGrain / (4 * (l.classes * width + 1)) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * kColumns;
      f(task / blocks * l.inner + first, l.inner - first < kColumns ? l.inner - first : kColumns);
    }
  });
}

struct Smoothing {
  double amount;
  double spread;        // ε / C
  double total_weight;  // Σ_c w_c
};

template <class T>
Smoothing ReadSmoothing(const ClassLoss& l, double amount) {
  Smoothing s{amount, amount / static_cast<double>(l.classes), 0};
  for (int64_t c = 0; c < l.classes; ++c) s.total_weight += static_cast<double>(l.weight_of<T>(c));
  return s;
}

/// Σ_c w_c (m - x_c)
template <class T>
double WeightedGaps(const ClassLoss& l, const T* x, T max) {
  double sum = 0;
  for (int64_t c = 0; c < l.classes; ++c) sum += static_cast<double>(l.weight_of<T>(c) * (max - x[c * l.inner]));
  return sum;
}

template <class T>
T SampleLoss(const ClassLoss& l, const Smoothing& smooth, int64_t t, const T* x, T max, T log) {
  const T own = l.weight_of<T>(t) * (log + (max - x[t * l.inner]));
  if (smooth.amount == 0) return own;
  const double rest = WeightedGaps(l, x, max) + smooth.total_weight * static_cast<double>(log);
  return static_cast<T>((1 - smooth.amount) * static_cast<double>(own) + smooth.spread * rest);
}

template <class T>
void SampleLosses(const ClassLoss& l, const Smoothing& smooth, const T* x, T* losses, T* maxima, T* logs) {
  ForEachGroup(l, [&](int64_t sample, int64_t width) {
    const T* from = x + l.first(sample);
    if (l.inner == 1)
      RowStats(from, l.classes, maxima + sample, logs + sample);
    else
      ColumnStats(from, l.classes, l.inner, width, maxima + sample, logs + sample);
    for (int64_t s = sample; s < sample + width; ++s, ++from)
      losses[s] = l.ignored(s) ? T(0) : SampleLoss(l, smooth, l.targets[s], from, maxima[s], logs[s]);
  });
}

/// For samples side by side: g (p_c Σ q - q_c),  q_c = w_c ((1 - ε) [c = t] + ε/C), g the gradient of the loss; 0 where
/// the target is ignored.
template <class T, class Grad>
void SampleGradients(const ClassLoss& l, const Smoothing& smooth, int64_t sample, int64_t width, const T* x, T* gx,
                     const T* maxima, const T* logs, Grad grad) {
  if (width <= 0) return;
  T own[kColumns], total[kColumns], spread[kColumns];
  for (int64_t i = 0; i < width; ++i) {
    const int64_t s = sample + i;
    const T g = l.ignored(s) ? T(0) : grad(s);
    own[i] = l.ignored(s) ? T(0) : g * static_cast<T>((1 - smooth.amount) * static_cast<double>(l.weight_of<T>(l.targets[s])));
    total[i] = own[i] + g * static_cast<T>(smooth.spread * smooth.total_weight);
    spread[i] = g * static_cast<T>(smooth.spread);
  }
  const int64_t n = l.classes, stride = l.inner;
  if (stride == 1) {
    const T factor = *total, max = *maxima, log = *logs;
    for (int64_t c = 0; c < n; ++c) gx[c] = factor * ExpNegative((x[c] - max) - log);
  } else {
    for (int64_t c = 0; c < n; ++c)
      for (int64_t i = 0; i < width; ++i)
        gx[c * stride + i] = total[i] * ExpNegative((x[c * stride + i] - maxima[i]) - logs[i]);
  }
  if (smooth.amount != 0)
    for (int64_t c = 0; c < n; ++c)
      for (int64_t i = 0; i < width; ++i) gx[c * stride + i] -= spread[i] * l.weight_of<T>(c);
  for (int64_t i = 0; i < width; ++i) {
    if (!l.ignored(sample + i))
      gx[l.targets[sample + i] * stride + i] -= own[i];
    else
      for (int64_t c = 0; c < n; ++c) gx[c * stride + i] = 0;  // also where p is NaN
  }
}

}  // namespace

/// [loss, stats, x, class loss, label_smoothing]; stats: the maxima m of all samples, then their log s.
KERNEL(cross_entropy) {
  void* out = args.pointer<void>();
  void* stats = args.pointer<void>();
  const void* logits = args.pointer<const void>();
  const ClassLoss l = ReadClassLoss(args, "cross_entropy");
  const double smoothing = args.number();
  DispatchFullFloat("cross_entropy", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const bool each = l.reduction == LossReduction::none;
    Scratch<T> own(each ? 0 : l.samples());
    T* losses = each ? static_cast<T*>(out) : own.get();
    T* maxima = static_cast<T*>(stats);
    SampleLosses(l, ReadSmoothing<T>(l, smoothing), static_cast<const T*>(logits), losses, maxima, maxima + l.samples());
    ReduceLoss(l, static_cast<T*>(out), losses);
  });
}

/// [grad of x, grad of the loss, stats, x, class loss, label_smoothing]
KERNEL(cross_entropy_backward) {
  void* out = args.pointer<void>();
  const void* grad = args.pointer<const void>();
  const void* stats = args.pointer<const void>();
  const void* logits = args.pointer<const void>();
  const ClassLoss l = ReadClassLoss(args, "cross_entropy_backward");
  const double smoothing = args.number();
  DispatchFullFloat("cross_entropy_backward", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T *g = static_cast<const T*>(grad), *x = static_cast<const T*>(logits), *maxima = static_cast<const T*>(stats);
    T* gx = static_cast<T*>(out);
    const Smoothing smooth = ReadSmoothing<T>(l, smoothing);
    const T scale = static_cast<T>(l.scale<T>());
    const auto grad_of = [=, &l](int64_t s) { return scale * g[l.reduction == LossReduction::none ? s : 0]; };
    ForEachGroup(l, [&](int64_t sample, int64_t width) {
      const int64_t first = l.first(sample);
      SampleGradients(l, smooth, sample, width, x + first, gx + first, maxima + sample, maxima + l.samples() + sample, grad_of);
    });
  });
}

TSTORCH_END
