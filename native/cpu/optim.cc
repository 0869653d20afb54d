// Update rules of torch.optim without a rate per element, but for Rprop. Formulas: reference/optim. Each is one pass over
// memory. Numbers that are the same for all elements come ready from TypeScript, computed in double, and are rounded to
// the parameters' dtype once.
#include "cpu/optim.h"

#include "core/kernels.h"
#include "core/math.h"

TSTORCH_BEGIN

/// options: sign, weight_decay, lr, momentum, nesterov; row: factors of the buffer and of the gradient in the new buffer;
/// tensors: p, g and, with momentum, b.
KERNEL(sgd_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double lr = args.number(), momentum = args.number();
  const bool look_ahead = args.flag(), has_buffer = momentum != 0;
  Rows(args, count, 2, has_buffer ? 3 : 2).ForEach("SGD", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T step = static_cast<T>(-lr), mu = static_cast<T>(momentum);
    const T keep = part.number(0), take = part.number(1);
    T *p = part.tensor(0), *g = part.tensor(1);
    if (!has_buffer) {
      part.each([=](int64_t i) { p[i] += step * gradient(g[i], p[i]); }, p, g);
      return;
    }
    T* b = part.tensor(2);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]);
      b[i] = keep * b[i] + take * d;
      p[i] += step * (look_ahead ? d + mu * b[i] : b[i]);
    }, p, g, b);
  });
}

/// options: sign, weight_decay, lambd; row: eta, mu; tensors: p, g, a.
KERNEL(asgd_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double lambd = args.number();
  Rows(args, count, 2, 3).ForEach("ASGD", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T shrink = static_cast<T>(1 - lambd * part.row.numbers[0]), step = -part.number(0), mu = part.number(1);
    T *p = part.tensor(0), *g = part.tensor(1), *a = part.tensor(2);
    const bool average = mu != T(1);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]);
      p[i] = shrink * p[i] + step * d;
      a[i] = average ? a[i] + (p[i] - a[i]) * mu : p[i];
    }, p, g, a);
  });
}

/// options: sign, eta-, eta+, least and largest step size; row: none; tensors: p, g, the gradient before, step sizes.
KERNEL(rprop_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), 0};
  const double eta_minus = args.number(), eta_plus = args.number(), least = args.number(), most = args.number();
  Rows(args, count, 0, 4).ForEach("Rprop", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T down = static_cast<T>(eta_minus), up = static_cast<T>(eta_plus);
    const T low = static_cast<T>(least), high = static_cast<T>(most);
    T *p = part.tensor(0), *g = part.tensor(1), *prev = part.tensor(2), *size = part.tensor(3);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]), turn = d * prev[i];
      size[i] = Min(Max(size[i] * (turn > 0 ? up : turn < 0 ? down : T(1)), low), high);
      prev[i] = turn < 0 ? T(0) : d;
      const T sign = static_cast<T>((prev[i] > 0) - (prev[i] < 0));
      p[i] -= sign * size[i];
    }, p, g, prev, size);
  });
}

TSTORCH_END
