// A whole layer of RNN, LSTM or GRU in one direction, and its derivative. The products with the input are one product for
// all steps; sums are made where the functions of the gates are kept, so a step is a product and one pass.
#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/gemv.h"
#include "cpu/recurrent.h"
#include "cpu/scratch.h"

TSTORCH_BEGIN

namespace {

/// Codes as in optimized/ops/recurrent_layer.ts.
enum class Cell { tanh, relu, lstm, gru };

constexpr int64_t kCellGrain = 2048;

/// Where the rows of each step are: element r of step t is row first(t) + r · stride.
class Steps {
 public:
  explicit Steps(Args& args)
      : steps_(args.integer()), stride_(args.integer()), reverse_(args.flag()), firsts_(steps_), sizes_(steps_) {
    const int64_t count = args.integer();
    int64_t first = 0, size = 0;
    for (int64_t t = 0; t < steps_; ++t) {
      if (t < count) size = args.integer();
      firsts_[t] = first;
      sizes_[t] = size;
      first += stride_ == 1 ? size : 1;
      rows_ += size;
    }
  }
  int64_t count() const { return steps_; }
  int64_t rows() const { return rows_; }
  int64_t stride() const { return stride_; }
  /// Steps are counted in the order in which they run.
  int64_t first(int64_t k) const { return firsts_[at(k)]; }
  int64_t size(int64_t k) const { return sizes_[at(k)]; }
  int64_t row(int64_t k, int64_t r) const { return first(k) + r * stride_; }
  /// How many rows of step k go on from the step before; the others start.
  int64_t continued(int64_t k) const { return k == 0 ? 0 : size(k) < size(k - 1) ? size(k) : size(k - 1); }

 private:
  int64_t at(int64_t k) const { return reverse_ ? steps_ - 1 - k : k; }
  int64_t steps_, stride_, rows_ = 0;
  bool reverse_;
  Scratch<int64_t> firsts_, sizes_;
};

template <class T>
void Copy(T* to, const T* from, int64_t n) {
  memcpy(static_cast<void*>(to), from, static_cast<size_t>(n) * sizeof(T));
}
template <class T>
void Zero(T* to, int64_t n) {
  memset(static_cast<void*>(to), 0, static_cast<size_t>(n) * sizeof(T));
}

template <class F>
void ForEachRow(int64_t rows, int64_t size, F f) {
  ParallelFor(rows, kCellGrain / (size > 0 ? size : 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) f(row);
  });
}

/// c [m, n] += a [m, k] · Wᵀ for dense rows of W [n, k].
template <class T>
void AddProduct(int64_t m, int64_t n, int64_t k, const T* a, int64_t a_row, const T* w, T* c, int64_t c_row) {
  if (m == 0) return;
  if (m == 1) return Gemv(n, k, T(1), {w, k, 1}, a, 1, T(1), c, 1);
  Gemm(m, n, k, T(1), {a, a_row, 1}, {w, 1, k}, T(1), c, c_row);
}

/// The sizes and weights of a layer; all dense.
template <class T>
struct Layer {
  Cell cell;
  int64_t rows, in, hidden;
  const T *w_ih, *w_hh, *b_ih, *b_hh;

  /// Blocks of the weights, and of the kept sums.
  int64_t blocks() const { return cell == Cell::lstm ? 4 : cell == Cell::gru ? 3 : 1; }
  int64_t width() const { return (cell == Cell::lstm || cell == Cell::gru ? 4 : 1) * hidden; }
  /// The last block of the input's products of GRU has a place of its own, behind that of the state's.
  int64_t input_columns() const { return cell == Cell::gru ? 2 * hidden : blocks() * hidden; }
};

/// Every row of the sums starts as the biases plus the products with the input.
template <class T>
void StartSums(const Layer<T>& l, const T* x, T* sums) {
  const int64_t h = l.hidden, width = l.width(), joint = l.input_columns();
  Scratch<T> start(width);
  Zero(start.get(), width);
  for (int64_t j = 0; l.b_ih && j < joint; ++j) start[j] += l.b_ih[j];
  for (int64_t j = 0; l.b_hh && j < joint; ++j) start[j] += l.b_hh[j];
  if (l.cell == Cell::gru && l.b_hh) Copy(start.get() + 2 * h, l.b_hh + 2 * h, h);
  if (l.cell == Cell::gru && l.b_ih) Copy(start.get() + 3 * h, l.b_ih + 2 * h, h);
  ParallelFor(l.rows, kGrain / (width + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) Copy(sums + r * width, start.get(), width);
  });
  AddProduct(l.rows, joint, l.in, x, l.in, l.w_ih, sums, width);
  if (l.cell == Cell::gru) AddProduct(l.rows, h, l.in, x, l.in, l.w_ih + 2 * h * l.in, sums + 3 * h, width);
}

template <class T>
struct Forward {
  Layer<T> layer;
  const T *x, *h0, *c0;
  T *y, *c_all, *sums, *h_n, *c_n;  // sums is y itself where the functions are the output
};

