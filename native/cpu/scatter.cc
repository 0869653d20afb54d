// gather and scatter: every element has an index of its own along one dim.
#include <limits>

#include "core/dtype.h"
#include "core/pointwise.h"
#include "cpu/bounds.h"
#include "cpu/copy.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

namespace {

/// Operands over the shape of the index: 0 the values (source or result), 1 the indices, 2 the indexed tensor without
/// its dim `dim`, whose size and stride stand apart.
struct Lanes {
  Pointwise<3> p;
  int64_t dim, size, stride;
};

int64_t ItemSize(DType dtype) {
  return DispatchSize("scatter", dtype, [](auto type) { return static_cast<int64_t>(sizeof(typename decltype(type)::type)); });
}

/// 0-dim tensors count as 1-dim ones; a 0-dim `values` stands for every element.
Lanes MakeLanes(const TensorArg& values, const TensorArg& index, const TensorArg& indexed, int64_t dim) {
  Lanes lanes;
  Pointwise<3>& p = lanes.p;
  p.ndim = index.ndim;
  p.operands[0].data = static_cast<char*>(values.data);
  p.operands[1].data = static_cast<char*>(index.data);
  p.operands[2].data = static_cast<char*>(indexed.data);
  for (int d = 0; d < p.ndim; ++d) {
    p.sizes[d] = index.sizes[d];
    p.operands[0].strides[d] = values.ndim == 0 ? 0 : values.strides[d];
    p.operands[1].strides[d] = index.strides[d];
    p.operands[2].strides[d] = d == dim || indexed.ndim == 0 ? 0 : indexed.strides[d];
  }
  Coalesce(p);
  lanes.dim = dim;
  lanes.size = indexed.ndim == 0 ? 1 : indexed.sizes[dim];
  lanes.stride = indexed.ndim == 0 ? 1 : indexed.strides[dim];
  return lanes;
}

void CheckIndices(const char* op, const Lanes& lanes) {
  const Bounds bounds{lanes.size, false};
  FirstBad bad;  // the address stands for the position
  ForEachRun<3>(lanes.p, {1, sizeof(int64_t), 1}, [&](char** at, const int64_t* s, int64_t n) {
    const int64_t* index = reinterpret_cast<const int64_t*>(at[1]);
    bool good = true;
    for (int64_t i = 0; i < n; ++i) good &= bounds.contains(index[i * s[1]]);
    if (good) [[likely]] return;
    for (int64_t i = 0; i < n; ++i)
      if (!bounds.contains(index[i * s[1]])) bad.at(static_cast<int64_t>(reinterpret_cast<intptr_t>(index + i * s[1])));
  });
  if (bad.found())
    ThrowBadIndex(op, *reinterpret_cast<const int64_t*>(static_cast<intptr_t>(bad.position())), lanes.dim, lanes.size, "RuntimeError");
}

/// out[i] = x[index[i]]; meanwhile the indices of the next part are asked for, which are read in one go before their use.
template <class T>
void TakeChecked(T* out, const T* x, const int64_t* index, int64_t n) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    __builtin_prefetch(index + n + i);
    for (int k = 0; k < 8; ++k) out[i + k] = x[index[i + k]];
  }
  for (; i < n; ++i) out[i] = x[index[i]];
}

template <class T>
void Gather(const Lanes& lanes) {
  const int64_t stride = lanes.stride;
  const Bounds bounds{lanes.size, false};
  FirstBad bad;
  ForEachRun<3>(lanes.p, {sizeof(T), sizeof(int64_t), sizeof(T)}, [&](char** at, const int64_t* s, int64_t n) {
    constexpr int64_t kPart = 512;  // indices stay in the cache between their check and their use
    T* out = reinterpret_cast<T*>(at[0]);
    const int64_t* index = reinterpret_cast<const int64_t*>(at[1]);
    const T* x = reinterpret_cast<const T*>(at[2]);
    for (int64_t begin = 0; begin < n; begin += kPart) {
      const int64_t end = n - begin < kPart ? n : begin + kPart;
      bool good = true;
      for (int64_t i = begin; i < end; ++i) good &= bounds.contains(index[i * s[1]]);
      if (!good) [[unlikely]] {
        bad.at(0);
        return;
      }
      if (s[0] == 1 && s[1] == 1 && s[2] == 0 && stride == 1) {
        TakeChecked(out + begin, x, index + begin, end - begin);
      } else {
        for (int64_t i = begin; i < end; ++i) out[i * s[0]] = x[i * s[2] + index[i * s[1]] * stride];
      }
    }
  });
  if (bad.found()) CheckIndices("gather", lanes);
}

