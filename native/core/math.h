#pragma once
// Elementary functions for float and double, the same source for every CPU and for CUDA. See
// core/math_basic.h.
#include "core/math_basic.h"
#include "core/math_erf.h"
#include "core/math_exp.h"
#include "core/math_log.h"
#include "core/math_trig.h"
