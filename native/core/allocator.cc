#include "core/allocator.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/size_class.h"

namespace tstorch {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHeader = 64;  // keeps the block behind it aligned
constexpr size_t kPage = 4096;
constexpr size_t kMapped = size_t{1} << 20;
constexpr size_t kHugePage = size_t{2} << 20;

size_t RoundUp(size_t n, size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

struct Header {
  size_t size;  // usable bytes
  int size_class;
  bool mapped;
};
static_assert(sizeof(Header) <= kHeader);

Header* HeaderOf(void* memory) { return reinterpret_cast<Header*>(static_cast<char*>(memory) - kHeader); }

std::vector<Header*> g_free[kSizeClasses];

/// A block of pages of its own, with the page of the header in front; from the size of a huge page on it starts on the
/// border of one. Misses of the TLB are a tenth of the time of an elementwise op otherwise.
char* Map(size_t size) {
  const size_t bytes = kPage + RoundUp(size, kPage);
  const size_t slack = size >= kHugePage ? kHugePage : 0;
  void* const memory = mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  char* const begin = static_cast<char*>(memory);
  if (slack == 0) return begin + kPage;
  const auto at = reinterpret_cast<uintptr_t>(begin) + kPage;
  const size_t shift = RoundUp(at, kHugePage) - at;
  if (shift > 0) munmap(begin, shift);
  if (shift < slack) munmap(begin + shift + bytes, slack - shift);
  char* const block = begin + shift + kPage;
  madvise(block, bytes - kPage, MADV_HUGEPAGE);
  return block;
}

char* FromHeap(size_t size) {
  void* const memory = std::aligned_alloc(kAlignment, RoundUp(size + kHeader, kAlignment));
  return memory == nullptr ? nullptr : static_cast<char*>(memory) + kHeader;
}

Header* Fresh(size_t size, int size_class) {
  const bool mapped = size >= kMapped;
  char* const block = mapped ? Map(size) : FromHeap(size);
  if (block == nullptr) return nullptr;
  Header* const header = HeaderOf(block);
  *header = {size, size_class, mapped};
  return header;
}

void GiveBack(Header* header) noexcept {
  if (header->mapped)
    munmap(reinterpret_cast<char*>(header) + kHeader - kPage, kPage + RoundUp(header->size, kPage));
  else
    std::free(header);
}

/// More free memory than this is not kept: half of the machine's.
size_t CacheLimit() {
  static const size_t limit = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE)) / 2;
  return limit;
}

}  // namespace

void* Allocator::Allocate(size_t bytes) {
  if (bytes > (size_t{1} << 47) || (fail_from_ != 0 && bytes >= fail_from_))
    throw Error("out of memory: cannot allocate " + std::to_string(bytes) + " bytes", "RuntimeError");
  const auto [index, size] = ClassOf(bytes);
  auto& free = g_free[index];
  Header* header = nullptr;
  if (!free.empty()) {
    header = free.back();
    free.pop_back();
    stats_.cached -= header->size;
  } else {
    header = Fresh(size, index);
    if (header == nullptr) {  // the cache may hold what is missing
      Trim();
      header = Fresh(size, index);
    }
    if (header == nullptr)
      throw Error("out of memory: cannot allocate " + std::to_string(bytes) + " bytes; " +
                  std::to_string(stats_.in_use) + " bytes are in use");
  }
  stats_.in_use += size;
  ++stats_.allocations;
  if (stats_.in_use > stats_.peak) stats_.peak = stats_.in_use;
  return reinterpret_cast<char*>(header) + kHeader;
}

void Allocator::Release(void* memory) noexcept {
  if (memory == nullptr) return;
  Header* header = HeaderOf(memory);
  stats_.in_use -= header->size;
  if (stats_.cached + header->size > CacheLimit()) {
    GiveBack(header);
    return;
  }
  stats_.cached += header->size;
  g_free[header->size_class].push_back(header);
}

void Allocator::Trim() noexcept {
  for (auto& free : g_free) {
    for (Header* header : free) GiveBack(header);
    free.clear();
  }
  stats_.cached = 0;
}

size_t Allocator::SizeOf(const void* memory) noexcept { return HeaderOf(const_cast<void*>(memory))->size; }

Allocator& GetAllocator() {
  static Allocator allocator;
  return allocator;
}

}  // namespace tstorch
