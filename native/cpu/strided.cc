#include "core/dtype.h"
#include "core/kernels.h"
#include "cpu/copy.h"
#include "cpu/reduce.h"

TSTORCH_BEGIN

namespace {

/// to[at(i)] += x[i]; places may occur several times, so one thread does it.
template <class T>
void AddAt(T* to, const TensorArg& x, const int64_t* strides) {
  const T* from = x.as<const T>();
  int64_t flat = 0;
  Walk(x.ndim, x.sizes, strides, 0, x.numel(), [&](int64_t at) {
    int64_t rest = flat++, source = 0;
    for (int d = x.ndim - 1; d >= 0; --d) {
      source += rest % x.sizes[d] * x.strides[d];
      rest /= x.sizes[d];
    }
    to[at] = Stored<T>::from(static_cast<Compute<T>>(Load(to[at]) + Load(from[source])));
  });
}

}  // namespace

/// [out, x, offset, disjoint, strides of x in out]: out, a flat buffer, becomes zero but for the elements of x, each added
/// where these strides put it. `disjoint`: no two come to the same place.
KERNEL(strided_accumulate) {
  const TensorArg out = args.tensor(), x = args.tensor();
  const int64_t offset = args.integer();
  const bool disjoint = args.flag();
  int64_t strides[kMaxDims];
  const int64_t rank = args.integer();
  for (int64_t d = 0; d < rank; ++d) strides[d] = args.integer();
  DispatchAll("strided_accumulate", x.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = out.as<T>() + offset;
    ZeroBytes(out.data, out.numel() * static_cast<int64_t>(sizeof(T)));
    if (x.numel() == 0) return;
    if (!disjoint) {
      AddAt(to, x, strides);
      return;
    }
    TensorArg places = x;
    places.data = to;
    for (int64_t d = 0; d < rank; ++d) places.strides[d] = strides[d];
    CopyTensor(places, x);
  });
}

TSTORCH_END
