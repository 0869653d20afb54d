#pragma once
// Losses over classes: x is dense, seen as [outer, classes, inner]; a sample is one (outer, inner) and has a target class.
#include "core/args.h"
#include "core/kernels.h"

TSTORCH_BEGIN

enum class LossReduction : int { none = 0, mean = 1, sum = 2 };

struct ClassLoss {
  DType dtype;
  int64_t outer, classes, inner;
  const int64_t* targets;
  const void* weight;  // one per class, of the dtype of x; null: 1
  int64_t ignore_index;
  LossReduction reduction;

  int64_t samples() const { return outer * inner; }
  /// Position in x of the first class of a sample.
  int64_t first(int64_t sample) const { return sample / inner * classes * inner + sample % inner; }
  bool ignored(int64_t sample) const { return targets[sample] == ignore_index; }
  template <class T>
  T weight_of(int64_t c) const {
    return weight == nullptr ? T(1) : static_cast<const T*>(weight)[c];
  }
  /// Σ weight[target] over the samples that are not ignored: the divisor of "mean".
  template <class T>
  double total_weight() const {
    double total = 0;
    for (int64_t s = 0; s < samples(); ++s)
      if (!ignored(s)) total += static_cast<double>(weight_of<T>(targets[s]));
    return total;
  }
  /// What the gradient of the loss is multiplied by for each sample.
  template <class T>
  double scale() const {
    return reduction == LossReduction::mean ? 1 / total_weight<T>() : 1;
  }
};

/// Written by `writeClassLoss` in optimized/ops/classes.ts: [dtype, outer, classes, inner, targets, weight or 0,
/// ignore_index, reduction]. Throws where a target is no class.
inline ClassLoss ReadClassLoss(Args& args, const char* op) {
  ClassLoss l;
  l.dtype = args.dtype();
  l.outer = args.integer();
  l.classes = args.integer();
  l.inner = args.integer();
  l.targets = args.pointer<const int64_t>();
  l.weight = args.pointer<const void>();
  l.ignore_index = args.integer();
  l.reduction = static_cast<LossReduction>(args.integer());
  for (int64_t s = 0; s < l.samples(); ++s) {
    const int64_t t = l.targets[s];
    if (t != l.ignore_index && static_cast<uint64_t>(t) >= static_cast<uint64_t>(l.classes)) {
      throw Error(std::string(op) + ": Target " + std::to_string(t) + " at index " + std::to_string(s) +
                      " is out of bounds; expected 0 <= target < " + std::to_string(l.classes),
                  "IndexError");
    }
  }
  return l;
}

/// The loss from those of the samples, in order, so that the threads do not matter: `losses` if there is no reduction.
template <class T>
void ReduceLoss(const ClassLoss& l, T* out, const T* losses) {
  if (l.reduction == LossReduction::none) return;
  double sum = 0;
  for (int64_t s = 0; s < l.samples(); ++s) sum += static_cast<double>(losses[s]);
  *out = static_cast<T>(sum * l.scale<T>());
}

TSTORCH_END
