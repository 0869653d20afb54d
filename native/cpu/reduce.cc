#include "cpu/reduce.h"

#include "core/kernels.h"

TSTORCH_BEGIN

namespace {

/// What a sum of T is kept in: exact for integers, double for floats, so that 10^7 float terms lose nothing visible.
template <class T>
struct SumType {
  using type = int64_t;
};
template <>
struct SumType<float> {
  using type = double;
};
template <>
struct SumType<double> {
  using type = double;
};
template <>
struct SumType<Half> {
  using type = double;
};
template <>
struct SumType<BFloat16> {
  using type = double;
};

/// Sum of n elements; eight chains hide the latency of the add.
template <class T, class A>
A SumRun(const T* x, int64_t stride, int64_t n) {
  constexpr int kLanes = 32;
  A lanes[kLanes] = {};
  int64_t i = 0;
  if (stride == 1) {
    for (; i + kLanes <= n; i += kLanes)
      for (int k = 0; k < kLanes; ++k) lanes[k] += static_cast<A>(Load(x[i + k]));
  }
  A total = 0;
  for (; i < n; ++i) total += static_cast<A>(Load(x[i * stride]));
  for (int width = kLanes / 2; width > 0; width /= 2)
    for (int k = 0; k < width; ++k) lanes[k] += lanes[k + width];
  return lanes[0] + total;
}

/// One sum per output, each over runs along the innermost reduced dim.
template <class T, class R, class A>
void SumInner(const T* x, R* out, const Reduction& r) {
  const int inner = r.reduced - 1;
  const int64_t run = r.reduced_sizes[inner], stride = r.reduced_strides[inner];
  const int64_t runs = r.inputs / run;
  const auto one = [&](const T* from) {
    A total = 0;
    Walk(inner, r.reduced_sizes, r.reduced_strides, 0, runs, [&](int64_t at) { total += SumRun<T, A>(from + at, stride, run); });
    return total;
  };
  if (r.outputs == 1) {  // the threads share the one run
    if (runs > 1 || run < 2 * kGrain) {
      *out = Stored<R>::from(static_cast<Compute<R>>(one(x)));
      return;
    }
    constexpr int64_t kPart = kGrain;  // fixed parts: the same bits with any number of threads
    const int64_t parts = (run + kPart - 1) / kPart;
    A* sums = static_cast<A*>(GetHost().allocate(static_cast<size_t>(parts) * sizeof(A)));
    ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        const int64_t n = run - p * kPart < kPart ? run - p * kPart : kPart;
        sums[p] = SumRun<T, A>(x + p * kPart * stride, stride, n);
      }
    });
    A total = 0;
    for (int64_t p = 0; p < parts; ++p) total += sums[p];
    GetHost().release(sums);
    *out = Stored<R>::from(static_cast<Compute<R>>(total));
    return;
  }
  ParallelFor(r.outputs, kGrain / r.inputs + 1, [&](int64_t begin, int64_t end) {
    int64_t o = begin;
    Walk(r.kept, r.kept_sizes, r.kept_strides, begin, end - begin, [&](int64_t at) {
      int64_t rest = o++, out_at = 0;
      for (int d = r.kept - 1; d >= 0; --d) {
        out_at += rest % r.kept_sizes[d] * r.out_strides[d];
        rest /= r.kept_sizes[d];
      }
      out[out_at] = Stored<R>::from(static_cast<Compute<R>>(one(x + at)));
    });
  });
}

/// The innermost kept dim is the dense one: a block of neighbouring outputs is summed at once.
template <class T, class R, class A>
void SumOuter(const T* x, R* out, const Reduction& r) {
  constexpr int64_t kBlock = 256;
  const int inner = r.kept - 1;
  const int64_t width = r.kept_sizes[inner];
  const int64_t blocks = (width + kBlock - 1) / kBlock;
  const int64_t tasks = r.outputs / width * blocks;
  ParallelFor(tasks, kGrain / (r.inputs * kBlock) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % blocks * kBlock;
      const int64_t n = width - first < kBlock ? width - first : kBlock;
      int64_t rest = task / blocks, at = first * r.kept_strides[inner], out_at = first * r.out_strides[inner];
      for (int d = inner - 1; d >= 0; --d) {
        at += rest % r.kept_sizes[d] * r.kept_strides[d];
        out_at += rest % r.kept_sizes[d] * r.out_strides[d];
        rest /= r.kept_sizes[d];
      }
      A sums[kBlock] = {};
      Walk(r.reduced, r.reduced_sizes, r.reduced_strides, 0, r.inputs, [&](int64_t row) {
        const T* from = x + at + row;
        for (int64_t i = 0; i < n; ++i) sums[i] += static_cast<A>(Load(from[i]));
      });
      for (int64_t i = 0; i < n; ++i)
        out[out_at + i * r.out_strides[inner]] = Stored<R>::from(static_cast<Compute<R>>(sums[i]));
    }
  });
}

template <class T, class R>
void Sum(const TensorArg& out, const TensorArg& x) {
  using A = typename SumType<T>::type;
  const Reduction r = PlanReduction(out, x);
  if (r.kept_strides[r.kept - 1] == 1 && r.reduced_strides[r.reduced - 1] != 1 && r.kept_sizes[r.kept - 1] >= 8)
    SumOuter<T, R, A>(x.as<const T>(), out.as<R>(), r);
  else
    SumInner<T, R, A>(x.as<const T>(), out.as<R>(), r);
}

}  // namespace

/// [out (keepdim shape), x]: floats keep their dtype, integers and bools give int64.
KERNEL(sum) {
  const TensorArg out = args.tensor(), x = args.tensor();
  switch (x.dtype) {
    case DType::float32: return Sum<float, float>(out, x);
    case DType::float64: return Sum<double, double>(out, x);
    case DType::float16: return Sum<Half, Half>(out, x);
    case DType::bfloat16: return Sum<BFloat16, BFloat16>(out, x);
    case DType::boolean: return Sum<bool, int64_t>(out, x);
    default:
      DispatchInt("sum", x.dtype, [&](auto type) { Sum<typename decltype(type)::type, int64_t>(out, x); });
  }
}

TSTORCH_END
