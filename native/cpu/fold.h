#pragma once
// Reductions that keep one value per output: sums, products, norms, extrema.
//
// A fold has a type A that it keeps, `zero()` to start from, `step(kept, x)` for one more element and `merge(a, b)` for two
// parts of one output. Elements are taken in a fixed order, whatever the number of threads.
#include "core/math.h"
#include "cpu/reduce.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

/// How far ahead memory is asked for, in bytes: the hardware's own prefetching stops at each page.
constexpr int64_t kFoldAhead = 2048;

/// Folds n elements, many at once: one value per lane hides the latency of a step.
template <class T, class F>
typename F::A FoldRun(const F& fold, const T* x, int64_t stride, int64_t n) {
  using A = typename F::A;
  constexpr int kLanes = 256 / sizeof(A);
  A lanes[kLanes];
  for (A& lane : lanes) lane = fold.zero();
  int64_t i = 0;
  if (stride == 1) {
    for (; i + kLanes <= n; i += kLanes) {
      const char* ahead = reinterpret_cast<const char*>(x + i) + kFoldAhead;
      for (size_t at = 0; at < kLanes * sizeof(T); at += 64) __builtin_prefetch(ahead + at);
      for (int k = 0; k < kLanes; ++k) lanes[k] = fold.step(lanes[k], Load(x[i + k]));
    }
  } else {
    for (; i + 8 <= n; i += 8)
      for (int k = 0; k < 8; ++k) lanes[k] = fold.step(lanes[k], Load(x[(i + k) * stride]));
  }
  for (int k = 0; i < n; ++i, ++k) lanes[k] = fold.step(lanes[k], Load(x[i * stride]));
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int k = 0; k < width; ++k) lanes[k] = fold.merge(lanes[k], lanes[k + width]);
  return lanes[0];
}

namespace fold_internal {

/// Elements that one thread folds before parts are merged.
constexpr int64_t kPart = kGrain;

/// The one output: the threads share parts of the runs.
template <class T, class F, class Store>
void All(const Reduction& r, const F& fold, Store store) {
  using A = typename F::A;
  const int inner = r.reduced - 1;
  const int64_t run = r.inner_size(), stride = r.inner_stride();
  const int64_t runs = run > 0 ? r.inputs / run : 0;
  const int64_t cut = run > kPart ? kPart : run;                     // elements of a run in a part
  const int64_t whole = run > kPart || run == 0 ? 1 : kPart / run;  // runs in a part
  const int64_t cuts = run > 0 ? (run + cut - 1) / cut : 0;
  const int64_t parts = (runs + whole - 1) / whole * cuts;
  const auto part = [&](int64_t p) {
    const int64_t first = p / cuts * whole, begin = p % cuts * cut;
    const int64_t n = run - begin < cut ? run - begin : cut;
    A kept = fold.zero();
    Walk(inner, r.reduced_sizes, r.reduced_strides, first, runs - first < whole ? runs - first : whole, [&](int64_t at) {
      kept = fold.merge(kept, FoldRun(fold, r.as<T>() + at + begin * stride, stride, n));
    });
    return kept;
  };
  if (parts == 1) return store(0, part(0));
  Scratch<A> kept(parts);
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) kept[p] = part(p);
  });
  A total = fold.zero();
  for (int64_t p = 0; p < parts; ++p) total = fold.merge(total, kept[p]);
  store(0, total);
}

/// One output after the other.
template <class T, class F, class Store>
void Rows(const Reduction& r, const F& fold, Store store) {
  const int64_t run = r.inner_size(), stride = r.inner_stride();
  ForEachOutput<T>(r, [&](int64_t o, const T* first) {
    auto kept = fold.zero();
    ForEachReducedRun(r, first, [&](const T* x) { kept = fold.merge(kept, FoldRun(fold, x, stride, run)); });
    store(o, kept);
  });
}

/// A block of neighbouring outputs at a time.
template <class T, class F, class Store>
void Columns(const Reduction& r, const F& fold, Store store) {
  using A = typename F::A;
  constexpr int64_t kBlock = 8192 / sizeof(A);
  ForEachColumnBlock<T>(r, kBlock, [&](int64_t o, const T* first, int64_t width) {
    A kept[kBlock];
    for (int64_t i = 0; i < width; ++i) kept[i] = fold.zero();
    ForEachReducedRow(r, first, 0, r.inputs, [&](const T* row) {
      for (int64_t i = 0; i < width; ++i) kept[i] = fold.step(kept[i], Load(row[i]));
    });
    for (int64_t i = 0; i < width; ++i) store(o + i, kept[i]);
  });
}

}  // namespace fold_internal

/// Folds the elements of every output; calls store(o, kept) with its number.
template <class T, class F, class Store>
void Fold(const Reduction& r, const F& fold, Store store) {
  if (r.outputs == 1)
    fold_internal::All<T>(r, fold, store);
  else if (r.down_columns())
    fold_internal::Columns<T>(r, fold, store);
  else
    fold_internal::Rows<T>(r, fold, store);
}

template <class T>
constexpr bool kIsFloat = static_cast<T>(0.5) != static_cast<T>(0);

/// What loses against every element.
template <class T, bool largest>
constexpr T Worst() {
  if constexpr (kIsFloat<T>) {
    return static_cast<T>(largest ? -__builtin_huge_val() : __builtin_huge_val());
  } else {
    const T most = static_cast<T>(~(uint64_t{1} << (sizeof(T) * 8 - 1)));
    return largest ? static_cast<T>(-most - 1) : most;
  }
}

/// The largest element, or the smallest; NaN if there is one.
template <class T, bool largest>
struct Extremum {
  using A = T;
  A zero() const { return Worst<T, largest>(); }
  A step(A kept, T x) const { return merge(x, kept); }
  A merge(A a, A b) const { return largest ? Max(a, b) : Min(a, b); }
};

TSTORCH_END
