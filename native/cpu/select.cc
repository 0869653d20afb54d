// Elements by rank: the k largest, the k-th smallest, the median; and the most frequent.
#include "cpu/radix.h"
#include "cpu/reduce.h"

TSTORCH_BEGIN

namespace {

/// The smallest k of the entries seen so far, and some more: `buffer` has room for more than k.
template <class K>
class BestEntries {
 public:
  BestEntries(Entry<K>* buffer, int64_t room, int64_t k) : buffer_(buffer), room_(room), k_(k) {}

  /// A later entry with a key from this on is not among the best; meaningless before `bounded`.
  K bound() const { return bound_; }
  bool bounded() const { return bounded_; }
  void add(K key, int64_t index) {
    buffer_[count_++] = Entry<K>(key, static_cast<uint32_t>(index));
    if (count_ == room_) prune();
  }
  Entry<K>* sorted() {
    if (count_ > k_) prune();
    std::sort(buffer_, buffer_ + k_);
    return buffer_;
  }

 private:
  void prune() {
    std::nth_element(buffer_, buffer_ + (k_ - 1), buffer_ + count_);
    count_ = k_;
    bound_ = buffer_[k_ - 1].key();
    bounded_ = true;
  }

  Entry<K>* buffer_;
  int64_t room_, k_, count_ = 0;
  K bound_ = 0;
  bool bounded_ = false;
};

/// Elements whose keys are computed at once; and those of them that are then looked at together.
constexpr int64_t kBlock = 128, kGroup = 16;

/// The keys of n elements; bit g of the result tells whether one of group g is below `bound`.
template <class T>
uint32_t LoadKeys(Key<T>* keys, const T* x, int64_t stride, int64_t n, Key<T> flip, Key<T> bound) {
  if (stride != 1 || n != kBlock) {
    for (int64_t i = 0; i < n; ++i) keys[i] = KeyOf(x[i * stride]) ^ flip;
    return ~0u;
  }
  uint32_t found = 0;
  for (int64_t g = 0; g < kBlock / kGroup; ++g) {
    int below = 0;
    for (int64_t i = g * kGroup; i < (g + 1) * kGroup; ++i) {
      keys[i] = KeyOf(x[i]) ^ flip;
      below |= keys[i] < bound;
    }
    found |= static_cast<uint32_t>(below) << g;
  }
  return found;
}

template <class T>
Entry<Key<T>>* SelectBest(Entry<Key<T>>* buffer, int64_t room, int64_t k, const T* x, int64_t stride, int64_t n, Key<T> flip) {
  using K = Key<T>;
  BestEntries<K> best(buffer, room, k);
  K keys[kBlock];
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = n - begin < kBlock ? n - begin : kBlock;
    uint32_t groups = LoadKeys(keys, x + begin * stride, stride, count, flip, best.bound());
    if (!best.bounded()) groups = ~0u;
    for (int64_t first = 0; groups != 0 && first < count; first += kGroup, groups >>= 1) {
      if ((groups & 1) == 0) continue;
      const int64_t end = first + kGroup < count ? first + kGroup : count;
      for (int64_t i = first; i < end; ++i)
        if (!best.bounded() || keys[i] < best.bound()) best.add(keys[i], begin + i);
    }
  }
  return best.sorted();
}

/// Which element `kthvalue` takes.
enum class Rank : int { given = 0, median = 1, nanmedian = 2 };

/// How many elements lie before the wanted one in ascending order, given how many are NaN.
int64_t PlaceOf(Rank rank, int64_t k, int64_t n, int64_t nans) {
  if (rank == Rank::given) return k - 1;
  return nans == n ? 0 : (n - nans - 1) / 2;
}

/// The index of the element of that rank; `entries` has room for n. The highest bits of the keys are counted first, so
/// that only the elements which share those of the wanted one are compared.
template <class T>
int64_t Select(Entry<Key<T>>* entries, const T* x, int64_t stride, int64_t n, Rank rank, int64_t k) {
  constexpr int kBits = 11, kShift = static_cast<int>(sizeof(T)) * 8 - kBits;
  uint32_t counts[1 << kBits] = {};
  int64_t nans = 0;
  for (int64_t i = 0; i < n; ++i) {
    const Key<T> key = KeyOf(x[i * stride]);
    nans += IsNaNKey<T>(key);
    ++counts[key >> kShift];
  }
  if (rank == Rank::median && nans > 0) {
    int64_t i = 0;
    while (!IsNaNKey<T>(KeyOf(x[i * stride]))) ++i;
    return i;
  }
  int64_t place = PlaceOf(rank, k, n, nans), bucket = 0;
  for (; place >= counts[bucket]; ++bucket) place -= counts[bucket];
  int64_t found = 0;
  for (int64_t i = 0; i < n; ++i) {
    const Key<T> key = KeyOf(x[i * stride]);
    if (static_cast<int64_t>(key >> kShift) == bucket) entries[found++] = Entry<Key<T>>(key, static_cast<uint32_t>(i));
  }
  std::nth_element(entries, entries + place, entries + found);
  return entries[place].index();
}

