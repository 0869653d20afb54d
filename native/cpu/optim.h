#pragma once
// One step of an optimizer over all parameters of a group in one call. The arguments are those that runNative in
// optimized/optim/native.ts writes: [dtype, number of rows, options of the rule..., rows...], a row being
// [numel, numbers of that parameter..., addresses of the parameter, its gradient and its state].
#include <algorithm>
#include <vector>

#include "core/args.h"
#include "core/dtype.h"
#include "core/parallel.h"
#include "cpu/ahead.h"
#include "cpu/denormals.h"

TSTORCH_BEGIN

/// Numbers and tensors of one parameter, or of a part of it: tensors that are updated together, element by element.
struct Row {
  static constexpr int kMaxNumbers = 4, kMaxTensors = 5;
  int64_t numel;
  double numbers[kMaxNumbers];
  char* tensors[kMaxTensors];
};

/// `n` elements of a row as a rule sees them.
template <class T>
struct Part {
  using Type = T;
  const Row& row;
  int64_t begin, n;
  /// Whether all elements of the step are more than the cache keeps.
  bool outside;

  /// f(i) for every element; `tensors` are those that it reads or writes.
  template <class F, class... Tensors>
  void each(F f, const Tensors*... tensors) const {
    ForElements<T>(n, outside, f, tensors...);
  }

  T number(int i) const { return static_cast<T>(row.numbers[i]); }
  T* tensor(int i) const { return reinterpret_cast<T*>(row.tensors[i]) + begin; }
};

/// The parameters of a call, laid end to end: threads get equal shares of all elements, whatever the tensors' sizes.
/// Every element is computed on its own, so the results do not depend on how they are shared. Denormal numbers count as
/// zero: where gradients vanish, as behind units that are off, moments decay through them for hundreds of steps, and a
/// step would take four times as long. No parameter of a size that matters sees the difference.
class Rows {
 public:
  Rows(Args& args, int64_t count, int numbers, int tensors) : rows_(static_cast<size_t>(count)) {
    starts_.reserve(rows_.size() + 1);
    starts_.push_back(0);
    for (Row& row : rows_) {
      row.numel = args.integer();
      for (int i = 0; i < numbers; ++i) row.numbers[i] = args.number();
      for (int i = 0; i < tensors; ++i) row.tensors[i] = args.pointer<char>();
      starts_.push_back(starts_.back() + row.numel);
    }
  }

  int64_t numel() const { return starts_.back(); }

  /// Calls f(row, begin, n) for the pieces of rows that make up elements begin to end of all.
  template <class F>
  void Pieces(int64_t begin, int64_t end, F f) const {
    auto i = static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), begin) - starts_.begin() - 1);
    for (; begin < end; ++i) {
      const int64_t stop = std::min(end, starts_[i + 1]);
      if (begin < stop) f(rows_[i], begin - starts_[i], stop - begin);
      begin = stop;
    }
  }

  /// Calls update(Part<T>) for the elements of each row, in parallel; T is the type that `dtype` names.
  template <class Update>
  void ForEach(const char* name, DType dtype, Update update) const {
    DispatchFullFloat(name, dtype, [&](auto type) {
      using T = typename decltype(type)::type;
      const bool outside = IsOutsideCache<T>(numel());
      const auto range = [&](int64_t begin, int64_t end) {
        const FlushDenormals flush;
        Pieces(begin, end, [&](const Row& row, int64_t first, int64_t n) { update(Part<T>{row, first, n, outside}); });
      };
      ParallelFor(numel(), kGrain / 2, range, 64);  // three to five tensors: an element is more work than one of most ops
    });
  }

 private:
  std::vector<Row> rows_;
  std::vector<int64_t> starts_;
};

/// What every rule begins with: sign · g + decay · p; the sign is -1 to maximize.
struct GradientRule {
  double sign, decay;

  template <class T>
  auto as() const {
    return [s = static_cast<T>(sign), d = static_cast<T>(decay), decays = decay != 0](T g, T p) {
      return decays ? s * g + d * p : s * g;
    };
  }
};

TSTORCH_END
