#include "core/functions.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

KERNEL(neg) {
  const auto p = ReadPointwise<2>(args);
  DispatchAll("neg", p.operands[1].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    RunUnary<T, T>(p, [](auto x) { return -x; });
  });
}

#include "core/rows/unary.h"

TSTORCH_END
