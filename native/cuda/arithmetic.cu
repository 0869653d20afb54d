#include "cuda/elementwise.h"

TSTORCH_BEGIN

BINARY(add, DispatchOrdered, x + y)
BINARY(sub, DispatchReal, x - y)
BINARY(mul, DispatchOrdered, x* y)
BINARY(div, DispatchFloat, x / y)

#include "core/rows/arithmetic.h"

namespace {

/// out = condition ? x : y; elements are moved, not read as numbers.
template <class T>
__global__ void WhereKernel(const Pointwise<4> p, int64_t n) {
  for (int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x; i < n; i += int64_t{gridDim.x} * blockDim.x) {
    const bool condition = reinterpret_cast<const bool*>(p.operands[1].data)[OffsetOf(p, 1, i)];
    const int chosen = condition ? 2 : 3;
    reinterpret_cast<T*>(p.operands[0].data)[OffsetOf(p, 0, i)] =
        reinterpret_cast<const T*>(p.operands[chosen].data)[OffsetOf(p, chosen, i)];
  }
}

}  // namespace

KERNEL(where) {
  const auto p = ReadPointwise<4>(args);
  const int64_t n = p.numel();
  if (n == 0) return;
  DispatchSize("where", p.operands[0].dtype, [&](auto type) {
    WhereKernel<typename decltype(type)::type><<<GridFor(n), kBlockThreads, 0, CurrentStream()>>>(p, n);
  });
  Check(cudaGetLastError(), "kernel launch");
}

TSTORCH_END