/// One nest of loops in row-major order; f(values, indices, indexed, strides, n) sees runs of the innermost dim.
template <class T, class F>
void EachLane(const Pointwise<3>& p, int d, const T* values, const int64_t* index, T* x, F f) {
  const int64_t s[3] = {p.operands[0].strides[d], p.operands[1].strides[d], p.operands[2].strides[d]};
  if (d == p.ndim - 1) {
    f(values, index, x, s, p.sizes[d]);
    return;
  }
  for (int64_t i = 0; i < p.sizes[d]; ++i) EachLane(p, d + 1, values + i * s[0], index + i * s[1], x + i * s[2], f);
}

/// x[index] is combined with the values by combine(x, value), in row-major order of the index. The threads split a dim
/// that is not indexed, so that no two write to one element.
template <class T, class F>
void Scatter(const Lanes& lanes, F combine) {
  const Pointwise<3>& p = lanes.p;
  int split = 0;
  for (int d = 1; d < p.ndim; ++d)
    if (p.operands[2].strides[d] != 0 && (p.operands[2].strides[split] == 0 || p.sizes[d] > p.sizes[split])) split = d;
  const int64_t stride = lanes.stride;
  const auto run = [&](const Pointwise<3>& part) {
    EachLane(part, 0, reinterpret_cast<const T*>(part.operands[0].data), reinterpret_cast<const int64_t*>(part.operands[1].data),
             reinterpret_cast<T*>(part.operands[2].data), [=](const T* v, const int64_t* index, T* x, const int64_t* s, int64_t n) {
               for (int64_t i = 0; i < n; ++i) {
                 T& target = x[i * s[2] + index[i * s[1]] * stride];
                 target = combine(target, v[i * s[0]]);
               }
             });
  };
  if (p.operands[2].strides[split] == 0) {
    run(p);
    return;
  }
  const int64_t others = p.numel() / (p.sizes[split] > 0 ? p.sizes[split] : 1);
  ParallelFor(p.sizes[split], kGrain / (others > 0 ? others : 1) + 1, [&](int64_t begin, int64_t end) {
    constexpr int64_t kItems[3] = {sizeof(T), sizeof(int64_t), sizeof(T)};
    Pointwise<3> part = p;
    part.sizes[split] = end - begin;
    for (int i = 0; i < 3; ++i) part.operands[i].data += begin * part.operands[i].strides[split] * kItems[i];
    run(part);
  });
}

enum class Reduce : int { assign = 0, sum = 1, product = 2, mean = 3, largest = 4, smallest = 5 };

template <class T>
bool IsNaN(T x) {
  return x != x;
}

/// NaN wins.
template <class T>
T Larger(T a, T b) {
  return IsNaN(a) || a > b ? a : b;
}
template <class T>
T Smaller(T a, T b) {
  return IsNaN(a) || a < b ? a : b;
}

template <class T, class F>
void Combine(const Lanes& lanes, F f) {
  Scatter<T>(lanes, [f](const T& x, const T& v) { return Stored<T>::from(static_cast<Compute<T>>(f(Load(x), Load(v)))); });
}

void ScatterBy(Reduce reduce, DType dtype, const Lanes& lanes) {
  const char* op = "scatter";
  // As bytes, bools are ordered as PyTorch orders them.
  const DType ordered = dtype == DType::boolean ? DType::uint8 : dtype;
  switch (reduce) {
    case Reduce::assign:
      DispatchSize(op, dtype, [&](auto type) {
        using T = typename decltype(type)::type;
        Scatter<T>(lanes, [](const T&, const T& v) { return v; });
      });
      return;
    case Reduce::sum:
    case Reduce::mean:
      DispatchAll(op, dtype, [&](auto type) { Combine<typename decltype(type)::type>(lanes, [](auto x, auto v) { return x + v; }); });
      return;
    case Reduce::product:
      DispatchAll(op, dtype, [&](auto type) { Combine<typename decltype(type)::type>(lanes, [](auto x, auto v) { return x * v; }); });
      return;
    case Reduce::largest:
      DispatchReal(op, ordered, [&](auto type) { Combine<typename decltype(type)::type>(lanes, [](auto x, auto v) { return Larger(x, v); }); });
      return;
    case Reduce::smallest:
      DispatchReal(op, ordered, [&](auto type) { Combine<typename decltype(type)::type>(lanes, [](auto x, auto v) { return Smaller(x, v); }); });
      return;
  }
}

