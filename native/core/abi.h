#pragma once
// The contract between the addon (tstorch.node) and the shared objects that hold kernels.
//
// A kernel takes its arguments from one block of doubles that JavaScript fills through a Float64Array: a native call
// without arguments costs 15-20 ns, one with eight number arguments 90 ns. Addresses are exact in a double (48 bits).
// A kernel writes number results to the start of the same block. It reports bad input by throwing tstorch::Error;
// the addon turns every exception into a JavaScript one.
#include <cstddef>
#include <cstdint>

namespace tstorch {

using Kernel = void (*)(double* block);

struct KernelEntry {
  const char* name;
  Kernel run;
  const KernelEntry* next;
};

/// Doubles in the argument block; a call that needs more is split by its caller.
constexpr size_t kBlockSize = 1 << 15;

/// What the addon offers to a kernel library; filled once, before any kernel runs.
struct Host {
  void* (*allocate)(size_t bytes);  // cached, 64-byte aligned; throws Error when there is no memory
  void (*release)(void* memory);
  int (*threads)();  // how many threads a kernel may use
};

/// The one symbol a kernel library exports.
using LoadLibrary = const KernelEntry* (*)(const Host* host);
inline constexpr char kLoadSymbol[] = "tstorch_kernels";

}  // namespace tstorch
