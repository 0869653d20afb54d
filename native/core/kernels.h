#pragma once
// Registration of kernels within one kernel library. `KERNEL(name) { ... }` defines a kernel that reads its arguments
// from `args`, and adds it to the list that the library hands to the addon.
#include "core/abi.h"
#include "core/args.h"
#include "core/isa.h"

TSTORCH_BEGIN

const KernelEntry*& KernelList();
const Host& GetHost();

/// Called when the library is loaded; throws Error on a machine that cannot run its kernels. Each library defines it.
void CheckMachine();

struct Registrar {
  explicit Registrar(KernelEntry& entry) {
    entry.next = KernelList();
    KernelList() = &entry;
  }
};

TSTORCH_END

#define KERNEL(name)                                                              \
  static void name##_kernel(::tstorch::Args& args);                               \
  static ::tstorch::KernelEntry name##_entry = {                                  \
      #name, [](double* block) { ::tstorch::Args a(block); name##_kernel(a); }, nullptr}; \
  static const ::tstorch::Registrar name##_registrar(name##_entry);               \
  static void name##_kernel([[maybe_unused]] ::tstorch::Args& args)
