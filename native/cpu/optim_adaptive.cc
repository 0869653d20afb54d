// Update rules of torch.optim that scale each element by the size of its own gradients. See cpu/optim.cc.
#include "cpu/optim.h"

#include "core/kernels.h"
#include "core/math.h"

TSTORCH_BEGIN

/// Adam and AdamW. options: sign, weight_decay, factor of p before the step (AdamW), beta1, beta2, eps, amsgrad;
/// row: lr / (1 - beta1^t), 1 / sqrt(1 - beta2^t); tensors: p, g, m, v and, with amsgrad, u.
KERNEL(adam_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double shrink = args.number(), beta1 = args.number(), beta2 = args.number(), epsilon = args.number();
  const bool has_max = args.flag();
  Rows(args, count, 2, has_max ? 5 : 4).ForEach("Adam", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T factor = static_cast<T>(shrink), eps = static_cast<T>(epsilon);
    const T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1 - beta1);
    const T b2 = static_cast<T>(beta2), c2 = static_cast<T>(1 - beta2);
    const T step = part.number(0), scale = part.number(1);
    T *p = part.tensor(0), *g = part.tensor(1), *m = part.tensor(2), *v = part.tensor(3);
    if (!has_max) {
      part.each([=](int64_t i) {
        const T d = gradient(g[i], p[i]);
        m[i] = b1 * m[i] + c1 * d;
        v[i] = b2 * v[i] + c2 * (d * d);
        p[i] = factor * p[i] - step * (m[i] / (Sqrt(v[i]) * scale + eps));
      }, p, g, v, m);
      return;
    }
    T* u = part.tensor(4);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]);
      m[i] = b1 * m[i] + c1 * d;
      v[i] = b2 * v[i] + c2 * (d * d);
      u[i] = Max(u[i], v[i]);
      p[i] = factor * p[i] - step * (m[i] / (Sqrt(u[i]) * scale + eps));
    }, p, g, v, m, u);
  });
}

/// options: sign, weight_decay, lr, alpha, eps, momentum, centered; row: none; tensors: p, g, v, then b with momentum and
/// a if centered.
KERNEL(rmsprop_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double lr = args.number(), alpha = args.number(), epsilon = args.number(), momentum = args.number();
  const bool has_buffer = momentum > 0, centered = args.flag();
  Rows(args, count, 0, 3 + has_buffer + centered).ForEach("RMSprop", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T step = static_cast<T>(-lr), eps = static_cast<T>(epsilon), mu = static_cast<T>(momentum);
    const T keep = static_cast<T>(alpha), take = static_cast<T>(1 - alpha);
    T *p = part.tensor(0), *g = part.tensor(1), *v = part.tensor(2);
    // What is not there is never touched: the conditions do not depend on i.
    T* b = has_buffer ? part.tensor(3) : nullptr;
    T* a = centered ? part.tensor(3 + has_buffer) : nullptr;
    const auto update = [&](int64_t i, T d, T variance) {
      const T ratio = d / (Sqrt(variance) + eps);
      if (b == nullptr) {
        p[i] += step * ratio;
      } else {
        b[i] = mu * b[i] + ratio;
        p[i] += step * b[i];
      }
    };
    if (a == nullptr) {
      part.each([=](int64_t i) {
        const T d = gradient(g[i], p[i]);
        v[i] = keep * v[i] + take * (d * d);
        update(i, d, v[i]);
      }, p, p, g, v);
    } else {
      part.each([=](int64_t i) {
        const T d = gradient(g[i], p[i]);
        v[i] = keep * v[i] + take * (d * d);
        a[i] = keep * a[i] + take * d;
        update(i, d, v[i] - a[i] * a[i]);
      }, p, p, g, a, v);
    }
  });
}

/// options: sign, weight_decay, eps; row: lr / (1 + (t-1) lr_decay); tensors: p, g, s.
KERNEL(adagrad_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double epsilon = args.number();
  Rows(args, count, 1, 3).ForEach("Adagrad", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T step = -part.number(0), eps = static_cast<T>(epsilon);
    T *p = part.tensor(0), *g = part.tensor(1), *s = part.tensor(2);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]);
      s[i] += d * d;
      p[i] += step * (d / (Sqrt(s[i]) + eps));
    }, p, g, s);
  });
}

