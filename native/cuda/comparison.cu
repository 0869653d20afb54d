#include "cuda/elementwise.h"

// Complex numbers have no kernels here; everything else compares as on the CPU.
#define DispatchAll DispatchOrdered

TSTORCH_BEGIN
#include "core/rows/comparison.h"
TSTORCH_END
