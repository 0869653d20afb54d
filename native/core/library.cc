// What makes a shared object a kernel library: its list of kernels and the host it was loaded by. Compiled into each.
#include "core/kernels.h"

TSTORCH_BEGIN

static Host g_host{};

const KernelEntry*& KernelList() {
  static const KernelEntry* list = nullptr;
  return list;
}
const Host& GetHost() { return g_host; }

static const KernelEntry* Load(const Host* host) {
  g_host = *host;
  CheckMachine();
  return KernelList();
}

TSTORCH_END

extern "C" __attribute__((visibility("default"))) const tstorch::KernelEntry* tstorch_kernels(
    const tstorch::Host* host) {
  return tstorch::Load(host);
}
