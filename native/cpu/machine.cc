#include "core/kernels.h"

TSTORCH_BEGIN

void CheckMachine() {}  // the addon loads the library only where the CPU has its instruction set

TSTORCH_END
