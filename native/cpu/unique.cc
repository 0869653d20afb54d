// Distinct elements, or rows, in ascending order or in the order in which they stand.
#include "cpu/radix.h"

TSTORCH_BEGIN

namespace {

/// Where results go: at most one value per element. `inverse` may be null.
template <class T>
struct Distinct {
  T* values;
  int64_t* inverse;
  int64_t* counts;
  int64_t found = 0;

  void start(T value) {
    values[found] = value;
    counts[found++] = 0;
  }
  void add(int64_t place) {
    ++counts[found - 1];
    if (inverse != nullptr) inverse[place] = found - 1;
  }
};

template <class T>
void DistinctSorted(const T* x, int64_t n, Distinct<T>& d) {
  using K = Key<T>;
  Scratch<Entry<K>> entries(2 * n);
  for (int64_t i = 0; i < n; ++i) entries[i] = Entry<K>(KeyOf(x[i]), static_cast<uint32_t>(i));
  const Entry<K>* sorted = SortEntries(entries.get(), entries.get() + n, n);
  for (int64_t i = 0; i < n; ++i) {
    const bool same = i > 0 && sorted[i].key() == sorted[i - 1].key() && !IsNaNKey<T>(sorted[i].key());
    if (!same) d.start(x[sorted[i].index()]);
    d.add(sorted[i].index());
  }
}

template <class T>
void DistinctConsecutive(const T* x, int64_t n, Distinct<T>& d) {
  for (int64_t i = 0; i < n; ++i) {
    if (i == 0 || x[i] != x[i - 1]) d.start(x[i]);
    d.add(i);
  }
}

/// Integers in a range not much larger than their number are counted. Returns false for others.
template <class T>
bool DistinctCounted(const T* x, int64_t n, Distinct<T>& d) {
  if (n == 0 || n > INT32_MAX) return false;
  T least = x[0], most = x[0];
  for (int64_t i = 1; i < n; ++i) {
    least = x[i] < least ? x[i] : least;
    most = x[i] > most ? x[i] : most;
  }
  const uint64_t range = static_cast<uint64_t>(most) - static_cast<uint64_t>(least);
  if (range > static_cast<uint64_t>(n)) return false;
  const int64_t size = static_cast<int64_t>(range) + 1;
  Scratch<int32_t> counts(size);
  memset(counts.get(), 0, static_cast<size_t>(size) * sizeof(int32_t));
  for (int64_t i = 0; i < n; ++i) ++counts[static_cast<int64_t>(x[i] - least)];
  for (int64_t v = 0; v < size; ++v) {
    if (counts[v] == 0) continue;
    d.start(static_cast<T>(least + static_cast<T>(v)));
    d.counts[d.found - 1] = counts[v];
    counts[v] = static_cast<int32_t>(d.found - 1);  // from here on the place of the value
  }
  if (d.inverse != nullptr)
    for (int64_t i = 0; i < n; ++i) d.inverse[i] = counts[static_cast<int64_t>(x[i] - least)];
  return true;
}

/// Rows of keys, row after row.
template <class K>
struct KeyRows {
  const K* keys;
  int64_t width;

  /// Less than 0 if row a comes before row b, 0 if they are equal.
  int compare(int64_t a, int64_t b) const {
    const K *left = keys + a * width, *right = keys + b * width;
    for (int64_t i = 0; i < width; ++i)
      if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
    return 0;
  }
};

}  // namespace

/// [values, inverse or 0, counts, found, x, dtype, n, consecutive]: x is dense; `found` receives how many there are.
KERNEL(unique) {
  void* values = args.pointer<void>();
  int64_t* inverse = args.pointer<int64_t>();
  int64_t* counts = args.pointer<int64_t>();
  int64_t* found = args.pointer<int64_t>();
  const void* in = args.pointer<const void>();
  const DType dtype = args.dtype();
  const int64_t n = args.integer();
  const bool consecutive = args.flag();
  if (n > UINT32_MAX) throw Error("unique: more than 2^32 - 1 elements");
  DispatchKeys("unique", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = static_cast<const T*>(in);
    Distinct<T> d{static_cast<T*>(values), inverse, counts};
    if (consecutive)
      DistinctConsecutive(x, n, d);
    else if (static_cast<T>(0.5) != static_cast<T>(0) || !DistinctCounted(x, n, d))
      DistinctSorted(x, n, d);
    *found = d.found;
  });
}

/// [places, inverse, counts, found, x, dtype, rows, width, consecutive]: distinct rows in lexicographic order, each by the
/// place of its first. A row with NaN differs from all others.
KERNEL(unique_rows) {
  int64_t* places = args.pointer<int64_t>();
  int64_t* inverse = args.pointer<int64_t>();
  int64_t* counts = args.pointer<int64_t>();
  int64_t* found = args.pointer<int64_t>();
  const void* in = args.pointer<const void>();
  const DType dtype = args.dtype();
  const int64_t rows = args.integer(), width = args.integer();
  const bool consecutive = args.flag();
  DispatchKeys("unique_rows", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using K = Key<T>;
    Scratch<K> keys(rows * width);
    Scratch<int64_t> order(rows);
    Scratch<bool> has_nan(rows);
    for (int64_t r = 0; r < rows; ++r) {
      order[r] = r;
      has_nan[r] = false;
      for (int64_t i = 0; i < width; ++i) {
        keys[r * width + i] = KeyOf(static_cast<const T*>(in)[r * width + i]);
        if (IsNaNKey<T>(keys[r * width + i])) has_nan[r] = true;
      }
    }
    const KeyRows<K> table{keys.get(), width};
    if (!consecutive)
      std::sort(order.get(), order.get() + rows, [&](int64_t a, int64_t b) {
        const int order_of_rows = table.compare(a, b);
        return order_of_rows != 0 ? order_of_rows < 0 : a < b;
      });
    Distinct<int64_t> d{places, inverse, counts};
    for (int64_t i = 0; i < rows; ++i) {
      const bool same = i > 0 && !has_nan[order[i]] && table.compare(order[i], order[i - 1]) == 0;
      if (!same) d.start(order[i]);
      d.add(order[i]);
    }
    *found = d.found;
  });
}

TSTORCH_END