constexpr int64_t kFew = 4096;

/// The same for fewer elements.
template <class T>
int64_t SelectFew(Entry<Key<T>>* entries, const T* x, int64_t stride, int64_t n, Rank rank, int64_t k) {
  int64_t nans = 0;
  for (int64_t i = 0; i < n; ++i) {
    entries[i] = Entry<Key<T>>(KeyOf(x[i * stride]), static_cast<uint32_t>(i));
    if (!IsNaNKey<T>(entries[i].key())) continue;
    if (rank == Rank::median) return i;
    ++nans;
  }
  const int64_t place = PlaceOf(rank, k, n, nans);
  std::nth_element(entries, entries + place, entries + n);
  return entries[place].index();
}

}  // namespace

/// [values, indices, x, slices, k, largest]: of each slice the k largest, or smallest, best first; among equals the first.
KERNEL(topk) {
  void* values = args.pointer<void>();
  int64_t* indices = args.pointer<int64_t>();
  const void* in = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  const int64_t k = args.integer();
  const bool largest = args.flag();
  if (k == 0) return;
  const int64_t room = 2 * k + 64 < s.n + 1 ? 2 * k + 64 : s.n + 1;
  DispatchKeys("topk", s.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using K = Key<T>;
    ForEachSlice<Entry<K>>(s, room, [&](int64_t slice, int64_t first, Entry<K>* scratch) {
      const T* x = static_cast<const T*>(in) + first;
      const Entry<K>* best = SelectBest(scratch, room, k, x, s.inner, s.n, largest ? ~K{0} : K{0});
      const int64_t out = slice / s.inner * k * s.inner + slice % s.inner;
      for (int64_t i = 0; i < k; ++i) {
        const int64_t from = best[i].index();
        indices[out + i * s.inner] = from;
        static_cast<T*>(values)[out + i * s.inner] = x[from * s.inner];
      }
    });
  });
}

/// [values, indices, x, slices, rank, k]: one element of each slice.
KERNEL(kthvalue) {
  void* values = args.pointer<void>();
  int64_t* indices = args.pointer<int64_t>();
  const void* in = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  const auto rank = static_cast<Rank>(args.integer());
  const int64_t k = args.integer();
  DispatchKeys("kthvalue", s.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using K = Key<T>;
    ForEachSlice<Entry<K>>(s, s.n, [&](int64_t slice, int64_t first, Entry<K>* entries) {
      const T* x = static_cast<const T*>(in) + first;
      const int64_t index =
          s.n < kFew ? SelectFew(entries, x, s.inner, s.n, rank, k) : Select(entries, x, s.inner, s.n, rank, k);
      indices[slice] = index;
      static_cast<T*>(values)[slice] = x[index * s.inner];
    });
  });
}

/// [value, x as Block.reduction writes it: all dims of a dense tensor, rank]
KERNEL(median_of_all) {
  void* value = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  const auto rank = static_cast<Rank>(args.integer());
  DispatchKeys("median", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    Scratch<Entry<Key<T>>> entries(r.inputs);
    *static_cast<T*>(value) = r.as<T>()[Select(entries.get(), r.as<T>(), 1, r.inputs, rank, 0)];
  });
}

/// [values, indices, x, slices]: the most frequent element of each slice, the smallest of several; and its last place.
KERNEL(mode) {
  void* values = args.pointer<void>();
  int64_t* indices = args.pointer<int64_t>();
  const void* in = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  DispatchKeys("mode", s.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using K = Key<T>;
    ForEachSlice<Entry<K>>(s, 2 * s.n, [&](int64_t slice, int64_t first, Entry<K>* scratch) {
      const T* x = static_cast<const T*>(in) + first;
      for (int64_t i = 0; i < s.n; ++i) scratch[i] = Entry<K>(KeyOf(x[i * s.inner]), static_cast<uint32_t>(i));
      const Entry<K>* sorted = SortEntries(scratch, scratch + s.n, s.n);
      int64_t longest = 0, run = 0, index = 0;
      for (int64_t i = 0; i < s.n; ++i) {
        const bool same = i > 0 && sorted[i].key() == sorted[i - 1].key() && !IsNaNKey<T>(sorted[i].key());
        run = same ? run + 1 : 1;
        if (run <= longest) continue;
        longest = run;
        index = sorted[i].index();
      }
      indices[slice] = index;
      static_cast<T*>(values)[slice] = x[index * s.inner];
    });
  });
}

TSTORCH_END
