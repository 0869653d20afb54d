// The addon: the argument block, memory with finalizers, and loading of kernel libraries. Everything that JavaScript
// can call goes through Guard, the one place where a C++ exception becomes a JavaScript one.
#include <dlfcn.h>

#include <napi.h>

#include <memory>
#include <new>
#include <string>

#include "core/abi.h"
#include "core/allocator.h"
#include "core/error.h"

namespace tstorch {
namespace {

alignas(64) double g_block[kBlockSize];
int g_threads = 1;
// V8 answers reported memory with full collections of its own; it is told only where JavaScript cannot ask for one.
bool g_report_memory = false;
napi_ref g_make_error = nullptr;

void Throw(napi_env env, const char* kind, const char* message) {
  napi_value factory, undefined, error, args[2];
  napi_get_undefined(env, &undefined);
  if (g_make_error == nullptr || napi_get_reference_value(env, g_make_error, &factory) != napi_ok ||
      napi_create_string_utf8(env, kind, NAPI_AUTO_LENGTH, &args[0]) != napi_ok ||
      napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &args[1]) != napi_ok ||
      napi_call_function(env, undefined, factory, 2, args, &error) != napi_ok) {
    napi_throw_error(env, kind, message);
    return;
  }
  napi_throw(env, error);
}

template <class F>
napi_value Guard(napi_env env, F f) {
  try {
    return f();
  } catch (const Error& e) {
    Throw(env, e.kind(), e.what());
  } catch (const std::bad_alloc&) {
    Throw(env, "MemoryError", "out of memory in a native kernel");
  } catch (const std::exception& e) {
    Throw(env, "RuntimeError", e.what());
  } catch (...) {
    Throw(env, "RuntimeError", "unknown native exception");
  }
  return nullptr;
}

/// Every kernel is a JavaScript function without arguments; its C++ function is the data of the call.
napi_value RunKernel(napi_env env, napi_callback_info info) {
  void* kernel;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &kernel);
  return Guard(env, [&]() -> napi_value {
    reinterpret_cast<Kernel>(kernel)(g_block);
    return nullptr;
  });
}

void ReportMemory(node_api_basic_env env, int64_t change) {
  int64_t adjusted;
  if (g_report_memory) napi_adjust_external_memory(env, change, &adjusted);
}

using ReleaseFunction = void (*)(void* memory);

/// Memory with one owner object or several; the last one releases it.
struct SharedBlock {
  void* memory;
  size_t size;
  ReleaseFunction release;
  int owners = 0;
};

/// What an owner object holds; `block` is null once it gave up its share by hand.
struct Share {
  SharedBlock* block;
};

/// True if nobody owns the memory any more.
bool GiveUp(node_api_basic_env env, Share* share) {
  SharedBlock* const block = share->block;
  share->block = nullptr;
  if (block == nullptr || --block->owners > 0) return false;
  ReportMemory(env, -static_cast<int64_t>(block->size));
  block->release(block->memory);
  delete block;
  return true;
}

/// A basic finalizer: runs inside the garbage collection, so a synchronous loop gets its memory back.
void OnCollected(node_api_basic_env env, void* data, void*) {
  auto* share = static_cast<Share*>(data);
  GiveUp(env, share);
  delete share;
}

/// An object whose collection gives up a share of the block.
napi_value MakeShare(napi_env env, SharedBlock* block) {
  auto share = std::make_unique<Share>(Share{block});
  ++block->owners;
  napi_value owner;
  if (napi_create_external(env, share.get(), OnCollected, nullptr, &owner) != napi_ok) {
    GiveUp(env, share.get());
    throw Error("cannot create an owner for native memory");
  }
  share.release();
  return owner;
}

/// The first owner of memory; its address and size go to block[0] and block[1].
napi_value MakeOwner(napi_env env, SharedBlock memory) {
  ReportMemory(env, static_cast<int64_t>(memory.size));
  const napi_value owner = MakeShare(env, new SharedBlock(memory));
  g_block[0] = static_cast<double>(reinterpret_cast<uintptr_t>(memory.memory));
  g_block[1] = static_cast<double>(memory.size);
  return owner;
}

/// block[0]: bytes of host memory.
napi_value Allocate(napi_env env, napi_callback_info) {
  return Guard(env, [&]() -> napi_value {
    void* memory = GetAllocator().Allocate(static_cast<size_t>(g_block[0]));
    return MakeOwner(env, {memory, Allocator::SizeOf(memory), [](void* m) { GetAllocator().Release(m); }});
  });
}

/// block[0..2]: address, size and release function of memory that a kernel library allocated.
napi_value Own(napi_env env, napi_callback_info) {
  return Guard(env, [&]() -> napi_value {
    const auto pointer = [](double x) { return reinterpret_cast<void*>(static_cast<uintptr_t>(x)); };
    return MakeOwner(env, {pointer(g_block[0]), static_cast<size_t>(g_block[1]),
                           reinterpret_cast<ReleaseFunction>(pointer(g_block[2]))});
  });
}

Napi::Value ShareMemory(const Napi::CallbackInfo& info) {
  const napi_env env = info.Env();
  SharedBlock* const block = info[0].As<Napi::External<Share>>().Data()->block;
  const napi_value owner = Guard(env, [&]() -> napi_value {
    if (block == nullptr) throw Error("the memory of this storage was released");
    return MakeShare(env, block);
  });
  return Napi::Value(env, owner);
}

