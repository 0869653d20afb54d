// Losses of single elements, before they are reduced, and the gradients of those that depend on x - t only.
#include "core/math.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {

template <class C>
C Clamp(C x, C bound) {
  return Min(Max(x, -bound), bound);
}
template <class C>
C SmoothL1(C d, C beta) {
  const C z = Abs(d);
  return z < beta ? C(0.5) * z * z / beta : z - C(0.5) * beta;
}
template <class C>
C Huber(C d, C delta) {
  const C z = Abs(d);
  return z <= delta ? C(0.5) * z * z : delta * (z - C(0.5) * delta);
}

}  // namespace

/// [x, t, parameter, 0]
BINARY_WITH(mse_loss, DispatchFloat, (x - y) * (x - y))
BINARY_WITH(smooth_l1_loss, DispatchFloat, SmoothL1(x - y, a))
BINARY_WITH(huber_loss, DispatchFloat, Huber(x - y, a))
BINARY_WITH(binary_cross_entropy_with_logits, DispatchFloat, (Max(x, decltype(x)(0)) - x * y + Log1p(Exp(-Abs(x)))))

/// [g, x, t, parameter]: g times the slope of the loss
#define LOSS_GRADIENT(name, slope)                                                     \
  KERNEL(name) {                                                                       \
    const auto p = ReadPointwise<4>(args);                                             \
    const double parameter = args.number();                                            \
    DispatchFloat(#name, p.operands[1].dtype, [&](auto type) {                         \
      using T = typename decltype(type)::type;                                         \
      [[maybe_unused]] const auto a = static_cast<Compute<T>>(parameter);              \
      RunTernary<T, T>(p, [=](auto g, auto x, auto y) { return g * (slope); });        \
    });                                                                                \
  }
LOSS_GRADIENT(mse_loss_backward, decltype(x)(2) * (x - y))
LOSS_GRADIENT(smooth_l1_loss_backward, Clamp((x - y) / a, decltype(x)(1)))
LOSS_GRADIENT(huber_loss_backward, Clamp(x - y, a))

/// [x, t]: the logarithms are kept above -100. Throws where x is no probability.
KERNEL(binary_cross_entropy) {
  const auto p = ReadPointwise<3>(args);
  DispatchFloat("binary_cross_entropy", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    Pointwise<1> x;
    x.ndim = p.ndim;
    for (int d = 0; d < p.ndim; ++d) x.sizes[d] = p.sizes[d];
    x.operands[0] = p.operands[1];
    bool outside = false;
    ForEachRun<1>(x, {sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
      const T* values = reinterpret_cast<const T*>(at[0]);
      for (int64_t i = 0; i < n; ++i) {
        const auto v = Load(values[i * s[0]]);
        if (!(v >= 0 && v <= 1)) outside = true;
      }
    });
    if (outside) throw Error("binary_cross_entropy: all elements of input should be between 0 and 1. Apply sigmoid first");
    RunBinary<T, T>(p, [](auto v, auto t) {
      using C = decltype(v);
      return (t - C(1)) * Max(Log1p(-v), C(-100)) - t * Max(Log(v), C(-100));
    });
  });
}

TSTORCH_END
