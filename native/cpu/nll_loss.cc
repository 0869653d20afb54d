// Negative log likelihood.
#include "core/parallel.h"
#include "cpu/classes.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

/// [loss, log_probs, class loss]: -weight[t]·log_probs[t]
KERNEL(nll_loss) {
  void* out = args.pointer<void>();
  const void* log_probs = args.pointer<const void>();
  const ClassLoss l = ReadClassLoss(args, "nll_loss");
  DispatchFullFloat("nll_loss", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(log_probs);
    const bool each = l.reduction == LossReduction::none;
    Scratch<T> own(each ? 0 : l.samples());
    T* losses = each ? static_cast<T*>(out) : own.get();
    for (int64_t s = 0; s < l.samples(); ++s) {
      const int64_t t = l.targets[s];
      losses[s] = l.ignored(s) ? T(0) : -l.weight_of<T>(t) * x[l.first(s) + t * l.inner];
    }
    ReduceLoss(l, static_cast<T*>(out), losses);
  });
}

/// [grad of log_probs, grad of the loss, class loss]
KERNEL(nll_loss_backward) {
  void* out = args.pointer<void>();
  const void* grad = args.pointer<const void>();
  const ClassLoss l = ReadClassLoss(args, "nll_loss_backward");
  DispatchFullFloat("nll_loss_backward", l.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* gx = static_cast<T*>(out);
    const T* g = static_cast<const T*>(grad);
    const T scale = static_cast<T>(-l.scale<T>());
    memset(static_cast<void*>(gx), 0, static_cast<size_t>(l.samples() * l.classes) * sizeof(T));
    for (int64_t s = 0; s < l.samples(); ++s) {
      if (l.ignored(s)) continue;
      const int64_t t = l.targets[s];
      gx[l.first(s) + t * l.inner] = scale * l.weight_of<T>(t) * g[l.reduction == LossReduction::none ? s : 0];
    }
  });
}

TSTORCH_END
