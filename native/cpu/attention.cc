// Attention without the matrix of scores: some rows of it at a time, forward and again backward.
#include <algorithm>

#include "core/args.h"
#include "core/kernels.h"
#include "core/math.h"
#include "core/parallel.h"
#include "cpu/gemm.h"
#include "cpu/scratch.h"
#include "cpu/sums.h"

TSTORCH_BEGIN

namespace {

/// Scores that are held at a time by one thread, and the most rows they make up.
constexpr int64_t kScores = int64_t{1} << 17, kMostRows = 64;

/// Sizes: queries [batch, queries, width], keys [batch, keys, width], values [batch, keys, depth].
template <class T>
struct Attention {
  const T *q, *k, *v;
  int64_t batch, queries, keys, width, depth;
  T scale;
  bool causal;
  TensorArg mask;  // added to the scores: [dims of the batch, queries, keys], any strides; or absent

  explicit Attention(Args& args)
      : q(args.pointer<const T>()), k(args.pointer<const T>()), v(args.pointer<const T>()), batch(args.integer()),
        queries(args.integer()), keys(args.integer()), width(args.integer()), depth(args.integer()),
        scale(static_cast<T>(args.number())), causal(args.flag()), mask(args.tensor()) {}

  int64_t rows() const { return std::max<int64_t>(1, std::min(kMostRows, kScores / std::max<int64_t>(1, keys))); }
  /// Keys that any of the queries before `end` may use.
  int64_t reach(int64_t end) const { return causal ? std::min(keys, end) : keys; }
  /// Keys that query i may use.
  int64_t open(int64_t i, int64_t columns) const { return causal ? std::min(columns, i + 1) : columns; }

  const T* MaskOf(int64_t b) const {
    int64_t offset = 0;
    for (int d = mask.ndim - 3; d >= 0; --d) {
      offset += b % mask.sizes[d] * mask.strides[d];
      b /= mask.sizes[d];
    }
    return mask.as<const T>() + offset;
  }

