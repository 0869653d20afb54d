// Comparisons and logic: results are bool.
#include "core/math.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN

namespace {
template <class F>
void DispatchOrdered(const char* op, DType dtype, F f) {
  if (dtype == DType::boolean)
    f(Type<bool>{});
  else
    DispatchReal(op, dtype, f);
}
template <class F>
void DispatchIntOrBool(const char* op, DType dtype, F f) {
  if (dtype == DType::boolean)
    f(Type<bool>{});
  else
    DispatchInt(op, dtype, f);
}
}  // namespace

COMPARISON(eq, DispatchAll, x == y)
COMPARISON(ne, DispatchAll, x != y)
COMPARISON(lt, DispatchOrdered, x < y)
COMPARISON(le, DispatchOrdered, x <= y)
COMPARISON(gt, DispatchOrdered, x > y)
COMPARISON(ge, DispatchOrdered, x >= y)
COMPARISON(logical_and, DispatchOrdered, (x != decltype(x)(0)) && (y != decltype(y)(0)))
COMPARISON(logical_or, DispatchOrdered, (x != decltype(x)(0)) || (y != decltype(y)(0)))
COMPARISON(logical_xor, DispatchOrdered, (x != decltype(x)(0)) != (y != decltype(y)(0)))
PREDICATE(logical_not, DispatchOrdered, x == decltype(x)(0))
PREDICATE(isnan, DispatchFloat, x != x)
PREDICATE(isinf, DispatchFloat, x - x != x - x && x == x)
PREDICATE(isfinite, DispatchFloat, x - x == decltype(x)(0))
BINARY(bitwise_and, DispatchIntOrBool, x& y)
BINARY(bitwise_or, DispatchIntOrBool, x | y)
BINARY(bitwise_xor, DispatchIntOrBool, x ^ y)

TSTORCH_END
