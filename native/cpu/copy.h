#pragma once
#include "core/args.h"

TSTORCH_BEGIN

/// out = x: same shape and dtype, any strides.
void CopyTensor(const TensorArg& out, const TensorArg& x);

/// Zero bytes from `data` on, shared by the threads.
void ZeroBytes(void* data, int64_t bytes);

TSTORCH_END
