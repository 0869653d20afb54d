// The largest or smallest elements and where they are. NaN beats every number; among equal elements the first wins.
#include "core/math.h"
#include "cpu/fold.h"

TSTORCH_BEGIN

namespace {

/// float32, float64, int32 and int64: TypeScript converts the others.
template <class F>
void DispatchOrdered(const char* op, DType dtype, F f) {
  switch (dtype) {
    case DType::float32: return f(Type<float>{});
    case DType::float64: return f(Type<double>{});
    case DType::int32: return f(Type<int32_t>{});
    case DType::int64: return f(Type<int64_t>{});
    default: UnsupportedDType(op);
  }
}

/// Whether x is to be preferred to the best element before it.
template <bool largest, class T>
bool Better(T x, T best) {
  return (largest ? x > best : x < best) || (x != x && best == best);
}

/// Position of the first of n elements that equals `value`, or of the first NaN if it is NaN. It is there.
template <class T>
int64_t Find(const T* x, int64_t stride, int64_t n, T value) {
  constexpr int kAtOnce = 64;
  const bool number = value == value;
  int64_t i = 0;
  if (stride == 1 && number) {
    for (; i + kAtOnce <= n; i += kAtOnce) {
      int found = 0;
      for (int k = 0; k < kAtOnce; ++k) found |= x[i + k] == value;
      if (found) break;
    }
  }
  while (number ? x[i * stride] != value : x[i * stride] == x[i * stride]) ++i;
  return i;
}

template <class T>
struct Best {
  T value;
  int64_t index;
};

/// Of the elements [begin, end) of a run. Chunk by chunk: only one that beats the best so far is searched.
template <bool largest, class T>
Best<T> BestOf(const T* x, int64_t stride, int64_t begin, int64_t end) {
  constexpr int64_t kChunk = 1024, kShort = 32;
  Best<T> best{x[begin * stride], begin};
  if (end - begin < kShort) {
    for (int64_t i = begin + 1; i < end; ++i)
      if (Better<largest>(x[i * stride], best.value)) best = {x[i * stride], i};
    return best;
  }
  for (int64_t i = begin; i < end; i += kChunk) {
    const int64_t n = end - i < kChunk ? end - i : kChunk;
    const T chunk = FoldRun(Extremum<T, largest>{}, x + i * stride, stride, n);
    if (Better<largest>(chunk, best.value)) best = {chunk, i + Find(x + i * stride, stride, n, chunk)};
  }
  best.value = x[best.index * stride];  // of +0 and -0 the one that stands there
  return best;
}

/// One long run: the threads share its parts.
template <bool largest, class T>
Best<T> BestOfAll(const T* x, int64_t stride, int64_t n) {
  constexpr int64_t kPart = 4 * kGrain;
  const int64_t parts = (n + kPart - 1) / kPart;
  if (parts == 1) return BestOf<largest>(x, stride, 0, n);
  Scratch<Best<T>> found(parts);
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      found[p] = BestOf<largest>(x, stride, p * kPart, n - p * kPart < kPart ? n : (p + 1) * kPart);
  });
  Best<T> best = found[0];
  for (int64_t p = 1; p < parts; ++p)
    if (Better<largest>(found[p].value, best.value)) best = found[p];
  return best;
}

/// Neighbouring outputs at once. Index has the width of T, so that both are compared and selected alike.
template <bool largest, class T, class Index, class Store>
void BestDownColumns(const Reduction& r, Store store) {
  constexpr int64_t kBlock = 4096 / sizeof(T);
  ForEachColumnBlock<T>(r, kBlock, [&](int64_t o, const T* first, int64_t width) {
    T values[kBlock];
    Index indices[kBlock];
    for (int64_t i = 0; i < width; ++i) {
      values[i] = first[i];
      indices[i] = 0;
    }
    const int64_t stride = r.inner_stride();
    for (int64_t k = 1; k < r.inputs; ++k) {
      const T* row = first + k * stride;
      const Index at = static_cast<Index>(k);
      for (int64_t i = 0; i < width; ++i) {
        const T x = row[i], best = values[i];
        const bool better = Better<largest>(x, best);
        values[i] = better ? x : best;
        indices[i] = better ? at : indices[i];
      }
    }
    for (int64_t i = 0; i < width; ++i) store(o + i, Best<T>{values[i], indices[i]});
  });
}

template <bool largest, class T>
void FindBest(const Reduction& r, T* values, int64_t* indices) {
  const auto store = [=](int64_t o, const Best<T>& best) {
    if (values != nullptr) values[o] = best.value;
    indices[o] = best.index;
  };
  const int64_t stride = r.inner_stride();
  if (r.outputs == 1) {
    store(0, BestOfAll<largest>(r.as<T>(), stride, r.inputs));
  } else if (r.down_columns() && r.inputs < int64_t{1} << 31) {
    if constexpr (sizeof(T) == 4)
      BestDownColumns<largest, T, int32_t>(r, store);
    else
      BestDownColumns<largest, T, int64_t>(r, store);
  } else {
    ForEachOutput<T>(r, [&](int64_t o, const T* first) { store(o, BestOf<largest>(first, stride, 0, r.inputs)); });
  }
}

}  // namespace

/// [out, x, largest]
KERNEL(extremum) {
  void* out = args.pointer<void>();
  const Reduction r = ReadReduction(args);
  const bool largest = args.flag();
  DispatchOrdered("extremum", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const auto store = [out](int64_t o, T kept) { static_cast<T*>(out)[o] = kept; };
    if (largest)
      Fold<T>(r, Extremum<T, true>{}, store);
    else
      Fold<T>(r, Extremum<T, false>{}, store);
  });
}

/// [values, indices, x, largest]: over one dim, which is not empty.
KERNEL(extremum_index) {
  void* values = args.pointer<void>();
  int64_t* indices = args.pointer<int64_t>();
  const Reduction r = ReadReduction(args, false);
  const bool largest = args.flag();
  DispatchOrdered("extremum_index", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if (largest)
      FindBest<true>(r, static_cast<T*>(values), indices);
    else
      FindBest<false>(r, static_cast<T*>(values), indices);
  });
}

/// [indices, x, largest]: as extremum_index, without the values.
KERNEL(extremum_place) {
  int64_t* indices = args.pointer<int64_t>();
  const Reduction r = ReadReduction(args, false);
  const bool largest = args.flag();
  DispatchOrdered("extremum_place", r.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if (largest)
      FindBest<true, T>(r, nullptr, indices);
    else
      FindBest<false, T>(r, nullptr, indices);
  });
}

TSTORCH_END