Napi::Value Release(const Napi::CallbackInfo& info) {
  const bool was_last = GiveUp(info.Env(), info[0].As<Napi::External<Share>>().Data());
  return Napi::Boolean::New(info.Env(), was_last);
}

Napi::Value ExternalBuffer(const Napi::CallbackInfo& info) {
  const auto address = static_cast<uintptr_t>(info[0].As<Napi::Number>().DoubleValue());
  const auto bytes = static_cast<size_t>(info[1].As<Napi::Number>().DoubleValue());
  return Napi::ArrayBuffer::New(info.Env(), reinterpret_cast<void*>(address), bytes);
}

Napi::Value AddressOf(const Napi::CallbackInfo& info) {
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  return Napi::Number::New(info.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(buffer.Data())));
}

Napi::Value MemoryStatsObject(const Napi::CallbackInfo& info) {
  const MemoryStats& stats = GetAllocator().stats();
  auto result = Napi::Object::New(info.Env());
  result["in_use"] = static_cast<double>(stats.in_use);
  result["peak"] = static_cast<double>(stats.peak);
  result["cached"] = static_cast<double>(stats.cached);
  result["allocations"] = static_cast<double>(stats.allocations);
  return result;
}

Napi::Value LoadKernels(const Napi::CallbackInfo& info) {
  static const Host host = {
      [](size_t bytes) { return GetAllocator().Allocate(bytes); },
      [](void* memory) { GetAllocator().Release(memory); },
      [] { return g_threads; },
  };
  const Napi::Env env = info.Env();
  const std::string path = info[0].As<Napi::String>();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw Napi::Error::New(env, dlerror());
  const auto load = reinterpret_cast<LoadLibrary>(dlsym(library, kLoadSymbol));
  if (load == nullptr) throw Napi::Error::New(env, path + " is not a kernel library");
  auto kernels = Napi::Object::New(env);
  try {
    for (const KernelEntry* entry = load(&host); entry != nullptr; entry = entry->next) {
      napi_value function;
      napi_create_function(env, entry->name, NAPI_AUTO_LENGTH, RunKernel, reinterpret_cast<void*>(entry->run), &function);
      kernels.Set(entry->name, Napi::Value(env, function));
    }
  } catch (const std::exception& e) {  // a library may refuse the machine, for example without a GPU
    throw Napi::Error::New(env, e.what());
  }
  return kernels;
}

Napi::Value CpuFeatures(const Napi::CallbackInfo& info) {
  auto features = Napi::Array::New(info.Env());
#if defined(__x86_64__)
  __builtin_cpu_init();
  uint32_t n = 0;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) features[n++] = "avx2";
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    features[n++] = "avx512";
#endif
  return features;
}

void SetThreads(const Napi::CallbackInfo& info) {
  g_threads = info[0].As<Napi::Number>().Int32Value();
}

void ReportMemoryToV8(const Napi::CallbackInfo& info) { g_report_memory = info[0].As<Napi::Boolean>().Value(); }

void OnError(const Napi::CallbackInfo& info) {
  if (g_make_error != nullptr) napi_delete_reference(info.Env(), g_make_error);
  napi_create_reference(info.Env(), info[0], 1, &g_make_error);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports["block"] = Napi::Float64Array::New(env, kBlockSize, Napi::ArrayBuffer::New(env, g_block, sizeof g_block), 0);
  napi_value allocate;
  napi_create_function(env, "allocate", NAPI_AUTO_LENGTH, Allocate, nullptr, &allocate);
  exports["allocate"] = Napi::Value(env, allocate);
  napi_value own;
  napi_create_function(env, "own", NAPI_AUTO_LENGTH, Own, nullptr, &own);
  exports["own"] = Napi::Value(env, own);
  exports["share"] = Napi::Function::New(env, ShareMemory);
  exports["release"] = Napi::Function::New(env, Release);
  exports["externalBuffer"] = Napi::Function::New(env, ExternalBuffer);
  exports["addressOf"] = Napi::Function::New(env, AddressOf);
  exports["memoryStats"] = Napi::Function::New(env, MemoryStatsObject);
  exports["resetPeak"] = Napi::Function::New(env, [](const Napi::CallbackInfo&) { GetAllocator().ResetPeak(); });
  exports["emptyCache"] = Napi::Function::New(env, [](const Napi::CallbackInfo&) { GetAllocator().Trim(); });
  exports["failFrom"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    GetAllocator().FailFrom(static_cast<size_t>(info[0].As<Napi::Number>().DoubleValue()));
  });
  exports["loadKernels"] = Napi::Function::New(env, LoadKernels);
  exports["cpuFeatures"] = Napi::Function::New(env, CpuFeatures);
  exports["setThreads"] = Napi::Function::New(env, SetThreads);
  exports["reportMemory"] = Napi::Function::New(env, ReportMemoryToV8);
  exports["onError"] = Napi::Function::New(env, OnError);
  return exports;
}

}  // namespace
}  // namespace tstorch

Napi::Object InitAddon(Napi::Env env, Napi::Object exports) { return tstorch::Init(env, exports); }
NODE_API_MODULE(tstorch, InitAddon)