/// The value that changes nothing when it is combined with another.
template <class C>
C Neutral(Reduce reduce) {
  if constexpr (std::numeric_limits<C>::is_specialized) {
    using Limits = std::numeric_limits<C>;
    if (reduce == Reduce::largest) return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    if (reduce == Reduce::smallest) return Limits::has_infinity ? Limits::infinity() : Limits::max();
  }
  return reduce == Reduce::product ? C(1) : C(0);
}

/// Elements that will be written to become neutral: what was there does not count.
void Forget(Reduce reduce, DType dtype, const Lanes& lanes) {
  DispatchAll("scatter_reduce", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T value = Stored<T>::from(Neutral<Compute<T>>(reduce));
    Scatter<T>(lanes, [value](const T&, const T&) { return value; });
  });
}

/// Quotients of ints are rounded down, as PyTorch does.
template <class C>
C Quotient(C sum, int64_t count) {
  if constexpr (std::is_integral_v<C>) {
    const int64_t total = static_cast<int64_t>(sum), q = total / count;
    return static_cast<C>(total % count < 0 ? q - 1 : q);
  } else {
    using Part = decltype(std::abs(sum));
    return sum / static_cast<Part>(count);
  }
}

/// Sums become means over the elements that went into each.
void DivideByCounts(const TensorArg& out, const TensorArg& index, int64_t dim, bool include_self) {
  const int64_t n = out.numel();
  Scratch<int64_t> counts(n);
  for (int64_t i = 0; i < n; ++i) counts[i] = include_self ? 1 : 0;
  TensorArg places = out, one;
  places.data = counts.get();
  int64_t step = 1;
  for (int d = out.ndim - 1; d >= 0; --d) {
    places.strides[d] = step;
    step *= out.sizes[d];
  }
  int64_t unit = 1;
  one.data = &unit;
  Scatter<int64_t>(MakeLanes(one, index, places, dim), [](int64_t x, int64_t v) { return x + v; });
  Pointwise<2> p;
  p.ndim = out.ndim;
  p.operands[0].data = static_cast<char*>(out.data);
  p.operands[1].data = reinterpret_cast<char*>(counts.get());
  for (int d = 0; d < out.ndim; ++d) {
    p.sizes[d] = out.sizes[d];
    p.operands[0].strides[d] = out.strides[d];
    p.operands[1].strides[d] = places.strides[d];
  }
  Coalesce(p);
  DispatchAll("scatter_reduce", out.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRun<2>(p, {sizeof(T), sizeof(int64_t)}, [](char** at, const int64_t* s, int64_t m) {
      T* x = reinterpret_cast<T*>(at[0]);
      const int64_t* count = reinterpret_cast<const int64_t*>(at[1]);
      for (int64_t i = 0; i < m; ++i)
        if (count[i * s[1]] > 1) x[i * s[0]] = Stored<T>::from(Quotient(Load(x[i * s[0]]), count[i * s[1]]));
    });
  });
}

}  // namespace

/// [out, x, index, dim]: out, of the shape of index, takes x at index along dim.
KERNEL(gather) {
  const TensorArg out = args.tensor(), x = args.tensor(), index = args.tensor();
  const Lanes lanes = MakeLanes(out, index, x, args.integer());
  DispatchSize("gather", x.dtype, [&](auto type) { Gather<typename decltype(type)::type>(lanes); });
}

/// [out, self or none (zeros), index, src, dim, reduce, include self]: out = self with src combined in at index along dim.
KERNEL(scatter) {
  const TensorArg out = args.tensor(), self = args.tensor(), index = args.tensor(), src = args.tensor();
  const int64_t dim = args.integer();
  const auto reduce = static_cast<Reduce>(args.integer());
  const bool include_self = args.flag();
  const Lanes lanes = MakeLanes(src, index, out, dim);
  CheckIndices("scatter", lanes);
  if (!self)
    ZeroBytes(out.data, out.numel() * ItemSize(out.dtype));
  else if (out.data != self.data)
    CopyTensor(out, self);
  if (!include_self) Forget(reduce, out.dtype, lanes);
  ScatterBy(reduce, out.dtype, lanes);
  if (reduce == Reduce::mean) DivideByCounts(out, index, dim, include_self);
}

TSTORCH_END