  /// scores[i - begin][j] = scale·q_i·k_j + mask, for j < columns.
  void Scores(int64_t b, int64_t begin, int64_t end, int64_t columns, T* scores) const {
    Gemm(end - begin, columns, width, scale, Matrix<T>{q + (b * queries + begin) * width, width, 1},
         Matrix<T>{k + b * keys * width, 1, width}, T(0), scores, columns);
    if (!mask) return;
    const int64_t down = mask.strides[mask.ndim - 2], right = mask.strides[mask.ndim - 1];
    for (int64_t i = begin; i < end; ++i) {
      const T* from = MaskOf(b) + i * down;
      T* row = scores + (i - begin) * columns;
      if (right == 1)
        for (int64_t j = 0; j < columns; ++j) row[j] += from[j];
      else
        for (int64_t j = 0; j < columns; ++j) row[j] += from[j * right];
    }
  }
};

/// row becomes exp(row − shift); what lies behind `open` becomes 0.
template <class T>
void Exponentials(T* row, int64_t open, int64_t columns, T shift) {
#pragma GCC ivdep
  for (int64_t j = 0; j < open; ++j) row[j] = Exp(row[j] - shift);
  for (int64_t j = open; j < columns; ++j) row[j] = 0;
}

/// Scores become weights; returns log Σ exp of the scores. A row without a finite score becomes NaN.
template <class T>
T Softmax(T* row, int64_t open, int64_t columns) {
  T largest = -static_cast<T>(kInfinity);
  for (int64_t j = 0; j < open; ++j) largest = row[j] > largest ? row[j] : largest;
  Exponentials(row, open, columns, largest);
  const T sum = SumRun(row, open);
  const T factor = T(1) / sum;
  for (int64_t j = 0; j < open; ++j) row[j] *= factor;
  return largest + Log(sum);
}

template <class T>
void Forward(const Attention<T>& a, T* out, T* log_sums) {
  const int64_t rows = a.rows(), blocks = (a.queries + rows - 1) / rows;
  const int64_t grain = kGrain / (rows * a.keys + 1) + 1;
  Scratch<T> room(rows * a.keys * ThreadsFor(a.batch * blocks, grain));
  ParallelFor(a.batch * blocks, grain, [&](int64_t first, int64_t last) {
    T* scores = room.get() + ThreadPool::Index() * rows * a.keys;
    for (int64_t task = first; task < last; ++task) {
      const int64_t b = task / blocks, begin = task % blocks * rows, end = std::min(a.queries, begin + rows);
      const int64_t columns = a.reach(end);
      a.Scores(b, begin, end, columns, scores);
      for (int64_t i = begin; i < end; ++i)
        log_sums[b * a.queries + i] = Softmax(scores + (i - begin) * columns, a.open(i, columns), columns);
      Gemm(end - begin, a.depth, columns, T(1), Matrix<T>{scores, columns, 1}, Matrix<T>{a.v + b * a.keys * a.depth, a.depth, 1},
           T(0), out + (b * a.queries + begin) * a.depth, a.depth);
    }
  });
}

/// Weights times the gradients of the scores: row ← weights ∘ (row − Σ row ∘ weights)·scale.
template <class T>
void ScoreGradients(T* row, const T* weights, int64_t columns, T scale) {
  const T mean = DotRun(row, weights, columns);
  for (int64_t j = 0; j < columns; ++j) row[j] = weights[j] * (row[j] - mean) * scale;
}

template <class T>
void Backward(const Attention<T>& a, const T* grad, const T* log_sums, T* gq, T* gk, T* gv) {
  const int64_t rows = a.rows();
  const int64_t grain = kGrain / (a.queries * a.keys + 1) + 1;
  Scratch<T> room(2 * rows * a.keys * ThreadsFor(a.batch, grain));
  ParallelFor(a.batch, grain, [&](int64_t first, int64_t last) {
    T* weights = room.get() + ThreadPool::Index() * 2 * rows * a.keys;
    T* scores = weights + rows * a.keys;
    for (int64_t b = first; b < last; ++b) {
      const T* q = a.q + b * a.queries * a.width;
      const T* k = a.k + b * a.keys * a.width;
      const T* v = a.v + b * a.keys * a.depth;
      T* grad_k = gk + b * a.keys * a.width;
      T* grad_v = gv + b * a.keys * a.depth;
      memset(static_cast<void*>(grad_k), 0, static_cast<size_t>(a.keys * a.width) * sizeof(T));
      memset(static_cast<void*>(grad_v), 0, static_cast<size_t>(a.keys * a.depth) * sizeof(T));
      for (int64_t begin = 0; begin < a.queries; begin += rows) {
        const int64_t end = std::min(a.queries, begin + rows), columns = a.reach(end), count = end - begin;
        const T* g = grad + (b * a.queries + begin) * a.depth;
        a.Scores(b, begin, end, columns, weights);
        for (int64_t i = begin; i < end; ++i)
          Exponentials(weights + (i - begin) * columns, a.open(i, columns), columns, log_sums[b * a.queries + i]);
        Gemm(columns, a.depth, count, T(1), Matrix<T>{weights, 1, columns}, Matrix<T>{g, a.depth, 1}, T(1), grad_v, a.depth);
        Gemm(count, columns, a.depth, T(1), Matrix<T>{g, a.depth, 1}, Matrix<T>{v, 1, a.depth}, T(0), scores, columns);
        for (int64_t i = 0; i < count; ++i) ScoreGradients(scores + i * columns, weights + i * columns, columns, a.scale);
        Gemm(count, a.width, columns, T(1), Matrix<T>{scores, columns, 1}, Matrix<T>{k, a.width, 1}, T(0),
             gq + (b * a.queries + begin) * a.width, a.width);
        Gemm(columns, a.width, count, T(1), Matrix<T>{scores, 1, columns}, Matrix<T>{q + begin * a.width, a.width, 1}, T(1),
             grad_k, a.width);
      }
    }
  });
}

}  // namespace

/// [dtype, attention, out, log of the sums of exponentials]
KERNEL(scaled_dot_product_attention) {
  DispatchFullFloat("scaled_dot_product_attention", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Attention<T> a(args);
    T* out = args.pointer<T>();
    Forward(a, out, args.pointer<T>());
  });
}

/// [dtype, attention, gradient, log sums, gradients of queries, keys, values]
KERNEL(scaled_dot_product_attention_backward) {
  DispatchFullFloat("scaled_dot_product_attention", args.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const Attention<T> a(args);
    const T* grad = args.pointer<const T>();
    const T* log_sums = args.pointer<const T>();
    T *gq = args.pointer<T>(), *gk = args.pointer<T>();
    Backward(a, grad, log_sums, gq, gk, args.pointer<T>());
  });
}

TSTORCH_END
