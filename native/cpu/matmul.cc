// Products of matrices, vectors and batches of them, with an optional term that is added.
#include <memory>

#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/gemm.h"
#include "cpu/linear_packed.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

namespace {

/// Products that are worth a thread: about 15 us of work.
constexpr int64_t kProductGrain = int64_t{1} << 20;

/// A factor as a batch of matrices; batch strides are those of the output's batch dims, 0 where it broadcasts.
struct Factor {
  void* data;
  int64_t rows, columns, row, column;
  int64_t batch[kMaxDims];
};

struct Product {
  int64_t m, n, k;
  int ndim = 0;  // of the batch
  int64_t sizes[kMaxDims];
  Factor a, b;

  int64_t batches() const {
    int64_t count = 1;
    for (int d = 0; d < ndim; ++d) count *= sizes[d];
    return count;
  }
};

/// The last two dims of `t` as rows and columns; a vector is one row, or one column with `as_column`.
Factor ReadFactor(const TensorArg& t, bool as_column, bool transposed) {
  Factor f;
  f.data = t.data;
  if (t.ndim == 1) {
    f.rows = as_column ? t.sizes[0] : 1;
    f.columns = as_column ? 1 : t.sizes[0];
    f.row = as_column ? t.strides[0] : t.sizes[0];
    f.column = as_column ? 1 : t.strides[0];
    return f;
  }
  const int r = transposed ? t.ndim - 1 : t.ndim - 2, c = transposed ? t.ndim - 2 : t.ndim - 1;
  f.rows = t.sizes[r];
  f.columns = t.sizes[c];
  f.row = t.strides[r];
  f.column = t.strides[c];
  return f;
}

void ReadBatch(Factor& f, const TensorArg& t, const Product& p) {
  const int own = t.ndim > 2 ? t.ndim - 2 : 0;
  for (int d = 0; d < p.ndim; ++d) {
    const int at = d - (p.ndim - own);
    f.batch[d] = at < 0 || t.sizes[at] == 1 ? 0 : t.strides[at];
  }
}

/// Batch dims whose b is the same and whose rows of a lie evenly in memory become rows: one product instead of many.
void FoldBatch(Product& p) {
  while (p.ndim > 0) {
    const int d = p.ndim - 1;
    if (p.sizes[d] != 1) {
      if (p.b.batch[d] != 0 || (p.m != 1 && p.a.batch[d] != p.a.row * p.m)) return;
      if (p.m == 1) p.a.row = p.a.batch[d];
      p.m *= p.sizes[d];
      p.a.rows = p.m;
    }
    --p.ndim;
  }
}

Product ReadProduct(const TensorArg& out, const TensorArg& a, const TensorArg& b, bool transposed) {
  Product p;
  p.a = ReadFactor(a, false, false);
  p.b = ReadFactor(b, true, transposed && b.ndim > 1);
  p.m = p.a.rows;
  p.k = p.a.columns;
  p.n = p.b.columns;
  p.ndim = out.ndim - (a.ndim > 1) - (b.ndim > 1);
  for (int d = 0; d < p.ndim; ++d) p.sizes[d] = out.sizes[d];
  ReadBatch(p.a, a, p);
  ReadBatch(p.b, b, p);
  if (a.ndim > 1) FoldBatch(p);
  return p;
}

/// What BLAS can read: one of the strides is 1, and the other leads past a row.
bool IsRegular(const Factor& f) {
  const bool by_rows = (f.column == 1 || f.columns == 1) && (f.row >= f.columns || f.rows == 1);
  const bool by_columns = (f.row == 1 || f.rows == 1) && (f.column >= f.rows || f.columns == 1);
  return by_rows || by_columns;
}

int64_t OffsetOf(const Product& p, const Factor& f, int64_t index) {
  int64_t offset = 0;
  for (int d = p.ndim - 1; d >= 0; --d) {
    offset += index % p.sizes[d] * f.batch[d];
    index /= p.sizes[d];
  }
  return offset;
}

/// A dense copy of a factor that BLAS cannot read; matrices that broadcast are copied once.
template <class T>
void Densify(const Product& p, Factor& f, std::unique_ptr<Scratch<T>>& copy) {
  int64_t strides[kMaxDims];
  int64_t count = 1;
  for (int d = p.ndim - 1; d >= 0; --d) {
    strides[d] = f.batch[d] == 0 ? 0 : count * f.rows * f.columns;
    if (f.batch[d] != 0) count *= p.sizes[d];
  }
  copy = std::make_unique<Scratch<T>>(count * f.rows * f.columns);
  for (int64_t index = 0, total = p.batches(); index < total; ++index) {
    int64_t rest = index, into = 0;
    for (int d = p.ndim - 1; d >= 0; --d) {
      into += rest % p.sizes[d] * strides[d];
      rest /= p.sizes[d];
    }
    const T* from = static_cast<const T*>(f.data) + OffsetOf(p, f, index);
    T* to = copy->get() + into;
    for (int64_t i = 0; i < f.rows; ++i)
      for (int64_t j = 0; j < f.columns; ++j) *to++ = from[i * f.row + j * f.column];
  }
  f.data = copy->get();
  f.row = f.columns;
  f.column = 1;
  for (int d = 0; d < p.ndim; ++d) f.batch[d] = strides[d];
}

/// out = input, broadcast.
template <class T>
void CopyBroadcast(const TensorArg& out, const TensorArg& input) {
  int64_t strides[kMaxDims] = {};
  const int lead = out.ndim - input.ndim;
  for (int d = lead; d < out.ndim; ++d) strides[d] = input.sizes[d - lead] == 1 ? 0 : input.strides[d - lead];
  const int inner = out.ndim - 1;
  const int64_t n = out.ndim == 0 ? 1 : out.sizes[inner], step = out.ndim == 0 ? 0 : strides[inner];
  T* to = out.as<T>();
  for (int64_t row = 0, rows = n == 0 ? 0 : out.numel() / n; row < rows; ++row, to += n) {
    const T* from = input.as<const T>();
    int64_t rest = row;
    for (int d = inner - 1; d >= 0; --d) {
      from += rest % out.sizes[d] * strides[d];
      rest /= out.sizes[d];
    }
    if (step == 1) memcpy(to, from, static_cast<size_t>(n) * sizeof(T));
    else
      for (int64_t j = 0; j < n; ++j) to[j] = from[j * step];
  }
}

template <class T>
void Multiply(Product& p, const TensorArg& out, const TensorArg& input, double alpha, double beta) {
  const bool adds = input && beta != 0;
  if (adds) CopyBroadcast<T>(out, input);
  std::unique_ptr<Scratch<T>> a_copy, b_copy;
  if constexpr (!std::is_integral_v<T>) {
    if (!IsRegular(p.a)) Densify(p, p.a, a_copy);
    if (!IsRegular(p.b)) Densify(p, p.b, b_copy);
  }
  const auto one = [&](int64_t index) {
    const T* a = static_cast<const T*>(p.a.data) + OffsetOf(p, p.a, index);
    const T* b = static_cast<const T*>(p.b.data) + OffsetOf(p, p.b, index);
    Gemm(p.m, p.n, p.k, static_cast<T>(alpha), Matrix<T>{a, p.a.row, p.a.column}, Matrix<T>{b, p.b.row, p.b.column},
         adds ? static_cast<T>(beta) : T(0), out.as<T>() + index * p.m * p.n, p.n);
  };
  const int64_t batches = p.batches(), products = p.m * p.n * p.k;
  if (batches == 1) return one(0);
  if (batches < GetHost().threads() && products > kProductGrain) {  // the threads share each product
    for (int64_t i = 0; i < batches; ++i) one(i);
    return;
  }
  ParallelFor(batches, kProductGrain / (products + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) one(i);
  });
}

