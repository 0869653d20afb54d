// Sorting along a dim. Equal elements keep their order, also when descending.
#include "cpu/radix.h"

TSTORCH_BEGIN

/// [values, indices, x, slices, descending]
KERNEL(sort) {
  void* values = args.pointer<void>();
  int64_t* indices = args.pointer<int64_t>();
  const void* in = args.pointer<const void>();
  const Slices s = ReadSlices(args);
  const bool descending = args.flag();
  DispatchKeys("sort", s.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    using K = Key<T>;
    const K flip = descending ? ~K{0} : K{0};
    ForEachSlice<Entry<K>>(s, 2 * s.n, [&](int64_t, int64_t first, Entry<K>* scratch) {
      const T* x = static_cast<const T*>(in) + first;
      T* v = static_cast<T*>(values) + first;
      int64_t* at = indices + first;
      for (int64_t i = 0; i < s.n; ++i)
        scratch[i] = Entry<K>(KeyOf(x[i * s.inner]) ^ flip, static_cast<uint32_t>(i));
      SortInto(scratch, scratch + s.n, s.n, [=](int64_t place, const Entry<K>& e) {
        const int64_t from = e.index();
        const K key = e.key() ^ flip;
        at[place * s.inner] = from;
        v[place * s.inner] = IsAmbiguous<T>(key) ? x[from * s.inner] : FromKey(Type<T>{}, key);
      });
    });
  });
}

TSTORCH_END
