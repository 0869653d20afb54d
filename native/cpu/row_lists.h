#pragma once
// Sums of rows by target: out[r] = sum of v[k] over the places k whose index is r. Each row of the result is written once,
// complete, so that zeros are never read back, and the order of the sum is that of the places, with any number of threads.
#include "core/parallel.h"
#include "cpu/scratch.h"
#include "cpu/ahead.h"

TSTORCH_BEGIN

/// For every row the places that go there, in rising order: a linked list.
class RowLists {
 public:
  static constexpr int64_t kEnd = -1;

  RowLists(int64_t rows, int64_t places) : heads_(rows), next_(places) {
    for (int64_t r = 0; r < rows; ++r) heads_[r] = kEnd;
  }
  /// Places are added in falling order.
  void add(int64_t row, int64_t place) {
    next_[place] = heads_[row];
    heads_[row] = place;
  }
  int64_t first(int64_t row) const { return heads_[row]; }
  int64_t after(int64_t place) const { return next_[place]; }
  int64_t length(int64_t row) const {
    int64_t n = 0;
    for (int64_t k = first(row); k != kEnd; k = after(k)) ++n;
    return n;
  }

 private:
  Scratch<int64_t> heads_, next_;
};

/// out[rows, length] from v[places, length], both dense. `average`: the sum is divided by the number of places.
template <class T>
void SumByRow(T* out, const T* v, int64_t rows, int64_t length, const RowLists& lists, bool average) {
  using C = Compute<T>;
  constexpr int64_t kPart = 256;  // of a row, at a time
  const int64_t bytes = length * static_cast<int64_t>(sizeof(T));
  const auto sum_places = [=, &lists](T* to, int64_t first, int64_t row) {
    const C scale = average ? C(1) / static_cast<C>(lists.length(row)) : C(1);
    C sums[kPart];
    for (int64_t c = 0; c < length; c += kPart) {
      const int64_t n = length - c < kPart ? length - c : kPart;
      for (int64_t i = 0; i < n; ++i) sums[i] = C(0);
      for (int64_t k = first; k != RowLists::kEnd; k = lists.after(k)) {
        const T* from = v + k * length + c;
        for (int64_t i = 0; i < n; ++i) sums[i] += Load(from[i]) * scale;
      }
      for (int64_t i = 0; i < n; ++i) to[c + i] = Stored<T>::from(sums[i]);
    }
  };
  ParallelFor(rows, kGrain / (length > 0 ? length : 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      T* const to = out + r * length;
      const int64_t first = lists.first(r);
      if (first == RowLists::kEnd)
        ZeroAhead(to, bytes);
      else if (lists.after(first) == RowLists::kEnd)
        CopyAhead(to, v + first * length, bytes);
      else
        sum_places(to, first, r);
    }
  });
}

TSTORCH_END
