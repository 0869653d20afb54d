#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/reduce.h"

TSTORCH_BEGIN

/// [out, x, offset, strides of x in out]: out, a flat buffer, becomes zero but for the elements of x, each added where
/// these strides put it. They may overlap, so one thread does it.
KERNEL(strided_accumulate) {
  const TensorArg out = args.tensor(), x = args.tensor();
  const int64_t offset = args.integer();
  int64_t strides[kMaxDims];
  const int64_t rank = args.integer();
  for (int64_t d = 0; d < rank; ++d) strides[d] = args.integer();
  DispatchFloat("strided_accumulate", x.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = out.as<T>();
    const T* from = x.as<const T>();
    memset(static_cast<void*>(to), 0, static_cast<size_t>(out.numel()) * sizeof(T));
    int64_t flat = 0;
    Walk(x.ndim, x.sizes, strides, 0, x.numel(), [&](int64_t at) {
      int64_t rest = flat++, source = 0;
      for (int d = x.ndim - 1; d >= 0; --d) {
        source += rest % x.sizes[d] * x.strides[d];
        rest /= x.sizes[d];
      }
      T& target = to[offset + at];
      target = Stored<T>::from(Load(target) + Load(from[source]));
    });
  });
}

TSTORCH_END
