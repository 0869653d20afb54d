#include "cuda/elementwise.h"

TSTORCH_BEGIN

UNARY(neg, DispatchReal, -x)

#include "core/rows/unary.h"

TSTORCH_END