template <class T>
void RunForward(const Forward<T>& f, const Steps& steps) {
  const Layer<T>& l = f.layer;
  const int64_t h = l.hidden, width = l.width(), stride = steps.stride();
  StartSums(l, f.x, f.sums);
  for (int64_t k = 0; k < steps.count(); ++k) {
    const int64_t n = steps.size(k), old = steps.continued(k);
    const int64_t columns = l.blocks() * h;
    T* sums = f.sums + steps.first(k) * width;
    if (old > 0) AddProduct(old, columns, h, f.y + steps.first(k - 1) * h, stride * h, l.w_hh, sums, stride * width);
    AddProduct(n - old, columns, h, f.h0 + old * h, h, l.w_hh, sums + old * stride * width, stride * width);
    ForEachRow(n, h, [&](int64_t r) {
      const int64_t row = steps.row(k, r), before = r < old ? steps.row(k - 1, r) : 0;
      const T* h_old = r < old ? f.y + before * h : f.h0 + r * h;
      T *y = f.y + row * h, *own = f.sums + row * width;
      if (l.cell == Cell::lstm) {
        const T* c_old = r < old ? f.c_all + before * h : f.c0 + r * h;
        LstmRow(y, f.c_all + row * h, own, c_old, h);
        Copy(f.c_n + r * h, f.c_all + row * h, h);
      } else if (l.cell == Cell::gru) {
        GruRow(y, own, h_old, h);
      } else if (l.cell == Cell::tanh) {
        for (int64_t j = 0; j < h; ++j) y[j] = Tanh(y[j]);
      } else {
        for (int64_t j = 0; j < h; ++j) y[j] = y[j] < T(0) ? T(0) : y[j];
      }
      Copy(f.h_n + r * h, y, h);  // rows that go on are written again
    });
  }
}

template <class T>
struct Backward {
  Layer<T> layer;
  const T *x, *h0, *c0, *y, *c_all, *active;
  const T* grad_y;                                // or null
  T* grad_x;                                      // or null
  T *grad_h0, *grad_c0;                           // start as the gradients of h_n and c_n
  T *grad_w_ih, *grad_w_hh, *grad_b_ih, *grad_b_hh;  // biases or null
};

/// The gradients of the sums of step k, from that of its states in grad_h0 and grad_c0.
template <class T>
void StepBackward(const Backward<T>& b, const Steps& steps, int64_t k, T* grad_sums) {
  const Layer<T>& l = b.layer;
  const int64_t h = l.hidden, width = l.width(), old = steps.continued(k);
  ForEachRow(steps.size(k), h, [&](int64_t r) {
    const int64_t row = steps.row(k, r), before = r < old ? steps.row(k - 1, r) : 0;
    const T* h_old = r < old ? b.y + before * h : b.h0 + r * h;
    T *dh = b.grad_h0 + r * h, *own = grad_sums + row * width;
    if (b.grad_y)
      for (int64_t j = 0; j < h; ++j) dh[j] += b.grad_y[row * h + j];
    const T* y = b.y + row * h;
    if (l.cell == Cell::lstm) {
      const T* c_old = r < old ? b.c_all + before * h : b.c0 + r * h;
      T* dc = b.grad_c0 + r * h;
      LstmRowBackward(own, dc, dh, static_cast<const T*>(dc), b.active + row * width, c_old, b.c_all + row * h, h);
      Zero(dh, h);
    } else if (l.cell == Cell::gru) {
      GruRowBackward(own, dh, static_cast<const T*>(dh), b.active + row * width, h_old, h);
    } else {
      const bool is_tanh = l.cell == Cell::tanh;
      for (int64_t j = 0; j < h; ++j) own[j] = is_tanh ? dh[j] * (T(1) - y[j] * y[j]) : y[j] > T(0) ? dh[j] : T(0);
      Zero(dh, h);
    }
  });
}

/// dW [n, k] = gᵀ a, summed over all rows.
template <class T>
void WeightGradient(int64_t n, int64_t k, int64_t rows, const T* g, int64_t g_row, const T* a, T* dw) {
  Gemm(n, k, rows, T(1), {g, 1, g_row}, {a, k, 1}, T(0), dw, k);
}

/// The sum of all rows, kept in double.
template <class T>
void SumRows(const T* g, int64_t g_row, int64_t rows, int64_t n, T* out) {
  Scratch<double> sums(n);
  Zero(sums.get(), n);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < n; ++j) sums[j] += static_cast<double>(g[r * g_row + j]);
  for (int64_t j = 0; j < n; ++j) out[j] = static_cast<T>(sums[j]);
}

/// The state that every row started from, in the order of the rows.
template <class T>
void OldStates(const Backward<T>& b, const Steps& steps, T* old_states) {
  const int64_t h = b.layer.hidden;
  for (int64_t k = 0; k < steps.count(); ++k) {
    const int64_t old = steps.continued(k);
    for (int64_t r = 0; r < steps.size(k); ++r)
      Copy(old_states + steps.row(k, r) * h, r < old ? b.y + steps.row(k - 1, r) * h : b.h0 + r * h, h);
  }
}

