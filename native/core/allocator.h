#pragma once
#include <cstddef>
#include <cstdint>

namespace tstorch {

struct MemoryStats {
  size_t in_use = 0;      // bytes of live blocks, rounded to their size class
  size_t peak = 0;        // the largest `in_use` since the last reset
  size_t cached = 0;      // bytes of free blocks kept for reuse
  size_t allocations = 0; // blocks handed out since the start
};

/// A caching allocator for tensor storage. Fresh pages are faulted in at about a tenth of memory bandwidth, so freed
/// blocks are kept, per size class (eight classes per power of two: at most 12.5 % unused). Blocks of 1 MB and more
/// are mapped on their own with huge pages asked for. Not thread-safe: JavaScript's thread and kernels it is running
/// are the only callers.
class Allocator {
 public:
  /// 64-byte aligned memory of at least `bytes`, uninitialised. Throws Error when there is none.
  void* Allocate(size_t bytes);
  void Release(void* memory) noexcept;
  /// Gives every cached block back to the system.
  void Trim() noexcept;
  void ResetPeak() noexcept { stats_.peak = stats_.in_use; }
  /// Makes the next allocation of at least `bytes` fail; for tests of the error path. 0 turns it off.
  void FailFrom(size_t bytes) noexcept { fail_from_ = bytes; }
  const MemoryStats& stats() const noexcept { return stats_; }
  /// The usable size of a block handed out by Allocate.
  static size_t SizeOf(const void* memory) noexcept;

 private:
  MemoryStats stats_;
  size_t fail_from_ = 0;
};

Allocator& GetAllocator();

}  // namespace tstorch
