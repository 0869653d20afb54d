#include "core/functions.h"
#include "cpu/elementwise.h"

TSTORCH_BEGIN
#include "core/rows/comparison.h"
TSTORCH_END
