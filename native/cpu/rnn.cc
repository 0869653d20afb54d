// The elementwise part of a step of LSTM and GRU, and its derivative: one pass over memory each. All tensors are dense,
// [rows, blocks · size], size being the hidden size.
#include "core/kernels.h"
#include "core/parallel.h"
#include "cpu/recurrent.h"

TSTORCH_BEGIN

namespace {

/// Elements per thread: each costs three to five exponentials.
constexpr int64_t kCellGrain = 2048;

template <class F>
void ForEachRow(int64_t rows, int64_t size, F f) {
  ParallelFor(rows, kCellGrain / (size > 0 ? size : 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) f(row);
  });
}

/// The four sums of a row of GRU from the three of the input and the three of the state.
template <class T>
void GruSums(T* sums, const T* input, const T* state, int64_t n) {
  for (int64_t j = 0; j < 2 * n; ++j) sums[j] = Stored<T>::from(Load(input[j]) + Load(state[j]));
  memcpy(static_cast<void*>(sums + 2 * n), state + 2 * n, static_cast<size_t>(n) * sizeof(T));
  memcpy(static_cast<void*>(sums + 3 * n), input + 2 * n, static_cast<size_t>(n) * sizeof(T));
}

}  // namespace

/// [h, c_new, active (i, f, g, o after their functions), gates (before), c, rows, size].
KERNEL(lstm_cell) {
  const TensorArg h = args.tensor(), c_new = args.tensor(), active = args.tensor();
  const TensorArg gates = args.tensor(), c = args.tensor();
  const int64_t rows = args.integer(), n = args.integer();
  DispatchFloat("lstm_cell", h.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRow(rows, n, [&](int64_t r) {
      T* own = active.as<T>() + r * 4 * n;
      memcpy(static_cast<void*>(own), gates.as<const T>() + r * 4 * n, static_cast<size_t>(4 * n) * sizeof(T));
      LstmRow(h.as<T>() + r * n, c_new.as<T>() + r * n, own, c.as<const T>() + r * n, n);
    });
  });
}

/// [grad_gates, grad_c_old, grad_h or none, grad_c or none, active, c, c_new, rows, size].
KERNEL(lstm_cell_backward) {
  const TensorArg grad_gates = args.tensor(), grad_c_old = args.tensor(), grad_h = args.tensor(), grad_c = args.tensor();
  const TensorArg active = args.tensor(), c = args.tensor(), c_new = args.tensor();
  const int64_t rows = args.integer(), n = args.integer();
  DispatchFloat("lstm_cell_backward", grad_gates.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRow(rows, n, [&](int64_t r) {
      LstmRowBackward(grad_gates.as<T>() + r * 4 * n, grad_c_old.as<T>() + r * n,
                      grad_h ? grad_h.as<const T>() + r * n : nullptr, grad_c ? grad_c.as<const T>() + r * n : nullptr,
                      active.as<const T>() + r * 4 * n, c.as<const T>() + r * n, c_new.as<const T>() + r * n, n);
    });
  });
}

/// [h_new, active (r, z, the state's part of the candidate, the candidate), input, state, h, rows, size].
KERNEL(gru_cell) {
  const TensorArg h_new = args.tensor(), active = args.tensor();
  const TensorArg input = args.tensor(), state = args.tensor(), h = args.tensor();
  const int64_t rows = args.integer(), n = args.integer();
  DispatchFloat("gru_cell", h.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRow(rows, n, [&](int64_t r) {
      T* own = active.as<T>() + r * 4 * n;
      GruSums(own, input.as<const T>() + r * 3 * n, state.as<const T>() + r * 3 * n, n);
      GruRow(h_new.as<T>() + r * n, own, h.as<const T>() + r * n, n);
    });
  });
}

/// [grad_sums (of r, z, the state's and the input's part of the candidate), grad_h_old, grad_h, active, h, rows, size].
KERNEL(gru_cell_backward) {
  const TensorArg grad_sums = args.tensor(), grad_h_old = args.tensor();
  const TensorArg grad_h = args.tensor(), active = args.tensor(), h = args.tensor();
  const int64_t rows = args.integer(), n = args.integer();
  DispatchFloat("gru_cell_backward", h.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachRow(rows, n, [&](int64_t r) {
      GruRowBackward(grad_sums.as<T>() + r * 4 * n, grad_h_old.as<T>() + r * n, grad_h.as<const T>() + r * n,
                     active.as<const T>() + r * 4 * n, h.as<const T>() + r * n, n);
    });
  });
}

TSTORCH_END
