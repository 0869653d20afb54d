#pragma once
// Stable sorts of entries by key: from the lowest byte to the highest, without comparisons.
#include <algorithm>

#include "cpu/keys.h"

TSTORCH_BEGIN

/// Below this many entries comparing is faster.
constexpr int64_t kRadixMin = 128;

/// Sorts n entries, which are in order of their places, by key. `other` has room for as many. Returns where they are.
template <class K>
Entry<K>* SortEntries(Entry<K>* entries, Entry<K>* other, int64_t n) {
  if (n < kRadixMin) {
    std::sort(entries, entries + n);
    return entries;
  }
  constexpr int kBytes = sizeof(K);
  uint32_t counts[kBytes][256] = {};
  for (int64_t i = 0; i < n; ++i) {
    const K key = entries[i].key();
    for (int b = 0; b < kBytes; ++b) ++counts[b][key >> (8 * b) & 255];
  }
  for (int b = 0; b < kBytes; ++b) {
    if (counts[b][entries[0].key() >> (8 * b) & 255] == n) continue;  // all the same
    uint32_t starts[256], start = 0;
    for (int v = 0; v < 256; ++v) {
      starts[v] = start;
      start += counts[b][v];
    }
    for (int64_t i = 0; i < n; ++i) other[starts[entries[i].key() >> (8 * b) & 255]++] = entries[i];
    std::swap(entries, other);
  }
  return entries;
}

TSTORCH_END