template <class T>
void RunBackward(const Backward<T>& b, const Steps& steps) {
  const Layer<T>& l = b.layer;
  const int64_t h = l.hidden, width = l.width(), rows = l.rows, columns = l.blocks() * h, joint = l.input_columns();
  Scratch<T> grads(rows * width);
  T* g = grads.get();
  for (int64_t k = steps.count() - 1; k >= 0; --k) {
    StepBackward(b, steps, k, g);
    const int64_t n = steps.size(k), stride = steps.stride();
    Gemm(n, h, columns, T(1), {g + steps.first(k) * width, stride * width, 1}, {l.w_hh, h, 1}, T(1), b.grad_h0, h);
  }
  Scratch<T> old_states(rows * h);
  OldStates(b, steps, old_states.get());
  WeightGradient(columns, h, rows, g, width, old_states.get(), b.grad_w_hh);
  WeightGradient(joint, l.in, rows, g, width, b.x, b.grad_w_ih);
  if (l.cell == Cell::gru) WeightGradient(h, l.in, rows, g + 3 * h, width, b.x, b.grad_w_ih + 2 * h * l.in);
  if (b.grad_x) {
    Gemm(rows, l.in, joint, T(1), {g, width, 1}, {l.w_ih, l.in, 1}, T(0), b.grad_x, l.in);
    if (l.cell == Cell::gru)
      Gemm(rows, l.in, h, T(1), {g + 3 * h, width, 1}, {l.w_ih + 2 * h * l.in, l.in, 1}, T(1), b.grad_x, l.in);
  }
  if (!b.grad_b_ih) return;
  SumRows(g, width, rows, columns, b.grad_b_hh);
  Copy(b.grad_b_ih, b.grad_b_hh, columns);
  if (l.cell == Cell::gru) SumRows(g + 3 * h, width, rows, h, b.grad_b_ih + 2 * h);
}

template <class T>
Layer<T> ReadLayer(Cell cell, const TensorArg& x, const TensorArg* weights) {
  Layer<T> l;
  l.cell = cell;
  l.in = x.sizes[x.ndim - 1];
  l.rows = l.in == 0 ? 0 : x.numel() / l.in;
  l.hidden = weights[1].sizes[1];
  l.w_ih = weights[0].as<const T>();
  l.w_hh = weights[1].as<const T>();
  l.b_ih = weights[2].as<const T>();
  l.b_hh = weights[3].as<const T>();
  return l;
}

}  // namespace

/// [cell, y, c_all, active, h_n, c_n, x, h0, c0, w_ih, w_hh, b_ih, b_hh, steps, row stride, reverse, sizes of the first
/// steps]: later steps have the size of the last one given. c_all, c_n, c0: LSTM only; active: LSTM, GRU; biases: both or
/// none. All dense.
KERNEL(rnn_layer) {
  const Cell cell = static_cast<Cell>(args.integer());
  TensorArg outs[5], states[3], weights[4];
  for (TensorArg& t : outs) t = args.tensor();
  for (TensorArg& t : states) t = args.tensor();
  for (TensorArg& t : weights) t = args.tensor();
  const Steps steps(args);
  DispatchFullFloat("rnn_layer", outs[0].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    T* y = outs[0].as<T>();
    RunForward<T>({ReadLayer<T>(cell, states[0], weights), states[0].as<const T>(), states[1].as<const T>(),
                   states[2].as<const T>(), y, outs[1].as<T>(), outs[2] ? outs[2].as<T>() : y, outs[3].as<T>(),
                   outs[4].as<T>()},
                  steps);
  });
}

/// [cell, grad_x or none, grad_h0, grad_c0, grad_w_ih, grad_w_hh, grad_b_ih, grad_b_hh, grad_y or none, grad_h_n or none, grad_c_n
/// or none, x, h0, c0, w_ih, w_hh, b_ih, b_hh, y, c_all, active, then as above].
KERNEL(rnn_layer_backward) {
  const Cell cell = static_cast<Cell>(args.integer());
  TensorArg outs[7], grads[3], states[3], weights[4], kept[3];
  for (TensorArg& t : outs) t = args.tensor();
  for (TensorArg& t : grads) t = args.tensor();
  for (TensorArg& t : states) t = args.tensor();
  for (TensorArg& t : weights) t = args.tensor();
  for (TensorArg& t : kept) t = args.tensor();
  const Steps steps(args);
  DispatchFullFloat("rnn_layer_backward", states[0].dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    for (int i = 1; i < 3; ++i) {
      if (!outs[i]) continue;
      if (grads[i]) Copy(outs[i].as<T>(), grads[i].as<const T>(), outs[i].numel());
      else Zero(outs[i].as<T>(), outs[i].numel());
    }
    RunBackward<T>({ReadLayer<T>(cell, states[0], weights), states[0].as<const T>(), states[1].as<const T>(),
                    states[2].as<const T>(), kept[0].as<const T>(), kept[1].as<const T>(), kept[2].as<const T>(),
                    grads[0].as<const T>(), outs[0].as<T>(), outs[1].as<T>(), outs[2].as<T>(), outs[3].as<T>(),
                    outs[4].as<T>(), outs[5].as<T>(), outs[6].as<T>()},
                   steps);
  });
}

TSTORCH_END
