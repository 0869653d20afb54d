// Devices, streams, memory and copies.
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/kernels.h"
#include "core/size_class.h"
#include "cuda/runtime.h"

TSTORCH_BEGIN

namespace {

cudaStream_t g_stream = nullptr;

struct Block {
  size_t size;
  int size_class;
  cudaStream_t stream;
};
struct Stats {
  size_t in_use = 0, peak = 0, cached = 0, allocations = 0;
};

std::unordered_map<void*, Block> g_blocks;
std::map<std::pair<cudaStream_t, int>, std::vector<void*>> g_free;
Stats g_stats;

void Trim() {
  Check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  for (auto& [key, list] : g_free) {
    for (void* memory : list) {
      cudaFree(memory);
      g_blocks.erase(memory);
    }
    list.clear();
  }
  g_stats.cached = 0;
}

}  // namespace

void Check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) throw Error(std::string(what) + ": " + cudaGetErrorString(status));
}

cudaStream_t CurrentStream() { return g_stream; }

void CheckMachine() {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess) throw Error(std::string("no usable CUDA device: ") + cudaGetErrorString(status));
  if (devices == 0) throw Error("no CUDA device");
}

void* CudaAllocate(size_t bytes) {
  const auto [size_class, size] = ClassOf(bytes < 512 ? 512 : bytes);
  auto& free = g_free[{g_stream, size_class}];
  void* memory = nullptr;
  if (!free.empty()) {
    memory = free.back();
    free.pop_back();
    g_stats.cached -= size;
  } else if (cudaMalloc(&memory, size) != cudaSuccess) {
    cudaGetLastError();  // clears the error: the cache may hold what is missing
    Trim();
    if (cudaMalloc(&memory, size) != cudaSuccess) {
      cudaGetLastError();
      throw Error("out of memory: cannot allocate " + std::to_string(bytes) + " bytes on the CUDA device; " +
                  std::to_string(g_stats.in_use) + " bytes are in use");
    }
  }
  g_blocks[memory] = {size, size_class, g_stream};
  g_stats.in_use += size;
  ++g_stats.allocations;
  if (g_stats.in_use > g_stats.peak) g_stats.peak = g_stats.in_use;
  return memory;
}

void CudaRelease(void* memory) {
  const Block& block = g_blocks.at(memory);
  g_stats.in_use -= block.size;
  g_stats.cached += block.size;
  g_free[{block.stream, block.size_class}].push_back(memory);
}

/// [bytes] -> address, size, release function: what the addon's `own` takes.
KERNEL(allocate) {
  void* memory = CudaAllocate(static_cast<size_t>(args.integer()));
  args.result(0, static_cast<double>(reinterpret_cast<uintptr_t>(memory)));
  args.result(1, static_cast<double>(g_blocks.at(memory).size));
  args.result(2, static_cast<double>(reinterpret_cast<uintptr_t>(&CudaRelease)));
}

/// [to, from, bytes]: between host and device or within the device, in the order of the stream; copies to the host have
/// arrived when it returns.
KERNEL(copy_bytes) {
  void* to = args.pointer<void>();
  const void* from = args.pointer<const void>();
  const auto bytes = static_cast<size_t>(args.integer());
  Check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, g_stream), "cudaMemcpyAsync");
  Check(cudaStreamSynchronize(g_stream), "cudaStreamSynchronize");
}

KERNEL(synchronize) { Check(cudaDeviceSynchronize(), "cudaDeviceSynchronize"); }

/// -> number of devices, current device.
KERNEL(devices) {
  int count = 0, current = 0;
  Check(cudaGetDeviceCount(&count), "cudaGetDeviceCount");
  Check(cudaGetDevice(&current), "cudaGetDevice");
  args.result(0, count);
  args.result(1, current);
}

KERNEL(set_device) { Check(cudaSetDevice(static_cast<int>(args.integer())), "cudaSetDevice"); }

/// -> handle of a new stream that does not wait for the default one.
KERNEL(stream_create) {
  cudaStream_t stream;
  Check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreate");
  args.result(0, static_cast<double>(reinterpret_cast<uintptr_t>(stream)));
}

/// [handle]: kernels and copies run on this stream from now on; 0 is the default stream.
KERNEL(stream_set) { g_stream = args.pointer<std::remove_pointer_t<cudaStream_t>>(); }

KERNEL(stream_synchronize) {
  Check(cudaStreamSynchronize(args.pointer<std::remove_pointer_t<cudaStream_t>>()), "cudaStreamSynchronize");
}

/// [waiting, other]: what is put on the first stream from now on waits for what is on the second.
KERNEL(stream_wait) {
  const auto waiting = args.pointer<std::remove_pointer_t<cudaStream_t>>();
  const auto other = args.pointer<std::remove_pointer_t<cudaStream_t>>();
  cudaEvent_t event;
  Check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreate");
  const cudaError_t recorded = cudaEventRecord(event, other);
  const cudaError_t waited = recorded == cudaSuccess ? cudaStreamWaitEvent(waiting, event, 0) : recorded;
  cudaEventDestroy(event);
  Check(waited, "cudaStreamWaitEvent");
}

/// -> bytes in use, peak, cached; allocations.
KERNEL(memory_stats) {
  args.result(0, static_cast<double>(g_stats.in_use));
  args.result(1, static_cast<double>(g_stats.peak));
  args.result(2, static_cast<double>(g_stats.cached));
  args.result(3, static_cast<double>(g_stats.allocations));
}

KERNEL(reset_peak) { g_stats.peak = g_stats.in_use; }

KERNEL(empty_cache) { Trim(); }

TSTORCH_END
