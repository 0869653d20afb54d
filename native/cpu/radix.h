#pragma once
// Stable sorts of entries by key: from the lowest byte to the highest, without comparisons.
#include <algorithm>

#include "cpu/keys.h"

TSTORCH_BEGIN

namespace radix_internal {

/// Below this many entries comparing is faster.
constexpr int64_t kMin = 128;

/// How often each value of each byte occurs among n keys.
template <class K>
struct Counts {
  uint32_t counts[sizeof(K)][256] = {};
  int passes[sizeof(K)];  // the bytes in which keys differ, lowest first
  int count = 0;

  Counts(const Entry<K>* entries, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const K key = entries[i].key();
      for (size_t b = 0; b < sizeof(K); ++b) ++counts[b][key >> (8 * b) & 255];
    }
    const K any = entries[0].key();
    for (size_t b = 0; b < sizeof(K); ++b)
      if (counts[b][any >> (8 * b) & 255] != n) passes[count++] = static_cast<int>(b);
  }
};

/// One pass: calls put(place, entry) for n entries in the order of byte b of their keys.
template <class K, class Put>
void Pass(const Counts<K>& c, int b, const Entry<K>* entries, int64_t n, Put put) {
  uint32_t starts[256], start = 0;
  for (int v = 0; v < 256; ++v) {
    starts[v] = start;
    start += c.counts[b][v];
  }
  for (int64_t i = 0; i < n; ++i) put(starts[entries[i].key() >> (8 * b) & 255]++, entries[i]);
}

}  // namespace radix_internal

/// Calls put(place, entry) for n entries, which are in order of their index, with their places in the order of keys. Both
/// buffers are overwritten.
template <class K, class Put>
void SortInto(Entry<K>* entries, Entry<K>* other, int64_t n, Put put) {
  if (n < radix_internal::kMin) {
    std::sort(entries, entries + n);
    for (int64_t i = 0; i < n; ++i) put(i, entries[i]);
    return;
  }
  const radix_internal::Counts<K> c(entries, n);
  for (int p = 0; p + 1 < c.count; ++p) {
    radix_internal::Pass(c, c.passes[p], entries, n, [other](int64_t i, const Entry<K>& e) { other[i] = e; });
    std::swap(entries, other);
  }
  if (c.count > 0)
    radix_internal::Pass(c, c.passes[c.count - 1], entries, n, put);
  else
    for (int64_t i = 0; i < n; ++i) put(i, entries[i]);
}

/// Sorts n entries, which are in order of their index, by key; returns in which of the buffers they are.
template <class K>
Entry<K>* SortEntries(Entry<K>* entries, Entry<K>* other, int64_t n) {
  if (n < radix_internal::kMin) {
    std::sort(entries, entries + n);
    return entries;
  }
  const radix_internal::Counts<K> c(entries, n);
  for (int p = 0; p < c.count; ++p) {
    radix_internal::Pass(c, c.passes[p], entries, n, [other](int64_t i, const Entry<K>& e) { other[i] = e; });
    std::swap(entries, other);
  }
  return entries;
}

TSTORCH_END