/// options: sign, weight_decay, lr, rho, eps; row: none; tensors: p, g, v, a.
KERNEL(adadelta_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double lr = args.number(), rho = args.number(), epsilon = args.number();
  Rows(args, count, 0, 4).ForEach("Adadelta", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T step = static_cast<T>(-lr), eps = static_cast<T>(epsilon);
    const T keep = static_cast<T>(rho), take = static_cast<T>(1 - rho);
    T *p = part.tensor(0), *g = part.tensor(1), *v = part.tensor(2), *a = part.tensor(3);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]);
      v[i] = keep * v[i] + take * (d * d);
      const T delta = Sqrt(a[i] + eps) / Sqrt(v[i] + eps) * d;
      a[i] = keep * a[i] + take * (delta * delta);
      p[i] += step * delta;
    }, p, g, a, v);
  });
}

/// options: sign, weight_decay, beta1, beta2, eps; row: lr / (1 - beta1^t); tensors: p, g, m, u.
KERNEL(adamax_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double beta1 = args.number(), beta2 = args.number(), epsilon = args.number();
  Rows(args, count, 1, 4).ForEach("Adamax", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T keep = static_cast<T>(beta1), take = static_cast<T>(1 - beta1);
    const T fade = static_cast<T>(beta2), eps = static_cast<T>(epsilon), step = -part.number(0);
    T *p = part.tensor(0), *g = part.tensor(1), *m = part.tensor(2), *u = part.tensor(3);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]);
      m[i] = keep * m[i] + take * d;
      u[i] = Max(fade * u[i], Abs(d) + eps);
      p[i] += step * (m[i] / u[i]);
    }, p, g, m, u);
  });
}

/// options: sign, weight_decay, beta1, beta2, eps; row: factors of g/d and m/d in the step, 1 / (1 - beta2^t);
/// tensors: p, g, m, v.
KERNEL(nadam_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double beta1 = args.number(), beta2 = args.number(), epsilon = args.number();
  Rows(args, count, 3, 4).ForEach("NAdam", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1 - beta1), eps = static_cast<T>(epsilon);
    const T b2 = static_cast<T>(beta2), c2 = static_cast<T>(1 - beta2);
    const T now = part.number(0), momentum = part.number(1), scale = part.number(2);
    T *p = part.tensor(0), *g = part.tensor(1), *m = part.tensor(2), *v = part.tensor(3);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]);
      m[i] = b1 * m[i] + c1 * d;
      v[i] = b2 * v[i] + c2 * (d * d);
      p[i] -= (now * d + momentum * m[i]) / (Sqrt(v[i] * scale) + eps);
    }, p, g, v, m);
  });
}

/// options: sign, weight_decay, beta1, beta2, eps; row: lr / (1 - beta1^t), rectified rate, whether it is used;
/// tensors: p, g, m, v.
KERNEL(radam_step) {
  const DType dtype = args.dtype();
  const int64_t count = args.integer();
  const GradientRule rule{args.number(), args.number()};
  const double beta1 = args.number(), beta2 = args.number(), epsilon = args.number();
  Rows(args, count, 3, 4).ForEach("RAdam", dtype, [&](auto part) {
    using T = typename decltype(part)::Type;
    const auto gradient = rule.as<T>();
    const T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1 - beta1), eps = static_cast<T>(epsilon);
    const T b2 = static_cast<T>(beta2), c2 = static_cast<T>(1 - beta2);
    const T step = part.number(0), rate = part.number(1);
    const bool adaptive = part.row.numbers[2] != 0;
    T *p = part.tensor(0), *g = part.tensor(1), *m = part.tensor(2), *v = part.tensor(3);
    part.each([=](int64_t i) {
      const T d = gradient(g[i], p[i]);
      m[i] = b1 * m[i] + c1 * d;
      v[i] = b2 * v[i] + c2 * (d * d);
      p[i] -= step * m[i] * (adaptive ? rate / (Sqrt(v[i]) + eps) : T(1));
    }, p, g, v, m);
  });
}

TSTORCH_END
