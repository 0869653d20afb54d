// The leaky ReLU with random slopes, in training: see reference/random/rrelu.ts.
#include "core/kernels.h"
#include "cpu/random.h"

TSTORCH_BEGIN

/// [target, noise, x, lower, upper]: all dense
KERNEL(rrelu) {
  const Target target(args);
  void* noise_data = args.pointer<void>();
  const void* x_data = args.pointer<void>();
  const double lower = args.number(), upper = args.number();
  Uniforms uniform{*target.generator};
  DispatchFloat("rrelu", target.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(x_data);
    T* out = static_cast<T*>(target.data);
    T* noise = static_cast<T*>(noise_data);
    for (int64_t i = 0; i < target.count; ++i) {
      const Compute<T> value = Load(x[i]);
      const Compute<T> slope = value <= 0 ? static_cast<Compute<T>>(uniform() * (upper - lower) + lower) : 1;
      out[i] = Stored<T>::from(value * slope);
      noise[i] = Stored<T>::from(slope);
    }
  });
}

TSTORCH_END
