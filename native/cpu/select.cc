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

/// The keys of at most kBlock elements, and whether one is below `bound`.
constexpr int64_t kBlock = 128;
template <class T>
bool LoadKeys(Key<T>* keys, const T* x, int64_t stride, int64_t n, Key<T> flip, Key<T> bound) {
  int below = 0;
  if (stride == 1 && n == kBlock) {
    for (int64_t i = 0; i < kBlock; ++i) {
      keys[i] = KeyOf(x[i]) ^ flip;
      below |= keys[i] < bound;
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      keys[i] = KeyOf(x[i * stride]) ^ flip;
      below |= keys[i] < bound;
    }
  }
  return below != 0;
}

template <class T>
Entry<Key<T>>* SelectBest(Entry<Key<T>>* buffer, int64_t room, int64_t k, const T* x, int64_t stride, int64_t n, Key<T> flip) {
  using K = Key<T>;
  BestEntries<K> best(buffer, room, k);
  K keys[kBlock];
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = n - begin < kBlock ? n - begin : kBlock;
    const bool found = LoadKeys(keys, x + begin * stride, stride, count, flip, best.bound());
    if (best.bounded() && !found) continue;
    for (int64_t i = 0; i < count; ++i)
      if (!best.bounded() || keys[i] < best.bound()) best.add(keys[i], begin + i);
  }
  return best.sorted();
}

/// Which element `kthvalue` takes.
enum class Rank : int { given = 0, median = 1, nanmedian = 2 };

/// The number, in ascending order, of the element to take; -1 - i if it is the one at place i.
template <class T>
int64_t RankIn(const Entry<Key<T>>* entries, int64_t n, Rank rank, int64_t k) {
  if (rank == Rank::given) return k - 1;
  int64_t nans = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (!IsNaNKey<T>(entries[i].key())) continue;
    if (rank == Rank::median) return -1 - i;
    ++nans;
  }
  return nans == n ? 0 : (n - nans - 1) / 2;
}

/// The place of the element of that rank; `entries` has room for n.
template <class T>
int64_t Select(Entry<Key<T>>* entries, const T* x, int64_t stride, int64_t n, Rank rank, int64_t k) {
  for (int64_t i = 0; i < n; ++i) entries[i] = Entry<Key<T>>(KeyOf(x[i * stride]), static_cast<uint32_t>(i));
  const int64_t at = RankIn<T>(entries, n, rank, k);
  if (at < 0) return -1 - at;
  std::nth_element(entries, entries + at, entries + n);
  return entries[at].index();
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
  const int64_t room = 2 * k + 512 < s.n + 1 ? 2 * k + 512 : s.n + 1;
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
      const int64_t index = Select(entries, x, s.inner, s.n, rank, k);
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