struct ProductArgs {
  TensorArg out, a, b, input;
  bool transposed;
  double alpha, beta;
};

ProductArgs ReadArgs(Args& args) {
  ProductArgs p;
  p.out = args.tensor();
  p.a = args.tensor();
  p.b = args.tensor();
  p.input = args.tensor();
  p.transposed = args.flag();
  p.alpha = args.number();
  p.beta = args.number();
  return p;
}

void Run(const ProductArgs& args) {
  Product p = ReadProduct(args.out, args.a, args.b, args.transposed);
  if (args.out.numel() == 0) return;
  const auto run = [&](auto type) {
    Multiply<typename decltype(type)::type>(p, args.out, args.input, args.alpha, args.beta);
  };
  switch (args.out.dtype) {
    case DType::float32: return run(Type<float>{});
    case DType::float64: return run(Type<double>{});
    case DType::complex64: return run(Type<std::complex<float>>{});
    case DType::complex128: return run(Type<std::complex<double>>{});
    default: DispatchInt("matmul", args.out.dtype, run);
  }
}

}  // namespace

/// [out, a, b, input or absent, whether b is transposed, alpha, beta]: out = beta·input + alpha·a·b. out is dense.
KERNEL(matmul) { Run(ReadArgs(args)); }

/// The arguments of matmul, which it does, and memory for packed weights or 0, whether it is filled. Where there is memory,
/// all of them are dense float32, b is a transposed matrix, and input a vector or absent.
KERNEL(linear) {
  const ProductArgs p = ReadArgs(args);
  char* const packed = args.pointer<char>();
  const bool filled = args.flag();
  if (packed != nullptr) {
    const int64_t n = p.b.sizes[0], k = p.b.sizes[1];
    if (!filled) LinearPack(n, k, p.b.as<const float>(), packed);
    const float* bias = p.input ? p.input.as<const float>() : nullptr;
    if (LinearPacked(p.out.numel() / n, n, k, p.a.as<const float>(), packed, bias, p.out.as<float>())) return;
  }
  Run(p);
}

/// As linear, which does not run -> bytes of its packed weights.
KERNEL(linear_packed_bytes) {
  const ProductArgs p = ReadArgs(args);
  args.result(0, static_cast<double>(LinearPackedBytes(p.b.sizes[0], p.b.sizes[1])));
}

TSTORCH_END
